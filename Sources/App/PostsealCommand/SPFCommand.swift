internal import ArgumentParser
internal import Rendering
internal import SPF
internal import Trace

struct SPFCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spf", abstract: "Checks whether a client may send for a domain (RFC 7208).",
        discussion: "Exit status: 0 for pass, 1 for fail and softfail, 2 for every other result.")

    @Option(name: .customLong("ip"), help: ArgumentHelp("Address of the client.", valueName: "address"))
    var clientAddress: String

    @Option(name: .customLong("helo"), help: ArgumentHelp("What the client said in HELO or EHLO.", valueName: "name"))
    var helo: String = ""

    @Option(
        name: .customLong("mail-from"),
        help: ArgumentHelp(
            "The reverse-path; left out or '' for the null sender, whose HELO is checked.", valueName: "address"))
    var mailFrom: String = ""

    @OptionGroup(title: "DNS") var dns: DNSOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        guard EnvelopeOptions.address(clientAddress) != nil else {
            throw ValidationError("--ip '\(clientAddress)' is no IP address")
        }
        guard !helo.isEmpty || !mailFrom.isEmpty else {
            throw ValidationError("there is nothing to check: give --mail-from, --helo or both")
        }
    }

    func run() async throws {
        guard let address = EnvelopeOptions.address(clientAddress) else { return }
        let session = try dns.session()
        let request = SPFRequest(
            clientAddress: address, helo: Array(helo.utf8), mailFrom: EnvelopeOptions.path(mailFrom), at: dns.now)
        let outcome = await SPFVerifier(resolver: session).checkHost(request, tracing: output.explain)
        try session.finish()
        output.show(
            json: outcome.json, trace: [("spf", outcome.trace)],
            text: "\(outcome.result.rawValue): \(outcome.reason)"
                + (outcome.explanation.map { "\nthe domain's explanation: \($0)" } ?? ""))
        switch outcome.result {
        case .pass: return
        case .fail, .softfail: throw Verdict.bad
        case .none, .neutral, .temperror, .permerror: throw Verdict.unknown
        }
    }
}
