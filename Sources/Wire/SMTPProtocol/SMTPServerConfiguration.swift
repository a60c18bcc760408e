/// Which of the two protocols.
public enum SMTPMode: String, Hashable, Sendable {
    /// RFC 5321.
    case smtp
    /// RFC 2033: a reply for each recipient, and LHLO in place of EHLO.
    case lmtp
}

/// How much a client may do: each a bound on memory, or on what a client can have for nothing.
public struct SMTPServerLimits: Hashable, Sendable {
    /// Octets of a command line with CR LF. RFC 5321 §4.5.3.1.4 has 512, and each extension more; this is room for all.
    public var commandOctets = 2048
    /// Octets of a message; nil for any number. It is what SIZE announces.
    public var messageOctets: Int? = 50 * 1024 * 1024
    /// Recipients of a message. RFC 5321 §4.5.3.1.8: at least a hundred; more get 452.
    public var recipients = 1000
    /// RCPT commands of a message, those included that were refused.
    public var recipientCommands = 5000
    /// Commands that were refused for their form or their place, after which the client gets 421.
    public var errors = 20
    /// Commands since the last message, RCPT left out, after which the client gets 421.
    public var idleCommands = 100
    /// Messages of a connection; then the client gets 421, and may come again.
    public var messages = 10_000
    /// Octets that are read for nothing: the rest of a refused message, or of a line that is too long. A client that
    /// is told of its mistake does not send the message again; one that is cut off does.
    public var discardedOctets = 256 * 1024 * 1024

    /// The limits as they are above.
    public init() {}
}

/// What a server is to one client.
public struct SMTPServerConfiguration: Hashable, Sendable {
    /// The server's name, in the greeting and in the answer to EHLO.
    public var name: String
    /// What stands behind the name in the greeting.
    public var banner = "Postseal"
    /// SMTP, or LMTP.
    public var mode = SMTPMode.smtp
    /// What is announced. STARTTLS only before TLS, REQUIRETLS only under it, XCLIENT and XFORWARD as they stand here:
    /// they belong in it for clients alone that are trusted.
    public var extensions: SMTPExtensions
    /// What becomes of messages whose lines do not all end in CR LF.
    public var lineEnds = SMTPLineEndPolicy.refuse
    /// Whether MAIL needs TLS (RFC 3207 §4).
    public var requiresTLS = false
    /// Whether a client that speaks before its turn is cut off: before the greeting, or behind a command whose reply
    /// it has to wait for. STARTTLS is held to it in any case.
    public var refusesEarlyInput = true
    /// How much a client may do.
    public var limits = SMTPServerLimits()

    public init(name: String, extensions: SMTPExtensions) {
        self.name = name
        self.extensions = extensions
    }
}
