import AuthenticationResults
import MailFormat
import PostsealEngine
import SPF
import Testing

/// One setting, one message, what must come of it.
struct ActionCase: Sendable, CustomTestStringConvertible {
    var name: String
    var letter: Letter
    var policy: DecisionPolicy
    var disposition: Disposition
    var isTagged = false
    var code: String?

    var testDescription: String { name }

    init(
        _ name: String, _ letter: Letter, _ expected: PolicyAction, code: String? = nil,
        _ change: (inout DecisionPolicy) -> Void
    ) {
        self.name = "\(name) → \(expected.rawValue)"
        self.letter = letter
        policy = DecisionPolicy()
        change(&policy)
        switch expected {
        case .accept, .tag: disposition = .accept
        case .quarantine: disposition = .quarantine
        case .reject: disposition = .reject
        }
        isTagged = expected == .tag
        self.code = code
    }
}

/// Every rule with every action that it offers.
@Suite("Rules and actions")
struct PolicyActionTests {
    static let spoof = Letter()
    static let viaList = Letter(fields: ["List-Id: <l.list.example>", "From: ann@strict.example"])
    static let mild = Letter(fields: ["From: ann@mild.example"], mailFrom: "ann@mild.example")
    static let watched = Letter(fields: ["From: ann@watch.example"], mailFrom: "ann@watch.example")
    static let noPolicy = Letter(fields: ["From: ann@plain.example"], mailFrom: "ann@plain.example")
    static let noFrom = Letter(fields: ["Subject: x"])
    static let noDomain = Letter(fields: ["From: Ann"])
    static let twoFroms = Letter(fields: ["From: ann@plain.example", "From: bob@plain.example"], mailFrom: "")
    static let odd = Letter(fields: ["From: ann@plain.example <bob@plain.example>x"], mailFrom: "")

    static let cases: [ActionCase] =
        [
            (RejectRequestAction.careful, PolicyAction.reject), (.reject, .reject), (.quarantine, .quarantine),
            (.tag, .tag), (.accept, .accept),
        ].map { setting, expected in
            ActionCase("dmarc-reject \(setting.rawValue)", spoof, expected, code: "550 5.7.1") {
                $0.onRejectRequest = setting
            }
        }
        + [
            (RejectRequestAction.careful, PolicyAction.quarantine), (.reject, .reject), (.quarantine, .quarantine),
            (.tag, .tag), (.accept, .accept),
        ].map { setting, expected in
            ActionCase("dmarc-reject \(setting.rawValue), by way of a list", viaList, expected, code: "550 5.7.1") {
                $0.onRejectRequest = setting
            }
        }
        + [(QuarantineRequestAction.quarantine, PolicyAction.quarantine), (.tag, .tag), (.accept, .accept)].map {
            setting, expected in
            ActionCase("dmarc-quarantine \(setting.rawValue)", mild, expected) { $0.onQuarantineRequest = setting }
        }
        + [(MonitoringAction.tag, PolicyAction.tag), (.accept, .accept)].map { setting, expected in
            ActionCase("dmarc-none \(setting.rawValue)", watched, expected) { $0.onMonitoring = setting }
        }
        + PolicyAction.allCases.flatMap { action in
            [
                ActionCase("spf-fail \(action.rawValue)", noPolicy, action, code: "550 5.7.23") {
                    $0.onSPFFail = action
                },
                ActionCase("no-author \(action.rawValue), no From", noFrom, action, code: "550 5.7.1") {
                    $0.onMissingAuthor = action
                },
                ActionCase("no-author \(action.rawValue), no domain", noDomain, action, code: "550 5.7.1") {
                    $0.onMissingAuthor = action
                },
                ActionCase("several-from \(action.rawValue)", twoFroms, action, code: "550 5.6.0") {
                    $0.onSeveralFromFields = action
                },
                ActionCase("ambiguous-from \(action.rawValue)", odd, action, code: "550 5.6.0") {
                    $0.onAmbiguousAuthor = action
                },
            ]
        }

    @Test(arguments: cases)
    func carriesOut(_ example: ActionCase) async {
        let verdict = await example.letter.judged(.policy { $0 = example.policy })
        #expect(verdict.decision.disposition == example.disposition, "\(verdict.decision.reason)")
        #expect(verdict.decision.isTagged == example.isTagged, "\(verdict.decision.reason)")
        guard example.disposition == .reject else {
            #expect(verdict.decision.reply == nil)
            return
        }
        let code = verdict.decision.reply.map { "\($0.code) \($0.enhancedCode)" }
        #expect(code == example.code)
        #expect(verdict.changes.isEmpty, "what is not taken needs no changes")
    }

    @Test("the gravest of several rules holds, and the first of equal ones says why")
    func gravest() async {
        let both = await Self.spoof.judged(.policy { $0.onSPFFail = .reject })
        #expect(both.decision.disposition == .reject)
        #expect(both.decision.reason.contains("DMARC fails"))
        // RFC 7372 §3.4.
        #expect(both.decision.reply?.enhancedCode == "5.7.26")
        let quarantined = await Self.mild.judged(.policy { $0.onSPFFail = .reject })
        #expect(quarantined.decision.reply?.enhancedCode == "5.7.23")
        let lenient = await Self.twoFroms.judged(.policy { $0.onSeveralFromFields = .accept })
        #expect(lenient.decision.reason.contains("no DMARC policy"), "a rule that is switched off says nothing")
    }

    @Test("SPF says nothing against a message that DMARC vouches for")
    func spfBesideDMARC() async throws {
        let signed = try Self.spoof.signed(by: [World.key("strict.example")])
        let verdict = await signed.judged(.policy { $0.onSPFFail = .reject })
        #expect(verdict.findings?.spf?.result == .fail)
        #expect(verdict.decision.disposition == .accept)
    }

    /// mailauth 8.0.5: a message without a usable From got no dmarc result at all.
    @Test(arguments: [noFrom, noDomain])
    func everyMessageGetsADMARCResult(_ letter: Letter) async throws {
        let verdict = await letter.judged(.with { _ in })
        let results = try #require(verdict.authenticationResults?.results(of: "dmarc"))
        #expect(results.map(\.result) == ["permerror"])
        #expect(letter.fields(after: verdict).first?.contains("dmarc=permerror") == true)
    }
}
