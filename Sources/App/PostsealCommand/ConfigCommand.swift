internal import ArgumentParser
internal import DKIM
internal import DNS
internal import FoundationEssentials
internal import Glibc
internal import MailBytes
internal import MailNames
internal import PostsealConfiguration
internal import PostsealEngine
internal import UnboundResolver

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks the daemon's configuration, and prints one to begin with.",
        subcommands: [ConfigCheckCommand.self, ConfigSampleCommand.self])
}

struct ConfigSampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Prints a commented configuration with every key and its default.",
        discussion: "A beginning: postseal config sample > \(ConfigurationLoader.standardPath)")

    func run() throws { Console.write(Array(ConfigurationSample.text.utf8)) }
}

struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says whether a configuration is in order, and what is wrong with it.",
        discussion: """
            Reads the file and everything it names, with what the environment sets, as the daemon would. Exit \
            status: 0 if it is in order; 2 if not, with every error on a line of standard error: file, line, key, \
            what is allowed. Folders that are not there are warnings, and for root so is what the user of the daemon \
            (postseal, or whose the folder of reports.store is) may not read. With --dns-keys also 1 if the published \
            record of a key does not fit it, and 2 if DNS does not answer.
            """)

    @Argument(
        help: ArgumentHelp(
            "The configuration; \(ConfigurationLoader.standardPath) if left out.", valueName: "file"))
    var argument: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The same, as 'serve' and the commands about reports take it.", valueName: "file"))
    var option: String?

    private var file: String? { argument ?? option }

    @Flag(name: .customLong("json"), help: "Print one JSON object.")
    var json = false

    @Flag(name: .customLong("dns-keys"), help: "Hold each private key against the record published in DNS.")
    var checksKeys = false

    func validate() throws {
        if argument != nil, option != nil { throw ValidationError("the configuration is given twice") }
    }

    func run() async throws {
        let name = file ?? ConfigurationLoader.standardPath
        let loaded: LoadedConfiguration
        let files = NamedFiles()
        do throws(ConfigurationFailure) {
            loaded = try ConfigurationLoader(files: files, environment: ProcessInfo.processInfo.environment).load(file)
        } catch {
            show(error, name)
            throw Verdict.unknown
        }
        let places = Self.missingPlaces(loaded.configuration)
        let closed = geteuid() == 0 ? Self.closedPlaces(loaded.configuration, files.paths) : []
        let checks = checksKeys ? try await Self.keyChecks(loaded.configuration) : []
        if json {
            let report = Self.report(name, loaded.warnings, loaded.configuration, checks, places, closed)
            Console.write(Array((report.text + "\n").utf8))
        } else {
            Console.print("\(name) is in order")
            for (word, text) in loaded.configuration.summary {
                Console.print("  " + word + String(repeating: " ", count: max(1, 10 - word.count)) + text)
            }
            for check in checks { Console.print("  key       \(check.sentence)") }
            for warning in loaded.warnings { Console.print("warning: \(warning.description)") }
            for warning in places + closed { Console.print("warning: \(warning)") }
        }
        if let worst = checks.map(\.verdict).max(), worst != .good { throw worst }
    }

    private func show(_ failure: ConfigurationFailure, _ name: String) {
        guard !json else {
            let report = Self.report(name, failure.problems, nil, [])
            Console.write(Array((report.text + "\n").utf8))
            return
        }
        for error in failure.errors {
            // As compilers write it, so that editors find the line.
            if error.file == nil { Console.complain(error.description) } else { Console.report(error.description) }
        }
    }

    private static func report(
        _ name: String, _ problems: [ConfigurationProblem], _ configuration: DaemonConfiguration?,
        _ checks: [KeyCheck], _ places: [String] = [], _ closed: [String] = []
    ) -> JSONValue {
        func list(_ severity: ConfigurationProblem.Severity) -> JSONValue {
            .array(problems.filter { $0.severity == severity }.map(\.json))
        }
        var members: [JSONMember] = [
            JSONMember("file", .string(name)), JSONMember("valid", .bool(configuration != nil)),
            JSONMember("errors", list(.error)), JSONMember("warnings", list(.warning)),
        ]
        if let configuration {
            members.append(
                JSONMember(
                    "summary",
                    .object(
                        configuration.summary.filter { !$0.name.isEmpty }.map { JSONMember($0.name, .string($0.text)) })
                ))
            members.append(JSONMember("dry_run", .bool(configuration.guardSettings.policy.isDryRun)))
        }
        if !places.isEmpty { members.append(JSONMember("missing", .array(places.map { .string($0) }))) }
        if !closed.isEmpty { members.append(JSONMember("closed", .array(closed.map { .string($0) }))) }
        if !checks.isEmpty { members.append(JSONMember("keys", .array(checks.map(\.json)))) }
        return .object(members)
    }

    /// Asks DNS as the daemon would.
    private static func keyChecks(_ configuration: DaemonConfiguration) async throws -> [KeyCheck] {
        let mailGuard = MailGuard(settings: configuration.guardSettings)
        let now = UnixTime(seconds: Int64(Date().timeIntervalSince1970))
        switch configuration.dns.source {
        case .recorded(let answers): return await mailGuard.checkKeys(resolver: AnswerSource.recorded(answers), at: now)
        case .live(let live):
            let resolver: UnboundResolver
            do {
                resolver = try UnboundResolver(configuration: live)
            } catch {
                throw CommandFailure("cannot start the DNS resolver: \(error)")
            }
            return await mailGuard.checkKeys(resolver: resolver, at: now)
        }
    }
}

extension KeyCheck {
    fileprivate var verdict: Verdict {
        switch state {
        case .published: .good
        case .misfit: .bad
        case .unknown: .unknown
        }
    }

    private var stateText: String {
        switch state {
        case .published: "fits its published record"
        case .misfit(let misfit): misfit.description
        case .unknown: "DNS did not answer"
        }
    }

    /// What DNS says of it.
    var sentence: String { "\(key.selector.text) of \(key.domain.text): \(stateText)" }

    fileprivate var json: JSONValue {
        [
            "selector": .string(key.selector.text), "domain": .string(key.domain.text),
            "algorithm": .string(key.privateKey.algorithm.rawValue), "fits": .bool(state == .published),
            "reason": .string(stateText),
        ]
    }
}
