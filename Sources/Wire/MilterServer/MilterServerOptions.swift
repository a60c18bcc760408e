public import MilterProtocol

/// How a ``MilterFilterServer`` treats its connections.
public struct MilterServerOptions: Hashable, Sendable {
    /// What is asked of mail servers, and how much they may send.
    public var preferences: MilterPreferences
    /// Connections at once. Those beyond it are closed as soon as they are made, and the mail server does what it is
    /// configured to do without the filter.
    public var connectionsMax = 2000
    /// Silence between messages after which a connection is closed. Mail servers keep connections for as long as their
    /// client stays.
    public var idleTimeout: Duration = .seconds(2 * 3600)
    /// Time for one packet: before the negotiation, within a message, and once a packet has begun. A whole packet
    /// begins it anew, an octet does not.
    public var messageTimeout: Duration = .seconds(600)
    /// How long the judgement on a message may take. Then it is cancelled, and ``MilterJudge/overdue`` is said.
    public var judgementTimeout: Duration = .seconds(300)
    /// How often the mail server is told that the judgement takes longer. Postfix waits for 300 seconds otherwise.
    public var progressInterval: Duration = .seconds(10)
    /// How long a mail server may leave answers unread.
    public var writeTimeout: Duration = .seconds(60)

    /// The options as they are above.
    public init(preferences: MilterPreferences) { self.preferences = preferences }
}
