/// How a ``SocketmapServer`` treats its connections.
public struct SocketmapServerOptions: Hashable, Sendable {
    /// Connections at once. Those beyond it are closed as soon as they are made. A Postfix has as many as it has SMTP
    /// clients at work, or one where it asks through proxymap(8).
    public var connectionsMax = 2000
    /// The most octets of a request, without those of the netstring around it. A next hop is a domain of at most 253
    /// octets, with brackets and a port perhaps. A longer request ends the connection.
    public var requestOctetsMax = 4096
    /// Silence between requests after which a connection is closed. Postfix closes it after ten seconds itself, and
    /// connects again where it finds it closed.
    public var idleTimeout: Duration = .seconds(300)
    /// Time for a request, from its first octet to its last.
    public var requestTimeout: Duration = .seconds(10)
    /// How long a look-up may take. Then it is cancelled, and `TIMEOUT` is said. Postfix waits for 100 seconds.
    public var lookupTimeout: Duration = .seconds(60)
    /// How long a mail server may leave answers unread.
    public var writeTimeout: Duration = .seconds(60)

    /// The options as they are above.
    public init() {}
}
