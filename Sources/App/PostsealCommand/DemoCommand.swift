internal import ArgumentParser
internal import PostsealDaemon
internal import PostsealDemo

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows the daemon at work in a small mail world of its own.",
        discussion: """
            Starts the real daemon on this machine alone, sends it a day of mail over its sockets, and shows what \
            becomes of each message and why, with a dashboard of some weeks of reports. Then it waits for messages of \
            your own. What it writes is in a folder below /tmp that is gone with it; no mail leaves. Exit status: 0 \
            when told to stop; with --once, 1 if a message came out otherwise than its story says; 2 if it cannot start.
            """)

    @Flag(name: .customLong("once"), help: "End after the day, instead of waiting for messages.")
    var isOnce = false

    @Option(
        name: .customLong("milter"),
        help: ArgumentHelp("Where the milter listens; by default tcp:127.0.0.1:8891.", valueName: "addr"))
    var milter: String?

    @Option(
        name: .customLong("http"),
        help: ArgumentHelp("Where HTTP is served; by default tcp:127.0.0.1:8027.", valueName: "addr"))
    var http: String?

    @Option(
        name: .customLong("dashboard"),
        help: ArgumentHelp("Where the dashboard is served; by default tcp:127.0.0.1:8030.", valueName: "addr"))
    var dashboard: String?

    @Option(
        name: .customLong("pace"),
        help: ArgumentHelp(
            "Time between two messages; by default 0.4 on a terminal, else none.", valueName: "seconds"))
    var pace: Double?

    func validate() throws {
        if let pace, !(0...60).contains(pace) { throw ValidationError("--pace must be between 0 and 60 seconds") }
    }

    func run() async throws {
        let isGood: Bool
        do {
            var options = try DemoOptions(version: Version.number, milter: milter, http: http, dashboard: dashboard)
            options.isOnce = isOnce
            options.pace = .seconds(pace ?? (Console.isTerminal ? 0.4 : 0))
            options.hasColours = Console.hasColours
            options.program = CommandLine.arguments.first ?? "postseal"
            isGood = try await Demo(options) { Console.write(Array(($0 + "\n").utf8)) }.run()
        } catch let error as DemoError {
            throw CommandFailure(error.description)
        } catch let error as DaemonError {
            throw CommandFailure(error.description)
        }
        if !isGood { throw Verdict.bad }
    }
}
