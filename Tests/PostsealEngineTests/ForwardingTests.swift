import ARC
import AuthenticationResults
import DKIM
import MailFormat
import MailNames
import PostsealEngine
import TestSupport
import Testing

/// Who may bring mail whose authentication broke on the way.
@Suite("Forwarders and trusted sealers")
struct ForwardingTests {
    static let sealer = World.key("list.example")
    static let sawPass: [MethodResult] = [.dmarc("pass", authorDomain: "strict.example", policy: "none")]

    static let trusting = GuardSettings.policy {
        $0.onRejectRequest = .reject
        $0.trustedSealers = [World.name("list.example")]
    }

    private static func decision(
        _ letter: Letter, _ settings: GuardSettings = trusting, _ zone: Zone = World.zone
    ) async -> Decision {
        await letter.judged(settings, zone).decision
    }

    @Test("an intact chain of a trusted sealer that saw DMARC pass overrides the failure")
    func trusted() async throws {
        let decision = await Self.decision(try Letter().sealed(by: Self.sealer, Self.sawPass))
        #expect(decision.disposition == .accept)
        #expect(decision.reason.contains("trusted sealer list.example"))
    }

    /// rspamd 4.2.3: a forwarder in the trust list was trusted even when its seal did not verify.
    @Test("a trusted name on a seal that does not verify is worth nothing")
    func brokenSeal() async throws {
        let sealed = try Letter().sealed(by: Self.sealer, Self.sawPass)
        var body = sealed
        body.body = "Send money.\r\n"
        var seal = sealed
        seal.fields = seal.fields.map { $0.hasPrefix("ARC-Seal:") ? $0.replacing("b=", with: "b=AAAA") : $0 }
        var claim = sealed
        claim.fields = claim.fields.map { $0.replacing("policy.dmarc=none", with: "policy.dmarc=reject") }
        let forged = try Letter().sealed(
            by: World.key("list.example", "rsa", World.strangeRSA), Self.sawPass)
        for letter in [body, seal, claim, forged] {
            let verdict = await letter.judged(Self.trusting)
            #expect(verdict.findings?.arc.result == .fail)
            #expect(verdict.decision.disposition == .reject, "\(verdict.decision.reason)")
        }
    }

    @Test("what others say is not believed, however well it is sealed")
    func untrusted() async throws {
        let stranger = World.key("stranger.example")
        let sealed = try Letter().sealed(by: stranger, Self.sawPass)
        let verdict = await sealed.judged(Self.trusting)
        #expect(verdict.findings?.arc.result == .pass)
        #expect(verdict.decision.disposition == .reject)
        // A stranger on top of a trusted sealer may have changed everything.
        let pass = ARCOutcome(result: .pass, instances: 1, oldestPass: 0)
        let onTop = try Letter().sealed(by: Self.sealer, Self.sawPass).sealed(by: stranger, Self.sawPass, chain: pass)
        #expect(await Self.decision(onTop).disposition == .reject)
        // The other way round, the trusted one saw what the stranger brought.
        let below = try Letter().sealed(by: stranger, Self.sawPass).sealed(by: Self.sealer, [.arc("pass")], chain: pass)
        #expect(await Self.decision(below).disposition == .reject)
        let both = try Letter().sealed(by: stranger, []).sealed(by: Self.sealer, Self.sawPass, chain: pass)
        #expect(await Self.decision(both).disposition == .accept)
    }

    static let otherClaims: [[MethodResult]] = [
        [], [.dmarc("fail", authorDomain: "strict.example")], [.dmarc("none", authorDomain: "strict.example")],
        [.dmarc("pass", authorDomain: "other.example")], [.dmarc("pass", authorDomain: nil)],
        [.spf("pass", .mailFrom, domain: "strict.example")],
        [.dkim("pass", domain: "strict.example")],
        [MethodResult(method: "dmarc", result: "pass", properties: [.init(.smtp, "from", "strict.example")])],
        [.dmarc("fail", authorDomain: "strict.example"), .dmarc("pass", authorDomain: "list.example")],
    ]

