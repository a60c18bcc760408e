internal import Glibc
internal import Synchronization
internal import Threads

/// A socket in the file system on which datagrams come in: others write to it and wait for nothing.
///
///     let listener = try DatagramListener(ListenSocket(.unix("/run/postseal/tlsrpt.sock"), mode: 0o660)) { datagram in
///         count(datagram)
///     }
///     listener.close()
///
/// A thread of its own reads: SwiftNIO takes no datagrams from sockets without a name, as such clients have. Where
/// they come faster than they are taken, the system lets writers wait, or tells them.
public final class DatagramListener: Sendable {
    /// What came.
    public enum Event: Sendable, Hashable {
        case datagram([UInt8])
        /// One that was longer than is read; none of it is kept.
        case tooLong
        /// The socket can't be read any more, by the number of the system's error.
        case failed(Int32)
    }

    /// The socket as it is now.
    private let settings: Mutex<ListenSocket>
    private let bound: BoundSocket
    /// The other end of what the thread waits on: closing it ends the thread.
    private struct Running {
        var bell: CInt
        var thread: pthread_t
    }

    /// Nil once it was told to end.
    private let running: Mutex<Running?>

    /// Binds a socket, and reads from it until it is closed.
    ///
    /// - Parameters:
    ///   - octetsMax: longer datagrams are told of, and not read.
    ///   - received: is called on the thread, for one after the other.
    /// - Throws: where it can't be had; nothing is left then.
    public init(
        _ socket: ListenSocket, octetsMax: Int, received: @escaping @Sendable (Event) -> Void
    ) throws(ListenError) {
        bound = try BoundSocket(datagrams: socket)
        settings = Mutex(socket)
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0, let descriptor = bound.take() else {
            running = Mutex(nil)
            throw ListenError(socket.address, .system(errno))
        }
        do throws(ListenError) {
            let thread = DatagramThread(descriptor: descriptor, bell: ends[1], octetsMax: octetsMax, received: received)
            running = Mutex(Running(bell: ends[0], thread: try Self.start(thread, socket.address)))
        } catch {
            bound.removeFile()
            Glibc.close(ends[0])
            running = Mutex(nil)
            throw error
        }
    }

    deinit { close() }

    /// Where it listens.
    public var address: ListenAddress { bound.address }

    /// The socket as it was asked for.
    public var socket: ListenSocket { settings.withLock { $0 } }

    /// Whether others still find it by its address.
    public var isInPlace: Bool { bound.isInPlace }

    /// Gives it the mode and the owner of another description of the same socket.
    ///
    /// - Throws: where that can't be; all is as before then.
    public func change(to socket: ListenSocket) throws(ListenError) {
        guard case .unix(let path) = socket.address, socket.address == address else { return }
        try SocketAccess(socket).apply(to: path, socket.address)
        settings.withLock { $0 = socket }
    }

    /// Reads what has come, and no more. When it returns the file is gone, and all is told.
    public func close() {
        bound.removeFile()
        let ending = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let ending else { return }
        Glibc.close(ending.bell)
        if pthread_equal(ending.thread, pthread_self()) != 0 {
            pthread_detach(ending.thread)
        } else {
            pthread_join(ending.thread, nil)
        }
    }

    private static func start(
        _ thread: consuming DatagramThread, _ address: ListenAddress
    ) throws(ListenError) -> pthread_t {
        do throws(ThreadError) {
            return try ThreadStart.start(thread)
        } catch {
            throw ListenError(address, .system(error.number))
        }
    }
}

/// What the thread does.
private final class DatagramThread: ThreadBody {
    private let descriptor: CInt
    private let bell: CInt
    private let octetsMax: Int
    private let received: @Sendable (DatagramListener.Event) -> Void

    init(
        descriptor: CInt, bell: CInt, octetsMax: Int, received: @escaping @Sendable (DatagramListener.Event) -> Void
    ) {
        self.descriptor = descriptor
        self.bell = bell
        self.octetsMax = octetsMax
        self.received = received
    }

    deinit {
        Glibc.close(descriptor)
        Glibc.close(bell)
    }

    /// Limit: datagrams that are read after it was told to end; the system keeps fewer.
    private static let lastMax = 1000

    func run() {
        var buffer = [UInt8](repeating: 0, count: octetsMax)
        var isEnding = false
        // Those who write for ever do not keep it from ending.
        var left = Self.lastMax
        var waits = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let ready = poll(&waits, nfds_t(waits.count), -1)
            if ready < 0, errno == EINTR { continue }
            isEnding = isEnding || ready < 0 || waits[0].revents != 0
            if isEnding { left -= 1 }
            guard left > 0 else { return }
            // MSG_TRUNC: the length that it had, though not all of it fits.
            let count = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT) | CInt(MSG_TRUNC))
            }
            if count < 0 {
                let code = errno
                if code == EAGAIN, isEnding { return }
                if code == EINTR || code == EAGAIN { continue }
                received(.failed(code))
                return
            }
            received(count > octetsMax ? .tooLong : .datagram(Array(buffer[..<count])))
        }
    }
}
