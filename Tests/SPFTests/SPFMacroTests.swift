import SPF
import TestSupport
import Testing

@Suite struct SPFMacroTests {
    /// The name that `exists:` asks for.
    private static func expansion(
        of spec: String, client: String = "192.0.2.3", helo: String = "mx.example.org",
        mailFrom: String = "strong-bad@email.example.com"
    ) async throws -> String? {
        let zone = ["email.example.com TXT \"v=spf1 exists:\(spec) -all\""]
        let (_, asked) = try await Check(zone, client: client, helo: helo, mailFrom: mailFrom).ask()
        return asked.count == 2 ? String(asked[1].dropLast(2)) : nil
    }

    @Test(arguments: [
        ("%{s}.x", "strong-bad@email.example.com.x"), ("%{o}", "email.example.com"), ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"), ("%{d3}", "email.example.com"), ("%{d2}", "example.com"), ("%{d1}", "com"),
        ("%{dr}", "com.example.email"), ("%{d2r}", "example.email"), ("%{l}", "strong-bad"), ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"), ("%{lr-}", "bad.strong"), ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ])
    func `the examples of RFC 7208 §7.4`(spec: String, name: String) async throws {
        #expect(try await Self.expansion(of: spec) == name)
    }

    @Test func `the IPv6 example of RFC 7208 §7.4`() async throws {
        let name = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
        #expect(try await Self.expansion(of: "%{ir}.%{v}._spf.%{d2}", client: "2001:db8::cb01") == name)
    }

    @Test(
        arguments: [
            ("%{i}.x.org", "192.0.2.3.x.org"), ("%{i1}.x.org", "3.x.org"), ("%{i3r}.x.org", "2.0.192.x.org"),
            ("%{h}.x.org", "mx.example.org.x.org"), ("%{h2}", "example.org"), ("%{v}.x.org", "in-addr.x.org"),
            ("%{d999999999999999999999}", "email.example.com"), ("%{d127}", "email.example.com"),
            ("%{D}", "email.example.com"), ("%{S}.x.org", "strong-bad%40email.example.com.x.org"),
            ("%{DR}.x", "com.example.email.x"), ("%{dR}.x", "com.example.email.x"),
            ("%{l+-}.x.org", "strong.bad.x.org"), ("%{s-@}.x.org", nil), ("%{o.}", "email.example.com"),
            ("%{o-}.x", "email.example.com.x"), ("a%%b%_c%-d.x.org", "a%b\\032c%20d.x.org"),
            ("%%{d}.x.org", "%{d}.x.org"), ("%{d}.", nil), ("x.org.", "x.org"),
        ] as [(String, String?)])
    func `values, transformers and escapes (RFC 7208 §7.1 to §7.3)`(spec: String, name: String?) async throws {
        #expect(try await Self.expansion(of: spec) == name)
    }

    @Test(
        arguments: [
            ("a.b-c+d,e/f_g=h", "%{l}", "a.b-c+d,e/f_g=h"), ("a.b-c+d,e/f_g=h", "%{l.-+,/_=}", "a.b.c.d.e.f.g.h"),
            ("a.b-c+d", "%{l2-+}", "c.d"), ("a.b-c+d", "%{l2r-+}", "c.a.b"), ("a-b", "%{l1-}", "b"),
            ("a-b", "%{l1r-}", "a"),
            ("A+B", "%{l+}", "a.b"), ("a=b=c", "%{l2=}", "b.c"), ("x", "%{l5r-}", "x"),
            ("a@b", "%{l}", "a@b"), ("\"a b\"", "%{L}", "%22a%20b%22"), ("~j&k=u_1.c", "%{L}", "~j%26k%3du_1.c"),
            ("a--b", "%{l2r-}", nil), ("-a", "%{lr-}", nil), ("-a", "%{l1r-}", nil), ("a-", "%{lr-}", nil),
            ("a-", "%{l1-}", nil), ("a..b", "%{l1}", "b"),
        ] as [(String, String, String?)])
    func `parts may be empty, and a name with an empty label is not asked for (RFC 7208 §7.3, §4.8)`(
        localPart: String, macro: String, expansion: String?
    ) async throws {
        let name = try await Self.expansion(of: macro + ".x.org", mailFrom: localPart + "@email.example.com")
        #expect(name == expansion.map { $0 + ".x.org" })
    }

    @Test func `a sender without a local part is postmaster (RFC 7208 §4.3)`() async throws {
        #expect(try await Self.expansion(of: "%{l}.x.org", mailFrom: "@email.example.com") == "postmaster.x.org")
        #expect(
            try await Self.expansion(of: "%{s}.x.org", mailFrom: "email.example.com")
                == "postmaster@email.example.com.x.org")
    }

    @Test func `names too long lose labels from the left (RFC 7208 §7.3)`() async throws {
        // 17 octets and a dot each, 13 times, and x.org.
        let spec = String(repeating: "%{d}.", count: 15) + "x.org"
        let name = try #require(try await Self.expansion(of: spec))
        #expect(name.utf8.count <= 253)
        #expect(
            ("email.example.com." + name).utf8.count > 253 || name.hasPrefix("example.com.") || name.hasPrefix("com."))
        #expect(name.hasSuffix(String(repeating: "email.example.com.", count: 13) + "x.org"))
        #expect(name == "example.com." + String(repeating: "email.example.com.", count: 13) + "x.org")
    }

    @Test func `a name of exactly 253 octets stays whole`() async throws {
        let label = String(repeating: "a", count: 49)
        let whole = [label, label, label, label, String(repeating: "b", count: 49)].joined(separator: ".") + ".xy"
        #expect(whole.utf8.count == 252)
        #expect(
            try await Self.expansion(of: "%{l}c." + whole.dropFirst(2), mailFrom: "x@email.example.com")?.utf8.count
                == 253)
    }

    @Test func `HELO names that are no names do no harm (RFC 7208 §11.5.3)`() async throws {
        for helo in [
            "", "[192.0.2.1]", "a b\"c", "..", ".", String(repeating: "x.", count: 500), "\u{e9}.org", "a\u{0}b",
        ] {
            let zone = ["email.example.com TXT \"v=spf1 a:%{h} exists:%{H}.x.org exists:%{hr}.y.org ?all\""]
            let outcome = try await Check(zone, helo: helo, mailFrom: "a@email.example.com").run()
            #expect(outcome.result == .neutral || outcome.result == .permerror, "\(helo)")
        }
    }
}
