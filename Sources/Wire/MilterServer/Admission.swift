internal import Synchronization

/// Counts connections, so that there are not too many, and so that their end can be awaited.
final class Admission: Sendable {
    private struct State {
        var count = 0
        var isShut = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let connectionsMax: Int
    private let state = Mutex(State())

    init(connectionsMax: Int) { self.connectionsMax = connectionsMax }

    /// How many there are.
    var count: Int { state.withLock { $0.count } }

    /// Lets nobody in any more.
    func shut() { state.withLock { $0.isShut = true } }

    var isShut: Bool { state.withLock { $0.isShut } }

    /// Lets one in, if there is room.
    func enter() -> Bool {
        state.withLock { state in
            guard !state.isShut, state.count < connectionsMax else { return false }
            state.count += 1
            return true
        }
    }

    /// One is gone.
    func leave() {
        let waiting = state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until nobody is left.
    func emptied() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.count > 0 { state.waiting.append(continuation) }
                return state.count == 0
            }
            if isEmpty { continuation.resume() }
        }
    }
}
