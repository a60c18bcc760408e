import DMARC
import DNS
import MailNames
import PostsealEngine
import TestSupport
import Testing

/// What happens when something does not work: every check, every mode.
@Suite("Fail modes")
struct FailModeTests {
    static func expect(
        _ decision: Decision, _ mode: FailMode, _ code: String, _ sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected: (Disposition, String?) =
            switch mode {
            case .accept: (.accept, nil)
            case .tempfail: (.tempfail, "451 4.\(code)")
            case .reject: (.reject, "550 5.\(code)")
            }
        #expect(decision.disposition == expected.0, "\(decision.reason)", sourceLocation: sourceLocation)
        #expect(
            decision.reply.map { "\($0.code) \($0.enhancedCode)" } == expected.1, sourceLocation: sourceLocation)
    }

    @Test("a policy that cannot be fetched", arguments: FailMode.allCases)
    func policy(_ mode: FailMode) async {
        let letter = Letter(fields: ["From: a@dead.example"], mailFrom: "")
        Self.expect(await letter.judged(.policy { $0.onDNSFailure = mode }).decision, mode, "7.1")
    }

    @Test("an identifier that may be aligned", arguments: FailMode.allCases)
    func identifier(_ mode: FailMode) async {
        let letter = Letter(fields: ["From: a@slow.example"], mailFrom: "a@slow.example")
        Self.expect(await letter.judged(.policy { $0.onDNSFailure = mode }).decision, mode, "7.1")
    }

    @Test("RFC 7372 §3.2: SPF, where its failure would count", arguments: FailMode.allCases)
    func spf(_ mode: FailMode) async {
        let letter = Letter(fields: ["From: a@plain.example"], mailFrom: "a@slowspf.example")
        for action in [PolicyAction.reject, .quarantine] {
            let settings = GuardSettings.policy {
                $0.onSPFFail = action
                $0.onDNSFailure = mode
            }
            Self.expect(await letter.judged(settings).decision, mode, "7.24")
        }
        for action in [PolicyAction.accept, .tag] {
            let verdict = await letter.judged(
                .policy {
                    $0.onSPFFail = action
                    $0.onDNSFailure = mode
                })
            #expect(verdict.decision.disposition == .accept, "nothing depends on the answer")
        }
    }

    @Test("no DNS at all", arguments: FailMode.allCases)
    func silence(_ mode: FailMode) async {
        let verdict = await Letter().judged(.policy { $0.onDNSFailure = mode }, SilentResolver())
        Self.expect(verdict.decision, mode, "7.1")
    }

    @Test(
        "overload and trouble of our own", arguments: FailMode.allCases,
        [(GuardFailure.overload, "3.2"), (.internalError, "3.0")])
    func unchecked(_ mode: FailMode, _ failure: (GuardFailure, String)) {
        let settings = GuardSettings.with {
            // The other one must not be looked at.
            $0.onOverload = failure.0 == .overload ? mode : .reject
            $0.onInternalError = failure.0 == .internalError ? mode : .reject
        }
        let forged = Letter(fields: [
            "Authentication-Results: mx.example; dmarc=pass header.from=bank.example", "X-Postseal: tag; x",
            "From: a@strict.example",
        ])
        let verdict = MailGuard(settings: settings).begin(forged.transaction).unchecked(failure.0)
        Self.expect(verdict.decision, mode, failure.1)
        guard mode == .accept else {
            #expect(verdict.changes.isEmpty)
            return
        }
        // RFC 8601 §5: what claims to be ours goes in any case.
        #expect(
            forged.fields(after: verdict) == [
                "Authentication-Results: mx.example; none", "From: a@strict.example",
            ])
        #expect(verdict.notes == [.removedForgedResults(1)])
    }

    @Test("our own mail is taken unsigned, and not marked")
    func uncheckedOutgoing() {
        let letter = Letter(isAuthenticated: true)
        let verdict = MailGuard(settings: .with { $0.onOverload = .accept }).begin(letter.transaction)
            .unchecked(.overload)
        #expect(verdict.direction == .outgoing)
        #expect(verdict.changes.isEmpty)
    }

    @Test("a dry run keeps nothing back", arguments: GuardFailure.allCases)
    func dryRun(_ failure: GuardFailure) {
        let settings = GuardSettings.policy { $0.isDryRun = true }
        let letter = Letter()
        let verdict = MailGuard(settings: settings).begin(letter.transaction).unchecked(failure)
        #expect(verdict.decision.disposition == .accept)
        #expect(verdict.decision.dryRun == .tempfail)
        #expect(letter.fields(after: verdict).contains { $0.hasPrefix("X-Postseal: would-tempfail; ") })
    }

    /// Mail that is accepted when DNS is silent must not be anybody's who can make their own DNS silent.
    @Test(
        "a stranger's silent DNS gets no spoofed message through",
        arguments: [
            "_dmarc.helper.example TXT timeout", "helper.example TXT timeout",
            "66.113.0.203.in-addr.arpa PTR timeout",
        ])
    func strangers(_ line: String) async throws {
        let lines = ["helper.example TXT \"v=spf1 +all\"", World.record(World.key("helper.example"))]
        let zone = World.zone(adding: lines.filter { !$0.hasPrefix(line.prefix { $0 != " " } + " TXT") } + [line])
        let letter = try Letter(mailFrom: "x@helper.example").signed(by: [World.key("helper.example")])
        let settings = GuardSettings.policy {
            $0.onDNSFailure = .accept
            $0.onRejectRequest = .reject
            $0.forwarders = [.hostDomain(World.name("relay.example"))]
        }
        let verdict = await letter.judged(settings, zone)
        #expect(verdict.findings?.dmarc?.result == .fail)
        #expect(verdict.decision.disposition == .reject, "\(verdict.decision.reason)")
    }

    @Test("DMARC has a budget of its own, which no sender's records use up")
    func ownBudget() async {
        let settings = GuardSettings.policy { $0.onDNSFailure = .accept }
        var message = MailGuard(settings: settings).begin(Letter().transaction)
        let policies = CountingResolver()
        let verdict = await message.finish(resolver: SilentResolver(), policyResolver: policies)
        #expect(policies.questions.first?.contains("_dmarc.strict.example") == true)
        #expect(policies.questions.allSatisfy { $0.contains("_dmarc.") })
        // The author's own SPF did not answer, and may align: that is still nobody's fault.
        #expect(verdict.findings?.dmarc?.policy == .reject)
        var other = MailGuard(settings: settings).begin(Letter(mailFrom: "x@helper.test").transaction)
        let rejected = await other.finish(resolver: SilentResolver(), policyResolver: World.zone)
        #expect(rejected.decision.disposition == .reject)
    }
}
