internal import ArgumentParser
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import Rendering

struct MTASTSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mta-sts", abstract: "Reads MTA-STS policies and records, and matches hosts (RFC 8461).",
        discussion: "Nothing is asked of DNS or of a policy host. Policies are served by 'postseal serve'.",
        subcommands: [MTASTSParseCommand.self, MTASTSRecordCommand.self, MTASTSMatchCommand.self])
}

struct MTASTSParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse", abstract: "Reads the text of a policy, as it is served at /.well-known/mta-sts.txt.",
        discussion: """
            Says where the first mistake is. Exit status: 0 if the policy is valid, 1 if it is not, 2 if the file \
            cannot be read.
            """)

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "file"))
    var file: String

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var json = false

    func run() throws {
        let octets = try FileInput.read(file)
        do throws(MTASTSSyntaxError) {
            let policy = try MTASTSPolicy(parsing: octets)
            MTASTSOutput.show(policy.json, json, policy.linesForPeople)
        } catch {
            MTASTSOutput.show(error.json("valid"), json, ["not valid: \(error)"])
            throw Verdict.bad
        }
    }
}

struct MTASTSRecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Reads the TXT records found at _mta-sts below a domain, or makes ours.",
        discussion: """
            One argument for each record, its strings joined. There must be exactly one that begins with 'v=STSv1;'. \
            The line of a mistake is the number of the record. Exit status: 0 if there is a valid record, 1 if not.

            With --config, the records of the domains whose policies 'postseal serve' publishes, as lines for a zone \
            file. The id is made of the policy's text, and so is another one for each policy.
            """)

    @Argument(help: ArgumentHelp("The text of a TXT record.", valueName: "txt"))
    var texts: [String] = []

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("Show the records to publish for the domains of this configuration.", valueName: "file"))
    var configuration: String?

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var json = false

    func validate() throws {
        if configuration != nil, !texts.isEmpty {
            throw ValidationError("--config shows records, and arguments are records to read: give one of them")
        }
    }

    func run() throws {
        if let configuration { return try HostedRecords(file: configuration, json: json).show() }
        do throws(MTASTSSyntaxError) {
            let record = try MTASTSRecord(selectingFrom: texts.map { Array($0.utf8) })
            MTASTSOutput.show(record.json, json, ["valid: id \(record.id)"])
        } catch {
            MTASTSOutput.show(error.json("valid"), json, ["not valid: \(error)"])
            throw Verdict.bad
        }
    }
}

struct MTASTSMatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match", abstract: "Matches the name of an MX host against the mx patterns of a policy.",
        discussion: """
            '*.' in front of a pattern stands for exactly one label. Exit status: 0 if a pattern matches, 1 if none \
            does, 2 if one is no pattern.
            """)

    @Argument(help: ArgumentHelp("The name of the MX host.", valueName: "host"))
    var host: String

    @Argument(help: ArgumentHelp("Patterns, such as mx.example.org or *.example.org.", valueName: "pattern"))
    var patterns: [String]

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var json = false

    func run() throws {
        let name = try DMARCCommand.name(host)
        var match: MTASTSHostPattern?
        for (index, text) in patterns.enumerated() {
            do throws(MTASTSSyntaxError) {
                let pattern = try MTASTSHostPattern(parsing: text)
                if match == nil, pattern.matches(name) { match = pattern }
            } catch {
                var error = error
                error.line = index + 1
                MTASTSOutput.show(error.json("matched"), json, ["pattern \(index + 1) is none: \(error.clause)"])
                throw Verdict.unknown
            }
        }
        MTASTSOutput.show(
            ["matched": .bool(match != nil), "pattern": JSONValue(match?.text)], json,
            [match.map { "matched: \($0.text)" } ?? "not matched"])
        if match == nil { throw Verdict.bad }
    }
}

/// What the three commands print.
enum MTASTSOutput {
    static func show(_ object: JSONValue, _ json: Bool, _ lines: [String]) {
        if json {
            Console.write(Array((object.text + "\n").utf8))
        } else {
            for line in lines { Console.print(line) }
        }
    }
}

extension MTASTSPolicy {
    /// The policy for a person.
    fileprivate var linesForPeople: [String] {
        ["valid: mode \(mode.rawValue), max_age \(maxAgeSeconds)"] + mxPatterns.map { "  mx       \($0.text)" }
            + notes.map { "  note     \($0)" }
    }
}
