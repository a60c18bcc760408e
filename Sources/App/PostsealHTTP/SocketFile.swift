internal import Glibc

/// Binding a socket in the file system.
enum SocketFile {
    /// What fits the system's form of an address, with the NUL at its end.
    static let pathOctetsMax = 107

    /// Binds a socket at a path, with its permissions and owner. A file that a dead process left is replaced; that of a
    /// live one, and what is no socket, is not.
    static func bind(_ path: String, _ socket: HTTPSocket) throws(HTTPListenError) -> Int32 {
        guard (1...pathOctetsMax).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw HTTPListenError(socket, "the path has none or more than \(pathOctetsMax) octets")
        }
        let owner = try number(socket.owner, of: "user", socket) { user($0) }
        let group = try number(socket.group, of: "group", socket) { Self.group($0) }
        try clear(path, socket)
        let descriptor = try unixSocket(socket)
        do throws(HTTPListenError) {
            // Before the file is there, so that it never has more permissions than it is to have.
            if let mode = socket.mode { fchmod(descriptor, mode) }
            guard withAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0 else {
                throw HTTPListenError(socket, reason(errno))
            }
            if owner != nil || group != nil, chown(path, owner ?? uid_t.max, group ?? gid_t.max) != 0 {
                throw HTTPListenError(socket, "no permission to give it to another user or group")
            }
            if let mode = socket.mode, chmod(path, mode) != 0 { throw HTTPListenError(socket, reason(errno)) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func unixSocket(_ socket: HTTPSocket) throws(HTTPListenError) -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HTTPListenError(socket, reason(errno)) }
        return descriptor
    }

    private static func clear(_ path: String, _ socket: HTTPSocket) throws(HTTPListenError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw HTTPListenError(socket, "there is a file of this name that is no socket")
        }
        let descriptor = try unixSocket(socket)
        defer { close(descriptor) }
        guard withAddress(path, { connect(descriptor, $0, $1) }) != 0, errno == ECONNREFUSED else {
            throw HTTPListenError(socket, "it is in use by another program")
        }
        unlink(path)
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(pathOctetsMax))) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func number(
        _ account: HTTPSocket.Account?, of kind: String, _ socket: HTTPSocket, find: (String) -> UInt32?
    ) throws(HTTPListenError) -> UInt32? {
        switch account {
        case nil: return nil
        case .number(let number): return number
        case .name(let name):
            guard let number = find(name) else { throw HTTPListenError(socket, "there is no \(kind) '\(name)'") }
            return number
        }
    }

    private static let accountOctets = 16 * 1024

    private static func user(_ name: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: accountOctets)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0 && found != nil ? entry.pw_uid : nil
    }

    private static func group(_ name: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: accountOctets)
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        return getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0 && found != nil ? entry.gr_gid : nil
    }

    /// What an error of the system means here.
    static func reason(_ number: Int32) -> String {
        switch number {
        case EADDRINUSE: "it is in use by another program"
        case EACCES, EPERM, EROFS: "permission denied"
        case ENOENT, ENOTDIR: "its directory is not there"
        case EADDRNOTAVAIL, EAFNOSUPPORT: "this machine does not have the address"
        default: String(cString: strerror(number))
        }
    }
}
