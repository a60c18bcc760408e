internal import ArgumentParser
internal import DMARC
internal import MailNames
internal import Rendering
internal import Trace

struct DMARCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dmarc", abstract: "Finds a domain's DMARC policy and applies it to what passed (RFC 9989).",
        discussion: """
            Without --spf-pass and --dkim-pass it shows what the domain asks for a message that nothing vouches \
            for. Exit status: 0 for pass, 1 for fail, 2 for every other result.
            """)

    @Argument(help: ArgumentHelp("The author domain: that of the From field.", valueName: "domain"))
    var domain: String

    @Option(
        name: .customLong("spf-pass"), parsing: .singleValue,
        help: ArgumentHelp("A domain for which SPF passed.", valueName: "domain"))
    var spfPass: [String] = []

    @Option(
        name: .customLong("dkim-pass"), parsing: .singleValue,
        help: ArgumentHelp("A domain whose DKIM signature passed; may be given more than once.", valueName: "domain"))
    var dkimPass: [String] = []

    @OptionGroup(title: "DNS") var dns: DNSOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func run() async throws {
        let request = DMARCRequest(
            authorDomain: try Self.name(domain), spfPass: try spfPass.map(Self.name),
            dkimPass: try dkimPass.map(Self.name))
        let session = try dns.session()
        let outcome = await DMARCVerifier(resolver: session).evaluate(
            request, findingOrganization: true, tracing: output.explain)
        try session.finish()
        output.show(
            json: outcome.json, trace: [("dmarc", outcome.trace)],
            text: ([outcome.result.rawValue + ": " + outcome.reason] + outcome.policyLines).joined(separator: "\n"))
        switch outcome.result {
        case .pass: return
        case .fail: throw Verdict.bad
        case .none, .temperror, .permerror: throw Verdict.unknown
        }
    }

    /// The domain that an argument names.
    ///
    /// An e-mail address or a host's address is no domain, though DNS could be asked for it.
    static func name(_ text: String) throws -> DomainName {
        guard EnvelopeOptions.address(text) == nil else {
            throw CommandFailure("'\(text)' is no domain but an address")
        }
        do throws(DomainNameError) {
            let name = try DomainName(mailDomain: text)
            guard name.isHostName else { throw .badCharacter }
            return name
        } catch {
            throw CommandFailure("'\(text)' is no domain: \(error)")
        }
    }
}
