internal import MilterProtocol
public import NIOCore
internal import NIOPosix
public import Sockets

/// Takes connections of mail servers, and has a filter judge their messages.
///
///     let server = MilterFilterServer(filter: filter, options: options, on: group)
///     try await server.listen(on: [ListenSocket(.unix("/run/postseal/milter.sock"), mode: 0o660)])
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// Each message is judged in a task of its own below ``run()``; a connection that is idle has none.
public final class MilterFilterServer<Filter: MilterFilter>: Sendable {
    /// What the server has on one event loop.
    struct Place: Sendable {
        var loop: any EventLoop
        var keeper: NIOLoopBoundBox<LoopKeeper<Filter>>
        var judgements: AsyncStream<Judging<Filter>>
        var end: AsyncStream<Judging<Filter>>.Continuation
    }

    let shared: ServerShared<Filter>
    let places: [Place]
    /// Where the server listens.
    public let listeners: ListenerSet

    /// A server that does not listen yet.
    ///
    /// - Parameter group: where connections are read and written, and judgements begin. It outlives the server.
    public init(
        filter: Filter, options: MilterServerOptions, on group: any EventLoopGroup,
        observer: (any MilterServerObserver)? = nil
    ) {
        let shared = ServerShared(
            preferences: options.preferences, filter: FilterBox(filter),
            admission: Admission(connectionsMax: options.connectionsMax), observer: observer)
        self.shared = shared
        let places = group.makeIterator().map { loop in
            let (judgements, end) = AsyncStream<Judging<Filter>>.makeStream()
            let keeper = NIOLoopBoundBox<LoopKeeper<Filter>>.makeBoxSendingValue(
                LoopKeeper(loop, shared, ServerTimes(options), end), eventLoop: loop)
            return Place(loop: loop, keeper: keeper, judgements: judgements, end: end)
        }
        self.places = places
        listeners = Self.listeners(shared, places, on: group)
    }

    /// Connections at this moment.
    public var connections: Int { shared.admission.count }

    /// Puts another filter in the place of the one that there is. Messages that have begun are finished by the old one.
    public func replaceFilter(_ filter: Filter) { shared.filter.value = filter }

    /// Goes by other limits and times, also for connections and messages that are there already. What is asked of mail
    /// servers stays, for it has been agreed upon.
    public func replaceLimits(_ options: MilterServerOptions) {
        shared.admission.connectionsMax = options.connectionsMax
        for place in places {
            place.loop.execute { place.keeper.value.times = ServerTimes(options) }
        }
    }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for place in places {
                    group.addTask(executorPreference: LoopExecutor(place.loop)) {
                        await withDiscardingTaskGroup { group in
                            for await judging in place.judgements { group.addTask { await judging.run() } }
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

    /// Stops: takes no new connections, closes those between messages at once, lets messages on their way come to their
    /// end, and after the grace closes what is left. Sockets in the file system are removed.
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
}
