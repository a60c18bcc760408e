import DMARC
import DNS
import MailNames
import TestSupport
import Testing

/// Appendix B of RFC 9989, and the examples in its text.
@Suite("Examples of RFC 9989")
struct DMARCExamplesTests {
    struct Alignment: Sendable, CustomTestStringConvertible {
        var name: String
        var author: String
        var identifier: String
        var strict: Bool
        var relaxed: Bool
        var testDescription: String { name }
    }

    static let spf = [
        Alignment(
            name: "B.1.1 example 1", author: "example.com", identifier: "example.com", strict: true, relaxed: true),
        Alignment(
            name: "B.1.1 example 2", author: "example.com", identifier: "child.example.com", strict: false,
            relaxed: true),
        Alignment(
            name: "B.1.1 example 3", author: "child.example.com", identifier: "example.net", strict: false,
            relaxed: false),
    ]
    static let dkim = [
        Alignment(
            name: "B.1.2 example 1", author: "example.com", identifier: "example.com", strict: true, relaxed: true),
        Alignment(
            name: "B.1.2 example 2", author: "child.example.com", identifier: "example.com", strict: false,
            relaxed: true),
        Alignment(
            name: "B.1.2 example 3", author: "child.example.com", identifier: "example.net", strict: false,
            relaxed: false),
        // Table 1 of §4.4.
        Alignment(
            name: "table 1.1", author: "news.example.com", identifier: "foo.example.com", strict: false, relaxed: true),
        Alignment(
            name: "table 1.2", author: "news.example.com", identifier: "news.example.com", strict: true, relaxed: true),
        Alignment(
            name: "table 1.3", author: "news.example.com", identifier: "foo.example.net", strict: false, relaxed: false
        ),
    ]

    @Test("B.1.1: SPF", arguments: spf)
    func spfAlignment(_ example: Alignment) async throws {
        for (mode, expected) in [("s", example.strict), ("r", example.relaxed)] {
            let resolver = zone(["example.com": "v=DMARC1; p=reject; aspf=\(mode)"])
            let outcome = try await evaluate(example.author, spf: [example.identifier], in: resolver)
            #expect(outcome.spfAligned == expected)
            #expect(outcome.result == (expected ? .pass : .fail))
        }
    }

    @Test("B.1.2: DKIM", arguments: dkim)
    func dkimAlignment(_ example: Alignment) async throws {
        for (mode, expected) in [("s", example.strict), ("r", example.relaxed)] {
            let resolver = zone(["example.com": "v=DMARC1; p=reject; adkim=\(mode)"])
            let outcome = try await evaluate(example.author, dkim: [example.identifier], in: resolver)
            #expect(outcome.dkimAligned == expected)
            #expect(outcome.result == (expected ? .pass : .fail))
        }
    }

    static let records: [(section: String, text: String, rua: Int, ruf: String?, policy: DMARCPolicy?, testing: Bool)] =
        [
            ("B.2.1", "v=DMARC1; p=none; rua=mailto:feedback@example.com", 1, nil, DMARCPolicy.none, false),
            (
                "B.2.2", "v=DMARC1; p=none; rua=mailto:feedback@example.com; ruf=mailto:auth-reports@example.com",
                1,
                "example.com", DMARCPolicy.none, false
            ),
            (
                "B.2.3",
                "v=DMARC1; p=none; rua=mailto:feedback@example.com; ruf=mailto:reports@thirdparty.example.net",
                1,
                "thirdparty.example.net", DMARCPolicy.none, false
            ),
            ("B.2.3, the third party", "v=DMARC1;", 0, nil, nil, false),
            (
                "B.2.5",
                "v=DMARC1; p=quarantine; rua=mailto:feedback@example.com,mailto:tld-test@thirdparty.example.net; t=y",
                2,
                nil, .quarantine, true
            ),
            (
                "B.2.5, later",
                "v=DMARC1; p=reject; rua=mailto:feedback@example.com,mailto:tld-test@thirdparty.example.net", 2,
                nil,
                .reject, false
            ),
        ]

    @Test("B.2: the records of a domain owner", arguments: records)
    func owner(
        _ example: (section: String, text: String, rua: Int, ruf: String?, policy: DMARCPolicy?, testing: Bool)
    ) throws {
        let record = try DMARCRecord(parsing: Array(example.text.utf8))
        #expect(record.notes.isEmpty)
        #expect(record.policy == example.policy)
        #expect(record.isTesting == example.testing)
        #expect(record.aggregateReports.count == example.rua)
        #expect(record.failureReports.first?.mailbox?.domain.text == example.ruf)
    }

