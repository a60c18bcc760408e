internal import Glibc
internal import MilterProtocol
internal import NIOCore
internal import NIOPosix
internal import Synchronization

extension MilterFilterServer {
    /// A socket that the server listens on.
    struct Listener: Sendable {
        var socket: MilterSocket
        var address: MilterSocketAddress
        var identity: BoundSocket.FileIdentity?
        var channel: any Channel

        /// Takes the socket's file away, unless another has taken its place, and lets nobody connect any more.
        func close() {
            if case .unix(let path) = address, let identity, BoundSocket.identity(of: path) == identity { unlink(path) }
            channel.close(promise: nil)
        }
    }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [MilterSocketAddress] { listeners.withLock { $0.map(\.address) } }

    /// Listens on these sockets, and on no others any more. Sockets that it listens on already are left as they are,
    /// but for their mode and owner; connections go on in any case. To be called by one at a time.
    ///
    /// A socket in the file system that a server which is gone has left behind is replaced.
    ///
    /// - Throws: where one of the sockets can't be had. Then everything is as before.
    public func listen(on sockets: [MilterSocket]) async throws(MilterListenError) {
        let now = listeners.withLock { $0 }
        var access: [SocketAccess] = []
        for (index, socket) in sockets.enumerated() {
            let isTwice = sockets[..<index].contains { $0.address == socket.address && !socket.address.isAnyPort }
            guard !isTwice else { throw MilterListenError(socket.address, .twice) }
            access.append(try SocketAccess(socket))
        }
        var kept: [Listener] = []
        var new: [Listener] = []
        do throws(MilterListenError) {
            for (socket, access) in zip(sockets, access) {
                if var listener = now.first(where: { $0.isStill(socket.address) }) {
                    if listener.socket != socket, case .unix(let path) = socket.address {
                        try access.apply(to: path, socket.address)
                    }
                    listener.socket = socket
                    kept.append(listener)
                } else {
                    new.append(try await open(socket, access))
                }
            }
        } catch {
            close(new)
            await listenersClosed()
            throw error
        }
        let gone = now.filter { old in !kept.contains { $0.channel === old.channel } }
        listeners.withLock { $0 = kept + new }
        close(gone)
        // A server that was stopped meanwhile listens no more.
        if shared.admission.isShut {
            listeners.withLock { $0 = [] }
            close(kept + new)
        }
        await listenersClosed()
    }

    /// Where no descriptors or memory are left, it waits instead of turning round and round. A client that went away
    /// before it was taken holds up nobody.
    @Sendable
    private static func backoff(_ error: IOError) -> TimeAmount? {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) ? .milliseconds(200) : nil
    }

    /// Connections that wait to be taken; the system's own bound is 4096.
    private static var backlog: CInt { 4096 }

    private func open(_ socket: MilterSocket, _ access: SocketAccess) async throws(MilterListenError) -> Listener {
        let bound = try BoundSocket(socket, access)
        let address = bound.address
        let isTCP = bound.identity == nil
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelInitializer { [shared] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler(backoffProvider: Self.backoff))
                    try channel.pipeline.syncOperations.addHandler(AcceptFailureHandler(shared.observer, address))
                }
            }
            .childChannelInitializer { [shared, places] channel in
                guard shared.admission.enter() else {
                    if !shared.admission.isShut { shared.observer?.observe(.refused, on: address) }
                    return channel.close()
                }
                return channel.eventLoop.makeCompletedFuture {
                    guard let place = places.first(where: { $0.loop === channel.eventLoop }) else {
                        shared.admission.leave()
                        throw ChannelError.ioOnClosedChannel
                    }
                    let handler = MilterConnectionHandler(place.keeper.value, address)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .childChannelOption(.recvAllocator, value: Self.receiving)
        if isTCP {
            bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
        }
        do {
            let channel = try await bootstrap.withBoundSocket(bound.descriptor).get()
            // Listening again only makes the queue longer than NIO has it.
            Glibc.listen(bound.descriptor, Self.backlog)
            return Listener(socket: socket, address: address, identity: bound.identity, channel: channel)
        } catch {
            if case .unix(let path) = address { unlink(path) }
            throw MilterListenError(address, MilterListenError.reason(errno: (error as? IOError)?.errnoCode ?? EIO))
        }
    }

    /// Small at first, for thousands of connections are idle; large enough for bodies.
    private static var receiving: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 32 * 1024)
    }
}

extension MilterFilterServer.Listener {
    /// Whether it listens there, and its file is still its own.
    func isStill(_ address: MilterSocketAddress) -> Bool {
        guard socket.address == address, !address.isAnyPort else { return false }
        guard case .unix(let path) = address else { return true }
        return BoundSocket.identity(of: path) == identity
    }
}

extension MilterSocketAddress {
    /// Whether the system chooses the port, so that two of the kind are not the same.
    var isAnyPort: Bool {
        if case .tcp(_, port: 0) = self { true } else { false }
    }
}

/// Tells of connections that can't be taken.
final class AcceptFailureHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    private let observer: (any MilterServerObserver)?
    private let address: MilterSocketAddress

    init(_ observer: (any MilterServerObserver)?, _ address: MilterSocketAddress) {
        self.observer = observer
        self.address = address
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // All else is a connection that was closed while it was set up.
        if let error = error as? IOError { observer?.observe(.acceptFailed(error.errnoCode), on: address) }
    }
}
