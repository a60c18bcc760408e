internal import Glibc
internal import Synchronization

/// Lines on their way from the threads that log to the one that writes.
final class LogQueue: Sendable {
    private struct Contents {
        /// Whole lines, one behind the other.
        var octets: [UInt8] = []
        var lines = 0
        var isClosed = false
        /// Whether the writer was woken and has not looked yet.
        var isWoken = false
        /// Who wants to know when everything up to now is written.
        var waiters: [Semaphore] = []
    }

    /// What the writer takes out at once.
    struct Batch {
        var octets: [UInt8]
        var waiters: [Semaphore]
        /// Nothing comes any more.
        var isLast: Bool
    }

    private let contents = Mutex(Contents())
    private let wake = Semaphore()
    private let limits: LogLimits

    init(limits: LogLimits) { self.limits = limits }

    /// Takes a line, which ends with its only line break; false if there is no room for it.
    func add(_ line: [UInt8]) -> Bool {
        let (isTaken, mustWake) = contents.withLock { contents in
            guard !contents.isClosed, contents.lines < limits.linesMax,
                contents.octets.count + line.count <= limits.octetsMax
            else { return (false, false) }
            contents.octets += line
            contents.lines += 1
            defer { contents.isWoken = true }
            return (true, !contents.isWoken)
        }
        if mustWake { wake.signal() }
        return isTaken
    }

    /// Asks to be told when all lines up to now are written or dropped. False once the queue is closed.
    func notify(_ waiter: Semaphore) -> Bool {
        let isAccepted = contents.withLock { contents in
            guard !contents.isClosed else { return false }
            contents.waiters.append(waiter)
            contents.isWoken = true
            return true
        }
        if isAccepted { wake.signal() }
        return isAccepted
    }

    /// Takes no more lines, and lets the writer end with those that are there.
    func close() {
        contents.withLock { $0.isClosed = true }
        wake.signal()
    }

    /// For the writer: waits for lines, or for something else to do.
    func take() -> Batch {
        wake.wait()
        return contents.withLock { contents in
            defer {
                contents.octets = []
                contents.lines = 0
                contents.isWoken = false
                contents.waiters = []
            }
            return Batch(octets: contents.octets, waiters: contents.waiters, isLast: contents.isClosed)
        }
    }
}
