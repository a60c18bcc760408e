internal import MilterProtocol
internal import NIOCore
internal import Sockets
internal import Synchronization

/// The judgement on one message: asked for by its connection on the event loop, made in a task of its own.
///
/// A task of a group can't be cancelled alone, so each has a group around it, which waits for one of two things: the
/// judgement, or that nobody wants it any more.
final class Judging<Filter: MilterFilter>: ServerJob {
    private enum State {
        case waiting(Filter.Judge)
        case running
        /// The task's outer half waits here.
        case watched(CheckedContinuation<Void, Never>)
        case over
    }

    private let state: Mutex<State>
    private let macros: MilterMacros
    private let connection: NIOLoopBound<MilterConnectionHandler<Filter>>
    private let loop: any EventLoop
    /// What is said if it takes too long.
    let overdue: MilterVerdict

    init(_ judge: Filter.Judge, _ macros: MilterMacros, _ connection: NIOLoopBound<MilterConnectionHandler<Filter>>) {
        overdue = judge.overdue
        state = Mutex(.waiting(judge))
        self.macros = macros
        self.connection = connection
        loop = connection.eventLoop
    }

    /// Judges, and tells the connection.
    func run() async {
        guard let judge = start() else { return }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.judge(judge) }
            await self.watch()
            group.cancelAll()
        }
    }

    /// Nobody wants the judgement any more.
    func giveUp() {
        // Taken out of the lock: what a judge does is its own.
        if let judge = end().judge { judge.abandon() }
    }

    private func judge(_ judge: Filter.Judge) async {
        var judge = judge
        let judgement = await judge.finish(macros: macros)
        // What a cancelled judge says is no judgement. The end cancels the group itself, so that this is asked before.
        let isCancelled = Task.isCancelled
        let isMine = end().isMine
        guard isMine, !isCancelled else {
            judge.abandon()
            // The server's own task was cancelled: the mail server is left without an answer, and tries again.
            if isMine { onLoop { $0.abandoned(self) } }
            return
        }
        onLoop { $0.judged(self, judgement) }
    }

    private func onLoop(_ body: @escaping @Sendable (MilterConnectionHandler<Filter>) -> Void) {
        if loop.inEventLoop {
            body(connection.value)
        } else {
            loop.execute { [connection] in body(connection.value) }
        }
    }

    private func start() -> Filter.Judge? {
        state.withLock { state in
            guard case .waiting(let judge) = state else { return nil }
            state = .running
            return judge
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

    /// Ends it. The judge, if it never began; and whether it was the caller who ended it.
    private func end() -> (judge: Filter.Judge?, isMine: Bool) {
        let (before, continuation) = state.withLock { state in
            defer { state = .over }
            if case .watched(let continuation) = state { return (state, Optional(continuation)) }
            return (state, nil)
        }
        continuation?.resume()
        switch before {
        case .waiting(let judge): return (judge, true)
        case .running, .watched: return (nil, true)
        case .over: return (nil, false)
        }
    }
}
