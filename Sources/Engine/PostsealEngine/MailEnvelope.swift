public import MailBytes
public import MailNames

/// What was seen of the session that brought a message: everything but the message.
public struct MailEnvelope: Sendable {
    /// The client's address; nil where it is not known, and then SPF says nothing.
    public var clientAddress: IPAddress?
    /// The argument of HELO or EHLO, as given; empty where there was none.
    public var helo: [UInt8]
    /// The reverse-path without angle brackets; empty for `<>`, nil where it is not known.
    public var mailFrom: [UInt8]?
    /// The forward-paths without angle brackets.
    public var recipients: [[UInt8]]
    /// What the sender knows it by, ENVID decoded (RFC 3461 §4.4); nil where none was given.
    public var envelopeID: [UInt8]?
    /// Whether the client proved to be one of our users (RFC 4954).
    public var isAuthenticated: Bool
    /// When the message arrived: the time that signatures are held against.
    public var receivedAt: UnixTime

    public init(
        clientAddress: IPAddress? = nil, helo: [UInt8] = [], mailFrom: [UInt8]? = nil, recipients: [[UInt8]] = [],
        isAuthenticated: Bool = false, receivedAt: UnixTime
    ) {
        self.clientAddress = clientAddress
        self.helo = helo
        self.mailFrom = mailFrom
        self.recipients = recipients
        self.isAuthenticated = isAuthenticated
        self.receivedAt = receivedAt
    }
}
