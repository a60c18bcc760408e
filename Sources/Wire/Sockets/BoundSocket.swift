internal import Glibc
internal import MailNames
internal import NIOCore
internal import Synchronization

/// A socket that is bound: made by hand, for a server's socket gets its owner and permissions before anyone can
/// connect, and replaces one that a server which is gone has left behind.
///
///     let bound = try BoundSocket(ListenSocket(address, mode: 0o660))
///     try bound.listen()
///     let channel = try await bootstrap.withBoundSocket(bound.take() ?? -1).get()
///
/// A socket that nobody took is closed with the last reference, and its file goes with it. ``ListenerSet`` does all
/// this for a server.
public final class BoundSocket: Sendable {
    /// With the port that the system chose.
    public let address: ListenAddress
    private let descriptor: Mutex<CInt?>
    private let file: SocketFile?

    /// Binds a socket, which does not listen yet.
    ///
    /// - Throws: where it can't be had; nothing is left then.
    public convenience init(_ socket: ListenSocket) throws(ListenError) {
        try self.init(socket, SocketAccess(socket))
    }

    /// Binds a socket in the file system on which datagrams come in, one by one and without connections.
    ///
    /// - Throws: where it can't be had, or is not in the file system; nothing is left then.
    public convenience init(datagrams socket: ListenSocket) throws(ListenError) {
        guard case .unix = socket.address else { throw ListenError(socket.address, .badPath) }
        try self.init(socket, SocketAccess(socket), type: SOCK_DGRAM)
    }

    init(
        _ socket: ListenSocket, _ access: SocketAccess, type: __socket_type = SOCK_STREAM
    ) throws(ListenError) {
        switch socket.address {
        case .unix(let path):
            let bound = try Self.unix(path, socket, access, type)
            address = socket.address
            descriptor = Mutex(bound.descriptor)
            file = bound.file
        case .tcp(let ip, let port):
            let bound = try Self.tcp(ip, socket.address)
            address = .tcp(ip, port: port == 0 ? Self.localPort(bound) : port)
            descriptor = Mutex(bound)
            file = nil
        }
    }

    deinit {
        guard let descriptor = take() else { return }
        close(descriptor)
        removeFile()
    }

    /// Lets clients connect, who wait until somebody serves them.
    ///
    /// - Parameter backlog: connections that wait to be taken; the system's own bound is 4096.
    public func listen(backlog: CInt = 4096) throws(ListenError) {
        let number: CInt = descriptor.withLock { descriptor in
            guard let descriptor else { return EBADF }
            return Glibc.listen(descriptor, backlog) == 0 ? 0 : errno
        }
        guard number == 0 else { throw ListenError(address, ListenError.reason(errno: number)) }
    }

    /// The descriptor, which is the caller's to close from now on; nil if somebody has taken it.
    public func take() -> CInt? {
        descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
    }

    /// Takes the socket's file away, unless another has taken its place. TCP has none.
    public func removeFile() { file?.remove() }

    /// Whether others still find it by its address: its file is there, and is its own.
    var isInPlace: Bool { file?.isInPlace ?? true }
}

extension BoundSocket {
    private static func open(
        _ family: CInt, _ address: ListenAddress, _ type: __socket_type = SOCK_STREAM
    ) throws(ListenError) -> CInt {
        let type = CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(family, type, 0)
        guard descriptor >= 0 else { throw ListenError(address, ListenError.reason(errno: errno)) }
        return descriptor
    }

    private static func unix(
        _ path: String, _ socket: ListenSocket, _ access: SocketAccess, _ type: __socket_type
    ) throws(ListenError) -> (descriptor: CInt, file: SocketFile) {
        let form = try socket.address.socketAddress()
        try removeStale(path, form, socket.address, type)
        let descriptor = try open(AF_UNIX, socket.address, type)
        do throws(ListenError) {
            // The file gets these permissions when it is made, less what the process takes from all files.
            _ = fchmod(descriptor, socket.mode ?? SocketAccess.standardMode)
            guard bound(descriptor, form) else {
                throw ListenError(socket.address, ListenError.reason(errno: errno))
            }
            guard let file = SocketFile(path) else { throw ListenError(socket.address, .system(errno)) }
            do throws(ListenError) {
                try access.apply(to: path, socket.address)
            } catch {
                file.remove()
                throw error
            }
            return (descriptor, file)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes away a socket that nobody listens on.
    private static func removeStale(
        _ path: String, _ form: SocketAddress, _ address: ListenAddress, _ type: __socket_type
    ) throws(ListenError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw ListenError(address, ListenError.reason(errno: errno))
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw ListenError(address, .notASocket) }
        let descriptor = try open(AF_UNIX, address, type)
        defer { close(descriptor) }
        // Whoever has so many connections waiting that no more fits (EAGAIN) is there, too.
        let isThere = form.withSockAddr { connect(descriptor, $0, socklen_t($1)) == 0 }
        switch isThere ? 0 : errno {
        case ECONNREFUSED: break
        case EACCES, EPERM: throw ListenError(address, .permission)
        default: throw ListenError(address, .inUse)
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw ListenError(address, ListenError.reason(errno: errno))
        }
    }

    private static func tcp(_ ip: IPAddress, _ address: ListenAddress) throws(ListenError) -> CInt {
        let form = try address.socketAddress()
        let descriptor = try open(ip.isV4 ? AF_INET : AF_INET6, address)
        // A server that starts again takes its port although connections of the last one linger.
        set(descriptor, SOL_SOCKET, SO_REUSEADDR)
        // `[::]` is IPv6 alone, whatever the system's default: `0.0.0.0` can stand beside it.
        if !ip.isV4 { set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY) }
        guard bound(descriptor, form) else {
            let reason = ListenError.reason(errno: errno)
            close(descriptor)
            throw ListenError(address, reason)
        }
        return descriptor
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
}

/// The file that a socket is: known by more than its name, which another may take.
struct SocketFile: Hashable, Sendable {
    private var path: String
    private var device: UInt64
    private var number: UInt64

    /// The file that has this name now; nil where there is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }

    /// Whether the name is still this file's.
    var isInPlace: Bool { SocketFile(path) == self }

    /// Takes it away, unless another has taken its place.
    func remove() {
        if isInPlace { unlink(path) }
    }
}
