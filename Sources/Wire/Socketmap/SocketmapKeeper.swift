internal import NIOCore
internal import Sockets
internal import Synchronization

/// What a server has on one event loop: its connections there, a clock that looks after all of them, and the look-ups
/// that wait for their tasks.
///
/// One clock for all costs less than a timer for each: taking a timer back is a search among all others.
final class SocketmapKeeper {
    let loop: any EventLoop
    let shared: SocketmapShared
    let lookups: AsyncStream<SocketmapLookup>.Continuation
    private var connections: [ObjectIdentifier: SocketmapConnectionHandler] = [:]
    private(set) var isStopping = false
    private var isTicking = false

    init(_ loop: any EventLoop, _ shared: SocketmapShared, _ lookups: AsyncStream<SocketmapLookup>.Continuation) {
        self.loop = loop
        self.shared = shared
        self.lookups = lookups
    }

    func add(_ connection: SocketmapConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
        if !isTicking { startTick() }
    }

    func remove(_ connection: SocketmapConnectionHandler) { connections[ObjectIdentifier(connection)] = nil }

    /// Closes connections as soon as nothing is to be answered, and what is left after so long.
    func stop(after grace: TimeAmount) {
        isStopping = true
        for connection in Array(connections.values) { connection.stopWhenIdle() }
        if grace <= .zero {
            stopNow()
        } else if !connections.isEmpty {
            loop.assumeIsolated().scheduleTask(in: grace) { self.stopNow() }
        }
    }

    private func stopNow() {
        for connection in Array(connections.values) { connection.close(.shutdown) }
    }

    private func startTick() {
        isTicking = true
        loop.assumeIsolated().scheduleTask(in: shared.times.tick) {
            self.isTicking = false
            let now = NIODeadline.now()
            for connection in Array(self.connections.values) { connection.check(now) }
            if !self.connections.isEmpty { self.startTick() }
        }
    }
}

/// The options' times as the event loop counts them.
struct SocketmapTimes {
    let idle: TimeAmount
    let request: TimeAmount
    let lookup: TimeAmount
    let write: TimeAmount
    /// How often connections are looked at.
    let tick: TimeAmount

    init(_ options: SocketmapServerOptions) {
        idle = TimeAmount(options.idleTimeout)
        request = TimeAmount(options.requestTimeout)
        lookup = TimeAmount(options.lookupTimeout)
        write = TimeAmount(options.writeTimeout)
        let shortest = min(idle, request, lookup, write)
        tick = min(.seconds(1), max(.milliseconds(1), .nanoseconds(shortest.nanoseconds / 4)))
    }
}

/// The table that requests are answered from, which can be another one at any time.
final class SocketmapTableBox: Sendable {
    private let table: Mutex<any SocketmapTable>

    init(_ table: any SocketmapTable) { self.table = Mutex(table) }

    var value: any SocketmapTable {
        get { table.withLock { $0 } }
        set { table.withLock { $0 = newValue } }
    }
}

/// What all connections of a server share.
struct SocketmapShared: Sendable {
    let options: SocketmapServerOptions
    let times: SocketmapTimes
    let table: SocketmapTableBox
    let admission: Admission
    let observer: (any SocketmapServerObserver)?
}
