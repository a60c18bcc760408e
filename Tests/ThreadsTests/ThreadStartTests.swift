import Glibc
import Synchronization
import Testing
import Threads

/// What a thread of our own gets, and when its body goes.
@Suite struct ThreadStartTests {
    private final class Seen: Sendable {
        let isBlocked = Mutex<Bool?>(nil)
        let isGone = Mutex(false)
    }

    private final class Body: ThreadBody {
        let seen: Seen

        init(_ seen: Seen) { self.seen = seen }
        deinit { seen.isGone.withLock { $0 = true } }

        func run() {
            var mask = sigset_t()
            pthread_sigmask(SIG_SETMASK, nil, &mask)
            seen.isBlocked.withLock { $0 = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPIPE) == 1 }
        }
    }

    @Test func itRunsWithoutSignalsAndOwnsItsBody() throws {
        let seen = Seen()
        var before = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &before)
        let thread = try ThreadStart.start(Body(seen))
        pthread_join(thread, nil)
        #expect(seen.isBlocked.withLock { $0 } == true)
        #expect(seen.isGone.withLock { $0 })
        // The caller's own mask is as it was.
        var after = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &after)
        #expect(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM))
    }
}
