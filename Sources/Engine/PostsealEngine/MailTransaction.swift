public import MailBytes
public import MailFormat
public import MailNames

/// One message on its way in, with everything that was seen of the session that brought it.
///
/// What every way in (milter, SMTP, HTTP, a file) makes of its bytes; the engine knows no other input. Where the body
/// comes in piece by piece, `message` is the header alone, and ``MessageInspection`` or ``GuardedMessage`` takes the
/// body.
public struct MailTransaction: Sendable {
    /// Everything but the message.
    public var envelope: MailEnvelope
    /// The message, or its header.
    public var message: MailMessage

    public init(envelope: MailEnvelope, message: MailMessage) {
        self.envelope = envelope
        self.message = message
    }

    /// As ``init(envelope:message:)``, with the envelope in its parts.
    public init(
        clientAddress: IPAddress? = nil, helo: [UInt8] = [], mailFrom: [UInt8]? = nil, recipients: [[UInt8]] = [],
        message: MailMessage, receivedAt: UnixTime
    ) {
        self.init(
            envelope: MailEnvelope(
                clientAddress: clientAddress, helo: helo, mailFrom: mailFrom, recipients: recipients,
                receivedAt: receivedAt),
            message: message)
    }
}
