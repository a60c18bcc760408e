import DMARC
import DNS
import MailNames
import TestSupport
import Testing

@Suite("Alignment")
struct DMARCAlignmentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var author: String
        var spf: [String] = []
        var dkim: [String] = []
        var records: [String: String]
        var aligned: String
        var testDescription: String { "\(author) spf \(spf) dkim \(dkim) under \(records)" }
    }

    static let relaxed = ["example.com": "v=DMARC1; p=reject"]
    static let strict = ["example.com": "v=DMARC1; p=reject; adkim=s; aspf=s"]

    static let cases: [Case] = [
        Case(author: "example.com", spf: ["example.com"], records: relaxed, aligned: "spf"),
        Case(author: "example.com", dkim: ["EXAMPLE.com"], records: relaxed, aligned: "dkim"),
        Case(
            author: "example.com", spf: ["a.example.com"], dkim: ["b.c.example.com"], records: relaxed,
            aligned: "spf dkim"),
        Case(author: "a.example.com", spf: ["example.com"], records: relaxed, aligned: "spf"),
        Case(author: "a.example.com", dkim: ["b.example.com"], records: relaxed, aligned: "dkim"),
        Case(author: "a.example.com", dkim: ["example.net"], records: relaxed, aligned: ""),
        Case(author: "example.com", dkim: ["notexample.com"], records: relaxed, aligned: ""),
        Case(
            author: "example.com", dkim: ["example.net", "other.com", "x.example.com"], records: relaxed,
            aligned: "dkim"),
        // Strict alignment compares names, for each mechanism by its own tag.
        Case(author: "example.com", spf: ["example.com"], dkim: ["example.com"], records: strict, aligned: "spf dkim"),
        Case(author: "example.com", spf: ["a.example.com"], dkim: ["a.example.com"], records: strict, aligned: ""),
        Case(author: "a.example.com", spf: ["example.com"], dkim: ["a.example.com"], records: strict, aligned: "dkim"),
        Case(
            author: "a.example.com", spf: ["example.com"], dkim: ["example.com"],
            records: ["example.com": "v=DMARC1; p=reject; adkim=s"], aligned: "spf"),
        Case(
            author: "a.example.com", spf: ["example.com"], dkim: ["example.com"],
            records: ["example.com": "v=DMARC1; p=reject; aspf=s"], aligned: "dkim"),
        // The mode is the applied record's, not the identifier's.
        Case(
            author: "example.com", dkim: ["a.example.com"],
            records: ["example.com": "v=DMARC1; p=reject", "a.example.com": "v=DMARC1; p=reject; adkim=s"],
            aligned: "dkim"),
        // A public suffix is not aligned with what is below it, nor are its subdomains with each other.
        Case(
            author: "bank.example", dkim: ["giant.bank.example"],
            records: ["bank.example": "v=DMARC1; p=reject; psd=y"],
            aligned: ""),
        Case(
            author: "giant.bank.example", dkim: ["mega.bank.example"],
            records: ["bank.example": "v=DMARC1; p=reject; psd=y"], aligned: ""),
        Case(
            author: "giant.bank.example", dkim: ["x.giant.bank.example"],
            records: ["bank.example": "v=DMARC1; p=reject; psd=y"], aligned: "dkim"),
        // psd=n cuts a department off.
        Case(
            author: "dep.example.com", dkim: ["example.com"],
            records: ["example.com": "v=DMARC1; p=reject", "dep.example.com": "v=DMARC1; p=reject; psd=n"],
            aligned: ""),
        Case(
            author: "example.com", dkim: ["x.dep.example.com"],
            records: ["example.com": "v=DMARC1; p=reject", "dep.example.com": "v=DMARC1; p=reject; psd=n"],
            aligned: ""),
        Case(
            author: "x.dep.example.com", dkim: ["y.dep.example.com"],
            records: ["example.com": "v=DMARC1; p=reject", "dep.example.com": "v=DMARC1; p=reject; psd=n"],
            aligned: "dkim"),
        // One mail domain in two spellings.
        Case(
            author: "bücher.example", dkim: ["xn--bcher-kva.example"],
            records: ["xn--bcher-kva.example": "v=DMARC1; p=reject; adkim=s"], aligned: "dkim"),
        // One label.
        Case(author: "localhost", spf: ["localhost"], records: ["localhost": "v=DMARC1; p=reject"], aligned: "spf"),
        Case(author: "example", dkim: ["a.example"], records: ["example": "v=DMARC1; p=reject; psd=y"], aligned: ""),
    ]

    @Test("RFC 9989 §4.4 and §4.10.2", arguments: cases)
    func aligned(_ example: Case) async throws {
        let outcome = try await evaluate(
            example.author, spf: example.spf, dkim: example.dkim, in: zone(example.records))
        let aligned = (outcome.spfAligned ? ["spf"] : []) + (outcome.dkimAligned ? ["dkim"] : [])
        #expect(aligned.joined(separator: " ") == example.aligned)
        #expect(outcome.result == (example.aligned.isEmpty ? .fail : .pass))
        #expect(outcome.applied == (example.aligned.isEmpty ? .reject : DMARCPolicy.none))
        #expect(outcome.policy == .reject)
    }

    @Test("A message that passes is asked nothing of, whatever the policy and t=y are (RFC 9989 §5.3.5)")
    func passes() async throws {
        let outcome = try await evaluate(
            "example.com", dkim: ["example.com"], in: zone(["example.com": "v=DMARC1; p=reject; t=y"]))
        #expect(summary(outcome) == "pass reject/p -> none at example.com of example.com")
        #expect(outcome.dkimAlignedDomain?.text == "example.com")
        #expect(outcome.reason == "DKIM passes for example.com, aligned with example.com")
    }

    @Test("One name for all, with a record of its own, needs one question (RFC 9989 §4.10.2)")
    func oneQuestion() async throws {
        let counting = CountingResolver(zone(["mail.example.com": "v=DMARC1; p=reject"]))
        let outcome = try await evaluate(
            "mail.example.com", spf: ["mail.example.com"], dkim: ["mail.example.com"], in: counting)
        #expect(outcome.result == .pass)
        #expect(outcome.organizationalDomain?.text == "mail.example.com")
        #expect(counting.questions.count == 1)
    }

    @Test("Strict alignment needs no walk (RFC 9989 §4.10.2)")
    func strictNeedsNoWalk() async throws {
        let counting = CountingResolver(zone(["example.com": "v=DMARC1; p=reject; adkim=s; aspf=s"]))
        let outcome = try await evaluate("example.com", spf: ["a.example.com"], dkim: ["b.com"], in: counting)
        #expect(outcome.result == .fail)
        #expect(counting.questions.count == 1)
        #expect(outcome.organizationalDomain == nil)
    }

    @Test("Who wants to know the organizational domain learns it, and nothing else changes")
    func organizationOnRequest() async throws {
        for (text, result) in [
            ("v=DMARC1; p=reject; adkim=s; aspf=s", DMARCResult.fail), ("v=DMARC1; p=nonsense", .permerror),
            ("v=DMARC1", .none),
        ] {
            let resolver = zone(["a.example.com": text, "example.com": "v=DMARC1; p=none"])
            let request = DMARCRequest(
                authorDomain: try domain("a.example.com"), spfPass: [try domain("b.example.com")])
            let verifier = DMARCVerifier(resolver: resolver)
            let plain = await verifier.evaluate(request)
            let asked = await verifier.evaluate(request, findingOrganization: true)
            #expect(asked.result == result)
            #expect(asked.result == plain.result && asked.reason == plain.reason && asked.applied == plain.applied)
            #expect(plain.organizationalDomain == nil)
            #expect(asked.organizationalDomain?.text == "example.com")
            #expect(asked.queries.map(\.text) == ["_dmarc.a.example.com", "_dmarc.example.com", "_dmarc.com"])
        }
    }

    @Test("Names under different top-level domains need no walk of the stranger's, whose DNS cannot hold the mail up")
    func strangersAreNotAsked() async throws {
        let resolver = zone(Self.relaxed, and: ["_dmarc.bulk.example TXT timeout"])
        let outcome = try await evaluate("example.com", spf: ["bulk.example"], in: resolver)
        #expect(outcome.result == .fail)
        #expect(outcome.queries.map(\.text) == ["_dmarc.example.com", "_dmarc.com"])
    }

    @Test("Identifiers beyond the limit cost no questions")
    func limit() async throws {
        let many = (0..<100).map { "d\($0).example.com.test\($0).com" }
        let counting = CountingResolver(zone(Self.relaxed))
        let request = DMARCRequest(
            authorDomain: try domain("example.com"), dkimPass: try (many + ["x.example.com"]).map(domain))
        let outcome = await DMARCVerifier(resolver: counting, limits: DMARCLimits(identifiersMax: 3)).evaluate(request)
        #expect(outcome.result == .fail)
        // Author and top, then three walks of five names below a top that was asked for.
        #expect(counting.questions.count == 2 + 3 * 4)
        // The author domain itself is found among however many.
        var own = request
        own.dkimPass.append(try domain("example.com"))
        #expect(
            await DMARCVerifier(resolver: counting, limits: DMARCLimits(identifiersMax: 3)).evaluate(own).result
                == .pass)
    }
}
