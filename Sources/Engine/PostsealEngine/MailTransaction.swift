public import MailBytes
public import MailFormat
public import MailNames

/// One message on its way in, with everything that was seen of the session that brought it.
///
/// What every way in (milter, SMTP, HTTP, a file) makes of its bytes; the engine knows no other input.
public struct MailTransaction: Sendable {
    /// The client's address; nil where it is not known, and then SPF says nothing.
    public var clientAddress: IPAddress?
    /// The argument of HELO or EHLO, as given; empty where there was none.
    public var helo: [UInt8]
    /// The reverse-path without angle brackets; empty for `<>`, nil where it is not known.
    public var mailFrom: [UInt8]?
    /// The forward-paths without angle brackets.
    public var recipients: [[UInt8]]
    public var message: MailMessage
    /// When the message arrived: the time that signatures are held against.
    public var receivedAt: UnixTime

    public init(
        clientAddress: IPAddress? = nil, helo: [UInt8] = [], mailFrom: [UInt8]? = nil, recipients: [[UInt8]] = [],
        message: MailMessage, receivedAt: UnixTime
    ) {
        self.clientAddress = clientAddress
        self.helo = helo
        self.mailFrom = mailFrom
        self.recipients = recipients
        self.message = message
        self.receivedAt = receivedAt
    }
}
