internal import Glibc
internal import MailNames
internal import Synchronization

/// A socket that is bound and listens, until somebody takes it to serve it.
final class ListeningSocket: Sendable {
    /// The socket with the port that it got.
    let socket: HTTPSocket
    private let descriptor: Mutex<Int32?>
    /// The file of a socket in the file system, so that another's is not removed.
    private let file: (path: String, device: dev_t, inode: ino_t)?

    /// Connections that wait to be taken.
    private static let backlog: Int32 = 1024

    init(_ socket: HTTPSocket) throws(HTTPListenError) {
        let bound: Int32
        switch socket.address {
        case .unix(let path):
            bound = try SocketFile.bind(path, socket)
            var status = stat()
            file = lstat(path, &status) == 0 ? (path, status.st_dev, status.st_ino) : nil
            self.socket = socket
        case .tcp(let address, let port):
            let port = try Self.bind(address, port, socket)
            bound = port.descriptor
            file = nil
            self.socket = HTTPSocket(.tcp(address, port: port.port))
        }
        guard listen(bound, Self.backlog) == 0 else {
            let reason = SocketFile.reason(errno)
            close(bound)
            throw HTTPListenError(socket, reason)
        }
        descriptor = Mutex(bound)
    }

    deinit {
        if let descriptor = take() {
            close(descriptor)
            removeFile()
        }
    }

    /// The descriptor, which then belongs to the caller; nil if somebody has taken it.
    func take() -> Int32? {
        descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
    }

    /// Removes the socket's file, if it is still this socket's.
    func removeFile() {
        guard let file else { return }
        var status = stat()
        guard lstat(file.path, &status) == 0, status.st_dev == file.device, status.st_ino == file.inode else { return }
        unlink(file.path)
    }

    private static func bind(
        _ address: IPAddress, _ port: UInt16, _ socket: HTTPSocket
    ) throws(HTTPListenError) -> (descriptor: Int32, port: UInt16) {
        let family = address.isV4 ? AF_INET : AF_INET6
        let descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HTTPListenError(socket, SocketFile.reason(errno)) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if !address.isV4 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        var storage = sockaddr_storage()
        let length = fill(&storage, address, port)
        let status = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
        }
        guard status == 0 else {
            let reason = SocketFile.reason(errno)
            close(descriptor)
            throw HTTPListenError(socket, reason)
        }
        return (descriptor, boundPort(descriptor, address) ?? port)
    }

    private static func fill(_ storage: inout sockaddr_storage, _ address: IPAddress, _ port: UInt16) -> socklen_t {
        withUnsafeMutableBytes(of: &storage) { bytes in
            if address.isV4 {
                var form = sockaddr_in()
                form.sin_family = sa_family_t(AF_INET)
                form.sin_port = port.bigEndian
                withUnsafeMutableBytes(of: &form.sin_addr) { $0.copyBytes(from: address.networkBytes) }
                withUnsafeBytes(of: &form) { bytes.copyMemory(from: $0) }
                return socklen_t(MemoryLayout<sockaddr_in>.size)
            }
            var form = sockaddr_in6()
            form.sin6_family = sa_family_t(AF_INET6)
            form.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &form.sin6_addr) { $0.copyBytes(from: address.networkBytes) }
            withUnsafeBytes(of: &form) { bytes.copyMemory(from: $0) }
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
    }

    private static func boundPort(_ descriptor: Int32, _ address: IPAddress) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { return nil }
        return withUnsafeBytes(of: &storage) { bytes in
            // Both forms have the port behind the family.
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }
    }
}
