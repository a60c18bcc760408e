internal import ArgumentParser
internal import MailBytes

/// Prints the manual page, made from the same declarations as `--help`.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Prints the manual page, in roff for man(1).",
        discussion: "Look at it with: postseal manual | man -l -")

    func run() throws {
        Console.print(try ManualPage(help: Postseal._dumpHelp()).roff)
    }
}
