public import ArgumentParser
internal import PostsealConfiguration

/// The `postseal` command. Its subcommands are the nouns of the field.
public struct Postseal: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "postseal",
        abstract: "Guards a mail domain: proves whose mail arrives, and that the domain's mail is its own.",
        discussion: """
            Exit status: 0 for a good verdict, 1 for a bad one, 2 if it could not be told or the command was used \
            wrongly. Text for people by default; --json for programs.
            """,
        version: "postseal \(Version.text)",
        subcommands: [
            VerifyCommand.self, SPFCommand.self, DMARCCommand.self, SignCommand.self, DKIMCommand.self,
            ARCCommand.self, TLSCommand.self, MTASTSCommand.self, DANECommand.self, ReportCommand.self,
            ServeCommand.self, AccountCommand.self, ConfigCommand.self, DemoCommand.self, ManualCommand.self,
        ])

    public init() {}

    /// Parses the arguments, runs the command and ends the process with its exit status.
    ///
    /// What is wrong with the arguments or the files ends it with status 2 and one sentence, as the contract asks.
    public static func runAndExit(_ arguments: [String]? = nil) async -> Never {
        if let sentence = unknownCommand(arguments ?? Array(CommandLine.arguments.dropFirst())) {
            Console.complain(sentence)
            Console.exit(.unknown)
        }
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Console.exit(.good)
        } catch let failure as CommandFailure {
            Console.complain(failure.sentence)
            Console.exit(.unknown)
        } catch let verdict as Verdict {
            Console.exit(verdict)
        } catch {
            // Help and version are "errors" of the parser that end well.
            if exitCode(for: error) == .success {
                Console.print(fullMessage(for: error))
                Console.exit(.good)
            }
            Console.complain(message(for: error))
            Console.exit(.unknown)
        }
    }

    /// What is wrong with the first word, if it should be a command and is none; names the nearest one.
    static func unknownCommand(_ arguments: [String]) -> String? {
        guard let word = arguments.first, !word.hasPrefix("-") else { return nil }
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !names.contains(word) else { return nil }
        let nearest = names.min { EditDistance.between(word, $0) < EditDistance.between(word, $1) }
        guard let nearest, EditDistance.between(word, nearest) <= 2 else {
            return "'\(word)' is no command; there are \(names.joined(separator: ", "))"
        }
        return "'\(word)' is no command; did you mean '\(nearest)'?"
    }
}

/// The version of the program.
enum Version {
    static let number: StaticString = "0.1.0"
    static var text: String { "\(number)" }
}

/// How a command ends: its exit status. Thrown by commands whose verdict is not good.
enum Verdict: Int32, Error, Comparable {
    case good = 0
    case bad = 1
    /// It could not be told, or the command was used wrongly.
    case unknown = 2

    static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }
}

/// Wrong use, or something outside that does not work: ends with exit status 2.
struct CommandFailure: Error {
    /// One sentence: what, and where.
    var sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}
