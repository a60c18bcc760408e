internal import ArgumentParser
internal import DKIM
internal import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames

struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Signs a message with DKIM (RFC 6376, RFC 8463).",
        discussion: """
            Prints the signed message, with the line ends of the file. Give --selector and --key once for each \
            signature, an RSA and an Ed25519 key for both. If DNS options are given, each key is held against its \
            published record first.
            """)

    @OptionGroup(title: "Keys") var signing: SigningOptions

    @Option(
        name: .customLong("identity"),
        help: ArgumentHelp("The agent or user, i=; ends in the domain.", valueName: "[user]@domain"))
    var identity: String?

    @Option(
        name: .customLong("expires-in"),
        help: ArgumentHelp("Seconds until the signature expires, x=.", valueName: "seconds"))
    var lifetimeSeconds: Int?

    @Option(
        name: .customLong("canonicalization"),
        help: ArgumentHelp("Header and body form, such as relaxed/relaxed or relaxed/simple.", valueName: "header/body")
    )
    var canonicalization: String = "relaxed/relaxed"

    @Option(
        name: .customLong("fields"),
        help: ArgumentHelp(
            """
            The fields to sign, colon-separated, instead of the default ones; a name given once more than the \
            message has it is protected against additions.
            """,
            valueName: "names"))
    var fields: String?

    @Argument(help: ArgumentHelp("The message file; - is standard input.", valueName: "file"))
    var file: String

    @OptionGroup(title: "DNS") var dns: DNSOptions

    func validate() throws {
        if let lifetimeSeconds, lifetimeSeconds <= 0 {
            throw ValidationError("--expires-in must be a number of seconds above 0")
        }
    }

    func run() async throws {
        let keys = try signing.keys()
        if dns.isExplicit {
            let session = try dns.session()
            for key in keys { try await signing.check(key, resolver: session) }
            try session.finish()
        }
        let original = try FileInput.read(file)
        var signer = DKIMSigner(keys: keys)
        guard let forms = DKIMCanonicalization(text: canonicalization) else {
            throw CommandFailure(
                "--canonicalization '\(canonicalization)' is not simple or relaxed, one or two with a slash")
        }
        signer.canonicalization = forms
        signer.identity = identity
        signer.lifetimeSeconds = lifetimeSeconds
        if let fields { signer.fieldNames = fields.split(separator: ":").map { String($0) } }
        let output = SignedOutput(original: original)
        do {
            Console.write(output.prepending(try signer.sign(output.message, at: dns.now)))
        } catch {
            throw CommandFailure("cannot sign \(file == "-" ? "standard input" : file): \(error)")
        }
    }
}

/// A message that gets fields on top, printed with the line ends it came with.
struct SignedOutput {
    let message: MailMessage
    private let hasBareLineFeeds: Bool

    init(original: [UInt8]) {
        let network = MailMessage.withNetworkLineEndings(original)
        message = MailMessage(parsing: network)
        // A file with any CR LF is taken to be in network form already.
        hasBareLineFeeds = network.count != original.count && !Self.hasNetworkLineEnd(original)
    }

    /// The message with these fields on top; an mbox line stays in front.
    func prepending(_ fields: [UInt8]) -> [UInt8] {
        let headerStart = message.header.fields.first?.whole.lowerBound ?? message.body.lowerBound
        let signed = Array(message.bytes[..<headerStart]) + fields + message.bytes[headerStart...]
        guard hasBareLineFeeds else { return signed }
        var output: [UInt8] = []
        output.reserveCapacity(signed.count)
        for (index, byte) in signed.enumerated() {
            let endsLine = byte == .carriageReturn && index + 1 < signed.count && signed[index + 1] == .lineFeed
            if !endsLine { output.append(byte) }
        }
        return output
    }

    private static func hasNetworkLineEnd(_ octets: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in octets {
            if byte == .lineFeed, previous == .carriageReturn { return true }
            previous = byte
        }
        return false
    }
}
