internal import Glibc
internal import Synchronization
internal import Threads

/// A thread for one actor that waits for disk and network, so that no thread of the common pool does.
///
///     actor Store {
///         private let thread = DatabaseThread()
///         nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
///     }
///
/// It ends with its last owner.
public final class DatabaseThread: SerialExecutor {
    /// What is to be done, with the executor, which must live until it is done.
    private typealias Work = (job: UnownedJob, executor: DatabaseThread)

    private final class Queue: ThreadBody, Sendable {
        let jobs = Mutex<[Work]>([])
        /// A byte for each time that the queue was empty and is not; the end where it is closed.
        let bell: CInt
        let listening: CInt

        init() throws(DatabaseError) {
            var ends: [CInt] = [-1, -1]
            let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw DatabaseThread.failure(errno) }
            (bell, listening) = (ends[0], ends[1])
        }

        deinit { close(listening) }

        func run() {
            var byte: UInt8 = 0
            while true {
                let count = read(listening, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { return }
                let work = jobs.withLock { jobs in
                    defer { jobs = [] }
                    return jobs
                }
                for item in work { item.job.runSynchronously(on: item.executor.asUnownedSerialExecutor()) }
            }
        }
    }

    private let queue: Queue

    /// Starts the thread.
    ///
    /// - Throws: where it can't be started.
    public init() throws(DatabaseError) {
        queue = try Queue()
        do throws(ThreadError) {
            // Its last owner can be the thread itself, so nobody joins it.
            pthread_detach(try ThreadStart.start(queue))
        } catch {
            close(queue.bell)
            throw Self.failure(error.number)
        }
    }

    deinit { close(queue.bell) }

    /// Takes a part of the actor's work, to be done behind all that was taken before.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasEmpty = queue.jobs.withLock { jobs in
            jobs.append((job, self))
            return jobs.count == 1
        }
        if wasEmpty {
            var byte: UInt8 = 1
            while write(queue.bell, &byte, 1) < 0, errno == EINTR {}
        }
    }

    private static func failure(_ code: CInt) -> DatabaseError {
        DatabaseError(.failed, "cannot start a thread: error \(code)")
    }
}
