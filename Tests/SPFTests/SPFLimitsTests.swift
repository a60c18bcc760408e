import DNS
import MailNames
import SPF
import TestSupport
import Testing

@Suite struct SPFLimitsTests {
    private static func chain(_ count: Int) -> [String] {
        (0..<count).map { "i\($0).example TXT \"v=spf1 include:i\($0 + 1).example\"" }
            + ["i\(count).example TXT \"v=spf1 ip4:192.0.2.1\""]
    }

    @Test(arguments: [
        ("v=spf1 a a a a a a a a a a ip4:192.0.2.1 -all", SPFResult.pass, 10),
        ("v=spf1 a a a a a a a a a a a ip4:192.0.2.1 -all", .permerror, 11),
        (
            "v=spf1 a mx ptr exists:z.org include:n.example a mx exists:z.org include:n.example a ip4:192.0.2.1",
            .pass, 10
        ),
        ("v=spf1 a a a a a a a a a redirect=p.example", .pass, 10),
        ("v=spf1 a a a a a a a a a a redirect=p.example", .permerror, 11),
        ("v=spf1 a a a a a a a a a include:p.example a", .pass, 10),
        ("v=spf1 a a a a a a a a include:two.example ip4:192.0.2.1", .permerror, 11),
        ("v=spf1 ip4:192.0.2.1 a a a a a a a a a a a", .pass, 0),
        ("v=spf1 -all a a a a a a a a a a a exp=x.example", .fail, 0),
        ("v=spf1 a a a a a a a a a a -all redirect=p.example", .fail, 10),
    ])
    func `terms that ask are counted over all records (RFC 7208 §4.6.4)`(
        record: String, result: SPFResult, lookups: Int
    ) async throws {
        let outcome = try await Check(
            record: record,
            [
                "example.org A 192.0.2.77", "example.org MX 10 example.org.", "x.example A 192.0.2.77",
                "x.example TXT text", "n.example TXT \"v=spf1 -all\"", "p.example TXT \"v=spf1 ip4:192.0.2.1\"",
                "two.example TXT \"v=spf1 a a -all\"", "two.example A 192.0.2.77",
                "1.2.0.192.in-addr.arpa PTR example.org.",
            ]
        ).run()
        #expect(outcome.result == result)
        #expect(outcome.lookups == lookups)
    }

    @Test func `ten includes within each other are allowed, and eleven are not (RFC 7208 §4.6.4)`() async throws {
        let ten = try await Check(Self.chain(10), mailFrom: "u@i0.example").run()
        #expect((ten.result, ten.lookups) == (.pass, 10))
        let eleven = try await Check(Self.chain(11), mailFrom: "u@i0.example").run()
        #expect((eleven.result, eleven.lookups) == (.permerror, 11))
    }

    @Test(arguments: [
        ("v=spf1 a:n1.example a:n2.example ?all", SPFResult.neutral, 2),
        ("v=spf1 a:n1.example a:n2.example a:n3.example ?all", .permerror, 3),
        ("v=spf1 a:n1.example mx:n2.example exists:n3.example ?all", .permerror, 3),
        ("v=spf1 a:v6.example exists:v6.example mx:v6.example ?all", .permerror, 3),
        ("v=spf1 include:two.example a:n1.example ?all", .permerror, 3),
        ("v=spf1 ptr a:n1.example ?all", .neutral, 2),
        ("v=spf1 ptr a:n1.example mx:n1.example ?all", .permerror, 3), ("v=spf1 ptr ptr:a.org ptr ?all", .permerror, 3),
        ("v=spf1 exists:%{p}.org ptr ?all", .neutral, 2),
        // What is no look-up cannot be a void one.
        ("v=spf1 a:n1.example a:n2.example a:x..example a:%{h}x.museum..org ?all", .neutral, 2),
        // §4.6.4, §6.2: the explanation is nobody's look-up.
        ("v=spf1 a:n1.example a:n2.example -all exp=n3.example", .fail, 2),
        ("v=spf1 a:n1.example a:n2.example include:n3.example", .permerror, 3),
    ])
    func `terms for which nothing is found are counted over all records (RFC 7208 §4.6.4)`(
        record: String, result: SPFResult, voids: Int
    ) async throws {
        let outcome = try await Check(
            record: record,
            ["v6.example AAAA 2001:db8::1", "two.example TXT \"v=spf1 a:n1.example a:n2.example\""]
        ).run()
        #expect(outcome.result == result)
        #expect(outcome.voidLookups == voids)
    }

