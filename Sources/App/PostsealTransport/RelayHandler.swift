internal import MailNames
public import SMTPTransport
public import TLSRPT
public import TransportPolicy

/// Delivers mail to the servers of its recipients, under the plan of each destination, while the sender waits.
///
/// It owns no queue: each recipient's answer is that of the server that took the message, or says why there is none. So
/// whoever hands mail over keeps it until it is told. LMTP is made for that, with an answer for each recipient; over
/// SMTP a message goes to one domain at a time.
public struct RelayHandler: SMTPMailHandler {
    /// What is told of sessions with servers.
    public typealias SessionObserver = @Sendable (TransportPlan, OpenedSession) -> Void
    /// What is told of what TLS reports are to have.
    public typealias OutcomeObserver = @Sendable (TLSSessionOutcome) -> Void

    let service: TransportService
    let opener: SessionOpener
    let options: RelayOptions
    let isAllowed: @Sendable (SMTPConnectionFacts) -> Bool
    let observed: SessionObserver
    let counted: OutcomeObserver
    let reused: @Sendable () -> Void
    let places: DestinationPlaces
    let pool: SessionPool

    /// - Parameters:
    ///   - old: the handler that this one takes the place of, whose connections count for as long as they last.
    ///   - isAllowed: whether a client may send to the world. Anybody on a socket in the file system may.
    ///   - observed: is told of each session that was tried, for logs.
    ///   - counted: is told of each session that TLS reports are to have, and of each server that was passed over
    ///     because of its policy, once the header of the message is known that led to it.
    ///   - reused: is told when a message goes over a session that was there.
    public init(
        service: TransportService, opener: SessionOpener, options: RelayOptions = RelayOptions(),
        succeeding old: RelayHandler? = nil, isAllowed: @escaping @Sendable (SMTPConnectionFacts) -> Bool,
        observed: @escaping SessionObserver = { _, _ in }, counted: @escaping OutcomeObserver = { _ in },
        reused: @escaping @Sendable () -> Void = {}
    ) {
        self.service = service
        self.opener = opener
        self.options = options
        self.isAllowed = isAllowed
        self.observed = observed
        self.counted = counted
        self.reused = reused
        places = old?.places ?? DestinationPlaces()
        pool = SessionPool(options, places)
    }

    /// How many sessions wait for another message.
    public var idleSessions: Int { pool.count }

    /// Takes up a connection.
    public func begin(_ facts: SMTPConnectionFacts) -> RelayConversation { RelayConversation(self) }

    /// Closes the sessions that wait, and keeps none from now on. Messages on their way come to their end.
    public func retire() { pool.retire() }
}
