internal import Databases

/// Keeps what is under a lease ours for as long as work goes on: it is renewed meanwhile, and the work is cancelled
/// where somebody else has it.
struct LeaseKeeper: Sendable {
    /// How long a lease lasts that nobody renews.
    var seconds: Int64
    /// The time from one renewal to the next.
    var pause: Duration

    /// A lease that is renewed four times before it would end.
    init(seconds: Int64, pause: Duration? = nil) {
        self.seconds = seconds
        self.pause = pause ?? .seconds(seconds) / 4
    }

    private enum Event<Value: Sendable>: Sendable {
        case done(Value)
        case lost
        /// The task is cancelled.
        case stopped
    }

    /// Works, and renews the lease meanwhile.
    ///
    /// A database that does not answer takes nothing away before the lease is over by the time that has passed here
    /// since it was last renewed. Somebody may have it then.
    ///
    /// - Parameters:
    ///   - renew: makes the lease last from now on; false where it is somebody else's.
    ///   - work: ends soon when its task is cancelled.
    /// - Returns: what the work came to, and whether the lease was ours to the end of it, as far as anybody knows.
    func keep<Value: Sendable>(
        renew: @escaping @Sendable () async throws(DatabaseError) -> Bool,
        during work: @escaping @Sendable () async -> Value
    ) async -> (value: Value?, isOurs: Bool) {
        await withTaskGroup(of: Event<Value>.self) { tasks in
            tasks.addTask { .done(await work()) }
            tasks.addTask { await watch(renew) }
            var isOurs = true
            var value: Value?
            for await event in tasks {
                switch event {
                case .done(let result): value = result
                case .lost: isOurs = value != nil
                case .stopped: continue
                }
                tasks.cancelAll()
            }
            return (value, isOurs)
        }
    }

    private func watch<Value: Sendable>(
        _ renew: @Sendable () async throws(DatabaseError) -> Bool
    ) async -> Event<Value> {
        var end = ContinuousClock.now + .seconds(seconds)
        while (try? await Task.sleep(for: pause)) != nil {
            let now = ContinuousClock.now
            do throws(DatabaseError) {
                guard try await renew() else { return .lost }
                end = now + .seconds(seconds)
            } catch {
                if now >= end { return .lost }
            }
        }
        return .stopped
    }
}