    @Test func `the limit of void look-ups can be set (RFC 7208 §4.6.4)`() async throws {
        var check = Check(record: "v=spf1 a:n1.example a:n2.example a:n3.example ?all")
        check.limits.voidLookupsMax = 3
        #expect(try await check.run().result == .neutral)
        check.limits.voidLookupsMax = 0
        #expect(try await check.run().voidLookups == 1)
        check.limits.lookupsMax = 0
        #expect(try await check.run().result == .permerror)
    }

    // pyspf issues 40, 41, 44 and mailauth issue 104: IPv6 clients of domains whose exchangers have IPv4 alone.
    @Test func `exchangers without an address of the client's family are not each a void look-up`() async throws {
        let exchangers = (1...4).flatMap { ["example.org MX 10 m\($0).example.", "m\($0).example A 192.0.2.\($0)"] }
        let check = Check(record: "v=spf1 mx ip6:2001:db8::/32 -all", exchangers, client: "2001:db8::1")
        let outcome = try await check.run()
        #expect((outcome.result, outcome.lookups, outcome.voidLookups) == (.pass, 1, 1))
        let mixed = Check(
            record: "v=spf1 mx ip6:2001:db8::/32 -all", exchangers + ["m2.example AAAA 2001:db9::1"],
            client: "2001:db8::1")
        #expect(try await mixed.run().voidLookups == 0)
    }

    @Test(arguments: [(10, SPFResult.pass), (11, .permerror)])
    func `ten exchangers are allowed (RFC 7208 §4.6.4)`(count: Int, result: SPFResult) async throws {
        let zone = (1...count).flatMap { ["example.org MX \($0) m\($0).example.", "m\($0).example A 192.0.2.9"] }
        let (outcome, asked) = try await Check(record: "v=spf1 mx ip4:192.0.2.1 -all", zone).ask()
        #expect(outcome.result == result)
        // An address look-up of an exchanger is none of the ten (mail-auth issue 35).
        #expect(outcome.lookups == 1)
        #expect(asked.count == (count == 10 ? 12 : 2))
    }

    @Test func `of the client's names the first ten count (RFC 7208 §4.6.4)`() async throws {
        let names = (1...11).map { "1.2.0.192.in-addr.arpa PTR m\($0).example.org." }
        let tenth = try await Check(record: "v=spf1 ptr ?all", names + ["m10.example.org A 192.0.2.1"]).run()
        #expect(tenth.result == .pass)
        let (outcome, asked) = try await Check(record: "v=spf1 ptr ?all", names + ["m11.example.org A 192.0.2.1"]).ask()
        #expect(outcome.result == .neutral)
        #expect(asked.count == 12)
        #expect(outcome.lookups == 1)
    }

    @Test func `a spent budget is a temporary error (RFC 7208 §4.6.4)`() async throws {
        struct Spent: Resolver {
            func answer(_ question: DNSQuestion) async -> DNSAnswer {
                DNSAnswer(question: question, status: .budgetSpent)
            }
        }
        let request = SPFRequest(clientAddress: .v4(1), helo: "a.b", mailFrom: "a@b.example", at: Check([]).at)
        #expect(await SPFVerifier(resolver: Spent()).checkHost(request).result == .temperror)
    }
}
