public import NIOCore

/// Runs tasks on an event loop: what a connection asks for begins where it was read, without a thread that must wake
/// first.
public final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    public init(_ loop: any EventLoop) { self.loop = loop }

    /// Runs a job on the loop, after what it does now.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
