import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames
import TestSupport
import Testing

/// Messages made to cost time or memory. The time limit of each test is many times what it takes.
@Suite(.timeLimit(.minutes(10))) struct DKIMHostileTests {
    private static func outcomes(
        _ message: MailMessage, zone: some Resolver = TestMail.zone, options: DKIMOptions = DKIMOptions()
    ) async -> DKIMOutcomes {
        await DKIMVerifier(resolver: zone, options: options).verify(message, at: TestMail.time)
    }

    @Test func ofAThousandSignaturesTenAreLookedAt() async throws {
        let mail = TestMail()
        let field = try mail.signatureField()
        let message = TestMail.message([String](repeating: field, count: 1_000) + mail.fields, mail.body)
        let zone = DKIMKeyFetchTests.CountingZone(TestMail.zone)
        let outcomes = await Self.outcomes(message, zone: zone)
        #expect(outcomes.outcomes.map(\.result) == [DKIMResult](repeating: .pass, count: 10))
        #expect(outcomes.omitted == 990)
        #expect(zone.names.count == 1)
        let none = await Self.outcomes(message, options: DKIMOptions(signaturesMax: 0))
        #expect(none.outcomes.isEmpty && none.omitted == 1_000)
        let negative = await Self.outcomes(message, options: DKIMOptions(signaturesMax: -1))
        #expect(negative.omitted == 1_000)
    }

    @Test func aThousandSignaturesOfAThousandDomainsAskForTenKeys() async throws {
        let fields = (0..<1_000).map {
            "DKIM-Signature: v=1; a=rsa-sha256; d=d\($0).example; s=s; h=from; b=AAAA; "
                + "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="
        }
        let zone = DKIMKeyFetchTests.CountingZone(TestMail.zone)
        let outcomes = await Self.outcomes(TestMail.message(fields + TestMail().fields, "x"), zone: zone)
        #expect(outcomes.outcomes.count == 10)
        #expect(zone.names.sorted() == (0..<10).map { "s._domainkey.d\($0).example" })
    }

    @Test func namesInHAreLimited() async throws {
        let mail = TestMail()
        for (count, result) in [(999, DKIMResult.pass), (1_000, .policy), (10_000, .policy)] {
            var many = mail
            many.tags =
                "v=1; a=rsa-sha256; d=example.org; s=rsa; h=from:"
                + [String](repeating: "x", count: count).joined(separator: ":")
            let outcome = await TestMail.outcome(try many.signed())
            #expect(outcome.result == result, "\(count): \(outcome.reason ?? "")")
        }
    }

    @Test func aThousandNamesOverAHundredThousandFieldsStayFast() async throws {
        // One name for all fields, and a name for each: both ways of looking up must be cheap.
        for isOneName in [true, false] {
            let header = (0..<99_990).map { isOneName ? "R: \($0)\r\n" : "R\($0): x\r\n" }.joined()
            let names = (0..<990).map { isOneName ? "r" : "r\($0)" }.joined(separator: ":")
            let field =
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed; d=example.org; s=rsa; h=from:\(names); "
                + "bh=\(Base64.text(CanonicalReference.bodyHash([], .simple))); b=AAAA\r\n"
            let text = Array((String(repeating: field, count: 9) + "From: a@example.org\r\n" + header + "\r\n").utf8)
            let message = MailMessage(parsing: text)
            #expect(message.header.fields.count == 100_000)
            let clock = ContinuousClock()
            var outcomes = DKIMOutcomes()
            let took = await clock.measure { outcomes = await Self.outcomes(message) }
            #expect(outcomes.outcomes.map(\.result) == [DKIMResult](repeating: .fail, count: 9))
            #expect(took < .seconds(60), "this is no measurement: it finds what grows with the square")
        }
    }

    @Test func aKeyRecordOf16KilobytesIsRefused() async throws {
        let notes = String(repeating: "a", count: 16_384)
        let zone = TestMail.zone([("rsa._domainkey.example.org", TestMail.rsaRecord + "; n=" + notes)])
        let outcome = await TestMail.outcome(try TestMail().signed(), zone: zone)
        #expect(outcome.result == .permerror)
        #expect(outcome.reason == "the key record is malformed: more than 8192 octets")
    }

    @Test func aFieldOfTenMegabytesIsNotHashedTenTimes() async throws {
        let mail = TestMail()
        let huge = "X-Huge: " + String(repeating: " \t", count: 5 << 20) + "x"
        let field =
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed; d=example.org; s=rsa; h=from:x-huge; "
            + "bh=\(Base64.text(CanonicalReference.bodyHash(Array(mail.body.utf8), .simple))); b=AAAA"
        let message = TestMail.message([String](repeating: field, count: 10) + [huge] + mail.fields, mail.body)
        let outcomes = await Self.outcomes(message).outcomes
        #expect(outcomes.map(\.result) == [DKIMResult](repeating: .policy, count: 10))
        #expect(outcomes.first?.reason == "the signed header fields have more than 4194304 octets")
    }

    @Test func aSignatureFieldOfTenMegabytesIsRefusedUnread() async throws {
        let mail = TestMail()
        let field = try mail.signatureField() + String(repeating: " ", count: 10 << 20) + "=;"
        let outcome = await TestMail.outcome(TestMail.message([field] + mail.fields, mail.body))
        #expect(outcome.result == .policy)
        #expect(outcome.reason == "more than 65536 octets")
    }

    @Test func base64BombsAreRefused() async throws {
        let mail = TestMail()
        for tags in [
            "b=" + String(repeating: "A", count: 60_000) + "; bh=AAAA",
            "b=AAAA; bh=" + String(repeating: "A ", count: 30_000),
        ] {
            let field = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=rsa; h=from; \(tags)"
            let outcome = await TestMail.outcome(TestMail.message([field] + mail.fields, mail.body))
            #expect(outcome.result == .neutral, "\(outcome.reason ?? "")")
            #expect(outcome.domain?.text == "example.org")
        }
        let zone = TestMail.zone([("rsa._domainkey.example.org", "v=DKIM1; p=" + String(repeating: "A", count: 8_000))])
        #expect(await TestMail.outcome(try mail.signed(), zone: zone).result == .permerror)
    }

    @Test func tagsAreLimited() async throws {
        let mail = TestMail()
        let field = "DKIM-Signature: " + (0..<5_000).map { "x\($0)=1" }.joined(separator: ";")
        let outcome = await TestMail.outcome(TestMail.message([field] + mail.fields, mail.body))
        #expect(outcome.result == .policy)
        #expect(outcome.reason == "more than 100 tags")
    }

    @Test func nulOctetsAreOctetsLikeOthers() async throws {
        var mail = TestMail()
        mail.fields[2] = "Subject: a\u{0}b"
        mail.body = "x\u{0}\r\n\u{0}\r\n"
        #expect(await TestMail.outcome(try mail.signed()).result == .pass)
        #expect(await TestMail.outcome(try mail.signed(body: "x\r\n\u{0}\r\n")).result == .fail)
        let inside = try mail.signatureField().replacing("d=example.org", with: "d=example\u{0}.org")
        #expect(await TestMail.outcome(TestMail.message([inside] + mail.fields, mail.body)).result == .neutral)
    }

    @Test func twoFromFieldsAreHashedFromTheBottom() async throws {
        // Which author counts is for the message checks; the signature says only what it covers (RFC 6376 §8.15).
        let mail = TestMail()
        #expect(await TestMail.outcome(try mail.signed(onTop: ["From: eve@example.net"])).result == .pass)
        let below = mail.fields + ["From: eve@example.net"]
        #expect(await TestMail.outcome(try mail.signed(fields: below)).result == .fail)
    }

    @Test func everyBeginningOfASignedMessageHasAnOutcome() async throws {
        let message = try TestMail().signed()
        for end in stride(from: 0, to: message.bytes.count, by: 7) {
            let part = MailMessage(parsing: Array(message.bytes[..<end]))
            for outcome in await Self.outcomes(part).outcomes {
                #expect(outcome.result != .pass && outcome.reason != nil)
            }
        }
    }

    @Test func anyChangedOctetOfASignatureFieldBreaksItOrChangesNothing() async throws {
        let message = try TestMail().signed()
        let field = message.header.fields[0]
        var random = Generator(11)
        for index in stride(from: field.name.upperBound, to: field.value.upperBound, by: 3) {
            var bytes = message.bytes
            bytes[index] = UInt8.random(in: 0...255, using: &random)
            guard bytes[index] != message.bytes[index] else { continue }
            let outcomes = await Self.outcomes(MailMessage(parsing: bytes)).outcomes
            // White space for white space, and base64's unused bits, are the only changes that may pass.
            for outcome in outcomes where outcome.result == .pass {
                let isSpace = bytes[index].isWSPOrLineBreak && message.bytes[index].isWSPOrLineBreak
                #expect(isSpace || index >= field.value.upperBound - 4, "octet \(index)")
            }
        }
    }
}
