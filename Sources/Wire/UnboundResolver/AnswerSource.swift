public import DNS

/// Where answers come from: a recorded file, the network, or either by the name that is asked for.
public enum AnswerSource: DeadlineResolver {
    case recorded(RecordedAnswers)
    case live(UnboundResolver)
    /// Recorded for the overlay's domains, live for all others.
    case overlay(RecordedOverlay, on: UnboundResolver)

    /// Answers from the file, or within the resolver's own limit.
    public func answer(_ question: DNSQuestion) async -> DNSAnswer {
        switch self {
        case .recorded(let answers): answers.lookUp(question)
        case .live(let resolver): await resolver.answer(question)
        case .overlay(let overlay, let resolver):
            if let answer = overlay.lookUp(question) { answer } else { await resolver.answer(question) }
        }
    }

    /// Answers from the file, or by the deadline.
    public func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        switch self {
        case .recorded(let answers): answers.lookUp(question)
        case .live(let resolver): await resolver.answer(question, by: deadline)
        case .overlay(let overlay, let resolver):
            if let answer = overlay.lookUp(question) { answer } else { await resolver.answer(question, by: deadline) }
        }
    }

    /// As ``UnboundResolver/selfTest()``; nil for a recorded file.
    public func selfTest() async -> ResolverSelfTest? {
        if case .live(let resolver) = self { await resolver.selfTest() } else { nil }
    }

    /// Ends the look-ups of a live resolver.
    public func close() {
        switch self {
        case .recorded: break
        case .live(let resolver), .overlay(_, let resolver): resolver.close()
        }
    }
}
