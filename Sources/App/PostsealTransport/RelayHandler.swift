internal import MailNames
public import SMTPProtocol
public import SMTPTransport
public import TransportPolicy

/// Delivers mail to the servers of its recipients, under the plan of each destination, while the sender waits.
///
/// It owns no queue: each recipient's answer is that of the server that took the message, or says why there is none. So
/// whoever hands mail over keeps it until it is told. LMTP is made for that, with an answer for each recipient; over
/// SMTP a message goes to one domain at a time.
public struct RelayHandler: SMTPMailHandler {
    /// What is told of sessions with servers.
    public typealias SessionObserver = @Sendable (TransportPlan, OpenedSession) -> Void

    let service: TransportService
    let opener: SessionOpener
    let mode: SMTPMode
    let isAllowed: @Sendable (SMTPConnectionFacts) -> Bool
    let observed: SessionObserver
    let places: DestinationPlaces

    /// - Parameters:
    ///   - isAllowed: whether a client may send to the world. Anybody on a socket in the file system may.
    ///   - connectionsMax: connections to one destination at once; more are told to come again.
    ///   - observed: is told of each session that was tried, for logs and TLS reports.
    public init(
        service: TransportService, opener: SessionOpener, mode: SMTPMode = .lmtp, connectionsMax: Int = 20,
        isAllowed: @escaping @Sendable (SMTPConnectionFacts) -> Bool,
        observed: @escaping SessionObserver = { _, _ in }
    ) {
        self.service = service
        self.opener = opener
        self.mode = mode
        self.isAllowed = isAllowed
        self.observed = observed
        places = DestinationPlaces(each: connectionsMax)
    }

    /// Takes up a connection.
    public func begin(_ facts: SMTPConnectionFacts) -> RelayConversation { RelayConversation(self) }
}
