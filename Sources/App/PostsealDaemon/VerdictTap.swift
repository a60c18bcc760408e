internal import PostsealEngine
internal import Synchronization

/// A message from a stranger, with what was found and decided.
struct JudgedMessage: Sendable {
    /// With the header; the body is gone.
    var transaction: MailTransaction
    var findings: Findings
    var decision: Decision
    /// What it was decided by.
    var policy: DecisionPolicy
}

/// Where verdicts on incoming mail can be heard, by whichever way the mail came.
final class VerdictTap: Sendable {
    typealias Listener = @Sendable (JudgedMessage) -> Void

    private let listeners = Mutex<[Listener]>([])

    /// Calls for each message from now on, on an event loop: it must not wait.
    func add(_ listener: @escaping Listener) { listeners.withLock { $0.append(listener) } }

    /// Tells of a message.
    func hear(_ message: JudgedMessage) {
        for listener in listeners.withLock(\.self) { listener(message) }
    }
}
