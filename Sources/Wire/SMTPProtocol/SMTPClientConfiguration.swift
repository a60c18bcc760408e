/// How a client behaves towards one server.
public struct SMTPClientConfiguration: Hashable, Sendable {
    /// What it calls itself.
    public var name: String
    /// SMTP, or LMTP.
    public var mode = SMTPMode.smtp
    /// Whether BDAT is used where it can be.
    public var usesChunking = false
    /// Whether a message with octets outside of ASCII is sent to a server that does not offer 8BITMIME. RFC 6152 §3
    /// forbids it; most programs do it, and most servers bear it.
    public var sendsEightBitAnyway = false

    public init(name: String) { self.name = name }
}

/// What comes of what a server sends.
public enum SMTPClientEvent: Hashable, Sendable {
    /// The server let us in. Now STARTTLS, or a message.
    case ready(SMTPCapabilities)
    /// The server's greeting, or its answer to EHLO and HELO, was a refusal.
    case refused(SMTPReply)
    /// TLS begins; ``SMTPClientSession/tlsEstablished()`` says when it is there. It is due in the same turn.
    case startTLS
    /// The server offered TLS and does not begin it.
    case startTLSRefused(SMTPReply)
    /// The answer to MAIL.
    case sender(SMTPReply)
    /// The answer to RCPT, by the recipient's number.
    case recipient(Int, SMTPReply)
    /// The text is to be sent: ``SMTPClientSession/body(_:)``, ``SMTPClientSession/endBody()``.
    case bodyWanted
    /// The message is over.
    case finished(SMTPDeliveryOutcome)
    /// The answer to RSET, NOOP or QUIT.
    case replied(SMTPReply)
    /// The server says that it closes the connection, with 421 or in the middle of a message. Nothing is sent any more.
    case closing(SMTPReply)
}

/// Why a connection to a server can't go on.
public enum SMTPClientProtocolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What came is no reply.
    case reply(SMTPReplyError)
    /// A reply that nobody waits for.
    case unexpectedReply(Int)
    /// Octets behind the answer to STARTTLS, in clear text: somebody may have put them there.
    case inputBeforeTLS

    public var description: String {
        switch self {
        case .reply(let error): error.description
        case .unexpectedReply(let code): "reply \(code) where none is awaited"
        case .inputBeforeTLS: "octets between STARTTLS and TLS"
        }
    }
}
