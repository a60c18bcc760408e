public import DNS

/// A resolver that can be told when to stop.
public protocol DeadlineResolver: Resolver {
    /// As ``DNS/Resolver/answer(_:)``, but ends at the deadline with ``DNS/DNSStatus/timeout`` if there is no
    /// answer by then.
    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer
}

extension RecordedAnswers: DeadlineResolver {
    /// A file answers at once.
    public func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        lookUp(question)
    }
}