    @Test("B.3.1: both identifiers align and the message passes")
    func session() async throws {
        let resolver = zone(["example.com": "v=DMARC1; p=reject; aspf=r; rua=mailto:feedback@example.com"])
        let outcome = try await evaluate("example.com", spf: ["mail.example.com"], dkim: ["example.com"], in: resolver)
        #expect(summary(outcome) == "pass reject/p -> none at example.com of example.com")
        #expect(outcome.spfAligned && outcome.dkimAligned)
    }

    static let plain = ["example.com": "v=DMARC1; p=reject", "signing.example.com": "v=DMARC1; p=none"]

    @Test("B.4.1: simple walks")
    func simple() async throws {
        let counting = CountingResolver(zone(Self.plain))
        let outcome = try await evaluate(
            "example.com", spf: ["example.com"], dkim: ["signing.example.com"], in: counting)
        #expect(summary(outcome) == "pass reject/p -> none at example.com of example.com")
        #expect(outcome.spfAligned && outcome.dkimAligned)
        // Each question once, though the walks share the upper two.
        let names = ["_dmarc.example.com", "_dmarc.com", "_dmarc.signing.example.com"]
        #expect(outcome.queries.map(\.text) == names)
        #expect(counting.questions.map(\.name.text) == names)
    }

    @Test("B.4.2: a deep walk")
    func deep() async throws {
        let author = "a.b.c.d.e.f.g.h.i.j.k.example.com"
        let walk = [
            "_dmarc.a.b.c.d.e.f.g.h.i.j.k.example.com", "_dmarc.g.h.i.j.k.example.com", "_dmarc.h.i.j.k.example.com",
            "_dmarc.i.j.k.example.com", "_dmarc.j.k.example.com", "_dmarc.k.example.com", "_dmarc.example.com",
            "_dmarc.com",
        ]
        let passed = try await evaluate(
            author, spf: ["example.com"], dkim: ["signing.example.com"], in: zone(Self.plain))
        #expect(summary(passed) == "pass reject/p -> none at example.com of example.com")
        #expect(passed.spfAligned && passed.dkimAligned)
        #expect(passed.queries.map(\.text) == walk + ["_dmarc.signing.example.com"])
        let failed = try await evaluate(author, in: zone(Self.plain))
        #expect(summary(failed) == "fail reject/p -> reject at example.com of example.com")
        #expect(failed.queries.map(\.text) == walk)
    }

    @Test("B.4.3: a public suffix with a record")
    func publicSuffix() async throws {
        let records = [
            "bank.example": "v=DMARC1; p=reject; psd=y", "giant.bank.example": "v=DMARC1; p=quarantine",
        ]
        let outcome = try await evaluate(
            "giant.bank.example", spf: ["mail.giant.bank.example"], dkim: ["mail.mega.bank.example"], in: zone(records))
        #expect(summary(outcome) == "pass quarantine/p -> none at giant.bank.example of giant.bank.example")
        #expect(outcome.spfAligned && !outcome.dkimAligned)
        #expect(
            outcome.queries.map(\.text) == [
                "_dmarc.giant.bank.example", "_dmarc.bank.example", "_dmarc.mail.giant.bank.example",
                "_dmarc.mail.mega.bank.example", "_dmarc.mega.bank.example",
            ])
        let forged = try await evaluate("giant.bank.example", dkim: ["mail.mega.bank.example"], in: zone(records))
        #expect(summary(forged) == "fail quarantine/p -> quarantine at giant.bank.example of giant.bank.example")
    }

    @Test("§5.1.8: a record that no walk reaches")
    func unreachable() async throws {
        let records = [
            "example.com": "v=DMARC1; p=none", "b.c.d.e.f.g.example.com": "v=DMARC1; p=reject; psd=n",
        ]
        let outcome = try await evaluate("mail.a.b.c.d.e.f.g.example.com", in: zone(records))
        #expect(summary(outcome) == "fail none/p -> none at example.com of example.com")
        #expect(outcome.queries.count == 8)
        let own = records.merging(["mail.a.b.c.d.e.f.g.example.com": "v=DMARC1; p=quarantine"]) { $1 }
        #expect(
            summary(try await evaluate("mail.a.b.c.d.e.f.g.example.com", in: zone(own))).hasPrefix("fail quarantine/p"))
    }

    @Test("§11.8: a parent's record takes a department's mail in, unless it says psd=n")
    func relaxedRisk() async throws {
        var records = ["mail.example.com": "v=DMARC1; p=reject", "example.com": "v=DMARC1; p=reject"]
        #expect(try await evaluate("evil.example.com", dkim: ["mail.example.com"], in: zone(records)).result == .pass)
        records["mail.example.com"] = "v=DMARC1; p=reject; psd=n"
        #expect(try await evaluate("evil.example.com", dkim: ["mail.example.com"], in: zone(records)).result == .fail)
        #expect(try await evaluate("a.mail.example.com", dkim: ["mail.example.com"], in: zone(records)).result == .pass)
    }
}
