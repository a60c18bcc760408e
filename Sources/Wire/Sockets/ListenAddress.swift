internal import MailBytes
public import MailNames
public import NIOCore

/// Where connections are taken or made: `unix:/run/postseal/milter.sock`, `tcp:127.0.0.1:8891`, `tcp:[::1]:8891`.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
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
            case .pathTooLong: "the path of a socket has at most \(ListenAddress.pathOctetsMax) octets"
            case .address: "'tcp:' is followed by an IP address; an IPv6 address stands in brackets"
            case .port: "a port is a number from 0 to 65535"
            }
        }
    }

    /// What fits the system's form of an address, with the NUL at its end.
    public static let pathOctetsMax = 107

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
    /// Whether only this machine can connect.
    public var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(.v4(let value), _): value >> 24 == 127
        case .tcp(.v6(0, 1), _): true
        case .tcp: false
        }
    }

    /// Whether the system chooses the port, so that two of the kind are not the same.
    public var isAnyPort: Bool {
        if case .tcp(_, port: 0) = self { true } else { false }
    }

    /// The address in the system's form, for those who connect to it.
    ///
    /// - Throws: where the system has no form for it.
    public func socketAddress() throws(ListenError) -> SocketAddress {
        switch self {
        case .unix(let path):
            guard !path.isEmpty, !path.utf8.contains(0),
                let address = try? SocketAddress(unixDomainSocketPath: path)
            else {
                throw ListenError(self, .badPath)
            }
            return address
        case .tcp(let ip, let port):
            guard let address = try? SocketAddress(ipAddress: ip.text, port: Int(port)) else {
                throw ListenError(self, .noSuchAddress)
            }
            return address
        }
    }
}
