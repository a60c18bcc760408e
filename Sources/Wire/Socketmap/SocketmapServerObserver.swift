public import Sockets

/// Who wants to know what goes on at a ``SocketmapServer``: for logs and metrics, which it does not keep itself.
public protocol SocketmapServerObserver: Sendable {
    /// Something happened at a socket. It is called on an event loop, and must not wait.
    func observe(_ event: SocketmapServerEvent, on address: ListenAddress)
}

/// What an observer is told.
public enum SocketmapServerEvent: Hashable, Sendable {
    /// A mail server connected.
    case opened
    /// A mail server connected, and was turned away: there are ``SocketmapServerOptions/connectionsMax`` already.
    case refused
    /// A connection can't be taken, by the number of the system's error: there are no descriptors left, mostly.
    case acceptFailed(Int32)
    /// Requests were answered, at once or after a look-up: those of one kind that came together.
    case answered(SocketmapReply.Kind, atOnce: Bool, count: Int = 1)
    /// A request can't be read, and was answered with `PERM`.
    case malformed(SocketmapRequestError)
    /// A value can't be sent (``SocketmapReply/isSendable``), and `TEMP` was answered in its place.
    case unsendable
    /// A look-up took longer than ``SocketmapServerOptions/lookupTimeout``.
    case overdue
    /// A connection ended.
    case closed(SocketmapCloseReason)
}

/// Why a connection ended.
public enum SocketmapCloseReason: Hashable, Sendable {
    /// What a mail server was too slow with.
    public enum Wait: Hashable, Sendable {
        /// The next request.
        case idle
        /// The rest of a request.
        case request
        /// Reading an answer.
        case write
    }

    /// The mail server closed the connection, as it does when it needs it no more.
    case done
    /// The mail server closed the connection within a request, or before its answer.
    case lost
    /// The connection broke, by the number of the system's error; 0 if there is none.
    case broken(Int32)
    /// The mail server was silent for too long.
    case timeout(Wait)
    /// The mail server sent what is no netstring, or too long a one.
    case protocolError(NetstringError)
    /// The server stops.
    case shutdown
}
