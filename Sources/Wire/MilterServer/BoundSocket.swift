internal import Glibc
internal import MailNames
internal import NIOCore

/// A socket that is bound and does not listen yet: made by hand, for a server's socket gets its owner and permissions
/// before anyone can connect, and replaces one that a server which is gone has left behind.
struct BoundSocket {
    /// What tells a file from another that takes its name.
    struct FileIdentity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    let descriptor: CInt
    /// With the port that the system chose.
    let address: MilterSocketAddress
    /// The file that the socket is; nil for TCP.
    let identity: FileIdentity?

    /// Binds a socket.
    init(_ socket: MilterSocket, _ access: SocketAccess) throws(MilterListenError) {
        switch socket.address {
        case .unix(let path): self = try Self.unix(path, socket, access)
        case .tcp(let ip, let port): self = try Self.tcp(ip, port, socket.address)
        }
    }

    private init(descriptor: CInt, address: MilterSocketAddress, identity: FileIdentity?) {
        self.descriptor = descriptor
        self.address = address
        self.identity = identity
    }

    private static func open(_ family: CInt, _ address: MilterSocketAddress) throws(MilterListenError) -> CInt {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(family, type, 0)
        guard descriptor >= 0 else { throw MilterListenError(address, MilterListenError.reason(errno: errno)) }
        return descriptor
    }

    private static func unix(
        _ path: String, _ socket: MilterSocket, _ access: SocketAccess
    ) throws(MilterListenError) -> BoundSocket {
        guard let file = try? SocketAddress(unixDomainSocketPath: path), !path.isEmpty else {
            throw MilterListenError(socket.address, .badPath)
        }
        try removeStale(path, file, socket.address)
        let descriptor = try open(AF_UNIX, socket.address)
        do throws(MilterListenError) {
            // The file gets these permissions when it is made, less what the process takes from all files.
            if let mode = socket.mode { _ = fchmod(descriptor, mode) }
            guard bound(descriptor, file) else {
                throw MilterListenError(socket.address, MilterListenError.reason(errno: errno))
            }
            guard let identity = identity(of: path) else { throw MilterListenError(socket.address, .system(errno)) }
            do throws(MilterListenError) {
                try access.apply(to: path, socket.address)
            } catch {
                unlink(path)
                throw error
            }
            return BoundSocket(descriptor: descriptor, address: socket.address, identity: identity)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes away a socket that nobody listens on.
    private static func removeStale(
        _ path: String, _ file: SocketAddress, _ address: MilterSocketAddress
    ) throws(MilterListenError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw MilterListenError(address, MilterListenError.reason(errno: errno))
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw MilterListenError(address, .notASocket) }
        let descriptor = try open(AF_UNIX, address)
        defer { close(descriptor) }
        // Whoever has so many connections waiting that no more fits (EAGAIN) is there, too.
        let isThere = file.withSockAddr { connect(descriptor, $0, socklen_t($1)) == 0 }
        switch isThere ? 0 : errno {
        case ECONNREFUSED: break
        case EACCES, EPERM: throw MilterListenError(address, .permission)
        default: throw MilterListenError(address, .inUse)
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw MilterListenError(address, MilterListenError.reason(errno: errno))
        }
    }

    private static func tcp(
        _ ip: IPAddress, _ port: UInt16, _ address: MilterSocketAddress
    ) throws(MilterListenError) -> BoundSocket {
        guard let wanted = try? SocketAddress(ipAddress: ip.text, port: Int(port)) else {
            throw MilterListenError(address, .noSuchAddress)
        }
        let descriptor = try open(ip.isV4 ? AF_INET : AF_INET6, address)
        // A server that starts again takes its port although connections of the last one linger.
        set(descriptor, SOL_SOCKET, SO_REUSEADDR)
        // `[::]` is IPv6 alone, whatever the system's default: `0.0.0.0` can stand beside it.
        if !ip.isV4 { set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY) }
        guard bound(descriptor, wanted) else {
            let reason = MilterListenError.reason(errno: errno)
            close(descriptor)
            throw MilterListenError(address, reason)
        }
        return BoundSocket(
            descriptor: descriptor, address: .tcp(ip, port: port == 0 ? localPort(descriptor) : port), identity: nil)
    }

    private static func bound(_ descriptor: CInt, _ address: SocketAddress) -> Bool {
        address.withSockAddr { bind(descriptor, $0, socklen_t($1)) == 0 }
    }

    private static func set(_ descriptor: CInt, _ level: CInt, _ option: CInt) {
        var one: CInt = 1
        setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func localPort(_ descriptor: CInt) -> UInt16 {
        // Of IPv4 and IPv6 alike, the port stands behind the two octets of the family.
        var octets = [UInt8](repeating: 0, count: 128)
        var length = socklen_t(octets.count)
        let isKnown = octets.withUnsafeMutableBytes { bytes in
            getsockname(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length) == 0
        }
        return isKnown ? UInt16(octets[2]) << 8 | UInt16(octets[3]) : 0
    }

    static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }
}

/// The permissions and the owner of a socket, names looked up.
struct SocketAccess: Hashable {
    private var mode: UInt32?
    private var user: uid_t?
    private var group: gid_t?

    /// - Throws: where the system does not know a name.
    init(_ socket: MilterSocket) throws(MilterListenError) {
        mode = socket.mode
        switch socket.owner {
        case nil: break
        case .number(let number): user = number
        case .name(let name):
            guard let found = Self.user(name) else { throw MilterListenError(socket.address, .noSuchUser(name)) }
            user = found
        }
        switch socket.group {
        case nil: break
        case .number(let number): group = number
        case .name(let name):
            guard let found = Self.group(name) else { throw MilterListenError(socket.address, .noSuchGroup(name)) }
            group = found
        }
    }

    /// Gives them to the socket.
    func apply(to path: String, _ address: MilterSocketAddress) throws(MilterListenError) {
        // -1 leaves it as it is.
        if user != nil || group != nil, lchown(path, user ?? .max, group ?? .max) != 0 {
            throw MilterListenError(address, errno == EPERM ? .ownership : MilterListenError.reason(errno: errno))
        }
        if let mode, chmod(path, mode) != 0 {
            throw MilterListenError(address, MilterListenError.reason(errno: errno))
        }
    }

    /// Enough for any line of the system's tables.
    private static let lineOctets = 64 * 1024

    private static func user(_ name: String) -> uid_t? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var line = [CChar](repeating: 0, count: lineOctets)
        return getpwnam_r(name, &entry, &line, line.count, &found) == 0 && found != nil ? entry.pw_uid : nil
    }

    private static func group(_ name: String) -> gid_t? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var line = [CChar](repeating: 0, count: lineOctets)
        return getgrnam_r(name, &entry, &line, line.count, &found) == 0 && found != nil ? entry.gr_gid : nil
    }
}
