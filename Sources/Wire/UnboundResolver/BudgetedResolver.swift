public import DNS
internal import Synchronization

/// One message's share of DNS: so many questions, so much time.
///
/// Make one for each message. Every check of the message asks through it, side by side; what two of them ask is
/// asked once. When the questions or the time are spent, further questions get ``DNS/DNSStatus/budgetSpent``;
/// answers that are there already are still given.
///
/// A hostile message can't make its receiver ask more: SPF, DKIM, ARC and DMARC have limits each of their own, but
/// nothing in the standards limits their sum.
public final class BudgetedResolver<Upstream: DeadlineResolver>: Resolver {
    private enum Entry {
        case answered(DNSAnswer)
        /// Somebody asks; these wait for the same answer. A nil tells them to ask themselves.
        case asked([Waiter])
    }

    private struct State {
        var entries: [DNSQuestion: Entry] = [:]
        var questionsLeft: Int
    }

    private enum Claim {
        case answer(DNSAnswer)
        case ask
        case wait
    }

    private let upstream: Upstream
    /// When the time is spent.
    public let deadline: ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameters:
    ///   - questionsMax: How many different questions are asked.
    ///   - timeLimit: Counted from now.
    public init(_ upstream: Upstream, questionsMax: Int = 100, timeLimit: Duration = .seconds(20)) {
        self.upstream = upstream
        deadline = .now + timeLimit
        state = Mutex(State(questionsLeft: questionsMax))
    }

    /// How many more questions would be asked.
    public var questionsLeft: Int { state.withLock { $0.questionsLeft } }

    public func answer(_ question: DNSQuestion) async -> DNSAnswer {
        // Each further turn follows the cancellation of somebody else's task, and puts one more question.
        while !Task.isCancelled {
            switch claim(question) {
            case .answer(let answer): return answer
            case .ask: return await ask(question)
            case .wait:
                if let answer = await wait(for: question) { return answer }
            }
        }
        return DNSAnswer(question: question, status: .timeout)
    }

    private func claim(_ question: DNSQuestion) -> Claim {
        state.withLock { state in
            switch state.entries[question] {
            case .answered(let answer): return .answer(answer)
            case .asked: return .wait
            case nil:
                guard state.questionsLeft > 0, deadline > .now else {
                    return .answer(DNSAnswer(question: question, status: .budgetSpent))
                }
                state.questionsLeft -= 1
                state.entries[question] = .asked([])
                return .ask
            }
        }
    }

    private func ask(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await upstream.answer(question, by: deadline)
        // A time-out that comes of this task's own cancellation is nobody else's answer.
        let isOwnEnd = Task.isCancelled && answer.status == .timeout
        let waiters: [Waiter] = state.withLock { state in
            defer { state.entries[question] = isOwnEnd ? nil : .answered(answer) }
            if case .asked(let waiters) = state.entries[question] { return waiters }
            return []
        }
        for waiter in waiters { waiter.finish(isOwnEnd ? nil : answer) }
        return answer
    }

    private func wait(for question: DNSQuestion) async -> DNSAnswer? {
        let waiter = Waiter()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiter.wait(continuation)
                let mustAskAgain = state.withLock { state in
                    guard case .asked(var waiters) = state.entries[question] else { return true }
                    waiters.append(waiter)
                    state.entries[question] = .asked(waiters)
                    return false
                }
                if mustAskAgain { waiter.finish(nil) }
            }
        } onCancel: {
            waiter.finish(nil)
        }
    }
}

/// Somebody who waits for another's answer; woken once.
private final class Waiter: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<DNSAnswer?, Never>)
        case finished
    }

    private let state = Mutex(State.new)

    func wait(_ continuation: CheckedContinuation<DNSAnswer?, Never>) {
        let isFinished = state.withLock { state in
            if case .finished = state { return true }
            state = .waiting(continuation)
            return false
        }
        if isFinished { continuation.resume(returning: nil) }
    }

    func finish(_ answer: DNSAnswer?) {
        let waiting: CheckedContinuation<DNSAnswer?, Never>? = state.withLock { state in
            defer { state = .finished }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        waiting?.resume(returning: answer)
    }
}
