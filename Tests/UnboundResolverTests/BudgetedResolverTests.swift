import DNS
import MailNames
import Synchronization
import Testing
import UnboundResolver

/// Answers when the test lets it, and counts.
final class GatedResolver: DeadlineResolver {
    private struct State {
        var asked: [DNSQuestion] = []
        var deadlines: [ContinuousClock.Instant] = []
        var waiting: [Lookup] = []
        var isOpen: Bool
    }

    private final class Lookup: Sendable {
        let question: DNSQuestion
        private let continuation: Mutex<CheckedContinuation<DNSAnswer, Never>?>

        init(_ question: DNSQuestion, _ continuation: CheckedContinuation<DNSAnswer, Never>) {
            self.question = question
            self.continuation = Mutex(continuation)
        }

        func finish(_ status: DNSStatus) {
            let waiting = continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            waiting?.resume(returning: DNSAnswer(question: question, status: status, ttlSeconds: 60))
        }
    }

    private let state: Mutex<State>

    init(isOpen: Bool) { state = Mutex(State(isOpen: isOpen)) }

    var asked: [DNSQuestion] { state.withLock { $0.asked } }
    var deadlines: [ContinuousClock.Instant] { state.withLock { $0.deadlines } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for lookup in waiting { lookup.finish(.noError) }
    }

    func answer(_ question: DNSQuestion) async -> DNSAnswer { await answer(question, by: .now + .seconds(60)) }

    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let lookup = Lookup(question, continuation)
                let isOpen = state.withLock { state in
                    state.asked.append(question)
                    state.deadlines.append(deadline)
                    if !state.isOpen { state.waiting.append(lookup) }
                    return state.isOpen
                }
                if isOpen { lookup.finish(.noError) }
                if Task.isCancelled { lookup.finish(.timeout) }
            }
        } onCancel: {
            let waiting = state.withLock { $0.waiting.first { $0.question == question } }
            waiting?.finish(.timeout)
        }
    }

    /// Returns when so many questions have been asked.
    func hasBeenAsked(_ count: Int) async {
        while asked.count < count { await Task.yield() }
    }
}

/// More time than any machine needs, however busy: when it is spent, no question goes out for which a test waits.
private let ample = Duration.seconds(3600)

@Suite struct BudgetedResolverTests {
    static let first = question("a.example.org")
    static let second = question("b.example.org")

    @Test func `A question is asked once for a message, and its answer given again`() async {
        let upstream = GatedResolver(isOpen: true)
        let resolver = BudgetedResolver(upstream, questionsMax: 10, timeLimit: ample)
        for _ in 0..<3 { #expect(await resolver.answer(Self.first).status == .noError) }
        #expect(await resolver.answer(Self.second).status == .noError)
        #expect(upstream.asked == [Self.first, Self.second])
        #expect(resolver.questionsLeft == 8)
    }

    @Test func `Two checks that ask the same side by side share one question`() async {
        let upstream = GatedResolver(isOpen: false)
        let resolver = BudgetedResolver(upstream, timeLimit: ample)
        let tasks = (0..<20).map { _ in Task { await resolver.answer(Self.first).status } }
        await upstream.hasBeenAsked(1)
        upstream.open()
        for task in tasks { #expect(await task.value == .noError) }
        #expect(upstream.asked == [Self.first])
    }

    @Test func `When the questions are spent, no more go out, and answers that are there are still given`() async {
        let upstream = GatedResolver(isOpen: true)
        let resolver = BudgetedResolver(upstream, questionsMax: 1, timeLimit: ample)
        #expect(await resolver.answer(Self.first).status == .noError)
        #expect(await resolver.answer(Self.second) == DNSAnswer(question: Self.second, status: .budgetSpent))
        #expect(await resolver.answer(Self.first).status == .noError)
        #expect(upstream.asked == [Self.first])
    }

    @Test func `When the time is spent, no question goes out`() async {
        let upstream = GatedResolver(isOpen: true)
        let resolver = BudgetedResolver(upstream, timeLimit: .zero)
        #expect(await resolver.answer(Self.first).status == .budgetSpent)
        #expect(upstream.asked.isEmpty)
    }

    @Test func `Each question has what is left of the message's time`() async {
        let upstream = GatedResolver(isOpen: true)
        let resolver = BudgetedResolver(upstream, timeLimit: ample)
        _ = await resolver.answer(Self.first)
        _ = await resolver.answer(Self.second)
        #expect(upstream.deadlines == [resolver.deadline, resolver.deadline])
    }

    @Test func `One who is cancelled does not take the answer from those who ask the same`() async {
        let upstream = GatedResolver(isOpen: false)
        let resolver = BudgetedResolver(upstream, timeLimit: ample)
        let leader = Task { await resolver.answer(Self.first).status }
        await upstream.hasBeenAsked(1)
        let follower = Task { await resolver.answer(Self.first).status }
        leader.cancel()
        #expect(await leader.value == .timeout)
        await upstream.hasBeenAsked(2)
        upstream.open()
        #expect(await follower.value == .noError)
        #expect(upstream.asked == [Self.first, Self.first])
    }

    @Test func `One who waits for another's answer can be cancelled alone`() async {
        let upstream = GatedResolver(isOpen: false)
        let resolver = BudgetedResolver(upstream, timeLimit: ample)
        let leader = Task { await resolver.answer(Self.first).status }
        await upstream.hasBeenAsked(1)
        let follower = Task { await resolver.answer(Self.first).status }
        follower.cancel()
        #expect(await follower.value == .timeout)
        upstream.open()
        #expect(await leader.value == .noError)
    }

    @Test func `A recorded file can be asked within a budget`() async throws {
        let answers = try RecordedAnswers(
            parsing: Array(
                #"[{"Status":0,"Question":[{"name":"a.example.org","type":"A"}],"Answer":[]}]"#.utf8))
        let resolver = BudgetedResolver(answers, questionsMax: 1, timeLimit: ample)
        #expect(await resolver.answer(Self.first).status == .noError)
        #expect(await resolver.answer(Self.second).status == .budgetSpent)
    }
}
