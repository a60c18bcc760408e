internal import MilterProtocol
internal import NIOCore
internal import Sockets

/// What a server has on one event loop: its connections there, a clock that looks after all of them, and the judgements
/// that wait for their tasks.
///
/// One clock for all costs less than a timer for each: taking a timer back is a search among all others.
final class LoopKeeper<Filter: MilterFilter> {
    let loop: any EventLoop
    let shared: ServerShared<Filter>
    let judgements: AsyncStream<Judging<Filter>>.Continuation
    private var connections: [ObjectIdentifier: MilterConnectionHandler<Filter>] = [:]
    private(set) var isStopping = false
    private var isTicking = false
    /// How long everything may take; it can change at any time.
    var times: ServerTimes

    init(
        _ loop: any EventLoop, _ shared: ServerShared<Filter>, _ times: ServerTimes,
        _ judgements: AsyncStream<Judging<Filter>>.Continuation
    ) {
        self.loop = loop
        self.shared = shared
        self.judgements = judgements
        self.times = times
    }

    func add(_ connection: MilterConnectionHandler<Filter>) {
        connections[ObjectIdentifier(connection)] = connection
        if !isTicking { startTick() }
    }

    func remove(_ connection: MilterConnectionHandler<Filter>) {
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Closes connections as soon as they are between messages, and what is left after so long.
    func stop(after grace: TimeAmount) {
        isStopping = true
        for connection in Array(connections.values) { connection.stopWhenIdle() }
        if grace <= .zero {
            stopNow()
        } else {
            loop.assumeIsolated().scheduleTask(in: grace) { self.stopNow() }
        }
    }

    func stopNow() {
        isStopping = true
        for connection in Array(connections.values) { connection.close(.shutdown) }
    }

    private func startTick() {
        isTicking = true
        loop.assumeIsolated().scheduleTask(in: times.tick) {
            self.isTicking = false
            let now = NIODeadline.now()
            for connection in Array(self.connections.values) { connection.check(now) }
            if !self.connections.isEmpty { self.startTick() }
        }
    }
}

/// The options' times as the event loop counts them.
struct ServerTimes {
    let idle: TimeAmount
    let message: TimeAmount
    let judgement: TimeAmount
    let progress: TimeAmount
    let write: TimeAmount
    /// How often connections are looked at.
    let tick: TimeAmount

    init(_ options: MilterServerOptions) {
        idle = TimeAmount(options.idleTimeout)
        message = TimeAmount(options.messageTimeout)
        judgement = TimeAmount(options.judgementTimeout)
        progress = TimeAmount(options.progressInterval)
        write = TimeAmount(options.writeTimeout)
        let shortest = min(idle, message, judgement, progress, write)
        tick = min(.seconds(1), max(.milliseconds(1), .nanoseconds(shortest.nanoseconds / 4)))
    }
}

/// What all connections of a server share.
struct ServerShared<Filter: MilterFilter>: Sendable {
    let preferences: MilterPreferences
    let filter: FilterBox<Filter>
    let admission: Admission
    let observer: (any MilterServerObserver)?
}
