internal import NIOCore
internal import Sockets
internal import Synchronization

/// A look-up: asked for by its connection on the event loop, made in a task of its own.
///
/// A task of a group can't be cancelled alone, so each has a group around it, which waits for one of two things: the
/// answer, or that nobody wants it any more.
final class SocketmapLookup: ServerJob {
    private enum State {
        case waiting
        case running
        /// The task's outer half waits here.
        case watched(CheckedContinuation<Void, Never>)
        case over
    }

    private let state = Mutex(State.waiting)
    private let table: any SocketmapTable
    private let request: SocketmapRequest
    private let connection: NIOLoopBound<SocketmapConnectionHandler>

    init(
        _ request: SocketmapRequest, in table: any SocketmapTable,
        for connection: NIOLoopBound<SocketmapConnectionHandler>
    ) {
        self.request = request
        self.table = table
        self.connection = connection
    }

    /// Looks up, and tells the connection.
    func run() async {
        let isWanted = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .running
            return true
        }
        guard isWanted else { return }
        await withDiscardingTaskGroup { group in
            group.addTask {
                let reply = await self.table.lookUp(self.request.key, in: self.request.map)
                // What a cancelled look-up says is no answer. Its end cancels the group, so that this is asked before.
                let isCancelled = Task.isCancelled
                guard self.end() else { return }
                self.onLoop { $0.answered(self, isCancelled ? nil : reply) }
            }
            await self.watch()
            group.cancelAll()
        }
    }

    /// Nobody wants the answer any more.
    func giveUp() { _ = end() }

    private func onLoop(_ body: @escaping @Sendable (SocketmapConnectionHandler) -> Void) {
        if connection.eventLoop.inEventLoop {
            body(connection.value)
        } else {
            connection.eventLoop.execute { [connection] in body(connection.value) }
        }
    }

    /// Waits until it is over.
    private func watch() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard case .running = state else { return true }
                state = .watched(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Ends it; whether it was the caller who did.
    private func end() -> Bool {
        let before = state.withLock { state in
            defer { state = .over }
            return state
        }
        switch before {
        case .waiting, .running: return true
        case .watched(let continuation):
            continuation.resume()
            return true
        case .over: return false
        }
    }
}
