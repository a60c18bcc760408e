import DMARC
import DNS
import MailNames
import TestSupport
import Testing

@Suite("Several author domains")
struct DMARCAuthorsTests {
    static let records = [
        "none.example": "v=DMARC1; p=none", "quarantine.example": "v=DMARC1; p=quarantine",
        "reject.example": "v=DMARC1; p=reject", "testing.example": "v=DMARC1; p=reject; t=y",
        "broken.example": "v=DMARC1; p=rejcet",
    ]

    static let cases: [(authors: [String], strictest: String)] = [
        (["none.example", "reject.example", "quarantine.example"], "fail reject/p -> reject at reject.example"),
        (
            ["none.example", "quarantine.example", "testing.example"],
            "fail quarantine/p -> quarantine at quarantine.example"
        ),
        (["pass.example", "none.example"], "fail none/p -> none at none.example"),
        (["pass.example", "open.example", "none.example"], "temperror"),
        (["open.example", "reject.example"], "fail reject/p -> reject at reject.example"),
        (["nothing.example", "broken.example", "none.example"], "fail none/p -> none at none.example"),
        (["nothing.example", "broken.example", "pass.example"], "permerror"),
        (["pass.example", "nothing.example"], "none"),
        (["pass.example"], "pass"),
    ]

    @Test("The strictest policy among those that fail counts (RFC 9989 §11.5)", arguments: cases)
    func strictest(_ example: (authors: [String], strictest: String)) async throws {
        let resolver = zone(
            Self.records.merging(["pass.example": "v=DMARC1; p=reject"]) { $1 },
            and: ["_dmarc.open.example TXT timeout"])
        let request = DMARCRequest(authorDomain: .root, dkimPass: [try domain("pass.example")])
        let result = await DMARCVerifier(resolver: resolver)
            .evaluate(authorDomains: try example.authors.map(domain), like: request)
        #expect(result.outcomes.map(\.domain.text) == example.authors)
        #expect(result.omitted == 0)
        #expect(summary(try #require(result.strictest)).hasPrefix(example.strictest))
    }

    @Test("Domains that come twice are evaluated once, and those beyond the limit not at all")
    func bounded() async throws {
        let counting = CountingResolver(Zone([]))
        let authors = try ["a.example", "b.example", "A.example", "c.example", "d.example", "d.example"].map(domain)
        let result = await DMARCVerifier(resolver: counting, limits: DMARCLimits(authorDomainsMax: 2))
            .evaluate(authorDomains: authors, like: DMARCRequest(authorDomain: .root))
        #expect(result.outcomes.map(\.domain.text) == ["a.example", "b.example"])
        #expect(result.omitted == 2)
        #expect(counting.questions.count == 4)
    }

    @Test("Without an author domain there is nothing to decide (RFC 9989 §5.3.1)")
    func nobody() async throws {
        let verifier = DMARCVerifier(resolver: Zone([]))
        let result = await verifier.evaluate(authorDomains: [], like: DMARCRequest(authorDomain: .root))
        #expect(result.outcomes.isEmpty && result.strictest == nil)
        #expect(await verifier.evaluate(DMARCRequest(authorDomain: .root)).result == .none)
    }
}
