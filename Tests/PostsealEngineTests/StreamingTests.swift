import DKIM
import MailBytes
import MailFormat
import PostsealEngine
import Testing

/// However a body is cut, one verdict comes of it.
@Suite("Bodies in pieces")
struct StreamingTests {
    static let body = "Two  words \t \r\n\r\n.\r\nlast line without end \r\n\r\n\r\n"

    static var incoming: Letter {
        get throws {
            try Letter(body: body, recipients: ["list@mx.example"]).signed(by: [World.key("strict.example")])
                .sealed(by: World.key("list.example"), [])
        }
    }

    static var settings: GuardSettings {
        .with {
            $0.signing = [OutgoingTests.exact]
            $0.sealing = [SealingTests.rule]
        }
    }

    /// What is seen of a verdict from outside.
    private static func text(_ verdict: GuardVerdict) -> String {
        let changes = verdict.changes
        let fields = changes.added.map { "\($0.name): \(String(lossy: $0.value))" }
        return "\(verdict.decision) \(changes.removed) \(changes.replaced) \(fields) \(verdict.notes)"
    }

    private static func verdict(_ letter: Letter, cutAt cuts: [Int]) async -> String {
        var message = MailGuard(settings: settings).begin(letter.transaction)
        let octets = Array(letter.body.utf8)
        var start = 0
        for cut in cuts + [octets.count] {
            message.update(octets[start..<cut])
            start = cut
        }
        return text(await message.finish(resolver: World.zone))
    }

    @Test("cut in two at every octet, and into single octets, incoming and outgoing")
    func everyCut() async throws {
        var outgoing = OutgoingTests.letter()
        outgoing.body = Self.body
        for letter in [try Self.incoming, outgoing] {
            let whole = await Self.verdict(letter, cutAt: [])
            #expect(whole.contains(letter.isAuthenticated ? "our own mail, signed" : "DMARC passes"))
            #expect(letter.isAuthenticated || whole.contains("ARC-Seal: i=2"))
            let count = letter.body.utf8.count
            for cut in 0...count { #expect(await Self.verdict(letter, cutAt: [cut]) == whole) }
            #expect(await Self.verdict(letter, cutAt: Array(0...count)) == whole)
            // Empty pieces between them are nothing.
            #expect(await Self.verdict(letter, cutAt: [3, 3, 3, 20, 20]) == whole)
        }
    }

    @Test("a body that is seen in pieces gives the verdict of the whole message")
    func asWhole() async throws {
        let letter = try Self.incoming
        var transaction = letter.transaction
        transaction.message = letter.whole
        let findings = await Inspector(resolver: World.zone).inspect(transaction)
        var message = MailGuard(settings: Self.settings).begin(letter.transaction)
        message.update(Array(letter.body.utf8)[...])
        let verdict = await message.finish(resolver: World.zone)
        #expect(verdict.findings?.dkim.outcomes.map(\.result) == findings.dkim.outcomes.map(\.result))
        #expect(verdict.decision == Self.settings.policy.decide(findings))
    }

    @Test("the body is asked for only where something needs it")
    func needsBody() throws {
        let mailGuard = MailGuard(settings: .with { _ in })
        #expect(!mailGuard.begin(Letter().transaction).needsBody)
        #expect(mailGuard.begin(try Letter().signed(by: [World.key("strict.example")]).transaction).needsBody)
        #expect(mailGuard.begin(try Letter().sealed(by: World.key("list.example"), []).transaction).needsBody)
        // A signature that cannot verify whatever the body is.
        let broken = Letter(fields: ["DKIM-Signature: v=1; a=rsa-sha1; d=x.example", "From: a@strict.example"])
        #expect(!mailGuard.begin(broken.transaction).needsBody)
        #expect(MailGuard(settings: Self.settings).begin(OutgoingTests.letter().transaction).needsBody)
    }

    @Test("50 MB in small pieces are no more work than their octets")
    func large() async throws {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 998) + [.carriageReturn, .lineFeed]
        var letter = try Self.incoming
        letter.body = ""
        var message = MailGuard(settings: Self.settings).begin(letter.transaction)
        for _ in 0..<50_000 { message.update(piece[...]) }
        let verdict = await message.finish(resolver: World.zone)
        #expect(verdict.findings?.dkim.outcomes.first?.result == .fail)
    }
}
