import DNS
import MailNames
import PostsealEngine
import TestSupport
import Testing

@Suite("The client's host name (RFC 8601 §3)")
struct IPRevTests {
    static let many = (0..<12).map { "9.2.0.192.in-addr.arpa PTR h\($0).many.example" }
    static let zone = Zone(
        [
            "1.2.0.192.in-addr.arpa PTR mx.good.example", "mx.good.example A 192.0.2.1",
            "2.2.0.192.in-addr.arpa PTR mx.good.example",
            "3.2.0.192.in-addr.arpa PTR nowhere.example", "3.2.0.192.in-addr.arpa PTR mx.three.example",
            "mx.three.example A 192.0.2.99", "mx.three.example A 192.0.2.3",
            "4.2.0.192.in-addr.arpa PTR timeout",
            "5.2.0.192.in-addr.arpa PTR slow.example", "slow.example A timeout",
            "6.2.0.192.in-addr.arpa PTR slow.example", "6.2.0.192.in-addr.arpa PTR mx.six.example",
            "mx.six.example A 192.0.2.6",
            "7.2.0.192.in-addr.arpa PTR nodata",
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mx.six.example",
            "mx.six.example AAAA 2001:db8::1", "h11.many.example A 192.0.2.9",
        ] + many)

    @Test(
        arguments: [
            ("192.0.2.1", .pass, "mx.good.example"), ("192.0.2.2", .fail, nil),
            ("192.0.2.3", .pass, "mx.three.example"),
            ("192.0.2.4", .temperror, nil), ("192.0.2.5", .temperror, nil), ("192.0.2.6", .pass, "mx.six.example"),
            ("192.0.2.7", .permerror, nil), ("192.0.2.8", .permerror, nil), ("2001:db8::1", .pass, "mx.six.example"),
            // Ten names are enough.
            ("192.0.2.9", .fail, nil), ("2001:db8::2", .permerror, nil),
        ] as [(String, IPRevOutcome.Result, String?)])
    func checks(_ client: String, _ result: IPRevOutcome.Result, _ name: String?) async throws {
        let outcome = await IPRevCheck(resolver: Self.zone).check(try #require(IPAddress(client)))
        #expect(outcome.result == result, "\(outcome.reason)")
        #expect(outcome.verifiedName?.text == name)
        #expect(!outcome.reason.isEmpty)
    }

    @Test("a hostile address costs eleven questions")
    func bounded() async throws {
        let counting = CountingResolver(Self.zone)
        _ = await IPRevCheck(resolver: counting).check(try #require(IPAddress("192.0.2.9")))
        #expect(counting.questions.count == 1 + IPRevCheck<Zone>.namesMax)
    }

    @Test("it is looked for if asked for, or if a forwarder is listed by its name; and it is among the results")
    func asked() async {
        let letter = Letter(client: "203.0.113.20")
        #expect(await letter.judged(.with { _ in }).findings?.iprev == nil)
        let byName = GuardSettings.policy { $0.forwarders = [.hostDomain(World.name("x.example"))] }
        #expect(await letter.judged(byName).findings?.iprev?.result == .pass)
        let byNetwork = GuardSettings.policy { $0.forwarders = [.network(World.network("192.0.2.0/24"))] }
        #expect(await letter.judged(byNetwork).findings?.iprev == nil)
        let asked = GuardSettings.with {
            $0.inspection.checksHostName = true
            $0.policy.onRejectRequest = .tag
        }
        let verdict = await letter.judged(asked)
        let fields = letter.fields(after: verdict)
        #expect(fields.first?.contains("iprev=pass (out.relay.example) policy.iprev=203.0.113.20") == true)
        // RFC 7208 §5: an IPv4 client on an IPv6 socket is an IPv4 client.
        let mapped = await Letter(client: "::ffff:203.0.113.20").judged(asked)
        #expect(mapped.findings?.iprev?.result == .pass)
    }
}
