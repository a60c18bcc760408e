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
            Prints the signed message, with the line ends of the file; a file that has both kinds gets CR LF. Give \
            --selector and --key once for each signature, an RSA and an Ed25519 key for both. If DNS options are \
            given, each key is held against its published record first.
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
    /// The message as it is signed, with the line ends of the wire.
    let message: MailMessage
    /// What is printed behind the new fields: the file as it is; in the form of the wire where it has both kinds of
    /// line end, because no reader could put those right.
    private let printed: [UInt8]
    private let endsLinesInLineFeed: Bool

    init(original: [UInt8]) {
        let network = MailMessage.withNetworkLineEndings(original)
        message = MailMessage(parsing: network)
        endsLinesInLineFeed = network.count != original.count && !Self.hasNetworkLineEnd(original)
        printed = endsLinesInLineFeed ? original : network
    }

    /// The message with these fields on top; an mbox line stays in front.
    func prepending(_ fields: [UInt8]) -> [UInt8] {
        var start = 0
        if message.defects.contains(.mboxFromLine) {
            start = printed.firstIndex(of: .lineFeed).map { $0 + 1 } ?? 0
        }
        let added = endsLinesInLineFeed ? fields.filter { $0 != .carriageReturn } : fields
        return printed[..<start] + added + printed[start...]
    }

    private static func hasNetworkLineEnd(_ octets: [UInt8]) -> Bool {
        var rest = octets[...]
        while let end = rest.firstIndex(of: .lineFeed) {
            if end > octets.startIndex, octets[end - 1] == .carriageReturn { return true }
            rest = octets[(end + 1)...]
        }
        return false
    }
}
