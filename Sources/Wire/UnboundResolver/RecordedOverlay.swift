public import DNS
public import MailNames

/// Recorded answers that stand in front of the world's DNS for certain domains, and for nothing else.
///
/// For demonstrations: names of their own beside those that really exist. An alias that leads out of the domains is
/// not followed.
public struct RecordedOverlay: Sendable {
    public var answers: RecordedAnswers
    /// All names at and below these are answered from ``answers``, also those that are not in there.
    public var domains: [DomainName]

    public init(_ answers: RecordedAnswers, domains: [DomainName]) {
        self.answers = answers
        self.domains = domains
    }

    /// The answer; nil for the names of others.
    public func lookUp(_ question: DNSQuestion) -> DNSAnswer? {
        domains.contains { question.name.isEqualOrSubdomain(of: $0) } ? answers.lookUp(question) : nil
    }
}
