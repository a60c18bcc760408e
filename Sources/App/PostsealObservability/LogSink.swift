internal import Glibc
internal import Logging
public import MailBytes
internal import Synchronization
internal import Threads

/// Why there is no log.
public struct LogSinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as a clause.
    public let description: String
}

/// Takes log lines and writes them on a thread of its own.
///
/// Nobody who logs ever waits for a disk, a pipe or a terminal: lines wait in a queue with limits, and where it is
/// full or writing fails they are dropped and counted. Once lines are written again, one says how many are missing.
public final class LogSink: Sendable {
    /// How lines look.
    public let format: LogFormat
    /// What lines and the queue are held to.
    public let limits: LogLimits
    /// Lines that were lost.
    public let dropped: Counter<NoLabel, NoLabel>
    private let queue: LogQueue
    private let level: Atomic<Int>

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - descriptor: where lines go, by default standard error; it stays open, and belongs to the caller.
    ///   - level: what is less grave is not logged, unless a logger has a level of its own.
    ///   - dropped: counts lost lines; ``Metrics/logLinesDropped`` in the daemon.
    ///   - now: the clock, for the line that tells of lost ones.
    /// - Throws: where the thread cannot be started.
    public init(
        descriptor: Int32 = 2, format: LogFormat, level: LogLevel = .info, limits: LogLimits = LogLimits(),
        dropped: Counter<NoLabel, NoLabel>? = nil, now: @escaping @Sendable () -> UnixTime = LogSink.systemTime
    ) throws(LogSinkError) {
        let counter = dropped ?? Counter(name: "log_lines_dropped_total", help: "Log lines lost.")
        self.format = format
        self.limits = limits
        self.dropped = counter
        self.level = Atomic(level.rank)
        queue = LogQueue(limits: limits)
        let writer = LogWriter(descriptor: descriptor, stallMilliseconds: limits.stallMilliseconds, dropped: counter) {
            LogRecord(
                time: now(), level: .warning, message: "log lines were lost",
                fields: [LogField(name: "lines", value: .bare(.integer(Int64($0))))]
            ).line(format, limits: limits)
        }
        try Self.startThread(LogThread(queue: queue, writer: writer))
    }

    /// The thread ends when it has written what is there; nobody waits for it.
    deinit { queue.close() }

    /// Queues a line. Never waits for anything but the other threads that log.
    ///
    /// - Parameter line: with its only line break at its end.
    func write(_ line: [UInt8]) {
        if !queue.add(line) { dropped.add() }
    }

    /// Waits until every line so far is written or dropped; false if that takes longer than the limit.
    ///
    /// Blocks the thread it is called on: for the end of the program.
    public func flush(within limit: Duration) -> Bool {
        let done = Semaphore()
        return queue.notify(done) ? done.wait(atMost: limit) : true
    }

    /// What is less grave is not logged by loggers without a level of their own. A reload may change it.
    public var minimumLevel: LogLevel {
        get { LogLevel(rank: level.load(ordering: .relaxed)) }
        set { level.store(newValue.rank, ordering: .relaxed) }
    }

    /// The clock of the system.
    public static let systemTime: @Sendable () -> UnixTime = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UnixTime(seconds: Int64(now.tv_sec))
    }

    private static func startThread(_ thread: consuming LogThread) throws(LogSinkError) {
        do throws(ThreadError) {
            // It may hang in a write for ever, so nobody joins it.
            pthread_detach(try ThreadStart.start(thread))
        } catch {
            throw LogSinkError(description: "cannot start the log's thread: error \(error.number)")
        }
    }
}

/// What the thread does.
private final class LogThread: ThreadBody {
    private let queue: LogQueue
    private var writer: LogWriter

    init(queue: LogQueue, writer: LogWriter) {
        self.queue = queue
        self.writer = writer
    }

    func run() {
        while true {
            let batch = queue.take()
            writer.write(batch.octets)
            for waiter in batch.waiters { waiter.signal() }
            if batch.isLast { return }
        }
    }
}
