internal import ArgumentParser
internal import DKIM
internal import DNS
internal import MailBytes
internal import PostsealConfiguration
internal import PostsealEngine
internal import Rendering

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks whether messages are from whom they say: SPF, DKIM, ARC and DMARC.",
        discussion: """
            Takes message files (LF or CR LF), directories of them, and - for standard input. Without --ip nothing \
            is known of the client, and SPF says nothing. Exit status: 0 if every message is good; 1 if one is bad \
            (to be quarantined or rejected, or DMARC fails, or there is no policy, nothing passes and something \
            fails); 2 if it could not be told, or a file could not be read.
            """)

    @Argument(help: ArgumentHelp("Message files or directories; - is standard input.", valueName: "file"))
    var files: [String]

    @OptionGroup(title: "The session that brought the message") var envelope: EnvelopeOptions

    @Option(
        name: .customLong("authserv-id"),
        help: ArgumentHelp("The name of this receiver in Authentication-Results.", valueName: "name"))
    var authservID: String = "localhost"

    @Option(
        name: .customLong("trust-sealer"), parsing: .singleValue,
        help: ArgumentHelp("Believe intact ARC chains sealed by this domain.", valueName: "domain"))
    var trustedSealers: [String] = []

    @Option(
        name: .customLong("max-signatures"),
        help: ArgumentHelp("DKIM signatures that are verified, from the top.", valueName: "count"))
    var signaturesMax: Int = 10

    @Flag(
        name: .customLong("trust-partial-body"),
        help: "Let a DKIM signature pass although its l= leaves the end of the body unsigned.")
    var trustsPartialBody = false

    @OptionGroup(title: "DNS") var dns: DNSOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        guard (1...1000).contains(signaturesMax) else {
            throw ValidationError("--max-signatures must be between 1 and 1000")
        }
        guard files.filter({ $0 == "-" }).count <= 1 else {
            throw ValidationError("standard input (-) can be read only once")
        }
        guard AuthservID.isValid(authservID) else {
            throw ValidationError("--authserv-id '\(authservID)' is no name that Authentication-Results can carry")
        }
    }

    func run() async throws {
        let paths = InputFolder.expand(files)
        guard !paths.isEmpty else { throw CommandFailure("there are no files in \(files.joined(separator: ", "))") }
        let session = try dns.session()
        var dkim = DKIMOptions()
        dkim.signaturesMax = signaturesMax
        dkim.partialBody = trustsPartialBody ? .trust : .policy
        let checker = MessageChecker(
            resolver: session, envelopes: try Envelopes(envelope), authservID: authservID,
            options: InspectionOptions(dkim: dkim, receivingHost: authservID, tracing: output.explain),
            policy: DecisionPolicy(trustedSealers: try trustedSealers.map(DMARCCommand.name)), time: dns.now)
        var printer = VerdictPrinter(paths: paths.map(\.description), output: output)
        await checker.check(paths) { printer.print($0) }
        try session.finish()
        printer.finish()
        if printer.worst != .good { throw printer.worst }
    }
}
