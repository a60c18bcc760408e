public import Glibc

/// What a thread of our own does.
public protocol ThreadBody: AnyObject {
    /// Does it; the thread ends when it returns.
    func run()
}

/// Why a thread can't be started: the system's number.
public struct ThreadError: Error, Hashable, Sendable {
    /// As `errno` has it.
    public let number: CInt
}

/// Starts threads that wait for disks, pipes and foreign libraries, away from the event loops and the cooperative pool.
public enum ThreadStart {
    /// Keeps what a thread does until it has begun.
    private final class Holder {
        let body: any ThreadBody

        init(_ body: any ThreadBody) { self.body = body }
    }

    /// Starts a thread, which owns its body from now on. Somebody has to join or detach it.
    ///
    /// Signals are the main program's business: the thread gets none. A broken pipe or connection comes back as an
    /// error.
    ///
    /// - Parameter body: must not be touched by the caller any more.
    /// - Throws: where the system has no more threads; then the body is gone.
    public static func start(_ body: consuming any ThreadBody) throws(ThreadError) -> pthread_t {
        var handle = pthread_t()
        let reference = Unmanaged.passRetained(Holder(body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let status = pthread_create(
            &handle, nil,
            { reference in
                guard let reference else { return nil }
                Unmanaged<Holder>.fromOpaque(reference).takeRetainedValue().body.run()
                return nil
            }, reference.toOpaque())
        guard status == 0 else {
            reference.release()
            throw ThreadError(number: status)
        }
        return handle
    }
}
