internal import ARC
internal import ArgumentParser
internal import AuthenticationResults
internal import DKIM
internal import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import PostsealEngine

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
        if let authservID, !AuthservID.isValid(authservID) {
            throw ValidationError("--authserv-id '\(authservID)' is no name that Authentication-Results can carry")
        }
    }

    func run() async throws {
        guard let key = try signing.keys().first else { return }
        let output = SignedOutput(original: try FileInput.read(file))
        let session = try dns.session()
        let transaction = MailTransaction(
            clientAddress: envelope.address, helo: envelope.heloBytes, mailFrom: envelope.mailFromBytes,
            recipients: envelope.recipientBytes, message: output.message, receivedAt: dns.now)
        let findings = await Inspector(resolver: session).inspect(transaction)
        try session.finish()
        let name = authservID ?? key.domain.text
        let sealer = ARCSealer(key: key, authservID: name)
        let fresh =
            envelope.address == nil
            ? nil
            : findings.authenticationResults(authservID: name, transaction: transaction)
        do {
            let fields = try sealer.seal(output.message, results: fresh, chain: findings.arc, at: dns.now)
            Console.write(output.prepending(fields))
        } catch {
            throw CommandFailure("cannot seal \(file == "-" ? "standard input" : file): \(error)")
        }
    }
}
