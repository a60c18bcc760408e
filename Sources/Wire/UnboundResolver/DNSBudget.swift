/// How much of DNS one message may use.
public struct DNSBudget: Hashable, Sendable {
    /// How many different questions it may cost.
    public var questionsMax: Int
    /// How long they may take together.
    public var timeLimit: Duration

    public init(questionsMax: Int = 100, timeLimit: Duration = .seconds(20)) {
        self.questionsMax = questionsMax
        self.timeLimit = timeLimit
    }

    /// The budget in two parts, of which three quarters are for what the sender chose: signatures, SPF, ARC, host name.
    /// DMARC has the rest to itself, so that no records of a sender use up what it takes to find the policy.
    public func resolvers<Upstream: DeadlineResolver>(
        _ resolver: Upstream
    ) -> (checks: BudgetedResolver<Upstream>, policy: BudgetedResolver<Upstream>) {
        let policyShare = questionsMax / 4
        return (
            BudgetedResolver(resolver, questionsMax: questionsMax - policyShare, timeLimit: timeLimit * 3 / 4),
            // RFC 9989 §4.10: eight for a tree walk; and one for whether the domain exists.
            BudgetedResolver(resolver, questionsMax: max(9, policyShare), timeLimit: timeLimit)
        )
    }
}
