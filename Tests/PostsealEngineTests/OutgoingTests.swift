import DKIM
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import TestSupport
import Testing

@Suite("Outgoing mail")
struct OutgoingTests {
    static let both = [
        SigningRule.Key(selector: World.name("rsa"), privateKey: World.rsa),
        SigningRule.Key(selector: World.name("ed"), privateKey: World.ed25519),
    ]

    static func settings(_ rules: [SigningRule], _ onUnsigned: UnsignedAction = .send) -> GuardSettings {
        .with {
            $0.signing = rules
            $0.onUnsigned = onUnsigned
        }
    }

    static func letter(_ from: String = "ann@strict.example") -> Letter {
        Letter(fields: ["From: \(from)", "To: b@other.example", "Subject: x"], isAuthenticated: true)
    }

    static let exact = SigningRule(pattern: .exactly(World.name("strict.example")), keys: both)

    static func verify(_ message: MailMessage, _ zone: Zone = World.zone) async -> [String] {
        await DKIMVerifier(resolver: zone).verify(message, at: Letter.time).outcomes.map {
            "\($0.result.rawValue) \($0.algorithm ?? "") \($0.domain?.text ?? "")"
        }
    }

    @Test("RSA and Ed25519 sign together, and both verify")
    func signs() async {
        let letter = Self.letter()
        let verdict = await letter.judged(Self.settings([Self.exact]))
        #expect(verdict.direction == .outgoing)
        #expect(verdict.decision == Decision(disposition: .accept, reason: "our own mail, signed"))
        #expect(verdict.findings == nil && verdict.authenticationResults == nil)
        #expect(verdict.signatures.map(\.selector.text) == ["rsa", "ed"])
        #expect(verdict.changes.added.map(\.name) == ["DKIM-Signature", "DKIM-Signature"])
        #expect(
            await Self.verify(letter.message(after: verdict)) == [
                "pass rsa-sha256 strict.example", "pass ed25519-sha256 strict.example",
            ])
    }

    @Test("what is signed is the header as it leaves: without forged results")
    func signsChanged() async {
        var letter = Self.letter()
        letter.fields.insert("Authentication-Results: mx.example; dmarc=pass", at: 1)
        let verdict = await letter.judged(Self.settings([Self.exact]))
        #expect(verdict.changes.removed == [1])
        #expect(await Self.verify(letter.message(after: verdict)).allSatisfy { $0.hasPrefix("pass") })
    }

    @Test("a message that bears a signature of ours gets another; both verify")
    func signsAgain() async throws {
        let letter = try Self.letter().signed(by: [World.key("strict.example")])
        let verdict = await letter.judged(Self.settings([Self.exact]))
        #expect(await Self.verify(letter.message(after: verdict)).count { $0.hasPrefix("pass") } == 3)
    }

    static let rules = [
        SigningRule(pattern: .exactly(World.name("strict.example")), keys: both),
        SigningRule(
            pattern: .below(World.name("strict.example")), signAs: World.name("strict.example"), keys: both),
        SigningRule(
            pattern: .exactly(World.name("customer.example")), signAs: World.name("list.example"), keys: [both[0]]),
        SigningRule(pattern: .any, signAs: World.name("mx.example"), keys: [both[0]]),
    ]

    @Test(
        "the first rule that fits the author domain",
        arguments: [
            ("ann@strict.example", "strict.example"), ("ann@STRICT.example.", "strict.example"),
            ("Ann <ann@a.b.strict.example>", "strict.example"), ("ann@customer.example", "list.example"),
            ("ann@elsewhere.example", "mx.example"), ("ann@notstrict.example", "mx.example"),
            ("a@strict.example, b@strict.example", "strict.example"),
        ])
    func picks(_ from: String, _ domain: String) async {
        let letter = Self.letter(from)
        let verdict = await letter.judged(Self.settings(Self.rules))
        #expect(Set(verdict.signatures.map(\.domain.text)) == [domain])
        #expect(await Self.verify(letter.message(after: verdict)).first?.hasSuffix(domain) == true)
    }

    @Test("a rule without a domain to sign as uses the author's")
    func authorDomain() async {
        let verdict = await Self.letter("a@list.example").judged(
            Self.settings([SigningRule(pattern: .any, keys: [Self.both[0]])]))
        #expect(verdict.signatures.map(\.domain.text) == ["list.example"])
        #expect(DomainPattern.below(World.name("a.example")).matches(World.name("b.a.example")))
        #expect(!DomainPattern.below(World.name("a.example")).matches(World.name("a.example")))
        #expect(!DomainPattern.below(World.name("a.example")).matches(World.name("ba.example")))
    }

    static let unsignable: [(String, [String])] = [
        ("no From field", ["To: b@other.example"]),
        ("2 From fields", ["From: a@strict.example", "From: a@strict.example"]),
        ("From names no domain", ["From: Ann"]),
        ("From names several domains", ["From: a@strict.example, b@list.example"]),
    ]

    @Test("without one author nobody signs, and the log says why", arguments: unsignable)
    func neverSigned(_ reason: String, _ fields: [String]) async {
        for action in UnsignedAction.allCases {
            let letter = Letter(fields: fields, isAuthenticated: true)
            let verdict = await letter.judged(Self.settings(Self.rules, action))
            #expect(verdict.decision.disposition == .accept, "no rule is about such a message")
            #expect(verdict.changes.isEmpty)
            guard case .unsigned(.message, let said) = verdict.notes.first else {
                Issue.record("nothing is said")
                continue
            }
            #expect(said.contains(reason))
        }
    }

    @Test("no rule, no signature, no body, no word")
    func noRule() async {
        for settings in [Self.settings([]), Self.settings([Self.exact])] {
            let letter = Self.letter("a@elsewhere.example")
            #expect(!MailGuard(settings: settings).begin(letter.transaction).needsBody)
            let verdict = await letter.judged(settings)
            #expect(verdict.changes.isEmpty && verdict.notes.isEmpty && verdict.signatures.isEmpty)
            #expect(verdict.decision == Decision(disposition: .accept, reason: "our own mail"))
        }
    }

    @Test("a message that no signature would survive is not signed: sent as it is, or refused for good")
    func damaged() async {
        var letter = Self.letter()
        letter.body = "bare\rreturn\r\n"
        let sent = await letter.judged(Self.settings([Self.exact]))
        #expect(sent.decision.disposition == .accept)
        #expect(sent.signatures.isEmpty && sent.changes.isEmpty)
        #expect(sent.notes.count == 1)
        guard case .unsigned(.message, _) = sent.notes.first else {
            Issue.record("it is the message that cannot be signed: \(sent.notes)")
            return
        }
        let refused = await letter.judged(Self.settings([Self.exact], .tempfail))
        #expect(refused.decision.disposition == .reject)
        #expect(refused.decision.reply?.description.hasPrefix("550 5.6.0 the message must be signed") == true)
    }

    @Test(
        "who is ours",
        arguments: [
            ("127.0.0.1", false, MailDirection.outgoing), ("::ffff:127.0.0.1", false, .outgoing),
            ("::1", false, .outgoing), ("203.0.113.1", false, .incoming), ("203.0.113.1", true, .outgoing),
            (nil, false, .incoming), (nil, true, .outgoing),
        ] as [(String?, Bool, MailDirection)])
    func direction(_ client: String?, _ isAuthenticated: Bool, _ expected: MailDirection) {
        var settings = GuardSettings.with { $0.ownNetworks = [World.network("127.0.0.0/8"), World.network("::1")] }
        var letter = Letter()
        letter.client = client
        letter.isAuthenticated = isAuthenticated
        #expect(MailGuard(settings: settings).begin(letter.transaction).direction == expected)
        settings.ownsAuthenticated = false
        settings.ownNetworks = []
        #expect(MailGuard(settings: settings).begin(letter.transaction).direction == .incoming)
    }
}
