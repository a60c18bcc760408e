import SPF
import TestSupport
import Testing

@Suite struct SPFExplanationTests {
    private static func explanation(
        _ text: String, _ zone: [String] = [], check: (inout Check) -> Void = { _ in }
    ) async throws -> String? {
        var all = Check(record: "v=spf1 -all exp=e.%{d}", ["e.example.org TXT \"\(text)\""] + zone)
        check(&all)
        let outcome = try await all.run()
        #expect(outcome.result == .fail)
        return outcome.explanation
    }

    @Test(
        arguments: [
            (
                "Mail from example.org should only be sent by its own servers.",
                "Mail from example.org should only be sent by its own servers."
            ),
            (
                "%{i} is not one of %{d}'s designated mail servers.",
                "192.0.2.1 is not one of example.org's designated mail servers."
            ),
            (
                "See http://%{d}/why.html?s=%{S}&i=%{I}",
                "See http://example.org/why.html?s=user%40example.org&i=192.0.2.1"
            ),
            ("%{c} %{r} %{t}", "192.0.2.1 receiver.example 1700000000"), ("%{o explains}", nil),
            ("ends with a dot.", "ends with a dot."),
            ("100%", nil), ("%{x}", nil), ("%%%_%-", "% %20"), ("a\\009b", nil), ("\\195\\169", nil), ("", nil),
            ("%{p}", "unknown"),
        ] as [(String, String?)])
    func `texts with and without macros (RFC 7208 §6.2)`(text: String, explanation: String?) async throws {
        #expect(try await Self.explanation(text) == explanation)
    }

    @Test(arguments: [
        ["e.example.org TXT one", "e.example.org TXT two"], [], ["e.example.org A 192.0.2.1"],
        ["e.example.org TXT timeout"],
        ["e.example.org TXT servfail"], ["e.example.org TXT nxdomain"],
    ])
    func `without exactly one record there is no explanation, and the fail stays (RFC 7208 §6.2)`(
        zone: [String]
    ) async throws {
        let outcome = try await Check(record: "v=spf1 -all exp=e.%{d}", zone).run()
        #expect(outcome.result == .fail)
        #expect(outcome.explanation == nil)
        #expect(outcome.voidLookups == 0)
    }

    @Test func `strings are joined without spaces (RFC 7208 §6.2)`() async throws {
        let outcome = try await Check(record: "v=spf1 -all exp=e.org", ["e.org TXT \"one %{\" \"d} two\""]).run()
        #expect(outcome.explanation == "one example.org two")
    }

    @Test func `the IPv6 address is spelled for people and for the DNS (RFC 7208 §7.3)`() async throws {
        #expect(try await Self.explanation("%{c} %{i2r}") { $0.client = "2001:db8::1" } == "2001:db8::1 0.2")
        #expect(try await Self.explanation("%{c}") { $0.client = "::ffff:192.0.2.5" } == "192.0.2.5")
    }

    @Test func `only a fail by a directive of the record itself is explained (RFC 7208 §6.2)`() async throws {
        let zone = [
            "e.org TXT outer", "i.example TXT \"v=spf1 -all exp=f.org\"", "f.org TXT inner",
            "r.example TXT \"v=spf1 -all exp=f.org\"",
            "bare.example TXT \"v=spf1 -all\"",
        ]
        func explanation(_ record: String) async throws -> String? {
            try await Check(record: record, zone).run().explanation
        }
        #expect(try await explanation("v=spf1 include:i.example -all exp=e.org") == "outer")
        #expect(try await explanation("v=spf1 include:i.example -all") == nil)
        #expect(try await explanation("v=spf1 redirect=r.example exp=e.org") == "inner")
        #expect(try await explanation("v=spf1 redirect=bare.example exp=e.org") == nil)
        #expect(try await explanation("v=spf1 ~all exp=e.org") == nil)
        #expect(try await explanation("v=spf1 ?all exp=e.org") == nil)
        #expect(try await explanation("v=spf1 -ip4:192.0.2.1 exp=e.org") == "outer")
    }

    @Test func `the domain's explanation is that of the record it redirects to`() async throws {
        let zone = [
            "example.org TXT \"v=spf1 redirect=r.example\"", "r.example TXT \"v=spf1 -all exp=e.%{d}\"",
            "e.r.example TXT \"%{d} %{o}\"",
        ]
        #expect(try await Check(zone).run().explanation == "r.example example.org")
    }

    @Test func `the client's name is found for the text and for its address (RFC 7208 §7.3)`() async throws {
        let reverse = ["1.2.0.192.in-addr.arpa PTR m.example.org.", "m.example.org A 192.0.2.1"]
        #expect(try await Self.explanation("from %{p}", reverse) == "from m.example.org")
        let zone = reverse + ["m.example.org.e.org TXT \"to %{p} and %{p2}\""]
        let (outcome, asked) = try await Check(record: "v=spf1 -all exp=%{p}.e.org", zone).ask()
        #expect(outcome.explanation == "to m.example.org and example.org")
        #expect(asked.count == 4)
    }

    @Test func `what the sender put in is ASCII and printable or the explanation is not used (RFC 7208 §6.2, §11.5.3)`()
        async throws
    {
        #expect(try await Self.explanation("%{l}") { $0.mailFrom = "a b@example.org" } == "a b")
        #expect(try await Self.explanation("%{l}") { $0.mailFrom = "a\r\nb@example.org" } == nil)
        #expect(try await Self.explanation("%{L}") { $0.mailFrom = "a\r\nb@example.org" } == "a%0D%0Ab")
        #expect(try await Self.explanation("%{h}") { $0.helo = "a\u{1b}[31m" } == nil)
        #expect(try await Self.explanation("%{h}") { $0.helo = "é" } == nil)
    }

    @Test func `long explanations are cut at the limit (RFC 7208 §6.2)`() async throws {
        let long = String(repeating: "x", count: 250) + " " + String(repeating: "%{d}", count: 40)
        let cut = try #require(try await Self.explanation(long))
        #expect(cut.utf8.count == 400)
        #expect(cut.hasPrefix("xxx") && cut.contains("x example.org"))
        #expect(try await Self.explanation("abcdef") { $0.limits.explanationBytesMax = 3 } == "abc")
        #expect(try await Self.explanation("abcdef") { $0.limits.explanationBytesMax = 0 } == nil)
    }
}
