import DMARC
import DNS
import MailNames
import TestSupport
import Testing

/// What users of other programs complained about; each is settled here.
@Suite("Complaints about others")
struct DMARCComplaintsTests {
    @Test("permerror comes with a reason that names the record and the mistake")
    func permerrorHasReason() async throws {
        let outcome = try await evaluate("a.example.com", in: zone(["example.com": "v=DMARC1; p=rejcet"]))
        #expect(outcome.result == .permerror)
        #expect(outcome.reason == "the record of example.com has a p, sp or np that is no policy, and no valid rua")
        #expect(
            outcome.record?.notes.map(\.description) == [
                "value of tag 'p' at byte 10 is not one it can have, the default holds"
            ])
    }

    @Test("Several records are discarded, not chosen from, and the walk goes on to the next name")
    func severalRecords() async throws {
        let lines = [
            "_dmarc.mail.example.com TXT \"v=DMARC1; p=none\"", "_dmarc.mail.example.com TXT \"v=DMARC1; p=reject\"",
            "_dmarc.mail.example.com TXT \"v=spf1 -all\"",
        ]
        #expect(summary(try await evaluate("mail.example.com", in: Zone(lines))).hasPrefix("none"))
        let outcome = try await evaluate(
            "mail.example.com", in: zone(["example.com": "v=DMARC1; p=quarantine"], and: lines))
        #expect(summary(outcome) == "fail quarantine/p -> quarantine at example.com of example.com")
    }

    @Test("Strict alignment is enforced, for each mechanism by its own tag")
    func strictIsEnforced() async throws {
        let resolver = zone(["example.com": "v=DMARC1; p=reject; adkim=s; aspf=s"])
        let outcome = try await evaluate("example.com", spf: ["a.example.com"], dkim: ["b.example.com"], in: resolver)
        #expect(summary(outcome).hasPrefix("fail reject/p -> reject"))
    }

    @Test("Without any SPF result DKIM alone decides")
    func withoutSPF() async throws {
        let resolver = zone(["example.com": "v=DMARC1; p=reject"])
        #expect(try await evaluate("example.com", dkim: ["example.com"], in: resolver).result == .pass)
        #expect(try await evaluate("example.com", in: resolver).result == .fail)
    }

    @Test(
        "sp counts for subdomains of the record's domain, not for itself, nor for a record of the subdomain's own"
    )
    func spOfTheRightDomain() async throws {
        let records = ["example.com": "v=DMARC1; p=none; sp=reject", "own.example.com": "v=DMARC1; p=none; sp=reject"]
        for (author, expected) in [
            ("example.com", "fail none/p"), ("own.example.com", "fail none/p"), ("other.example.com", "fail reject/sp"),
            // The organizational domain is example.com, so its sp counts and not that of own.example.com.
            ("x.own.example.com", "fail reject/sp -> reject at example.com"),
        ] {
            #expect(summary(try await evaluate(author, in: zone(records))).hasPrefix(expected))
        }
    }

    @Test("Each identifier has a walk of its own: neither's answer serves another")
    func ownWalks() async throws {
        // With the author's answer reused for everything below example.com, the department's signature would align.
        let records = ["example.com": "v=DMARC1; p=reject", "dep.example.com": "v=DMARC1; p=none; psd=n"]
        let outcome = try await evaluate("example.com", dkim: ["mail.dep.example.com"], in: zone(records))
        #expect(outcome.result == .fail)
        #expect(
            outcome.queries.map(\.text) == [
                "_dmarc.example.com", "_dmarc.com", "_dmarc.mail.dep.example.com", "_dmarc.dep.example.com",
            ])
        // And with the identifier's answer reused for the author, this would align.
        let other = try await evaluate("mail.dep.example.com", dkim: ["example.com"], in: zone(records))
        #expect(summary(other) == "fail none/p -> none at dep.example.com of dep.example.com")
    }

    @Test("The walk reaches the top-level domain, so that psd=y there is found")
    func walkReachesTheTop() async throws {
        let records = ["gov": "v=DMARC1; p=none; sp=none; np=reject; psd=y"]
        let outcome = try await evaluate("nothing.gov", in: zone(records))
        #expect(summary(outcome) == "fail reject/np -> reject at gov of nothing.gov")
        #expect(outcome.queries.last?.text == "_dmarc.gov")
    }

    @Test("A stray TXT record at a parent does not end the walk")
    func strayRecord() async throws {
        let lines = ["_dmarc.example.gov TXT \"hello\"", "_dmarc.example.gov TXT \"v=dmarc1; p=none; psd=n\""]
        let outcome = try await evaluate("a.example.gov", in: zone(["gov": "v=DMARC1; p=reject; psd=y"], and: lines))
        #expect(summary(outcome) == "fail reject/p -> reject at gov of example.gov")
    }
}
