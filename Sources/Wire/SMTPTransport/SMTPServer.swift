internal import MailNames
public import NIOCore
internal import NIOPosix
internal import SMTPProtocol
public import Sockets

/// Takes connections of SMTP or LMTP clients, and has a handler talk to them.
///
///     let server = SMTPServer(handler: handler, options: options, on: group)
///     server.replaceTLS(try SMTPServerTLS(chain: pem, key: pem))
///     try await server.listen(on: [ListenSocket(.tcp(address, port: 25))])
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// Each call of a conversation has a task of its own below ``run()``; a connection that waits for its client has none.
public final class SMTPServer<Handler: SMTPMailHandler>: Sendable {
    /// What the server has on one event loop.
    private struct Place: Sendable {
        var loop: any EventLoop
        var keeper: NIOLoopBoundBox<SMTPServerKeeper<Handler>>
        var jobs: AsyncStream<SMTPJob<Handler>>
        var end: AsyncStream<SMTPJob<Handler>>.Continuation
    }

    private let shared: SMTPServerShared<Handler>
    private let places: [Place]
    /// Where the server listens.
    public let listeners: ListenerSet

    /// A server that does not listen yet, and has no certificate.
    ///
    /// - Parameter group: where connections are read and written, and calls begin. It outlives the server.
    public init(
        handler: Handler, options: SMTPServerOptions, on group: any EventLoopGroup,
        observer: (any SMTPServerObserver)? = nil
    ) {
        let shared = SMTPServerShared(
            options: options, times: SMTPServerTimes(options), handler: SMTPBox(handler), tls: SMTPBox(nil),
            admission: Admission(connectionsMax: options.connectionsMax),
            clients: ClientCount(connectionsMax: options.connectionsPerClientMax), observer: observer)
        self.shared = shared
        let places = group.makeIterator().map { loop in
            let (jobs, end) = AsyncStream<SMTPJob<Handler>>.makeStream()
            let keeper = NIOLoopBoundBox<SMTPServerKeeper<Handler>>.makeBoxSendingValue(
                SMTPServerKeeper(loop, shared, end), eventLoop: loop)
            return Place(loop: loop, keeper: keeper, jobs: jobs, end: end)
        }
        self.places = places
        listeners = Self.listeners(shared, places, on: group)
    }

    /// Connections at this moment, those included whose conversation is not closed yet.
    public var connections: Int { shared.admission.count }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Puts another handler in the place of the one that there is. Connections keep theirs.
    public func replaceHandler(_ handler: Handler) { shared.handler.value = handler }

    /// Puts another certificate in the place of the one that there is, if any: for handshakes that begin from now on.
    /// With none, TLS is not offered any more.
    public func replaceTLS(_ tls: SMTPServerTLS?) { shared.tls.value = tls }

    /// Listens on these sockets, and on no others any more; see `ListenerSet`.
    ///
    /// - Throws: where one of the sockets can't be had, or the server stops. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) { try await listeners.listen(on: sockets) }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero, and calls that are made are cancelled.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for place in places {
                    group.addTask(executorPreference: LoopExecutor(place.loop)) {
                        await withDiscardingTaskGroup { group in
                            for await job in place.jobs { group.addTask { await job.run() } }
                        }
                    }
                }
            }
        } onCancel: {
            stop(grace: .zero)
        }
        // Where the task was cancelled, connections may still be there.
        await shared.admission.emptied()
        await listeners.closed()
    }

    /// Stops: takes no new connections, closes those between messages at once with 421, lets messages on their way come
    /// to their end, and after the grace closes what is left.
    ///
    /// - Returns: when all connections, conversations and sockets are closed.
    public func shutdown(grace: Duration) async {
        stop(grace: grace)
        await shared.admission.emptied()
        for place in places { place.end.finish() }
        await listeners.closed()
    }

    private func stop(grace: Duration) {
        shared.admission.shut()
        listeners.close()
        for place in places {
            place.loop.execute { place.keeper.value.stop(after: TimeAmount(grace)) }
        }
    }

    private static func listeners(
        _ shared: SMTPServerShared<Handler>, _ places: [Place], on group: any EventLoopGroup
    ) -> ListenerSet {
        ListenerSet(on: group) { number, address in
            shared.observer?.observe(.acceptFailed(number), SMTPConnectionFacts(listener: address))
        } connected: { channel, address in
            let facts = Self.facts(of: channel, address)
            guard shared.admission.enter() else {
                if !shared.admission.isShut { shared.observer?.observe(.refused, facts) }
                return turnAway(channel)
            }
            return channel.eventLoop.makeCompletedFuture {
                guard let place = places.first(where: { $0.loop === channel.eventLoop }) else {
                    shared.admission.leave()
                    throw ChannelError.ioOnClosedChannel
                }
                let handler = SMTPConnectionHandler(place.keeper.value, facts)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
    }

    /// A connection too many hears so, as far as it listens at once.
    private static func turnAway(_ channel: any Channel) -> EventLoopFuture<Void> {
        let reply = SMTPReply(421, SMTPEnhancedCode(4, 7, 0), "too many connections")
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(TurnAwayHandler(reply.wire()))
        }
    }

    private static func facts(of channel: any Channel, _ address: ListenAddress) -> SMTPConnectionFacts {
        var facts = SMTPConnectionFacts(listener: address)
        facts.clientAddress = channel.remoteAddress.flatMap { IPAddress(socket: $0) }
        facts.clientPort = channel.remoteAddress?.port.flatMap { UInt16(exactly: $0) }
        facts.serverAddress = channel.localAddress.flatMap { IPAddress(socket: $0) }
        facts.serverPort = channel.localAddress?.port.flatMap { UInt16(exactly: $0) }
        return facts
    }
}
/// Says something and closes.
private final class TurnAwayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(bytes: octets))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
