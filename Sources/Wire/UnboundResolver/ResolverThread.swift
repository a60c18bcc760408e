internal import Glibc
internal import Synchronization

/// The thread that a ``ResolverLoop`` runs on.
final class ResolverThread: Sendable {
    /// Nil once joined.
    private let handle: Mutex<pthread_t?>

    /// Starts the loop, which must not be touched by the caller any more.
    init(running loop: consuming ResolverLoop) throws(UnboundResolverError) {
        var handle = pthread_t()
        let reference = Unmanaged.passRetained(loop)
        // Signals are the main program's business; a broken connection comes back as an error here.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let status = pthread_create(
            &handle, nil,
            { reference in
                guard let reference else { return nil }
                Unmanaged<ResolverLoop>.fromOpaque(reference).takeRetainedValue().run()
                return nil
            }, reference.toOpaque())
        guard status == 0 else {
            reference.release()
            throw UnboundResolverError("cannot start the resolver's thread: error \(status)")
        }
        self.handle = Mutex(handle)
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
