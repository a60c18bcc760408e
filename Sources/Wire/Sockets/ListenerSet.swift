internal import Glibc
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// The sockets that a server listens on. They come and go while it runs: all that are asked for, or none.
///
///     let listeners = ListenerSet(on: group) { errno, address in
///         log(errno, address)
///     } connected: { channel, address in
///         channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler) }
///     }
///     try await listeners.listen(on: [ListenSocket(.unix("/run/postseal/milter.sock"), mode: 0o660)])
///     listeners.close()
///     await listeners.closed()
///
/// Connections are the server's own affair: they outlive the socket that they came through.
public final class ListenerSet: Sendable {
    /// Sets a connection up, on its event loop. One whose set-up fails is closed.
    public typealias Setup = @Sendable (_ connection: any Channel, _ address: ListenAddress) -> EventLoopFuture<Void>
    /// Hears that a connection can't be taken, by the number of the system's error: there are no descriptors left,
    /// mostly. Called on an event loop, and must not wait.
    public typealias Failure = @Sendable (_ number: CInt, _ address: ListenAddress) -> Void

    /// Sockets that are ready to take the place of others.
    public struct Change: Sendable {
        fileprivate var kept: [Listener] = []
        fileprivate var new: [Listener] = []
        /// Those of the kept that got another mode or owner, as they were.
        fileprivate var changed: [ListenSocket] = []
    }

    fileprivate struct Listener: Sendable {
        var socket: ListenSocket
        var bound: BoundSocket
        var channel: any Channel

        /// Whether it listens there, and its file is still its own.
        func isStill(_ address: ListenAddress) -> Bool {
            socket.address == address && !address.isAnyPort && bound.isInPlace
        }
    }

    private struct State: Sendable {
        var listeners: [Listener] = []
        var closing: [any Channel] = []
        var isClosed = false
    }

    private let group: any EventLoopGroup
    private let failed: Failure
    private let connected: Setup
    private let state = Mutex(State())

    /// - Parameters:
    ///   - group: where sockets and connections are read and written.
    ///   - failed: hears that a connection can't be taken.
    ///   - connected: sets each connection up.
    public init(on group: any EventLoopGroup, failed: @escaping Failure, connected: @escaping Setup) {
        self.group = group
        self.failed = failed
        self.connected = connected
    }

    /// Where it listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { state.withLock { $0.listeners.map(\.bound.address) } }

    /// Listens on these sockets, and on no others any more. Sockets that it listens on already are left as they are,
    /// but for their mode and owner. To be called by one at a time.
    ///
    /// A socket in the file system that a server which is gone has left behind is replaced.
    ///
    /// - Throws: where one of the sockets can't be had, or it is closed. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) {
        try await take(try await prepare(sockets))
    }

    /// Opens what is new of these sockets, so that ``take(_:)`` cannot fail for want of them: for servers that change
    /// together with something else, all of it or nothing. Connections may come already.
    ///
    /// - Throws: where one of the sockets can't be had. Then everything is as before.
    public func prepare(_ sockets: [ListenSocket]) async throws(ListenError) -> Change {
        let now = state.withLock { $0.listeners }
        var access: [SocketAccess] = []
        for (index, socket) in sockets.enumerated() {
            let isTwice = sockets[..<index].contains { $0.address == socket.address && !socket.address.isAnyPort }
            guard !isTwice else { throw ListenError(socket.address, .twice) }
            access.append(try SocketAccess(socket))
        }
        var change = Change()
        do throws(ListenError) {
            for (socket, access) in zip(sockets, access) {
                if var listener = now.first(where: { $0.isStill(socket.address) }) {
                    if listener.socket != socket, case .unix(let path) = socket.address {
                        try access.apply(to: path, socket.address)
                        change.changed.append(listener.socket)
                    }
                    listener.socket = socket
                    change.kept.append(listener)
                } else {
                    change.new.append(try await open(socket, access))
                }
            }
        } catch {
            await discard(change)
            throw error
        }
        return change
    }

    /// Listens on the sockets that were prepared, and on no others any more.
    ///
    /// - Throws: where it was closed meanwhile; then nothing is open.
    public func take(_ change: Change) async throws(ListenError) {
        let gone = state.withLock { state -> [Listener]? in
            guard !state.isClosed else { return nil }
            let old = state.listeners
            state.listeners = change.kept + change.new
            return old.filter { old in !change.kept.contains { $0.channel === old.channel } }
        }
        close(gone ?? change.new)
        await closed()
        if gone == nil, let first = (change.kept + change.new).first {
            throw ListenError(first.socket.address, .stopping)
        }
    }

    /// Closes what was prepared. Everything is as before.
    public func discard(_ change: Change) async {
        for socket in change.changed {
            if case .unix(let path) = socket.address { try? SocketAccess(socket).apply(to: path, socket.address) }
        }
        close(change.new)
        await closed()
    }

    /// Listens no more, now and ever. The files of sockets are gone when it returns.
    public func close() {
        let gone = state.withLock { state in
            defer { state.listeners = [] }
            state.isClosed = true
            return state.listeners
        }
        close(gone)
    }

    /// Waits until what was closed is: another server can take its place then.
    public func closed() async {
        for channel in state.withLock({ $0.closing }) {
            _ = try? await channel.closeFuture.get()
            state.withLock { $0.closing.removeAll { $0 === channel } }
        }
    }

    private func close(_ listeners: [Listener]) {
        state.withLock { $0.closing += listeners.map(\.channel) }
        for listener in listeners {
            listener.bound.removeFile()
            listener.channel.close(promise: nil)
        }
    }

    /// Where no descriptors or memory are left, it waits instead of turning round and round. A client that went away
    /// before it was taken holds up nobody.
    @Sendable
    private static func backoff(_ error: IOError) -> TimeAmount? {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) ? .milliseconds(200) : nil
    }

    /// Connections that wait to be taken; the system's own bound is 4096.
    private static var backlog: CInt { 4096 }

    private func open(_ socket: ListenSocket, _ access: SocketAccess) async throws(ListenError) -> Listener {
        let bound = try BoundSocket(socket, access)
        let address = bound.address
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelInitializer { [failed] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler(backoffProvider: Self.backoff))
                    try channel.pipeline.syncOperations.addHandler(AcceptFailureHandler(failed, address))
                }
            }
            .childChannelInitializer { [connected] channel in connected(channel, address) }
            .childChannelOption(.recvAllocator, value: Self.receiving)
        if case .tcp = address {
            bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
        }
        guard let descriptor = bound.take() else { throw ListenError(address, .system(EBADF)) }
        do {
            let channel = try await bootstrap.withBoundSocket(descriptor).get()
            // Listening again only makes the queue longer than NIO has it.
            Glibc.listen(descriptor, Self.backlog)
            return Listener(socket: socket, bound: bound, channel: channel)
        } catch {
            bound.removeFile()
            throw ListenError(address, ListenError.reason(errno: (error as? IOError)?.errnoCode ?? EIO))
        }
    }

    /// What the first octets are read into: small, for thousands of connections never get further. It grows with what
    /// comes, and a server that knows what to expect sets another.
    private static var receiving: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 32 * 1024)
    }
}

/// Tells of connections that can't be taken.
private final class AcceptFailureHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    private let failed: ListenerSet.Failure
    private let address: ListenAddress

    init(_ failed: @escaping ListenerSet.Failure, _ address: ListenAddress) {
        self.failed = failed
        self.address = address
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // All else is a connection that was closed while it was set up.
        if let error = error as? IOError { failed(error.errnoCode, address) }
    }
}
