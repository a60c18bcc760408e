internal import MailBytes
internal import MailFormat
internal import MailNames
internal import MilterProtocol
internal import PostsealEngine
internal import SMTPProtocol

extension MailTransaction {
    /// A message as a mail server reports it, up to the end of its header.
    init(_ message: MilterMessage, receivedAt: UnixTime) {
        var envelope = MailEnvelope(
            clientAddress: message.connection.address, helo: message.helo ?? [],
            mailFrom: message.sender.address, recipients: message.recipients.map(\.address),
            isAuthenticated: message.isAuthenticated, receivedAt: receivedAt)
        envelope.envelopeID = message.sender.envelopeID
        self.init(envelope: envelope, message: MailMessage(parsing: message.header))
    }
}

extension MilterPath {
    /// ENVID of the sender's arguments, decoded (RFC 3461 §4.4); nil if it is not there, or is none.
    var envelopeID: [UInt8]? {
        let keyword = Array("ENVID=".utf8)
        guard
            let argument = arguments.first(where: { $0.prefix(keyword.count).equalsIgnoringASCIICase(keyword[...]) }),
            // RFC 3461 §4.4: 100 octets.
            case let value = argument.dropFirst(keyword.count), !value.isEmpty, value.count <= 100
        else { return nil }
        return SMTPXText.decode(value)
    }
}

extension MilterMessage {
    /// Whether the client logged in. Sendmail and Postfix set `auth_authen` to the name that it logged in with, and
    /// `auth_type` to the way; neither is set, or is empty, for others.
    var isAuthenticated: Bool { macros.text("auth_authen") != nil || macros.text("auth_type") != nil }
}
