public import SMTPProtocol

/// Who wants to know what goes on at a ``SMTPServer``: for logs and metrics, which it does not keep itself.
public protocol SMTPServerObserver: Sendable {
    /// Something happened. It is called on an event loop, and must not wait.
    func observe(_ event: SMTPServerNote, _ facts: SMTPConnectionFacts)
}

/// What an observer is told.
public enum SMTPServerNote: Hashable, Sendable {
    /// A client connected.
    case opened
    /// A client was turned away: there are too many connections, in all or from its address.
    case refused
    /// A connection can't be taken, by the number of the system's error: there are no descriptors left, mostly.
    case acceptFailed(Int32)
    /// TLS is there; the facts say what was negotiated.
    case secured
    /// A message was refused for its text.
    case messageRefused(SMTPContentDefect)
    /// A connection ended.
    case closed(SMTPCloseReason)
}

/// Why a connection ended.
public enum SMTPCloseReason: Hashable, Sendable, CustomStringConvertible {
    /// What a client was too slow with.
    public enum Wait: String, Hashable, Sendable {
        case command
        case data
        case handshake
        /// Reading an answer.
        case write
    }

    /// The protocol came to its end.
    case session(SMTPServerCloseReason)
    /// The client closed the connection without a word.
    case lost
    /// The connection broke, by the number of the system's error; 0 if there is none.
    case broken(Int32)
    /// The client was too slow.
    case timeout(Wait)
    /// The handshake failed.
    case tls(SMTPTLSError)
    /// The PROXY protocol's header is missing or malformed.
    case proxyHeader(ProxyHeaderError)
    /// The server stops.
    case shutdown

    public var description: String {
        switch self {
        case .session(let reason): reason.description
        case .lost: "connection lost"
        case .broken(let number): "connection broken, error \(number)"
        case .timeout(let wait): "too slow: \(wait.rawValue)"
        case .tls(let error): "TLS: \(error)"
        case .proxyHeader(let error): error.description
        case .shutdown: "the server stops"
        }
    }
}
