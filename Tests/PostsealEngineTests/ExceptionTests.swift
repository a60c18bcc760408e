import MailNames
import PostsealEngine
import Testing

@Suite("Exceptions")
struct ExceptionTests {
    static let spoof = Letter()
    static let honest = Letter(fields: ["From: a@open.example"], client: "198.51.100.7", mailFrom: "")
    /// Two authors, and only one of them is excepted.
    static let both = Letter(fields: ["From: a@open.example, b@strict.example"], mailFrom: "")
    /// The domain that is checked is excepted; some programs show another.
    static let odd = Letter(fields: ["From: a@bank.example <b@strict.example>x"], mailFrom: "")

    static func exception(
        _ networks: [String] = [], _ authors: [String] = [], _ action: PolicyAction
    ) -> PolicyException {
        PolicyException(
            networks: networks.map(World.network), authorDomains: authors.map(World.name), action: action)
    }

    static let cases: [(String, Letter, [PolicyException], Disposition)] = [
        ("a network", spoof, [exception(["203.0.113.0/24"], [], .accept)], .accept),
        ("another network", spoof, [exception(["198.51.100.0/24"], [], .accept)], .reject),
        ("an author", spoof, [exception([], ["strict.example"], .quarantine)], .quarantine),
        ("a name above the author", spoof, [exception([], ["example"], .accept)], .accept),
        ("a name below the author", spoof, [exception([], ["mail.strict.example"], .accept)], .reject),
        ("a network and an author", spoof, [exception(["203.0.113.66"], ["strict.example"], .accept)], .accept),
        ("a network and another author", spoof, [exception(["203.0.113.66"], ["open.example"], .accept)], .reject),
        ("neither network nor author: nobody", spoof, [exception([], [], .accept)], .reject),
        (
            "the first that fits", spoof,
            [
                exception(["198.51.100.0/24"], [], .reject), exception(["203.0.113.0/24"], [], .tag),
                exception([], ["strict.example"], .reject),
            ], .accept
        ),
        ("one that refuses honest mail", honest, [exception(["198.51.100.7"], [], .reject)], .reject),
        ("one that quarantines honest mail", honest, [exception([], ["open.example"], .quarantine)], .quarantine),
        ("one of two authors: not let through", both, [exception([], ["open.example"], .accept)], .reject),
        ("one of two authors: refused", both, [exception([], ["open.example"], .reject)], .reject),
        (
            "one of two authors: never better than without", both, [exception([], ["open.example"], .quarantine)],
            .reject
        ),
        ("an author in doubt: not let through", odd, [exception([], ["strict.example"], .accept)], .reject),
        (
            "an author in doubt: a network is enough", odd, [exception(["203.0.113.66"], [], .accept)], .accept
        ),
        ("no author", Letter(fields: ["Subject: x"]), [exception([], ["open.example"], .accept)], .quarantine),
        (
            "an IPv4 client on an IPv6 socket",
            Letter(client: "::ffff:203.0.113.66"), [exception(["203.0.113.0/24"], [], .accept)], .accept
        ),
        ("IPv6", Letter(client: "2001:db8::1"), [exception(["2001:db8::/32"], [], .accept)], .accept),
        ("no client address", Letter(client: nil), [exception(["0.0.0.0/0"], [], .accept)], .reject),
    ]

    @Test(arguments: cases)
    func decides(_ name: String, _ letter: Letter, _ exceptions: [PolicyException], _ expected: Disposition) async {
        let verdict = await letter.judged(.policy { $0.exceptions = exceptions })
        #expect(verdict.decision.disposition == expected, "\(verdict.decision.reason)")
    }

    @Test("the reason and the reply say that it is an exception, and the results stay what they are")
    func reason() async {
        let verdict = await Self.spoof.judged(
            .policy { $0.exceptions = [Self.exception(["203.0.113.0/24"], [], .tag)] })
        #expect(verdict.decision.isTagged)
        #expect(verdict.decision.reason.contains("exception"))
        #expect(Self.spoof.fields(after: verdict).first?.contains("dmarc=fail") == true)
        let refused = await Self.honest.judged(
            .policy { $0.exceptions = [Self.exception(["198.51.100.7"], [], .reject)] })
        #expect(refused.decision.reply?.description == "550 5.7.1 message refused by local policy")
    }
}
