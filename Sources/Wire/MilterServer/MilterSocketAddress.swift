internal import MailBytes
public import MailNames

/// Where milter connections are taken or made.
public enum MilterSocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A socket in the file system.
    case unix(String)
    /// An address of this machine; port 0 for any free one.
    case tcp(IPAddress, port: UInt16)

    /// Why a text is no such address.
    public enum Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        case kind, path, pathTooLong, address, port

        public var description: String {
            switch self {
            case .kind: "a socket is 'unix:' and a path, or 'tcp:', an IP address, ':' and a port"
            case .path: "the path of a socket is absolute and has no NUL"
            case .pathTooLong: "the path of a socket has at most \(MilterSocketAddress.pathOctetsMax) octets"
            case .address: "'tcp:' is followed by an IP address; an IPv6 address stands in brackets"
            case .port: "a port is a number from 0 to 65535"
            }
        }
    }

    /// What fits the system's form of an address, with the NUL at its end.
    static let pathOctetsMax = 107

    /// Reads `unix:/run/x.sock`, `tcp:127.0.0.1:8891` or `tcp:[::1]:8891`.
    ///
    /// - Throws: where it is none of these.
    public init(_ text: String) throws(Mistake) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), !path.utf8.contains(0) else { throw .path }
            guard path.utf8.count <= Self.pathOctetsMax else { throw .pathTooLong }
            self = .unix(path)
        } else if text.hasPrefix("tcp:") {
            let rest = text.dropFirst(4)
            guard let colon = rest.lastIndex(of: ":") else { throw .kind }
            let digits = rest[rest.index(after: colon)...]
            guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits) else { throw .port }
            let host = rest[..<colon]
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            let bare = isBracketed ? host.dropFirst().dropLast() : host
            guard let address = IPAddress(bytes: Array(bare.utf8)[...]), address.isV4 != isBracketed else {
                throw .address
            }
            self = .tcp(address, port: port)
        } else {
            throw .kind
        }
    }

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let address, let port): address.isV4 ? "tcp:\(address.text):\(port)" : "tcp:[\(address.text)]:\(port)"
        }
    }
}

/// A socket that a server listens on.
public struct MilterSocket: Hashable, Sendable {
    /// A user or a group of the system.
    public enum Account: Hashable, Sendable, CustomStringConvertible {
        case name(String)
        case number(UInt32)

        public var description: String {
            switch self {
            case .name(let name): name
            case .number(let number): String(number)
            }
        }

        /// A number, if it is one, and else a name.
        public init(_ text: String) { self = UInt32(text).map { .number($0) } ?? .name(text) }
    }

    public var address: MilterSocketAddress
    /// The permissions of a socket in the file system; nil for those that the process gives to files.
    public var mode: UInt32?
    /// Whose it is; nil for the process's own user.
    public var owner: Account?
    /// The group whose it is; nil for the process's own.
    public var group: Account?

    public init(_ address: MilterSocketAddress, mode: UInt32? = nil, owner: Account? = nil, group: Account? = nil) {
        self.address = address
        self.mode = mode
        self.owner = owner
        self.group = group
    }
}
