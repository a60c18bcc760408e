public import NIOCore
internal import NIOPosix

/// What servers of all protocols have in common: the sockets that they listen on, the connections on all event loops,
/// how many there may be, and their end.
///
///     let server = ConnectionServer<Handler>(shared, times: times, connectionsMax: 1000, on: group) { number, _ in
///         log(number)
///     } refused: { channel, address, isStopping in
///         channel.close()
///     } connected: { keeper, channel, address in
///         Handler(keeper, address)
///     }
///     try await server.listeners.listen(on: sockets)
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// A connection adds itself to its keeper, removes itself, and leaves the keeper's ``Admission`` at its end. Its jobs
/// have tasks of their own below ``run()``; a connection that is idle has none.
public final class ConnectionServer<Connection: ServedConnection>: Sendable {
    /// What there is on one event loop.
    private struct Place: Sendable {
        var loop: any EventLoop
        var keeper: NIOLoopBoundBox<ConnectionKeeper<Connection>>
        var jobs: AsyncStream<Connection.Job>
        var end: AsyncStream<Connection.Job>.Continuation
    }

    /// Answers a connection that is one too many, or that comes while the server stops, and closes it.
    public typealias Refusal =
        @Sendable (
            _ channel: any Channel, _ address: ListenAddress, _ isStopping: Bool
        ) -> EventLoopFuture<Void>
    /// Makes the handler of a connection, on its event loop.
    public typealias Making =
        @Sendable (
            _ keeper: ConnectionKeeper<Connection>, _ channel: any Channel, _ address: ListenAddress
        ) -> Connection

    /// Who has been let in.
    public let admission: Admission
    /// Where the server listens.
    public let listeners: ListenerSet
    private let places: [Place]

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - shared: what all connections share.
    ///   - connectionsMax: how many there may be at once.
    ///   - group: where connections are read and written, and jobs begin. It outlives the server.
    ///   - failed: hears that a connection can't be taken.
    public init(
        _ shared: Connection.Shared, times: Connection.Times, connectionsMax: Int, on group: any EventLoopGroup,
        failed: @escaping ListenerSet.Failure, refused: @escaping Refusal, connected: @escaping Making
    ) {
        let admission = Admission(connectionsMax: connectionsMax)
        let places = group.makeIterator().map { loop in
            let (jobs, end) = AsyncStream<Connection.Job>.makeStream()
            let keeper = NIOLoopBoundBox<ConnectionKeeper<Connection>>.makeBoxSendingValue(
                ConnectionKeeper(loop, shared, times, admission, end), eventLoop: loop)
            return Place(loop: loop, keeper: keeper, jobs: jobs, end: end)
        }
        self.admission = admission
        self.places = places
        listeners = ListenerSet(on: group, failed: failed) { channel, address in
            guard admission.enter() else { return refused(channel, address, admission.isShut) }
            return channel.eventLoop.makeCompletedFuture {
                guard let place = places.first(where: { $0.loop === channel.eventLoop }) else {
                    admission.leave()
                    throw ChannelError.ioOnClosedChannel
                }
                try channel.pipeline.syncOperations.addHandler(connected(place.keeper.value, channel, address))
            }
        }
    }

    /// Goes by other limits and times, also for connections that are there already.
    public func replaceLimits(connectionsMax: Int, times: Connection.Times) {
        admission.connectionsMax = connectionsMax
        for place in places {
            place.loop.execute { place.keeper.value.times = times }
        }
    }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero, and jobs are cancelled.
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
        await admission.emptied()
        await listeners.closed()
    }

    /// Stops: takes no new connections, closes those that are idle at once, lets what is under way come to its end, and
    /// after the grace closes what is left. Sockets in the file system are removed.
    ///
    /// - Returns: when all connections and sockets are closed.
    public func shutdown(grace: Duration) async {
        stop(grace: grace)
        await admission.emptied()
        for place in places { place.end.finish() }
        await listeners.closed()
    }

    private func stop(grace: Duration) {
        admission.shut()
        listeners.close()
        for place in places {
            place.loop.execute { place.keeper.value.stop(after: TimeAmount(grace)) }
        }
    }
}
