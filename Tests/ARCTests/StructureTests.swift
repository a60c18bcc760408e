import ARC
import AuthenticationResults
import DNS
import MailBytes
import MailFormat
import MailNames
import TestSupport
import Testing

@Suite("The structure of ARC chains (RFC 8617 §5.2, steps 1 to 3)")
struct StructureTests {
    struct Case: Sendable, CustomStringConvertible {
        var fields: [String]
        var reason: String
        var instances: Int
        var description: String { fields.joined(separator: " | ") }
        init(_ fields: [String], _ reason: String, instances: Int = 1) {
            (self.fields, self.reason, self.instances) = (fields, reason, instances)
        }
    }

    static let results = "ARC-Authentication-Results: i=1; x.example; none"
    static let signature = "ARC-Message-Signature: i=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=AAAA; b=AAAA"
    static let seal = "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x.example; s=s; b=AAAA"

    static func second(_ field: String) -> String {
        field.replacing("i=1;", with: "i=2;").replacing("cv=none", with: "cv=pass")
    }

    static let noNumber = "has no instance number from 1 to 50"

    static let cases: [Case] = [
        Case(
            ["ARC-Seal: x"], "an ARC-Seal field cannot be read: expected '=' behind a tag name at octet 2", instances: 0
        ),
        Case([seal], "set 1 has no ARC-Authentication-Results"),
        Case([results], "set 1 has no ARC-Message-Signature"),
        Case([signature], "set 1 has no ARC-Authentication-Results"),
        Case([results, signature], "set 1 has no ARC-Seal"),
        Case([results, signature, seal, seal], "set 1 has 2 ARC-Seal fields"),
        Case([results, signature, signature, seal], "set 1 has 2 ARC-Message-Signature fields"),
        Case([results, results, signature, seal], "set 1 has 2 ARC-Authentication-Results fields"),
        Case(
            [results, signature, seal.replacing("cv=none", with: "cv=pass")], "the seal of set 1 does not say cv=none"),
        Case([results, signature, seal.replacing("cv=none; ", with: "")], "the seal of set 1 does not say cv=none"),
        Case([results, signature, seal.replacing("none", with: "x")], "the seal of set 1 does not say cv=none"),
        Case(
            [results, signature, seal, second(results), second(signature), seal.replacing("i=1", with: "i=2")],
            "the seal of set 2 does not say cv=pass", instances: 2),
        Case(
            [second(results), second(signature), second(seal)], "set 1 has no ARC-Authentication-Results",
            instances: 2),
        // Instance numbers.
        Case([results, signature, seal.replacing("i=1", with: "i=0")], "an ARC-Seal field \(noNumber)"),
        Case([results, signature, seal.replacing("i=1", with: "i=51")], "an ARC-Seal field \(noNumber)"),
        Case(
            [results, signature, seal.replacing("i=1", with: "i=99999999999999999999")], "an ARC-Seal field \(noNumber)"
        ),
        Case([results, signature, seal.replacing("i=1", with: "i=001")], "an ARC-Seal field \(noNumber)"),
        Case([results, signature, seal.replacing("i=1", with: "i=-1")], "an ARC-Seal field \(noNumber)"),
        Case([results, signature, seal.replacing("i=1", with: "i=1 1")], "an ARC-Seal field \(noNumber)"),
        Case([results, signature, seal.replacing("i=1; ", with: "")], "an ARC-Seal field \(noNumber)"),
        Case(
            [results, signature, seal.replacing("i=1", with: "I=1")], "an ARC-Seal field \(noNumber)"),
        Case(
            [results, signature, seal + "; i=1"], "an ARC-Seal field has two instance numbers"),
        Case(
            [results, signature.replacing("i=1", with: "i=0"), seal], "an ARC-Message-Signature field \(noNumber)"),
        Case(
            [results.replacing("i=1", with: "i=0"), signature, seal],
            "an ARC-Authentication-Results field has no instance number in front"),
        Case(
            ["ARC-Authentication-Results: x.example; i=1; none", signature, seal],
            "an ARC-Authentication-Results field has no instance number in front"),
        Case(
            ["ARC-Authentication-Results: i=1 x.example; none", signature, seal],
            "an ARC-Authentication-Results field has no instance number in front"),
        // Mixed numbers.
        Case(
            [results, signature.replacing("i=1", with: "i=2"), seal.replacing("i=1", with: "i=3")],
            "set 1 has no ARC-Message-Signature", instances: 3),
        Case([results, second(signature), seal], "set 1 has no ARC-Message-Signature", instances: 2),
        // Tags.
        Case(
            [results, signature, seal + "; b=AAAA"],
            "an ARC-Seal field cannot be read: tag b= is there twice, again at octet 50"),
        Case(
            [results, signature, seal.replacing("; d", with: ";; d")],
            "an ARC-Seal field cannot be read: expected a tag name at octet 23"),
    ]

