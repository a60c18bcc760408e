internal import DNS
internal import Synchronization

/// One caller's question, on its way between the caller's task and the resolver's thread.
///
/// Answered exactly once, by whoever comes first: the resolver's thread with an answer or a time-out, or the task's
/// cancellation.
final class Lookup: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<DNSAnswer, Never>)
        /// Finished before the caller came to wait.
        case early(DNSAnswer)
        case finished
    }

    let question: DNSQuestion
    let deadline: ContinuousClock.Instant
    private let state = Mutex(State.new)

    init(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) {
        self.question = question
        self.deadline = deadline
    }

    /// Whether nobody waits for the answer any more.
    var isFinished: Bool {
        state.withLock { state in
            switch state {
            case .new, .waiting: false
            case .early, .finished: true
            }
        }
    }

    /// Takes the caller's continuation. False if the answer was there already, and has been given.
    func wait(_ continuation: CheckedContinuation<DNSAnswer, Never>) -> Bool {
        let early: DNSAnswer? = state.withLock { state in
            if case .early(let answer) = state {
                state = .finished
                return answer
            }
            state = .waiting(continuation)
            return nil
        }
        guard let early else { return true }
        continuation.resume(returning: early)
        return false
    }

    /// Gives the answer, unless there has been one.
    func finish(_ answer: DNSAnswer) {
        let waiting: CheckedContinuation<DNSAnswer, Never>? = state.withLock { state in
            switch state {
            case .new:
                state = .early(answer)
                return nil
            case .waiting(let continuation):
                state = .finished
                return continuation
            case .early, .finished: return nil
            }
        }
        waiting?.resume(returning: answer)
    }

    func finish(_ status: DNSStatus) { finish(DNSAnswer(question: question, status: status)) }
}
