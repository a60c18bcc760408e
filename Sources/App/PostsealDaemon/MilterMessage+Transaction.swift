internal import MailBytes
internal import MailFormat
internal import MailNames
internal import MilterProtocol
internal import PostsealEngine

extension MailTransaction {
    /// A message as a mail server reports it, up to the end of its header.
    init(_ message: MilterMessage, receivedAt: UnixTime) {
        self.init(
            envelope: MailEnvelope(
                clientAddress: message.connection.address, helo: message.helo ?? [],
                mailFrom: message.sender.address, recipients: message.recipients.map(\.address),
                isAuthenticated: message.isAuthenticated, receivedAt: receivedAt),
            message: MailMessage(parsing: message.header))
    }
}

extension MilterMessage {
    /// Whether the client logged in. Sendmail and Postfix set `auth_authen` to the name that it logged in with, and
    /// `auth_type` to the way; neither is set, or is empty, for others.
    var isAuthenticated: Bool { macros.text("auth_authen") != nil || macros.text("auth_type") != nil }
}
