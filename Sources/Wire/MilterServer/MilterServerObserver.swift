public import MilterProtocol
public import Sockets

/// Who wants to know what goes on at a ``MilterFilterServer``: for logs and metrics, which it does not keep itself.
public protocol MilterServerObserver: Sendable {
    /// Something happened at a socket. It is called on an event loop, and must not wait.
    func observe(_ event: MilterServerEvent, on address: ListenAddress)
}

/// What an observer is told.
public enum MilterServerEvent: Hashable, Sendable {
    /// A mail server connected.
    case opened
    /// A mail server connected, and was turned away: there are ``MilterServerOptions/connectionsMax`` already.
    case refused
    /// A connection can't be taken, by the number of the system's error: there are no descriptors left, mostly.
    case acceptFailed(Int32)
    /// What was agreed upon with a mail server. What it does not offer can't be done to its messages.
    case negotiated(MilterNegotiation)
    /// Changes can't be asked for; the message got the judgement's fallback.
    case changesRefused(MilterRefusedChanges)
    /// The judgement on a message took longer than ``MilterServerOptions/judgementTimeout``.
    case overdue
    /// A connection ended.
    case closed(MilterCloseReason)
}

/// Why a connection ended.
public enum MilterCloseReason: Hashable, Sendable {
    /// What a mail server was too slow with.
    public enum Wait: Hashable, Sendable {
        /// The next message.
        case idle
        /// The next packet of a message, of the negotiation, or the rest of a packet.
        case message
        /// Reading an answer.
        case write
    }

    /// The mail server said that it is done.
    case quit
    /// The mail server closed the connection without a word.
    case lost
    /// The connection broke, by the number of the system's error; 0 if there is none.
    case broken(Int32)
    /// The mail server was silent for too long.
    case timeout(Wait)
    /// The mail server did not keep to the protocol or the limits.
    case protocolError(MilterProtocolError)
    /// The server stops.
    case shutdown
}
