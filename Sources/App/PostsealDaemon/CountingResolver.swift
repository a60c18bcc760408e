internal import DNS
internal import PostsealObservability
internal import UnboundResolver

/// The daemon's resolver, which counts how look-ups end.
struct CountingResolver: DeadlineResolver {
    let source: AnswerSource
    let metrics: Metrics

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await source.answer(question)
        metrics.record(answer)
        return answer
    }

    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let answer = await source.answer(question, by: deadline)
        metrics.record(answer)
        return answer
    }
}
