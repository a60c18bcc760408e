import ARC
import AuthenticationResults
import DKIM
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import TestSupport
import Testing

@Suite("ARC sets on forwarded mail")
struct SealingTests {
    static let rule = SealingRule(
        recipients: [
            .address(localPart: Array("list".utf8), domain: World.name("mx.example")),
            .anyone(at: World.name("forward.example")),
        ], key: World.key("mx.example"))

    static var settings: GuardSettings {
        .with {
            $0.sealing = [rule]
            $0.policy.onRejectRequest = .accept
        }
    }

    static func letter(to recipient: String = "list@mx.example") -> Letter { Letter(recipients: [recipient]) }

    private static func validate(_ message: MailMessage, _ zone: Zone = World.zone) async -> ARCOutcome {
        await ARCVerifier(resolver: zone).verify(message, at: Letter.time)
    }

    @Test("a set goes on top of what else was written, and validates")
    func seals() async throws {
        let letter = Self.letter()
        let verdict = await letter.judged(Self.settings)
        #expect(
            verdict.changes.added.map(\.name) == [
                "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results", "Authentication-Results",
            ])
        #expect(verdict.notes == [.sealed(GuardVerdict.Signature(by: World.key("mx.example")))])
        let outcome = await Self.validate(letter.message(after: verdict))
        #expect(outcome.result == .pass)
        let results = try #require(outcome.sets.first?.results)
        #expect(results.results == verdict.authenticationResults?.results)
    }

    @Test("what is sealed is the message as it leaves: marks, prefix, and without forged results")
    func sealsChanged() async {
        var letter = Self.letter()
        letter.fields.insert("Authentication-Results: mx.example; dmarc=pass", at: 0)
        var settings = Self.settings
        settings.policy.onRejectRequest = .tag
        settings.subjectPrefix = Array("gefälscht".utf8)
        settings.addsReceivedSPF = true
        let verdict = await letter.judged(settings)
        #expect(verdict.changes.removed == [0] && verdict.changes.replaced.count == 1)
        let message = letter.message(after: verdict)
        #expect(await Self.validate(message).result == .pass)
        let changed = String(decoding: message.bytes, as: UTF8.self).replacing("hello", with: "hallo")
        #expect(await Self.validate(MailMessage(parsing: Array(changed.utf8))).result == .fail)
    }

    @Test(
        "by recipient",
        arguments: [
            ("list@mx.example", true), ("LIST@MX.Example", true), ("list@mx.example.", true),
            ("anybody@forward.example", true), ("\"a@b\"@forward.example", true), ("other@mx.example", false),
            ("list@sub.mx.example", false), ("list", false), ("", false), ("list@[192.0.2.1]", false),
        ])
    func recipients(_ recipient: String, _ isSealed: Bool) async {
        var letter = Self.letter(to: recipient)
        letter.recipients.insert("someone@elsewhere.example", at: 0)
        let guarded = MailGuard(settings: Self.settings).begin(letter.transaction)
        #expect(guarded.needsBody == isSealed)
        let verdict = await letter.judged(Self.settings)
        #expect(verdict.changes.added.contains { $0.name == "ARC-Seal" } == isSealed)
    }

    @Test("a chain that passes is continued; one that is broken is sealed as broken, once")
    func continues() async throws {
        let sealed = try Self.letter().sealed(by: World.key("list.example"), [])
        let verdict = await sealed.judged(Self.settings)
        let outcome = await Self.validate(sealed.message(after: verdict))
        #expect(outcome.result == .pass && outcome.instances == 2)
        var broken = sealed
        broken.body = "changed\r\n"
        let failed = await broken.judged(Self.settings)
        let next = broken.message(after: failed)
        let terminal = await Self.validate(next)
        #expect(terminal.result == .fail && terminal.isTerminal)
        var again = Self.letter()
        again.fields = next.header.fields.map { String(lossy: next.header.bytes[$0.whole].dropLast(2)) }
        again.body = broken.body
        let verdictAgain = await again.judged(Self.settings)
        #expect(!verdictAgain.changes.added.contains { $0.name == "ARC-Seal" })
        #expect(verdictAgain.notes.contains { if case .unsealed(.message, _) = $0 { true } else { false } })
    }

    @Test("a chain that could not be validated for want of DNS is not sealed for ever")
    func temporary() async throws {
        let sealed = try Self.letter().sealed(by: World.key("late.example"), [])
        let zone = World.zone(adding: ["rsa._domainkey.late.example TXT timeout"])
        let verdict = await sealed.judged(Self.settings, zone)
        #expect(!verdict.changes.added.contains { $0.name == "ARC-Seal" })
        #expect(verdict.notes.map(\.explanation).contains { $0.contains("DNS failed") })
        #expect(verdict.notes.contains { if case .unsealed(.dns, _) = $0 { true } else { false } })
    }

    @Test("a key that validators would not find seals nothing, and that is said")
    func misfit() async {
        var settings = Self.settings
        settings.sealing[0].key = World.key("mx.example", "rsa", World.strangeRSA)
        let verdict = await Self.letter().judged(settings)
        #expect(verdict.changes.added.map(\.name) == ["Authentication-Results"])
        #expect(verdict.notes.count == 2)
        #expect(verdict.notes.first?.explanation.contains("not the public half") == true)
    }

    @Test("what is not delivered, or cannot stay as it is, gets no set")
    func notDelivered() async {
        for action in [RejectRequestAction.reject, .quarantine] {
            var settings = Self.settings
            settings.policy.onRejectRequest = action
            settings.quarantine = .header
            let verdict = await Self.letter().judged(settings)
            #expect(!verdict.changes.added.contains { $0.name == "ARC-Seal" })
        }
        var letter = Self.letter()
        letter.body = "bare\nline feed\r\n"
        let verdict = await letter.judged(Self.settings)
        #expect(verdict.notes.contains { if case .unsealed = $0 { true } else { false } })
        #expect(verdict.changes.added.map(\.name) == ["Authentication-Results"])
    }

    @Test("our own mail is signed, not sealed")
    func outgoing() async {
        var letter = Self.letter()
        letter.isAuthenticated = true
        #expect(await letter.judged(Self.settings).changes.isEmpty)
    }
}
