import AuthenticationResults
import MailFormat
import PostsealEngine
import Testing

/// What claims to be ours goes, wherever it comes from: RFC 8601 §5.
@Suite("Forged results")
struct ForgedResultsTests {
    static let settings = GuardSettings.with { $0.internalAuthservIDs = ["filter.bücher.example", "spamd"] }

    static let removed = [
        "Authentication-Results: mx.example; dmarc=pass header.from=bank.example",
        "authentication-results: MX.Example.; spf=pass",
        "Authentication-Results : mx.example; none",
        "AUTHENTICATION-RESULTS:\r\n\t(a (b)) \"mx.example\" 1; none",
        "Authentication-Results: in.mx.example; spf=pass",
        "Authentication-Results: mx.example 2; anything",
        "Authentication-Results: spf=pass smtp.mailfrom=bank.example",
        "Authentication-Results: filter.xn--bcher-kva.example; none",
        "Authentication-Results: \"filter.bücher.example\"; none",
        "Authentication-Results: spamd; none",
        "X-Postseal: tag; nothing to see", "x-postseal-QUARANTINE: no",
    ]

    static let kept = [
        "Authentication-Results: other.example; dkim=pass header.d=mx.example",
        "ARC-Authentication-Results: i=1; mx.example; dmarc=pass",
        "X-Authentication-Results: mx.example; none", "Received-SPF: pass (mx.example: fine)",
    ]

    @Test("in all spellings, and nothing else", arguments: removed)
    func removes(_ forged: String) async {
        let letter = Letter(fields: [Self.kept[0], forged, "From: a@open.example"] + Self.kept[1...])
        let verdict = await letter.judged(Self.settings)
        #expect(verdict.changes.removed == [1])
        #expect(letter.fields(after: verdict).dropFirst() == [Self.kept[0], "From: a@open.example"] + Self.kept[1...])
    }

    @Test("all of them at once; the log says how many, and ours comes on top")
    func removesAll() async {
        let letter = Letter(fields: Self.removed + ["From: a@open.example"])
        let verdict = await letter.judged(Self.settings)
        #expect(verdict.changes.removed == Array(Self.removed.indices))
        #expect(verdict.notes == [.removedForgedResults(10)])
        #expect(verdict.notes.map(\.explanation) == ["removed 10 forged Authentication-Results"])
        #expect(letter.fields(after: verdict).count == 2)
        #expect(letter.fields(after: verdict).first?.hasPrefix("Authentication-Results: mx.example;") == true)
    }

    @Test("more fields than are read go, too")
    func tooMany() async {
        let many = AuthenticationResultsLimits.fieldsReadMax + 3
        let letter = Letter(
            fields: [String](repeating: "Authentication-Results: other.example; none", count: many)
                + ["From: a@open.example"])
        let verdict = await letter.judged(Self.settings)
        #expect(verdict.changes.removed == Array(many - 3..<many))
    }

    @Test("our own users cannot forge either")
    func outgoing() async {
        let letter = Letter(fields: [Self.removed[0], Self.kept[1], Self.removed[10], "From: a@open.example"])
        var user = letter
        user.isAuthenticated = true
        let verdict = await user.judged(Self.settings)
        #expect(verdict.direction == .outgoing)
        #expect(verdict.changes.removed == [0, 2])
        #expect(verdict.changes.added.isEmpty)
    }

    @Test("what another filter of ours hands back may keep them, if the administrator says so")
    func ownNetworks() async {
        var settings = Self.settings
        settings.ownNetworks = [World.network("203.0.113.0/24")]
        let letter = Letter(fields: [Self.removed[0], "From: a@open.example"])
        let verdict = await letter.judged(settings)
        #expect(verdict.direction == .outgoing)
        #expect(verdict.changes.removed == [0])
        settings.trustsResultsOfOwnNetworks = true
        #expect(await letter.judged(settings).changes.isEmpty)
        var user = letter
        user.isAuthenticated = true
        #expect(await user.judged(settings).changes.removed == [0], "a user is no filter")
    }

    @Test(
        "UTF-8 is written only on messages that are UTF-8 (RFC 6532 §3.1)",
        arguments: [([0x78], true), ([0xC3, 0xBC], false), ([0xFC], true)] as [([UInt8], Bool)])
    func encoding(_ subject: [UInt8], _ isASCII: Bool) async throws {
        let octets = Array("From: a@open.example\r\nSubject: ".utf8) + subject + Array("\r\n\r\n".utf8)
        let transaction = MailTransaction(message: MailMessage(parsing: octets), receivedAt: Letter.time)
        var message = MailGuard(settings: .with { $0.authservID = "büro" }).begin(transaction)
        let verdict = await message.finish(resolver: World.zone)
        let value = try #require(verdict.changes.added.first?.value)
        #expect(value.allSatisfy { $0 < 0x80 } == isASCII)
    }
}
