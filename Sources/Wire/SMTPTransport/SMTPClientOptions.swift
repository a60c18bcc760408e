public import MailNames
public import SMTPProtocol

/// What a caller says of a server's certificates.
public enum SMTPChainDecision: Hashable, Sendable {
    case accept
    /// The connection is closed, and the clause is in the error.
    case refuse(String)
}

/// How a connection to a server is made.
public struct SMTPClientOptions: Sendable {
    /// Says whether a server is who it should be: the certificates that it showed, the leaf first, each in DER, and
    /// the name that was asked for. It is called on an event loop, and must not wait.
    public typealias Verification = @Sendable (_ chain: [[UInt8]], _ serverName: String?) -> SMTPChainDecision

    /// When there is TLS.
    public enum TLSUse: Hashable, Sendable {
        case never
        /// Where the server offers it. A server that offers it and then fails is an error; whether to try again in
        /// clear text is for the caller to say.
        case ifOffered
        case required
        /// From the start, as on port 465.
        case implicit
    }

    /// What the client calls itself, and how it behaves.
    public var configuration: SMTPClientConfiguration
    /// Whether there is TLS.
    public var tlsUse = TLSUse.never
    /// Needed for TLS.
    public var tls: SMTPClientTLS?
    /// The name that is asked for (SNI). One that can't be asked for, as an address, is left out.
    public var serverName: String?
    /// By default everybody is accepted.
    public var verification: Verification = { _, _ in .accept }
    /// The address that the connection is made from; nil for any.
    public var localAddress: IPAddress?
    /// How long the server may take.
    public var times = SMTPClientTimes()

    /// The options as they are above.
    public init(configuration: SMTPClientConfiguration) { self.configuration = configuration }
}

/// How long a server may take, for each thing (RFC 5321 §4.5.3.2).
public struct SMTPClientTimes: Hashable, Sendable {
    /// To take the connection.
    public var connect: Duration = .seconds(30)
    /// To greet, and to answer EHLO (§4.5.3.2.1: five minutes).
    public var greeting: Duration = .seconds(300)
    /// For the handshake.
    public var handshake: Duration = .seconds(60)
    /// To answer MAIL, RCPT and RSET (§4.5.3.2.2, §4.5.3.2.3: five minutes each).
    public var command: Duration = .seconds(300)
    /// To answer DATA (§4.5.3.2.4: two minutes).
    public var data: Duration = .seconds(120)
    /// To take a piece of the text (§4.5.3.2.5: three minutes).
    public var block: Duration = .seconds(180)
    /// To answer for the message (§4.5.3.2.6: ten minutes, for its answer lost is a message twice).
    public var end: Duration = .seconds(600)
    /// To answer QUIT, which nobody needs.
    public var quit: Duration = .seconds(10)

    /// The times as they are above.
    public init() {}
}
