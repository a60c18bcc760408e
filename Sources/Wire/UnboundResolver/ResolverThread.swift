internal import Glibc
internal import Synchronization
internal import Threads

/// The thread that a ``ResolverLoop`` runs on.
final class ResolverThread: Sendable {
    /// Nil once joined.
    private let handle: Mutex<pthread_t?>

    /// Starts the loop, which must not be touched by the caller any more.
    init(running loop: consuming ResolverLoop) throws(UnboundResolverError) {
        do throws(ThreadError) {
            handle = Mutex(try ThreadStart.start(loop))
        } catch {
            throw UnboundResolverError("cannot start the resolver's thread: error \(error.number)")
        }
    }

    /// Waits for the thread to end, which somebody has told it to. May be called often, from anywhere.
    func join() {
        handle.withLock { handle in
            guard let thread = handle else { return }
            handle = nil
            if pthread_equal(thread, pthread_self()) != 0 {
                pthread_detach(thread)
            } else {
                pthread_join(thread, nil)
            }
        }
    }
}
