internal import Glibc

/// A semaphore of POSIX: one thread waits until another says so.
///
/// `@unchecked Sendable`: a semaphore is made to be used by several threads at once, and the pointer never changes.
final class Semaphore: @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<sem_t>

    init() {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: sem_t())
        sem_init(pointer, 0, 0)
    }

    deinit {
        sem_destroy(pointer)
        pointer.deallocate()
    }

    /// Lets one waiter go on, the next one if there is none now.
    func signal() { sem_post(pointer) }

    /// Waits without a limit.
    func wait() {
        while sem_wait(pointer) != 0, errno == EINTR {}
    }

    /// Waits until somebody signals (true) or the time is over (false).
    func wait(atMost limit: Duration) -> Bool {
        var end = timespec()
        // The wall clock: POSIX has no other here. Who sets it meanwhile changes the limit, and nothing else.
        clock_gettime(CLOCK_REALTIME, &end)
        let (seconds, attoseconds) = max(.zero, limit).components
        let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
        // A century is as good as no limit, and does not overflow.
        end.tv_sec += Int(min(seconds, 3_000_000_000)) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        while true {
            if sem_timedwait(pointer, &end) == 0 { return true }
            guard errno == EINTR else { return false }
        }
    }
}
