import DMARC
import DNS
import MailNames
import TestSupport
import Testing

@Suite("Which policy applies")
struct DMARCPolicyDiscoveryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var author: String
        var records: [String: String]
        var lines: [String] = []
        var expected: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "the author domain's own record counts, by p alone", author: "example.com",
            records: ["example.com": "v=DMARC1; p=reject; sp=none; np=none"],
            expected: "fail reject/p -> reject at example.com of example.com"),
        Case(
            name: "a subdomain's own record counts, by p alone (§4.7: its sp is ignored)", author: "mail.example.com",
            records: [
                "mail.example.com": "v=DMARC1; p=quarantine; sp=reject", "example.com": "v=DMARC1; p=none; sp=none",
            ],
            expected: "fail quarantine/p -> quarantine at mail.example.com of example.com"),
        Case(
            name: "an existing subdomain has sp", author: "mail.example.com",
            records: ["example.com": "v=DMARC1; p=reject; sp=quarantine; np=none"],
            lines: ["mail.example.com MX 10 mx.example.com"],
            expected: "fail quarantine/sp -> quarantine at example.com of example.com"),
        Case(
            name: "an existing subdomain without sp has p, not np", author: "mail.example.com",
            records: ["example.com": "v=DMARC1; p=none; np=reject"], lines: ["mail.example.com TXT \"x\""],
            expected: "fail none/p -> none at example.com of example.com"),
        Case(
            name: "an empty non-terminal exists (§A.4)", author: "mail.example.com",
            records: ["example.com": "v=DMARC1; p=none; np=reject"], lines: ["deep.mail.example.com A 192.0.2.1"],
            expected: "fail none/p -> none at example.com of example.com"),
        Case(
            name: "a name with a CNAME that leads nowhere exists", author: "mail.example.com",
            records: ["example.com": "v=DMARC1; p=none; np=reject"], lines: ["mail.example.com CNAME gone.example.net"],
            expected: "fail none/p -> none at example.com of example.com"),
        Case(
            name: "a name whose _dmarc name is there exists", author: "mail.example.com",
            records: ["example.com": "v=DMARC1; p=none; np=reject"],
            lines: ["_dmarc.mail.example.com TXT \"verification\"", "mail.example.com A timeout"],
            expected: "fail none/p -> none at example.com of example.com"),
        Case(
            name: "a subdomain that does not exist has np", author: "nothing.example.com",
            records: ["example.com": "v=DMARC1; p=none; sp=quarantine; np=reject"],
            expected: "fail reject/np -> reject at example.com of example.com"),
        Case(
            name: "without np it has sp", author: "nothing.example.com",
            records: ["example.com": "v=DMARC1; p=none; sp=quarantine"],
            expected: "fail quarantine/sp -> quarantine at example.com of example.com"),
        Case(
            name: "without np and sp it has p", author: "nothing.example.com",
            records: ["example.com": "v=DMARC1; p=reject"],
            expected: "fail reject/p -> reject at example.com of example.com"),
        Case(
            name: "a record between the author domain and its organizational domain is no policy",
            author: "a.b.example.com",
            records: ["b.example.com": "v=DMARC1; p=reject", "example.com": "v=DMARC1; p=none"],
            expected: "fail none/p -> none at example.com of example.com"),
        Case(
            name: "psd=n makes the organizational domain", author: "a.b.example.com",
            records: ["b.example.com": "v=DMARC1; p=reject; psd=n", "example.com": "v=DMARC1; p=none"],
            expected: "fail reject/p -> reject at b.example.com of b.example.com"),
        Case(
            name: "the public suffix's record is the last resort", author: "giant.bank.example",
            records: ["bank.example": "v=DMARC1; p=none; sp=quarantine; psd=y"],
            lines: ["giant.bank.example A 192.0.2.1"],
            expected: "fail quarantine/sp -> quarantine at bank.example of giant.bank.example"),
        Case(
            name: "also for a name that does not exist below it", author: "tiny.bank.example",
            records: ["bank.example": "v=DMARC1; p=none; sp=quarantine; np=reject; psd=y"],
            expected: "fail reject/np -> reject at bank.example of tiny.bank.example"),
        Case(
            name: "the organizational domain's record comes before the public suffix's", author: "x.giant.bank.example",
            records: ["giant.bank.example": "v=DMARC1; p=none; sp=none", "bank.example": "v=DMARC1; p=reject; psd=y"],
            expected: "fail none/sp -> none at giant.bank.example of giant.bank.example"),
        Case(
            name: "below the organizational domain a record does not hide the public suffix's",
            author: "a.b.giant.bank.example",
            records: ["b.giant.bank.example": "v=DMARC1; p=none", "bank.example": "v=DMARC1; p=reject; psd=y"],
            expected: "fail reject/p -> reject at bank.example of giant.bank.example"),
        Case(
            name: "a public suffix that sends mail has its own policy", author: "bank.example",
            records: ["bank.example": "v=DMARC1; p=reject; sp=none; psd=y"],
            expected: "fail reject/p -> reject at bank.example of bank.example"),
        Case(
            name: "a record at the top-level domain is found", author: "a.b.example",
            records: ["example": "v=DMARC1; p=reject; psd=y"],
            expected: "fail reject/p -> reject at example of b.example"),
        Case(
            name: "a name of one label", author: "localhost", records: ["localhost": "v=DMARC1; p=reject"],
            expected: "fail reject/p -> reject at localhost of localhost"),
        Case(
            name: "a name of one label without a record", author: "localhost", records: [:],
            expected: "none -/- -> - at - of localhost"),
        Case(
            name: "without a record DMARC does not apply (§4.10.1)", author: "a.example.com", records: [:],
            expected: "none -/- -> - at - of a.example.com"),
        Case(
            name: "two records are none", author: "example.com", records: [:],
            lines: ["_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "_dmarc.example.com TXT \"v=DMARC1; p=none\""],
            expected: "none -/- -> - at - of example.com"),
        Case(
            name: "two records at the author domain leave that of the organizational domain", author: "a.example.com",
            records: ["example.com": "v=DMARC1; p=quarantine"],
            lines: [
                "_dmarc.a.example.com TXT \"v=DMARC1; p=reject\"", "_dmarc.a.example.com TXT \"v=DMARC1; p=none\"",
            ],
            expected: "fail quarantine/p -> quarantine at example.com of example.com"),
        Case(
            name: "the strings of a record are joined (§4.5)", author: "example.com", records: [:],
            lines: ["_dmarc.example.com TXT \"v=DMA\" \"RC1; p=rej\" \"ect\""],
            expected: "fail reject/p -> reject at example.com of example.com"),
        Case(
            name: "a record behind an alias counts", author: "example.com", records: [:],
            lines: ["_dmarc.example.com CNAME policy.example.net", "policy.example.net TXT \"v=DMARC1; p=reject\""],
            expected: "fail reject/p -> reject at example.com of example.com"),
        Case(
            name: "a U-label is its A-label (§5.3.1)", author: "post.bücher.example",
            records: ["xn--bcher-kva.example": "v=DMARC1; p=reject"],
            expected: "fail reject/p -> reject at xn--bcher-kva.example of xn--bcher-kva.example"),
    ]

    @Test("RFC 9989 §4.10.1", arguments: cases)
    func applies(_ example: Case) async throws {
        let outcome = try await evaluate(example.author, in: zone(example.records, and: example.lines))
        #expect(summary(outcome) == example.expected)
        #expect(!outcome.reason.isEmpty)
    }

    static let testing: [(String, String)] = [
        ("p=reject; t=y", "fail reject/p -> quarantine"), ("p=quarantine; t=y", "fail quarantine/p -> none"),
        ("p=none; t=y", "fail none/p -> none"), ("p=reject; t=n", "fail reject/p -> reject"),
        ("p=reject; t=x", "fail reject/p -> reject"), ("p=reject; pct=0", "fail reject/p -> reject"),
    ]

    @Test("t=y asks for one level less, and pct does not count (RFC 9989 §4.7, §9.3)", arguments: testing)
    func whileTesting(_ tags: String, _ expected: String) async throws {
        let outcome = try await evaluate("example.com", in: zone(["example.com": "v=DMARC1; \(tags)"]))
        #expect(summary(outcome).hasPrefix(expected))
        #expect(outcome.isTesting == tags.contains("t=y"))
    }

    @Test("t=y of the organizational domain counts for sp and np too (RFC 9989 §4.7)")
    func testingBelow() async throws {
        let records = ["example.com": "v=DMARC1; p=none; sp=reject; np=quarantine; t=y"]
        let existing = try await evaluate("a.example.com", in: zone(records, and: ["a.example.com A 192.0.2.1"]))
        #expect(summary(existing) == "fail reject/sp -> quarantine at example.com of example.com")
        let missing = try await evaluate("a.example.com", in: zone(records))
        #expect(summary(missing) == "fail quarantine/np -> none at example.com of example.com")
    }

    static let rua = "rua=mailto:dmarc@example.com"
    static let unusable: [(String, String)] = [
        ("v=DMARC1", "none -/- -> -"),
        ("v=DMARC1; sp=reject", "none -/- -> -"),
        ("v=DMARC1; \(rua)", "fail none/p -> none"),
        ("v=DMARC1; rua=dmarc@example.com", "none -/- -> -"),
        ("v=DMARC1; ruf=mailto:dmarc@example.com", "none -/- -> -"),
        ("v=DMARC1; p=rejcet", "permerror -/- -> -"),
        ("v=DMARC1; p=rejcet; \(rua)", "fail none/p -> none"),
        ("v=DMARC1; p=rejcet; rua=bad,mailto:dmarc@example.com", "fail none/p -> none"),
        ("v=DMARC1; p=reject; sp=nil", "permerror -/- -> -"),
        ("v=DMARC1; p=reject; sp=nil; \(rua)", "fail none/p -> none"),
        ("v=DMARC1; p=reject; np=nil", "permerror -/- -> -"),
        ("v=DMARC1; p=reject; np=; \(rua)", "fail none/p -> none"),
        ("v=DMARC1; p=reject; adkim=nil", "fail reject/p -> reject"),
    ]

    @Test("Without usable policy tags, a valid rua decides (RFC 9989 §4.10.1)", arguments: unusable)
    func withoutUsablePolicy(_ record: String, _ expected: String) async throws {
        let outcome = try await evaluate("example.com", in: zone(["example.com": record]))
        #expect(summary(outcome).hasPrefix(expected))
        #expect(outcome.policyDomain?.text == "example.com")
        #expect(outcome.record != nil)
    }

    @Test("A subdomain of a record without p has its sp, and with a bad tag none (RFC 9989 §4.10.1)")
    func unusableBelow() async throws {
        let absent = zone(["example.com": "v=DMARC1; sp=reject; \(Self.rua)"])
        #expect(summary(try await evaluate("a.example.com", in: absent)).hasPrefix("fail reject/sp"))
        let bad = zone(["example.com": "v=DMARC1; p=x; sp=reject; \(Self.rua)"])
        #expect(summary(try await evaluate("a.example.com", in: bad)).hasPrefix("fail none/p"))
        // A record that cannot be used is not skipped in favour of the next one.
        let own = zone(["a.example.com": "v=DMARC1; p=x", "example.com": "v=DMARC1; p=reject"])
        #expect(summary(try await evaluate("a.example.com", in: own)).hasPrefix("permerror"))
    }

    @Test("The existence of the author domain is asked for only where np could count")
    func existence() async throws {
        for (record, expected) in [
            ("p=reject; sp=none", false), ("p=reject; sp=none; np=reject", true), ("p=none", false),
        ] {
            let counting = CountingResolver(zone(["example.com": "v=DMARC1; \(record)"]))
            _ = try await evaluate("gone.example.com", in: counting)
            #expect(counting.questions.contains { $0.name.text == "gone.example.com" } == expected)
            let own = CountingResolver(zone(["gone.example.com": "v=DMARC1; \(record)"]))
            _ = try await evaluate("gone.example.com", in: own)
            #expect(!own.questions.contains { $0.name.text == "gone.example.com" })
        }
    }
}
