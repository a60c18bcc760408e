internal import ArgumentParser
internal import FoundationEssentials
internal import PostsealConfiguration
internal import PostsealDaemon

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Guards a mail server: the daemon beside Postfix or Sendmail.",
        discussion: """
            Judges what comes in over the milter's sockets, signs what goes out, and answers over HTTP where that is \
            configured. Runs in the foreground, for a service manager. SIGHUP takes up the changed configuration, \
            SIGTERM stops. See 'postseal config sample' for the configuration, and 'postseal config check' before a \
            reload. Exit status: 0 when told to stop; 2 if it cannot start.
            """)

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file; without it \(ConfigurationLoader.standardPath).", valueName: "file"))
    var file: String?

    @Option(
        name: .customLong("threads"), parsing: .unconditional,
        help: ArgumentHelp("Threads that serve connections; by default one for each core.", valueName: "count"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be between 1 and 1024")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let loader = ConfigurationLoader(environment: environment)
        var parts = DaemonParts(version: Version.number)
        parts.threads = threads
        let process = DaemonProcess(
            load: { () throws(ConfigurationFailure) in try loader.load(file) }, parts: parts, environment: environment)
        do {
            try await process.run()
        } catch let failure as ConfigurationFailure {
            throw CommandFailure(failure.description)
        } catch let error as DaemonError {
            throw CommandFailure(error.description)
        }
    }
}
