public import SMTPProtocol

/// How a relay goes about it.
public struct RelayOptions: Hashable, Sendable {
    /// What is spoken with those who hand mail over.
    public var mode = SMTPMode.lmtp
    /// Connections to one destination at once, those included that wait for the next message. More are told to come
    /// again.
    public var connectionsMax = 20
    /// How long a connection waits for the next message; zero ends it with each message.
    public var idleTime: Duration = .seconds(5)
    /// How many messages go over one connection.
    public var sessionMessages = 100
    /// No connection is taken up again when it is older than this, so that a better server, which was down, is found.
    public var sessionAge: Duration = .seconds(300)
    /// Whether `TLS-Required: No` in a message lets it go without what DANE and MTA-STS ask for (RFC 8689 §4.2.2).
    public var honoursTLSRequired = true

    /// Limit: so many connections wait at once, whatever the destination.
    static let idleSessionsMax = 500

    /// The options as they are above.
    public init() {}
}
