public import MailNames

/// How the HTTP interface serves: where it listens, and what it lets one client take of memory and time.
public struct HTTPServiceSettings: Hashable, Sendable {
    /// Where it listens. There is no default: who can reach the interface can use it, for it asks nobody for a
    /// password. It belongs on the loopback or on a socket in the file system.
    public var sockets: [HTTPSocket]
    /// Octets of a message: 50 MB.
    public var messageOctetsMax = 50 * 1024 * 1024
    /// Octets of a message's header, which is held in memory. The milter's limit.
    public var messageHeaderOctetsMax = 1024 * 1024
    /// Octets of all fields of a request.
    public var fieldOctetsMax = 64 * 1024
    /// Fields of a request: a few more than there may be recipients.
    public var fieldsMax = 1100
    /// Octets of the target of a request, with its query.
    public var targetOctetsMax = 32 * 1024
    /// Octets of a HELO name or of a mail address.
    public var addressOctetsMax = 4096
    /// Recipients of a message.
    public var recipientsMax = 1000
    /// Connections at once, over all sockets. Those beyond it are told to come back later.
    public var connectionsMax = 1000
    /// Time for a request to come in whole, counted from the end of its fields.
    public var requestTimeout: Duration = .seconds(60)
    /// Time for the next request to begin and its fields to come in.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a client may leave answers unread.
    public var writeTimeout: Duration = .seconds(30)
    /// How long what a client still sends is thrown away after the last answer, so that it gets to read that.
    public var lingerTimeout: Duration = .seconds(2)
    /// When stopping: how long requests may take to finish.
    public var stopTimeout: Duration = .seconds(30)
    /// What is told to clients that come while there are too many.
    public var retryAfterSeconds = 5

    public init(sockets: [HTTPSocket]) { self.sockets = sockets }
}

/// A socket that the interface listens on.
public struct HTTPSocket: Hashable, Sendable, CustomStringConvertible {
    /// Where a socket is.
    public enum Address: Hashable, Sendable {
        /// In the file system.
        case unix(String)
        /// At an address of this machine; port 0 for any free one.
        case tcp(IPAddress, port: UInt16)
    }

    /// A user or a group of the system.
    public enum Account: Hashable, Sendable {
        case name(String)
        case number(UInt32)
    }

    public var address: Address
    /// The permissions of a socket in the file system; nil for those that the process gives to files.
    public var mode: UInt32?
    /// Whose a socket in the file system is; nil for the process's own user.
    public var owner: Account?
    /// The group whose a socket in the file system is; nil for the process's own.
    public var group: Account?

    public init(_ address: Address, mode: UInt32? = nil, owner: Account? = nil, group: Account? = nil) {
        self.address = address
        self.mode = mode
        self.owner = owner
        self.group = group
    }

    /// The address as the configuration writes it: `unix:/run/postseal/http.sock`, `tcp:127.0.0.1:8027`.
    public var description: String {
        switch address {
        case .unix(let path): "unix:\(path)"
        case .tcp(let address, let port): address.isV4 ? "tcp:\(address.text):\(port)" : "tcp:[\(address.text)]:\(port)"
        }
    }
}

/// Why the interface cannot listen: one clause that names the socket.
public struct HTTPListenError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ socket: HTTPSocket, _ reason: String) { description = "cannot listen on \(socket): \(reason)" }
}
