import DMARC
import DNS
import MailNames
import TestSupport
import Testing

@Suite("Tree walks")
struct DMARCTreeWalkTests {
    static let walks: [(start: String, names: [String])] = [
        ("com", ["com"]),
        ("example.com", ["example.com", "com"]),
        ("a.b.c.d.e.f.g", ["a.b.c.d.e.f.g", "b.c.d.e.f.g", "c.d.e.f.g", "d.e.f.g", "e.f.g", "f.g", "g"]),
        // Eight labels are walked one by one …
        (
            "a.b.c.d.e.f.g.h",
            ["a.b.c.d.e.f.g.h", "b.c.d.e.f.g.h", "c.d.e.f.g.h", "d.e.f.g.h", "e.f.g.h", "f.g.h", "g.h", "h"]
        ),
        // … and nine are shortened to seven after the first question.
        (
            "z.a.b.c.d.e.f.g.h",
            ["z.a.b.c.d.e.f.g.h", "b.c.d.e.f.g.h", "c.d.e.f.g.h", "d.e.f.g.h", "e.f.g.h", "f.g.h", "g.h", "h"]
        ),
        // RFC 9989 §4.10.
        (
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com",
                "i.j.mail.example.com", "j.mail.example.com", "mail.example.com", "example.com", "com",
            ]
        ),
        // RFC 9989 §5.1.8.
        (
            "mail.a.b.c.d.e.f.g.example.com",
            [
                "mail.a.b.c.d.e.f.g.example.com", "c.d.e.f.g.example.com", "d.e.f.g.example.com", "e.f.g.example.com",
                "f.g.example.com", "g.example.com", "example.com", "com",
            ]
        ),
    ]

    @Test("A walk asks for at most eight names (RFC 9989 §4.10)", arguments: walks)
    func names(_ walk: (start: String, names: [String])) async throws {
        let start = try domain(walk.start)
        #expect(DMARCTreeWalk.domains(from: start).map(\.text) == walk.names)
        let counting = CountingResolver(Zone([]))
        _ = await DMARCVerifier(resolver: counting).walk(from: start)
        #expect(counting.questions.map(\.name.text) == walk.names.map { "_dmarc.\($0)" })
        #expect(counting.questions.allSatisfy { $0.type == .txt })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var start: String
        var records: [String: String]
        var organization: String
        var asked: Int
        var testDescription: String { "\(start) under \(records.keys.sorted())" }
    }

    static let plain = "v=DMARC1; p=none"
    static let suffix = "v=DMARC1; p=none; psd=y"
    static let own = "v=DMARC1; p=none; psd=n"

    static let organizations: [Case] = [
        // RFC 9989 §4.10.2, its three examples.
        Case(
            start: "a.mail.example.com", records: ["mail.example.com": plain, "example.com": plain],
            organization: "example.com", asked: 4),
        Case(
            start: "a.mail.example.com", records: ["mail.example.com": own, "example.com": plain],
            organization: "mail.example.com", asked: 2),
        Case(start: "a.mail.example.com", records: ["com": suffix], organization: "example.com", asked: 4),
        // Without any record the name itself.
        Case(start: "a.mail.example.com", records: [:], organization: "a.mail.example.com", asked: 4),
        // A record at the top without psd makes the top the organizational domain (§11.8 warns of it).
        Case(start: "a.example.com", records: ["com": plain], organization: "com", asked: 3),
        // psd=y stops the walk; what is above is not asked for.
        Case(
            start: "x.giant.bank.example", records: ["bank.example": suffix, "example": plain],
            organization: "giant.bank.example", asked: 3),
        // psd=y at the start: it is not one label below itself, and no organizational domain for others.
        Case(start: "bank.example", records: ["bank.example": suffix], organization: "bank.example", asked: 1),
        Case(
            start: "giant.bank.example", records: ["bank.example": suffix], organization: "giant.bank.example", asked: 2
        ),
        // psd=n at the start.
        Case(
            start: "mail.example.com", records: ["mail.example.com": own, "example.com": plain],
            organization: "mail.example.com", asked: 1),
        // A record is not passed over because it is the first: the one with the fewest labels counts.
        Case(
            start: "a.b.example.com",
            records: ["a.b.example.com": plain, "b.example.com": plain, "example.com": plain],
            organization: "example.com", asked: 4),
        // Below a public suffix of seven labels the organizational domain has eight.
        Case(
            start: "z.y.x.a.b.c.d.e.f.g", records: ["a.b.c.d.e.f.g": suffix], organization: "x.a.b.c.d.e.f.g",
            asked: 2),
    ]

    @Test("The organizational domain follows from the records on the way (RFC 9989 §4.10.2)", arguments: organizations)
    func organizationalDomain(_ example: Case) async throws {
        let walk = await DMARCVerifier(resolver: zone(example.records)).walk(from: try domain(example.start))
        #expect(walk.organizationalDomain?.text == example.organization)
        #expect(walk.steps.count == example.asked)
        #expect(walk.failure == nil)
    }

    @Test("Several records at a name are all discarded, and the walk goes on (RFC 9989 §4.10, steps 2 and 6)")
    func several() async throws {
        let zone = Zone([
            "_dmarc.a.example.com TXT \"v=DMARC1; p=reject; psd=n\"",
            "_dmarc.a.example.com TXT \"v=DMARC1; p=none; psd=n\"",
            "_dmarc.example.com TXT \"v=DMARC1; p=none\"", "_dmarc.example.com TXT \"v=spf1 -all\"",
            "_dmarc.example.com TXT \"v=DMARC2; psd=n\"", "_dmarc.com TXT \"google-site-verification=1\"",
        ])
        let walk = await DMARCVerifier(resolver: zone).walk(from: try domain("a.example.com"))
        #expect(walk.organizationalDomain?.text == "example.com")
        #expect(walk.steps.map { $0.finding.record == nil } == [true, false, true])
    }

    @Test("After a DNS failure nothing is known", arguments: ["timeout", "servfail", "bogus"])
    func failures(_ failure: String) async throws {
        let zone = zone(["a.example.com": Self.plain], and: ["_dmarc.example.com TXT \(failure)"])
        let walk = await DMARCVerifier(resolver: zone).walk(from: try domain("a.example.com"))
        #expect(walk.organizationalDomain == nil)
        #expect(walk.inheritedRecord == nil)
        #expect(walk.failure?.name.text == "_dmarc.example.com")
        #expect(walk.steps.count == 2)
    }

    @Test("A name that has no room for the label is not asked for")
    func long() async throws {
        let label = String(repeating: "a", count: 63)
        let name = "\(label).\(label).\(label).\(String(repeating: "b", count: 49)).example.com"
        let counting = CountingResolver(zone(["example.com": Self.plain]))
        let walk = await DMARCVerifier(resolver: counting).walk(from: try domain(name))
        #expect(walk.organizationalDomain?.text == "example.com")
        #expect(counting.questions.count == 5)
    }
}
