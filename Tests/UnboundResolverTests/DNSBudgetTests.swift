import DNS
import Testing
import UnboundResolver

@Suite struct DNSBudgetTests {
    static let shares: [(questionsMax: Int, checks: Int, policy: Int)] = [
        (100, 75, 25), (10, 8, 9), (1, 1, 9),
    ]

    @Test("DMARC has a share of its own, and never less than it takes to find a policy", arguments: shares)
    func eachShare(_ example: (questionsMax: Int, checks: Int, policy: Int)) async {
        let upstream = GatedResolver(isOpen: true)
        let budget = DNSBudget(questionsMax: example.questionsMax, timeLimit: .seconds(3600))
        let resolvers = budget.resolvers(upstream)
        #expect(resolvers.checks.questionsLeft == example.checks)
        #expect(resolvers.policy.questionsLeft == example.policy)
        #expect(resolvers.checks.deadline < resolvers.policy.deadline)
        // What one spends, the other has still.
        _ = await resolvers.checks.answer(BudgetedResolverTests.first)
        #expect(resolvers.policy.questionsLeft == example.policy)
        #expect(await resolvers.policy.answer(BudgetedResolverTests.first).status == .noError)
    }
}
