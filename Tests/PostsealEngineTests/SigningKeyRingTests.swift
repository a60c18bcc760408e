import DKIM
import MailBytes
import MailNames
import PostsealEngine
import TestSupport
import Testing

/// Which keys sign, by what DNS says of them.
@Suite("Keys and their records")
struct SigningKeyRingTests {
    static let newKey = SigningRule.Key(selector: World.name("new"), privateKey: World.strangeRSA)
    static let oldKey = SigningRule.Key(selector: World.name("rsa"), privateKey: World.rsa)
    static let newRecord = World.record(World.key("strict.example", "new", World.strangeRSA))
    static let rotation = OutgoingTests.settings([
        SigningRule(pattern: .exactly(World.name("strict.example")), keys: [newKey, oldKey])
    ])

    private static func selectors(
        _ zone: Zone, _ settings: GuardSettings = rotation, memory: GuardMemory = GuardMemory()
    ) async -> [String] {
        await OutgoingTests.letter().judged(settings, zone, memory: memory).signatures.map(\.selector.text)
    }

    @Test(
        "a new selector is used from when it is published; until then the old one goes on",
        arguments: [
            ([], ["rsa"]), ([newRecord], ["new"]),
            (["new._domainkey.strict.example TXT timeout"], ["rsa"]),
            (["new._domainkey.strict.example TXT \"v=DKIM1; p=\""], ["rsa"]),
            (["new._domainkey.strict.example TXT \"v=DKIM1; p=AAAA\""], ["rsa"]),
            ([newRecord.replacing("new._domainkey", with: "other._domainkey")], ["rsa"]),
        ])
    func rotates(_ lines: [String], _ expected: [String]) async {
        #expect(await Self.selectors(World.zone(adding: lines)) == expected)
    }

    @Test("it is taken into use while the guard runs, and believed for an hour")
    func takenIntoUse() async {
        let memory = GuardMemory()
        var letter = OutgoingTests.letter()
        func selector(_ zone: CountingResolver, after seconds: Int64) async -> String? {
            var transaction = letter.transaction
            transaction.envelope.receivedAt = Letter.time.adding(seconds: seconds)
            var message = MailGuard(settings: Self.rotation, memory: memory).begin(transaction)
            return await message.finish(resolver: zone).signatures.first?.selector.text
        }
        letter.body = ""
        let before = CountingResolver()
        #expect(await selector(before, after: 0) == "rsa")
        #expect(before.questions.count == 2)
        #expect(await selector(before, after: 59) == "rsa")
        #expect(before.questions.count == 2, "what DNS said holds")
        let after = CountingResolver(World.zone(adding: [Self.newRecord]))
        #expect(await selector(after, after: 60) == "new")
        #expect(after.questions.count == 1)
        // DNS that is out of order takes no key away.
        #expect(await selector(CountingResolver(Zone([])), after: 3_000) == "new")
        let silent = OutgoingTests.letter()
        var transaction = silent.transaction
        transaction.envelope.receivedAt = Letter.time.adding(seconds: 4_000)
        var message = MailGuard(settings: Self.rotation, memory: memory).begin(transaction)
        #expect(await message.finish(resolver: SilentResolver()).signatures.first?.selector.text == "new")
        // A clock that was set back does not keep what was learnt.
        #expect(await selector(CountingResolver(), after: -10) == "rsa")
    }

    @Test("a check of the keys asks DNS at once, whatever is believed, and messages go by what it found")
    func checkedAnew() async {
        let memory = GuardMemory()
        let mailGuard = MailGuard(settings: Self.rotation, memory: memory)
        #expect(await Self.selectors(World.zone(adding: []), memory: memory) == ["rsa"])
        let published = World.zone(adding: [Self.newRecord])
        #expect(await Self.selectors(published, memory: memory) == ["rsa"], "what DNS said holds")
        let checks = await mailGuard.checkKeys(resolver: published, at: Letter.time)
        #expect(checks.map(\.state) == [.published, .published])
        #expect(await Self.selectors(published, memory: memory) == ["new"])
    }

    @Test("DNS that never answered: the oldest key signs, and DNS is left alone for a while")
    func silence() async {
        let memory = GuardMemory()
        let verdict = await OutgoingTests.letter().judged(Self.rotation, SilentResolver(), memory: memory)
        #expect(verdict.signatures.map(\.selector.text) == ["rsa"])
        #expect(verdict.notes.isEmpty)
        let counting = CountingResolver()
        _ = await OutgoingTests.letter().judged(Self.rotation, counting, memory: memory)
        #expect(counting.questions.isEmpty)
        #expect(memory.keyRing.state(of: World.key("strict.example")) == .unknown)
    }

