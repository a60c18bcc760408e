internal import Synchronization

/// Counts connections, so that there are not too many, and so that their end can be awaited.
public final class Admission: Sendable {
    private struct State {
        var connectionsMax: Int
        var count = 0
        var isShut = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// - Parameter connectionsMax: how many there may be at once.
    public init(connectionsMax: Int) { state = Mutex(State(connectionsMax: connectionsMax)) }

    /// How many there may be. Those that are there stay.
    public var connectionsMax: Int {
        get { state.withLock { $0.connectionsMax } }
        set { state.withLock { $0.connectionsMax = newValue } }
    }

    /// How many there are.
    public var count: Int { state.withLock { $0.count } }

    /// Lets nobody in any more.
    public func shut() { state.withLock { $0.isShut = true } }

    /// Whether nobody is let in any more.
    public var isShut: Bool { state.withLock { $0.isShut } }

    /// Lets one in, if there is room.
    public func enter() -> Bool {
        state.withLock { state in
            guard !state.isShut, state.count < state.connectionsMax else { return false }
            state.count += 1
            return true
        }
    }

    /// One is gone.
    public func leave() {
        let waiting = state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until nobody is left.
    public func emptied() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.count > 0 { state.waiting.append(continuation) }
                return state.count == 0
            }
            if isEmpty { continuation.resume() }
        }
    }
}
