import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames
import TestSupport
import Testing

/// What happens to a signature when the message is changed on its way.
@Suite struct DKIMMessageChangeTests {
    @Test func aChangedBodyIsNamed() async throws {
        let outcome = await TestMail.outcome(try TestMail().signed(body: "Hi.\r\n"))
        #expect(outcome.result == .fail)
        #expect(
            outcome.reason
                == "the body hash did not verify: the body was changed after signing, the signed header fields were not"
        )
    }

    @Test func aChangedFieldIsNamed() async throws {
        var fields = TestMail().fields
        fields[2] = "Subject: [list] Is dinner ready?"
        let outcome = await TestMail.outcome(try TestMail().signed(fields: fields))
        #expect(outcome.result == .fail)
        #expect(outcome.reason?.contains("(the body is unchanged)") == true)
        let both = await TestMail.outcome(try TestMail().signed(fields: fields, body: ""))
        #expect(both.reason == "neither body hash nor signature verified")
    }

    @Test func relaxedFormsSurviveNewWhiteSpaceAndSimpleOnesDoNot() async throws {
        let fields = [
            "FROM \t:Joe  SixPack\r\n\t<joe@example.org>  ", "to:\r\n Suzie Q <suzie@shopping.example.net>",
            "Subject:   Is dinner ready?", "date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\t",
        ]
        let body = "Hi.   \r\n\r\nWe\tlost the game. Are   you hungry yet?\r\n \r\nJoe.\r\n\r\n\r\n"
        #expect(await TestMail.outcome(try TestMail().signed(fields: fields, body: body)).result == .pass)
        var simple = TestMail()
        simple.tags = "v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=rsa; h=from:to:subject:date"
        #expect(await TestMail.outcome(try simple.signed(fields: fields)).result == .fail)
        #expect(await TestMail.outcome(try simple.signed(body: body)).result == .fail)
        // RFC 6376 §3.4.3: empty lines at the end do not count.
        #expect(await TestMail.outcome(try simple.signed(body: simple.body + "\r\n\r\n")).result == .pass)
    }

    @Test func aFieldOnTopOfASignedOneIsNotTheSignedOne() async throws {
        // RFC 6376 §5.4.2: the lowest field is the signed one, so a second on top goes unseen, ...
        let added = await TestMail.outcome(try TestMail().signed(onTop: ["Subject: Win a prize"]))
        #expect(added.result == .pass)
        // ... but not if the name was signed once more than it was there (§8.15).
        var mail = TestMail()
        mail.tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=rsa; h=from:from:subject:subject:cc"
        #expect(await TestMail.outcome(try mail.signed()).result == .pass)
        for field in ["Subject: Win a prize", "From: Eve <eve@example.net>", "Cc: all@example.org"] {
            #expect(await TestMail.outcome(try mail.signed(onTop: [field])).result == .fail, "\(field)")
        }
    }

    @Test func fieldsOfOneNameAreTakenFromTheBottomWhateverTheSpelling() async throws {
        var mail = TestMail()
        mail.fields += ["Received: 1", "Received: 2", "received: 3"]
        mail.tags = "v=1; a=rsa-sha256; c=simple; d=example.org; s=rsa; h=from:Received:RECEIVED"
        #expect(await TestMail.outcome(try mail.signed()).result == .pass)
        #expect(await TestMail.outcome(try mail.signed(onTop: ["Received: 0"])).result == .pass)
        var changed = mail.fields
        changed[4] = "Received: x"
        #expect(await TestMail.outcome(try mail.signed(fields: changed)).result == .pass)
        changed[5] = "Received: x"
        #expect(await TestMail.outcome(try mail.signed(fields: changed)).result == .fail)
    }

    @Test func aSignatureCanCoverAnotherSignatureButNotItself() async throws {
        // RFC 6376 §3.5: b= of the other one is not special; the own field does not count as one of the name.
        var mail = TestMail()
        mail.fields.append("DKIM-Signature: v=1; a=other; b=abc")
        mail.tags = "v=1; a=rsa-sha256; d=example.org; s=rsa; h=from:dkim-signature:dkim-signature"
        func first(_ message: MailMessage) async -> DKIMResult? {
            await DKIMVerifier(resolver: TestMail.zone).verify(message, at: TestMail.time).outcomes.first?.result
        }
        #expect(await first(try mail.signed()) == .pass)
        var changed = mail.fields
        changed[4] = "DKIM-Signature: v=1; a=other; b=abd"
        #expect(await first(try mail.signed(fields: changed)) == .fail)
        #expect(await first(try mail.signed(onTop: ["DKIM-Signature: v=1"])) == .fail)
    }

    @Test func onlyTheValueOfBIsBlankedWhereverItStands() async throws {
        for tags in [
            "v=1; a=rsa-sha256; c=simple; d=example.org; s=rsa; h=from; x_b=1; bb=2",
            "v=1; a=rsa-sha256; c=relaxed; d=example.org; s=rsa; h=from; z=b=1|b=2",
        ] {
            var mail = TestMail()
            mail.tags = tags
            let field = try mail.signatureField()
            // Folds within the value of b= do not count (RFC 6376 §3.5).
            let folded = field.dropLast(60) + "\r\n \t" + field.suffix(60) + " \r\n "
            for field in [field, String(folded)] {
                let message = TestMail.message([field] + mail.fields, mail.body)
                #expect(await TestMail.outcome(message).result == .pass, "\(field)")
            }
        }
    }

    struct PartialBody: Sendable, CustomTestStringConvertible {
        var length: String
        var body: String
        var result: DKIMResult
        var trusted: DKIMResult
        var coversAll: Bool
        var testDescription: String { "l=\(length.prefix(20)) of \(body.debugDescription)" }
    }

    @Test(arguments: [
        PartialBody(length: "5", body: "abc\r\n", result: .pass, trusted: .pass, coversAll: true),
        PartialBody(length: "3", body: "abc\r\n", result: .policy, trusted: .pass, coversAll: false),
        PartialBody(length: "0", body: "abc\r\n", result: .policy, trusted: .pass, coversAll: false),
        PartialBody(length: "5", body: "abc\r\nadded\r\n", result: .policy, trusted: .pass, coversAll: false),
        PartialBody(length: "005", body: "abc\r\n", result: .pass, trusted: .pass, coversAll: true),
        PartialBody(length: "0", body: "", result: .pass, trusted: .pass, coversAll: true),
        // RFC 6376 §3.5: l= greater than the body.
        PartialBody(length: "6", body: "abc\r\n", result: .fail, trusted: .fail, coversAll: true),
        PartialBody(length: "99999999999999999999", body: "abc\r\n", result: .fail, trusted: .fail, coversAll: true),
        PartialBody(
            length: String(repeating: "9", count: 76), body: "abc\r\n", result: .fail, trusted: .fail, coversAll: true),
        // RFC 6376 §3.5: 76 digits at most.
        PartialBody(
            length: String(repeating: "0", count: 76) + "5", body: "abc\r\n", result: .neutral, trusted: .neutral,
            coversAll: true),
        PartialBody(length: "-1", body: "abc\r\n", result: .neutral, trusted: .neutral, coversAll: true),
        PartialBody(length: "", body: "abc\r\n", result: .neutral, trusted: .neutral, coversAll: true),
    ])
    func aBodyLengthIsHeldAgainstTheCanonicalBody(_ test: PartialBody) async throws {
        var mail = TestMail()
        mail.body = test.body
        mail.tags += "; l=\(test.length)"
        let field =
            (try? mail.signatureField())
            ?? "DKIM-Signature: \(mail.tags); bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"
        let message = TestMail.message([field] + mail.fields, mail.body)
        let outcome = await TestMail.outcome(message)
        #expect(outcome.result == test.result, "\(outcome.reason ?? "")")
        #expect(outcome.coversWholeBody == test.coversAll)
        if outcome.result == .policy { #expect(outcome.reason?.contains("octets of the body unsigned") == true) }
        let trusting = await TestMail.outcome(message, options: DKIMOptions(partialBody: .trust))
        #expect(trusting.result == test.trusted)
    }

    @Test func signaturesWithManyLengthsShareOneBody() async throws {
        // Each l= is a cut of one canonical body: simple and relaxed, below, at and above its length.
        var mail = TestMail()
        mail.body = "a  b \r\n\r\nc\td\r\n\r\n"
        var fields: [String] = []
        var expected: [DKIMResult] = []
        for form in ["simple", "relaxed"] {
            let length = CanonicalReference.body(Array(mail.body.utf8), form == "simple" ? .simple : .relaxed).count
            for limit in [0, 1, 5, length - 1, length, length + 1] {
                mail.tags = "v=1; a=rsa-sha256; c=relaxed/\(form); d=example.org; s=rsa; h=from; l=\(limit)"
                fields.append(try mail.signatureField())
                expected.append(limit > length ? .fail : limit == length ? .pass : .policy)
            }
        }
        let message = TestMail.message(fields + mail.fields, mail.body)
        let outcomes = await DKIMVerifier(resolver: TestMail.zone, options: DKIMOptions(signaturesMax: 20))
            .verify(message, at: TestMail.time).outcomes
        #expect(outcomes.map(\.result) == expected)
    }

    @Test func everyWayOfCuttingTheBodyGivesTheOutcomeOfTheWhole() async throws {
        var mail = TestMail()
        mail.body = "Hi. \r\n\r\n\r\nx\ty  \r\n \r\n"
        let message = try mail.signed()
        let body = Array(mail.body.utf8)
        for cut in 0...body.count {
            var verification = DKIMVerification(header: message.header, at: TestMail.time)
            #expect(verification.needsBody)
            verification.update(body[..<cut])
            verification.update(body[cut...])
            let outcomes = await verification.finish(resolver: TestMail.zone).outcomes
            #expect(outcomes.map(\.result) == [.pass], "cut at \(cut)")
        }
    }

    @Test func aBodyIsNotWantedWhereNoSignatureCanPass() throws {
        let none = TestMail.message(["DKIM-Signature: v=1; a=rsa-sha1"] + TestMail().fields, "x")
        #expect(!DKIMVerification(header: none.header, at: TestMail.time).needsBody)
    }
}
