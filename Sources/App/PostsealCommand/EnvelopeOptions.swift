internal import ArgumentParser
internal import MailBytes
internal import MailNames

/// What was seen of the SMTP session that brought a message.
struct EnvelopeOptions: ParsableArguments {
    @Option(
        name: .customLong("ip"),
        help: ArgumentHelp("Address of the client that sent the message.", valueName: "address"))
    var clientAddress: String?

    @Option(name: .customLong("helo"), help: ArgumentHelp("What the client said in HELO or EHLO.", valueName: "name"))
    var helo: String?

    @Option(
        name: .customLong("mail-from"),
        help: ArgumentHelp("The reverse-path (MAIL FROM); '' or '<>' for the null sender.", valueName: "address"))
    var mailFrom: String?

    @Option(
        name: .customLong("rcpt"), parsing: .singleValue,
        help: ArgumentHelp("A recipient (RCPT TO); may be given more than once.", valueName: "address"))
    var recipients: [String] = []

    @Option(
        name: .customLong("envelopes"),
        help: ArgumentHelp(
            "JSON file with the session of each message file by its name: ip, helo, mail_from, rcpt.", valueName: "file"
        ))
    var envelopesFile: String?

    func validate() throws {
        if let clientAddress, Self.address(clientAddress) == nil {
            throw ValidationError("--ip '\(clientAddress)' is no IP address")
        }
    }

    var address: IPAddress? { clientAddress.flatMap(Self.address) }
    var heloBytes: [UInt8] { Array((helo ?? "").utf8) }
    var mailFromBytes: [UInt8]? { mailFrom.map(Self.path) }
    var recipientBytes: [[UInt8]] { recipients.map(Self.path) }

    /// An address as it is, or in the brackets of an address literal.
    static func address(_ text: String) -> IPAddress? {
        var text = text[...]
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        if text.lowercased().hasPrefix("ipv6:") { text = text.dropFirst(5) }
        return IPAddress(String(text))
    }

    /// A path without its angle brackets.
    static func path(_ text: String) -> [UInt8] {
        text.hasPrefix("<") && text.hasSuffix(">") ? Array(text.utf8.dropFirst().dropLast()) : Array(text.utf8)
    }
}
