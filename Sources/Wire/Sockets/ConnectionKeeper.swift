public import NIOCore

/// What a server has on one event loop: its connections there, a clock that looks after all of them, and the jobs that
/// wait for their tasks.
///
/// One clock for all costs less than a timer for each: taking a timer back is a search among all others.
public final class ConnectionKeeper<Connection: ServedConnection> {
    /// Where all of it happens.
    public let loop: any EventLoop
    /// What all connections of the server share.
    public let shared: Connection.Shared
    /// Who has been let in. Each connection leaves when it is at its end.
    public let admission: Admission
    /// How long everything may take; it can change at any time.
    public internal(set) var times: Connection.Times
    /// Whether connections are to close as soon as they are idle.
    public private(set) var isStopping = false
    private let jobs: AsyncStream<Connection.Job>.Continuation
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isTicking = false

    init(
        _ loop: any EventLoop, _ shared: Connection.Shared, _ times: Connection.Times, _ admission: Admission,
        _ jobs: AsyncStream<Connection.Job>.Continuation
    ) {
        self.loop = loop
        self.shared = shared
        self.times = times
        self.admission = admission
        self.jobs = jobs
    }

    /// Looks after a connection from now on.
    public func add(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = connection
        if !isTicking { startTick() }
    }

    /// A connection is closed.
    public func remove(_ connection: Connection) { connections[ObjectIdentifier(connection)] = nil }

    /// Gives a job a task of its own, which begins on this loop.
    ///
    /// - Returns: false where the server is at its end and the job is not done.
    @discardableResult
    public func begin(_ job: Connection.Job) -> Bool {
        if case .terminated = jobs.yield(job) { false } else { true }
    }

    /// Closes connections as soon as they are idle, and what is left after so long.
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
        for connection in Array(connections.values) { connection.stopNow() }
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