    @Test("chains with a broken structure fail, and no name is asked for", arguments: cases)
    func broken(_ test: Case) async {
        let asked = AnswerRecorder(Fixture.answers)
        let text = (test.fields + ["From: a@a.example", "", "x"]).joined(separator: "\r\n")
        let outcome = await Fixture.verify(MailMessage(parsing: Array(text.utf8)), asked)
        #expect(outcome.result == .fail)
        #expect(outcome.reason == test.reason)
        #expect(outcome.instances == test.instances)
        #expect(!outcome.isTemporary)
        #expect(!outcome.isTerminal)
        #expect(asked.recorded.file == [])
    }

    @Test("RFC 8617 §5.2 step 1: no ARC fields, no chain")
    func none() async {
        let outcome = await Fixture.verify(Fixture.message)
        #expect(outcome.result == .none)
        #expect(outcome.instances == 0)
        #expect(outcome.reason == nil)
        #expect(await Fixture.verify(MailMessage(parsing: [])).result == .none)
    }

    @Test("RFC 8617 §5.2 step 2: a newest seal with cv=fail ends it, whatever the rest is like")
    func declaredBroken() async {
        for others in [[], [Self.results, Self.signature, Self.seal], ["ARC-Seal: x"]] {
            let newest = "ARC-Seal: a=rsa-sha256; cv=Fail; d=y.example; i=2; s=s; b=AAAA"
            let text = (others + [newest, "", "x"]).joined(separator: "\r\n")
            let outcome = await Fixture.verify(MailMessage(parsing: Array(text.utf8)))
            #expect(outcome.result == .fail)
            #expect(outcome.isTerminal)
            #expect(outcome.sealer?.text == "y.example")
            #expect(
                outcome.reason
                    == "y.example, the newest sealer, says that the chain was broken when the message came in (cv=fail)"
            )
        }
    }

    @Test("RFC 8617 §5.2 step 1: 1,000 sets fail before anything of them is read", arguments: [51, 1_000])
    func tooManySets(count: Int) async {
        var text = ""
        for instance in 1...count {
            text +=
                "ARC-Seal: i=\(instance); a=rsa-sha256; cv=\(instance == 1 ? "none" : "pass"); d=x.example; s=s; b=AAAA"
                + "\r\n"
            text += "ARC-Message-Signature: i=\(instance); a=rsa-sha256; d=x.example; s=s; h=from; bh=AAAA; b=AAAA\r\n"
            text += "ARC-Authentication-Results: i=\(instance); x.example; none\r\n"
        }
        let outcome = await Fixture.verify(MailMessage(parsing: Array((text + "\r\nx").utf8)))
        #expect(outcome.result == .fail)
        #expect(outcome.reason == "the message has more than 50 ARC sets")
        #expect(outcome.sets.isEmpty)
    }

    @Test("ARC fields of more than 4 MB fail before anything is hashed")
    func tooLarge() async {
        let filler = String(repeating: "a", count: 60_000)
        var text = ""
        for instance in 1...40 {
            text += "ARC-Seal: i=\(instance); cv=\(instance == 1 ? "none" : "pass"); x=\(filler)\r\n"
            text += "ARC-Message-Signature: i=\(instance); x=\(filler)\r\n"
            text += "ARC-Authentication-Results: i=\(instance); \(filler)\r\n"
        }
        let outcome = await Fixture.verify(MailMessage(parsing: Array((text + "\r\nx").utf8)))
        #expect(outcome.reason == "the ARC fields have more than 4194304 octets")
    }

    @Test("RFC 8617 §3.9: comments and white space around the instance, and two digits")
    func instanceForms() async throws {
        let forms = ["i=1;", " (a (b)) i (c)\r\n = (d) 1 (e) ;", "i=01;"]
        for form in forms {
            let fields = [Self.results, Self.signature, Self.seal].map { $0.replacing("i=1;", with: form) }
            let text = (fields + ["", "x"]).joined(separator: "\r\n")
            let outcome = await Fixture.verify(MailMessage(parsing: Array(text.utf8)))
            #expect(outcome.reason?.hasPrefix("the message signature of set 1 is no good") == true)
        }
    }

    @Test("the sets tell who says what, however broken the chain is")
    func summary() async {
        let text = [Self.results.replacing("none", with: "spf=pass smtp.helo=y"), Self.signature, Self.seal, "", "x"]
            .joined(separator: "\r\n")
        let outcome = await Fixture.verify(MailMessage(parsing: Array(text.utf8)))
        let set = outcome.sets.first
        #expect(outcome.sets.count == 1)
        #expect(set?.sealer?.text == "x.example")
        #expect(set?.signer?.text == "x.example")
        #expect(set?.status == ARCResult.none)
        #expect(set?.signedFieldNames == ["from"])
        #expect(set?.results?.authservID == "x.example")
        #expect(set?.results?.results(of: "spf").first?.text(.smtp, "helo") == "y")
    }
}