    static let misfits: [(String, String, Bool)] = [
        ("another key", World.record(World.key("own.example", "rsa", World.strangeRSA)), false),
        ("revoked", "rsa._domainkey.own.example TXT \"v=DKIM1; p=\"", false),
        ("another kind of key", World.record(World.key("own.example", "rsa", World.ed25519)), false),
        ("nothing", "own.example TXT \"x\"", false),
        (
            "two records",
            World.record(World.key("own.example")) + " ", false
        ),
        ("this key", World.record(World.key("own.example")), true),
    ]

    @Test("a domain whose published key does not match is not signed for, and that is said", arguments: misfits)
    func refused(_ name: String, _ line: String, _ isSigned: Bool) async {
        var lines = [line.hasSuffix(" ") ? String(line.dropLast()) : line]
        if line.hasSuffix(" ") { lines.append("rsa._domainkey.own.example TXT \"v=DKIM1; p=\"") }
        let rule = SigningRule(pattern: .exactly(World.name("own.example")), keys: [Self.oldKey])
        let letter = OutgoingTests.letter("a@own.example")
        let sent = await letter.judged(OutgoingTests.settings([rule]), Zone(lines))
        #expect(sent.decision.disposition == .accept)
        #expect(sent.signatures.isEmpty != isSigned)
        guard !isSigned else { return }
        #expect(sent.changes.isEmpty)
        #expect(sent.notes.count == 2)
        guard case .keyRefused(let domain, let selector, _) = sent.notes.first else {
            Issue.record("nothing is said of the key")
            return
        }
        #expect("\(selector.text) \(domain.text)" == "rsa own.example")
        #expect(sent.notes.first?.explanation.hasPrefix("selector rsa of own.example not used: ") == true)
        #expect(sent.notes.last?.explanation.hasPrefix("not signed: no key") == true)
        guard case .unsigned(.key, _) = sent.notes.last else {
            Issue.record("it is the key that cannot be used: \(sent.notes)")
            return
        }
        let kept = await letter.judged(OutgoingTests.settings([rule], .tempfail), Zone(lines))
        #expect(kept.decision.disposition == .tempfail)
        #expect(kept.decision.reply?.description == "451 4.7.5 the message cannot be signed now; try again later")
        #expect(kept.changes.isEmpty)
    }

    @Test("one algorithm's misfit does not keep the other from signing")
    func oneOfTwo() async {
        let zone = Zone([World.record(World.key("own.example", "ed", World.ed25519))])
        let rule = SigningRule(pattern: .exactly(World.name("own.example")), keys: OutgoingTests.both)
        let verdict = await OutgoingTests.letter("a@own.example").judged(OutgoingTests.settings([rule]), zone)
        #expect(verdict.signatures.map(\.algorithm) == [.ed25519SHA256])
        #expect(verdict.notes.count == 1)
    }

    @Test("another key under the same selector, after a change of settings, is looked at anew")
    func changedKey() async {
        let memory = GuardMemory()
        #expect(await Self.selectors(World.zone, memory: memory) == ["rsa"])
        let swapped = OutgoingTests.settings([
            SigningRule(
                pattern: .exactly(World.name("strict.example")),
                keys: [.init(selector: World.name("rsa"), privateKey: World.strangeRSA)])
        ])
        #expect(await Self.selectors(World.zone, swapped, memory: memory).isEmpty)
    }

    @Test("all keys can be checked before mail comes")
    func checkKeys() async {
        var settings = Self.rotation
        settings.signing.append(SigningRule(pattern: .any, keys: [Self.oldKey]))
        settings.signing.append(
            SigningRule(
                pattern: .below(World.name("x.example")), signAs: World.name("list.example"), keys: [Self.oldKey]))
        settings.sealing = [SealingRule(recipients: [], key: World.key("nowhere.example"))]
        let checks = await MailGuard(settings: settings).checkKeys(resolver: World.zone, at: Letter.time)
        #expect(
            checks.map { "\($0.key.selector.text) \($0.key.domain.text)" } == [
                "new strict.example", "rsa strict.example", "rsa list.example", "rsa nowhere.example",
            ])
        #expect(checks.map { $0.state == .published } == [false, true, true, false])
        let many = (0..<100).map { SigningRule(pattern: .exactly(World.name("d\($0).example")), keys: [Self.oldKey]) }
        let all = await MailGuard(settings: OutgoingTests.settings(many))
            .checkKeys(resolver: World.zone(adding: [World.record(World.key("d77.example"))]), at: Letter.time)
        #expect(all.count == 100)
        #expect(all.filter { $0.state == .published }.map(\.key.domain.text) == ["d77.example"])
    }
}
