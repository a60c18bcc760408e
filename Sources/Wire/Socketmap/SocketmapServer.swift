public import NIOCore
internal import NIOPosix
public import Sockets

/// Answers the look-ups of mail servers from a table.
///
///     let server = SocketmapServer(table: table, on: group)
///     try await server.listen(on: [ListenSocket(.unix("/run/postseal/tls-policy.sock"), mode: 0o666)])
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// A connection is asked many times, and its requests are answered one after the other, in their order. An answer that
/// the table has at hand is given on the event loop; a look-up has a task of its own below ``run()``. A connection that
/// is idle has none.
public final class SocketmapServer: Sendable {
    /// What the server has on one event loop.
    private struct Place: Sendable {
        var loop: any EventLoop
        var keeper: NIOLoopBoundBox<SocketmapKeeper>
        var lookups: AsyncStream<SocketmapLookup>
        var end: AsyncStream<SocketmapLookup>.Continuation
    }

    private let shared: SocketmapShared
    private let places: [Place]
    /// Where the server listens.
    public let listeners: ListenerSet

    /// A server that does not listen yet.
    ///
    /// - Parameter group: where connections are read and written, and look-ups begin. It outlives the server.
    public init(
        table: any SocketmapTable, options: SocketmapServerOptions = SocketmapServerOptions(),
        on group: any EventLoopGroup, observer: (any SocketmapServerObserver)? = nil
    ) {
        let shared = SocketmapShared(
            options: options, times: SocketmapTimes(options), table: SocketmapTableBox(table),
            admission: Admission(connectionsMax: options.connectionsMax), observer: observer)
        self.shared = shared
        let places = group.makeIterator().map { loop in
            let (lookups, end) = AsyncStream<SocketmapLookup>.makeStream()
            let keeper = NIOLoopBoundBox<SocketmapKeeper>.makeBoxSendingValue(
                SocketmapKeeper(loop, shared, end), eventLoop: loop)
            return Place(loop: loop, keeper: keeper, lookups: lookups, end: end)
        }
        self.places = places
        listeners = Self.listeners(shared, places, on: group)
    }

    /// Connections at this moment.
    public var connections: Int { shared.admission.count }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Puts another table in the place of the one that there is. Look-ups that have begun are finished by the old one.
    public func replaceTable(_ table: any SocketmapTable) { shared.table.value = table }

    /// Listens on these sockets, and on no others any more. Sockets that it listens on already are left as they are,
    /// but for their mode and owner; connections go on in any case. To be called by one at a time.
    ///
    /// - Throws: where one of the sockets can't be had, or the server stops. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) { try await listeners.listen(on: sockets) }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for place in places {
                    group.addTask(executorPreference: LoopExecutor(place.loop)) {
                        await withDiscardingTaskGroup { group in
                            for await lookup in place.lookups { group.addTask { await lookup.run() } }
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

    /// Stops: takes no new connections, closes those without an open request at once, lets look-ups on their way come
    /// to their end, and after the grace closes what is left. Sockets in the file system are removed.
    ///
    /// - Returns: when all connections and sockets are closed.
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
        _ shared: SocketmapShared, _ places: [Place], on group: any EventLoopGroup
    ) -> ListenerSet {
        ListenerSet(on: group) { number, address in
            shared.observer?.observe(.acceptFailed(number), on: address)
        } connected: { channel, address in
            guard shared.admission.enter() else {
                if !shared.admission.isShut { shared.observer?.observe(.refused, on: address) }
                return channel.close()
            }
            return channel.eventLoop.makeCompletedFuture {
                guard let place = places.first(where: { $0.loop === channel.eventLoop }) else {
                    shared.admission.leave()
                    throw ChannelError.ioOnClosedChannel
                }
                let handler = SocketmapConnectionHandler(place.keeper.value, address)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
    }
}
