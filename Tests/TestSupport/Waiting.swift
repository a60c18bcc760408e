internal import Synchronization

/// What tests wait for, instead of sleeping: values in the order of their coming.
public final class Diary<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiting: [(isDone: @Sendable ([Value]) -> Bool, continuation: CheckedContinuation<[Value], Never>)] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Adds one.
    public func add(_ value: Value) {
        let (values, done) = state.withLock { state in
            state.values.append(value)
            let done = state.waiting.filter { $0.isDone(state.values) }
            state.waiting.removeAll { $0.isDone(state.values) }
            return (state.values, done)
        }
        for waiter in done { waiter.continuation.resume(returning: values) }
    }

    /// Those that came.
    public var values: [Value] { state.withLock { $0.values } }

    /// Waits until the values are as wanted.
    @discardableResult
    public func wait(until isDone: @escaping @Sendable ([Value]) -> Bool) async -> [Value] {
        await withCheckedContinuation { continuation in
            let values: [Value]? = state.withLock { state in
                if isDone(state.values) { return state.values }
                state.waiting.append((isDone, continuation))
                return nil
            }
            if let values { continuation.resume(returning: values) }
        }
    }
}

extension Diary where Value: Equatable {
    /// Waits for a value.
    public func wait(for value: Value) async { await wait { $0.contains(value) } }
}

/// Waits until the task is cancelled, as a look-up does that nobody answers.
public func untilCancelled() async {
    let (stream, end) = AsyncStream<Void>.makeStream()
    await withTaskCancellationHandler {
        for await _ in stream {}
    } onCancel: {
        end.finish()
    }
}

/// A door that opens once.
public final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    public init() { (stream, end) = AsyncStream<Void>.makeStream() }

    /// Opens it.
    public func open() { end.finish() }

    /// Waits for it, or until the task is cancelled.
    public func pass() async { for await _ in stream {} }
}
