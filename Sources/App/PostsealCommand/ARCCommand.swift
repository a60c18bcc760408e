internal import ARC
internal import ArgumentParser
internal import AuthenticationResults
internal import DKIM
internal import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import PostsealConfiguration
internal import PostsealEngine
internal import UnboundResolver

struct ARCCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arc", abstract: "Seals forwarded messages with ARC.", subcommands: [ARCSealCommand.self])
}

struct ARCSealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal", abstract: "Adds an ARC set to a message (RFC 8617).",
        discussion: """
            The chain that the message has is validated first, which asks DNS. The results that go into the set are \
            those of the message's Authentication-Results fields with the name of --authserv-id; with --ip, the \
            message is checked now and those results are sealed. Prints the sealed message.
            """)

    @OptionGroup(title: "Keys") var signing: SigningOptions

    @Option(
        name: .customLong("authserv-id"),
        help: ArgumentHelp(
            "The name of this receiver in Authentication-Results; the signing domain if not given.", valueName: "name"))
    var authservID: String?

    @OptionGroup(title: "The session that brought the message") var envelope: EnvelopeOptions

    @Argument(help: ArgumentHelp("The message file; - is standard input.", valueName: "file"))
    var file: String

    @OptionGroup(title: "DNS") var dns: DNSOptions

    func validate() throws {
        guard signing.selectors.count <= 1 else {
            throw ValidationError("an ARC set is sealed with one key: give one --selector and one --key")
        }
        if envelope.clientAddress == nil, envelope.helo != nil || envelope.mailFrom != nil {
            throw ValidationError("--helo and --mail-from are checked against the client's address: give --ip too")
        }
        if let authservID, !AuthservID.isValid(authservID) {
            throw ValidationError("--authserv-id '\(authservID)' is no name that Authentication-Results can carry")
        }
    }

    func run() async throws {
        guard let key = try signing.keys().first else { return }
        let output = SignedOutput(original: try FileInput.read(file))
        let session = try dns.session()
        let name = authservID ?? key.domain.text
        let (chain, fresh) = await assess(output.message, authservID: name, resolver: session)
        try session.finish()
        let sealer = ARCSealer(key: key, authservID: name)
        do {
            let fields = try sealer.seal(output.message, results: fresh, chain: chain, at: dns.now)
            Console.write(output.prepending(fields))
        } catch {
            throw CommandFailure("cannot seal \(file == "-" ? "standard input" : file): \(error)")
        }
    }

    /// What the chain is worth, and, where the session is known, what all checks find. Nothing else is asked for.
    private func assess(
        _ message: MailMessage, authservID: String, resolver: DNSSession
    ) async -> (chain: ARCOutcome, results: AuthenticationResultsField?) {
        let resolver = BudgetedResolver(resolver)
        guard let address = envelope.address else {
            return (await ARCVerifier(resolver: resolver).verify(message, at: dns.now), nil)
        }
        let transaction = MailTransaction(
            clientAddress: address, helo: envelope.heloBytes, mailFrom: envelope.mailFromBytes,
            recipients: envelope.recipientBytes, message: message, receivedAt: dns.now)
        let findings = await Inspector(resolver: resolver).inspect(transaction)
        return (findings.arc, findings.authenticationResults(authservID: authservID))
    }
}
