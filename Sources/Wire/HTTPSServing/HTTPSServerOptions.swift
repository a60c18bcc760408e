public import MailNames
public import Sockets

/// The bounds of a server that strangers reach.
public struct HTTPSServerOptions: Hashable, Sendable {
    /// Connections at once; more are closed.
    public var connectionsMax = 1000
    /// Octets of a request, with a body that nobody reads.
    public var requestOctetsMax = 8192
    /// Octets of one header field.
    public var fieldOctetsMax = 4096
    /// How many header fields.
    public var fieldsMax = 100
    /// How long a connection may take, from its first octet to its last.
    public var connectionTimeout: Duration = .seconds(20)

    public init() {}
}

/// What a client asks for.
public struct HTTPSRequest: Hashable, Sendable {
    /// Whether the body is wanted as well.
    public var isHead: Bool
    /// The host that it names.
    public var host: DomainName
    /// The path, without a query.
    public var path: String

    public init(isHead: Bool = false, host: DomainName, path: String) {
        self.isHead = isHead
        self.host = host
        self.path = path
    }
}

/// What it gets.
public struct HTTPSAnswer: Hashable, Sendable {
    /// The status code.
    public var status: Int
    /// As in Content-Type.
    public var mediaType: String
    /// The page.
    public var body: [UInt8]

    public init(status: Int = 200, mediaType: String = "text/plain", body: [UInt8]) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
    }

    /// There is no such page.
    public static let notFound = HTTPSAnswer(status: 404, body: Array("There is nothing here.\r\n".utf8))
}

/// What happens at a server's sockets.
public enum HTTPSServerEvent: Hashable, Sendable {
    /// A request was answered, with this status.
    case answered(status: Int)
    /// A connection was closed at once, because there are too many.
    case refused
    /// A connection can't be taken, by the number of the system's error.
    case acceptFailed(Int32)
    /// TLS did not come about: the client asked for no name that there is a certificate for, or for old TLS.
    case handshakeFailed
    /// A connection was too slow, or its request too long.
    case cutOff
}

/// Is told what happens. Called on event loops; must not wait.
public protocol HTTPSServerObserver: Sendable {
    /// Is told of an event at a socket.
    func observe(_ event: HTTPSServerEvent, on address: ListenAddress)
}