    @Test("only a DMARC pass of this author counts", arguments: otherClaims)
    func claims(_ results: [MethodResult]) async throws {
        #expect(await Self.decision(try Letter().sealed(by: Self.sealer, results)).disposition == .reject)
    }

    @Test("a plain Authentication-Results field of a trusted sealer is nobody's word")
    func plainField() async {
        let letter = Letter(fields: [
            "Authentication-Results: list.example; dmarc=pass header.from=strict.example",
            "From: ann@strict.example",
        ])
        #expect(await Self.decision(letter).disposition == .reject)
    }

    @Test("a message signature that leaves From out says nothing about the author")
    func uncoveredFrom() async throws {
        let letter = try Letter().sealed(by: Self.sealer, Self.sawPass, fields: .exactly(["Subject", "To"]))
        let verdict = await letter.judged(Self.trusting)
        #expect(verdict.findings?.arc.result == .pass)
        #expect(verdict.decision.disposition == .reject)
    }

    @Test("the seal of a trusted sealer whose key DNS does not give now", arguments: FailMode.allCases)
    func undecided(_ mode: FailMode) async throws {
        let letter = try Letter().sealed(by: World.key("late.example"), Self.sawPass)
        let zone = World.zone(adding: ["rsa._domainkey.late.example TXT timeout"])
        var settings = Self.trusting
        settings.policy.trustedSealers = [World.name("late.example")]
        settings.policy.onDNSFailure = mode
        let decision = await Self.decision(letter, settings, zone)
        // Accepting would let through whoever claims such a seal.
        #expect(decision.disposition == (mode == .tempfail ? .tempfail : .reject))
        // Whom it does not concern is not delayed.
        settings.policy.trustedSealers = [World.name("list.example")]
        #expect(await Self.decision(letter, settings, zone).disposition == .reject)
    }

    static let forwarderCases: [(String?, ListedForwarder, Disposition)] = [
        ("203.0.113.66", .network(World.network("203.0.113.0/24")), .accept),
        ("::ffff:203.0.113.66", .network(World.network("203.0.113.0/24")), .accept),
        ("198.51.100.1", .network(World.network("203.0.113.0/24")), .reject),
        (nil, .network(World.network("0.0.0.0/0")), .reject),
        ("203.0.113.20", .hostDomain(World.name("relay.example")), .accept),
        ("203.0.113.20", .hostDomain(World.name("out.relay.example")), .accept),
        ("203.0.113.20", .hostDomain(World.name("other.example")), .reject),
        // It has the name; the name does not have it.
        ("203.0.113.21", .hostDomain(World.name("relay.example")), .reject),
        ("203.0.113.22", .hostDomain(World.name("relay.example")), .tempfail),
    ]

    @Test("listed forwarders are let through, by network or by verified host name", arguments: forwarderCases)
    func listed(_ client: String?, _ forwarder: ListedForwarder, _ expected: Disposition) async {
        var letter = Letter()
        letter.client = client
        for onSPFFail in [PolicyAction.accept, .reject] {
            let settings = GuardSettings.policy {
                $0.forwarders = [forwarder]
                $0.onSPFFail = onSPFFail
                $0.onRejectRequest = .reject
            }
            let decision = await Self.decision(letter, settings)
            // Without an address there is no SPF that could fail.
            #expect(decision.disposition == expected, "\(decision.reason)")
        }
    }

    @Test("SPF that a trusted forwarder broke is no reason, where it saw the same reverse-path pass")
    func spfSeen() async throws {
        let letter = Letter(fields: ["From: a@plain.example"], mailFrom: "a@plain.example")
        var settings = Self.trusting
        settings.policy.onSPFFail = .reject
        let seen = try letter.sealed(by: Self.sealer, [.spf("pass", .mailFrom, domain: "plain.example")])
        #expect(await Self.decision(seen, settings).disposition == .accept)
        let other = try letter.sealed(by: Self.sealer, [.spf("pass", .mailFrom, domain: "other.example")])
        #expect(await Self.decision(other, settings).disposition == .reject)
        let strict = try Letter().sealed(by: Self.sealer, Self.sawPass)
        #expect(await Self.decision(strict, settings).disposition == .accept)
    }
}
