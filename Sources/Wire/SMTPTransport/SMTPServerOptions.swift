public import MailNames
public import SMTPProtocol

/// How a ``SMTPServer`` treats its connections.
public struct SMTPServerOptions: Hashable, Sendable {
    /// What it offers, and how much clients may send. STARTTLS is offered only if there is a certificate.
    public var configuration: SMTPServerConfiguration
    /// Whether TLS begins with the connection, as on port 465. There has to be a certificate.
    public var isImplicitTLS = false
    /// Whether each connection begins with a header of the PROXY protocol, as a load balancer sends it. Who has no
    /// such header is cut off: whoever could leave it out, could lie about it.
    public var expectsProxyHeader = false
    /// Clients that may say XCLIENT.
    public var xclientFrom: [IPPrefix] = []
    /// Clients that may say XFORWARD.
    public var xforwardFrom: [IPPrefix] = []
    /// Connections at once. One more gets 421.
    public var connectionsMax = 2000
    /// Connections at once from one address, IPv6 by its /64. One more gets 421.
    public var connectionsPerClientMax = 100
    /// Time for a command, from the last answer on (RFC 5321 §4.5.3.2.7: at least five minutes). A whole line begins it
    /// anew, an octet does not.
    public var commandTimeout: Duration = .seconds(300)
    /// Time in which a message's text has to go on by ``dataOctetsMin`` (RFC 5321 §4.5.3.2.5: three minutes a block).
    public var dataTimeout: Duration = .seconds(180)
    /// Octets of text that have to come within ``dataTimeout``.
    public var dataOctetsMin = 1024
    /// Time for the handshake, and for the PROXY protocol's header.
    public var handshakeTimeout: Duration = .seconds(30)
    /// How long a client may leave answers unread.
    public var writeTimeout: Duration = .seconds(60)

    /// The options as they are above.
    public init(configuration: SMTPServerConfiguration) { self.configuration = configuration }
}
