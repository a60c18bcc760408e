import DANE
import DNS
import MailNames
import TestSupport
import Testing
import Trace
import TransportPolicy

@Suite struct PlanTests {
    private static let host = ["example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"]
    private static let sts = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]
    private static let tlsa = ["_25._tcp.mx.example.org TLSA 3 1 1 \(digest)"]

    // MARK: Routes

    /// RFC 5321 §5.1, RFC 7505 §3.
    @Test(arguments: [
        (["example.org A 192.0.2.1"], "opportunistic example.org=any", nil),
        (["example.org MX 0 ."], "none", "5.1.10"),
        (["example.net A 192.0.2.1"], "none", "5.1.2"),
        (["example.org TXT \"no address\""], "none example.org=any!address", "5.1.2"),
        (
            ["example.org MX 10 mx.example.org", "mx.example.org TXT \"no address\""],
            "none mx.example.org=any!address", "later"
        ),
        (
            [
                "example.org MX 20 b.example.org", "example.org MX 10 z.example.org", "example.org MX 20 a.example.org",
                "a.example.org A 192.0.2.1", "b.example.org A 192.0.2.2", "z.example.org AAAA 2001:db8::1",
            ], "opportunistic z.example.org=any a.example.org=any b.example.org=any", nil
        ),
        // The null MX beside others is a mistake of theirs.
        (
            ["example.org MX 0 .", "example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"],
            "opportunistic mx.example.org=any", nil
        ),
    ])
    func whereMailGoes(_ lines: [String], _ expected: String, _ end: String?) async throws {
        let plan = try await plan(lines, signed: [])
        #expect(plan.line == expected, "\(plan.reason)")
        switch plan.dead {
        case nil: #expect(end == nil)
        case .later: #expect(end == "later")
        case .never(_, let code): #expect(end == code)
        }
        #expect(!plan.reason.isEmpty && !plan.trace.steps.isEmpty)
    }

    @Test func aFailedLookupOfMXRecordsIsLaterAndNeverAGuess() async throws {
        for failure in ["servfail", "timeout", "bogus"] {
            let plan = try await plan(["example.org MX \(failure)", "example.org A 192.0.2.1"])
            #expect(plan.line == "none", "\(failure)")
            guard case .later = plan.dead else {
                Issue.record("\(failure): \(String(describing: plan.dead))")
                continue
            }
            #expect(plan.ttlSeconds == 0, "a failure is not kept")
        }
    }

    @Test func onlySoManyServersAreLookedAt() async throws {
        let lines = (0..<100).flatMap {
            ["example.org MX \($0) mx\($0).example.org", "mx\($0).example.org A 192.0.2.1"]
        }
        let plan = try await plan(lines)
        #expect(plan.servers.count == MailRoute.hopsMax)
        #expect(plan.route.omittedCount == 80)
    }

    // MARK: DANE

    /// RFC 7672 §2.2: each server is held to what it has.
    @Test(arguments: [
        (["_25._tcp.mx.example.org TLSA 3 1 1 \(digest)"], "dane mx.example.org=dane"),
        (["_25._tcp.mx.example.org TLSA 2 0 1 \(digest)"], "dane mx.example.org=dane"),
        // RFC 7672 §3.1.3: usages 0 and 1 can't be used, and TLS is mandatory all the same.
        (["_25._tcp.mx.example.org TLSA 1 0 1 \(digest)"], "dane mx.example.org=encrypt"),
        (["_25._tcp.mx.example.org TLSA 3 1 1 abcd"], "dane mx.example.org=encrypt"),
        ([], "opportunistic mx.example.org=any"),
        // RFC 7672 §2.1.2: no answer is no "no".
        (["_25._tcp.mx.example.org TLSA servfail"], "none mx.example.org=any!dns"),
        (["_25._tcp.mx.example.org TLSA bogus"], "none mx.example.org=any!dns"),
        (["_25._tcp.mx.example.org TLSA timeout"], "none mx.example.org=any!dns"),
    ])
    func whatTLSARecordsAskFor(_ more: [String], _ expected: String) async throws {
        let plan = try await plan(Self.host + more)
        #expect(plan.line == expected, "\(plan.reason)")
        #expect((plan.dead == nil) == !expected.contains("!"))
    }

    @Test func oneServerThatCannotBeProvedDoesNotHoldUpTheOthers() async throws {
        let plan = try await plan(
            Self.host + [
                "example.org MX 20 b.example.org", "b.example.org A 192.0.2.2",
                "_25._tcp.mx.example.org TLSA servfail", "_25._tcp.b.example.org TLSA 3 1 1 \(digest)",
            ])
        #expect(plan.line == "dane mx.example.org=any!dns b.example.org=dane")
        #expect(plan.dead == nil)
    }

    /// RFC 7672 §3.2.2: the domain's own name counts where it is proved that it leads here.
    @Test func theNextHopsNameCountsOnlyBehindProvedRecords() async throws {
        let lines = [
            "example.org MX 10 mx.example.net", "mx.example.net A 192.0.2.1",
            "_25._tcp.mx.example.net TLSA 2 1 1 \(digest)",
        ]
        let proved = try await plan(lines, signed: ["example.org", "example.net"])
        #expect(proved.servers[0].demand.dane?.references.names.map(\.text) == ["mx.example.net", "example.org"])
        #expect(proved.servers[0].demand.dane?.isRouteProved == true)
        let unproved = try await plan(lines, signed: ["example.net"])
        #expect(unproved.servers[0].demand.dane?.references.names.map(\.text) == ["mx.example.net"])
        #expect(unproved.servers[0].demand.dane?.isRouteProved == false)
        var options = TransportOptions()
        options.usesDANEWithUnprovedRoute = false
        let off = try await plan(lines, signed: ["example.net"], options: options)
        #expect(off.line == "opportunistic mx.example.net=any")
    }

    @Test func withDANEOffAFailedQuestionForRecordsDoesNotMatter() async throws {
        var options = TransportOptions()
        options.usesDANE = false
        let plan = try await plan(Self.host + ["_25._tcp.mx.example.org TLSA servfail"], options: options)
        #expect(plan.line == "opportunistic mx.example.org=any")
    }

    // MARK: MTA-STS

    @Test(arguments: [
        ("enforce", "mx.example.org", "sts mx.example.org=sts"),
        ("enforce", "*.example.org", "sts mx.example.org=sts"),
        ("enforce", "other.example.org", "sts mx.example.org=sts!policy"),
        ("testing", "mx.example.org", "sts mx.example.org=testing"),
        ("testing", "other.example.org", "sts mx.example.org=testing"),
        ("none", "mx.example.org", "opportunistic mx.example.org=any"),
    ])
    func whatPoliciesAskFor(_ mode: String, _ mx: String, _ expected: String) async throws {
        let plan = try await plan(Self.host + Self.sts, signed: [], policies: Policies(mode: mode, mx: mx))
        #expect(plan.line == expected, "\(plan.reason)")
        #expect((plan.dead == nil) == !expected.contains("!"))
    }

    /// RFC 8461 §2: DANE is never overridden. With proof from the domain down it decides.
    @Test func danedecidesWhereTheWholeWayIsProved() async throws {
        let policies = Policies(mode: "enforce", mx: "other.example.org")
        let plan = try await plan(Self.host + Self.sts + Self.tlsa, policies: policies)
        #expect(plan.line == "dane mx.example.org=dane")
        #expect(plan.servers[0].demand.sts?.effect == .observed)
    }

    /// An attacker who forges MX records can name a host of his own, with TLSA records of its own.
    @Test func withoutProofOfTheRouteBothMustHold() async throws {
        let lines = [
            "example.org MX 10 mx.evil.example", "mx.evil.example A 192.0.2.1",
            "_25._tcp.mx.evil.example TLSA 3 1 1 \(digest)",
        ]
        let policies = Policies(mode: "enforce", mx: "mx.example.org")
        let forged = try await plan(lines + Self.sts, signed: ["evil.example"], policies: policies)
        #expect(forged.line == "sts mx.evil.example=dane+sts!policy")
        guard case .later = forged.dead else {
            Issue.record("\(String(describing: forged.dead))")
            return
        }
    }

    @Test func recordsThatCannotBeUsedDoNotSwitchAPolicyOff() async throws {
        let plan = try await plan(
            Self.host + Self.sts + ["_25._tcp.mx.example.org TLSA 1 0 1 \(digest)"],
            policies: Policies(mode: "enforce", mx: "mx.example.org"))
        #expect(plan.line == "dane mx.example.org=sts")
        #expect(plan.servers[0].demand.requiresAuthentication)
    }

    /// RFC 8461 §3.4: subdomains do not inherit; each domain has its own policy or none.
    @Test func aSubdomainHasNoPolicyOfItsParent() async throws {
        let plan = try await plan(
            ["sub.example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"] + Self.sts, signed: [],
            to: "sub.example.org", policies: Policies(mode: "enforce", mx: "mx.example.org"))
        #expect(plan.line == "opportunistic mx.example.org=any")
    }

    // MARK: Destinations

    @Test(arguments: [
        ("[mx.example.org]", "dane mx.example.org=dane"), ("[192.0.2.1]", "opportunistic .=any"),
        ("[IPv6:2001:db8::1]", "opportunistic .=any"),
        ("[mx.example.org]:587", "opportunistic mx.example.org=any"),
    ])
    func fixedDestinations(_ destination: String, _ expected: String) async throws {
        let plan = try await plan(Self.host + Self.tlsa, to: destination)
        #expect(plan.line == expected)
    }

    @Test(arguments: [
        ("example.org", "example.org"), ("Example.ORG.", "example.org"), ("[mx.example.org]", "[mx.example.org]"),
        ("[mx.example.org]:25", "[mx.example.org]"), ("[mx.example.org]:587", "[mx.example.org]:587"),
        ("mx.example.org:587", "[mx.example.org]:587"), ("[192.0.2.1]:26", "[192.0.2.1]:26"),
        ("[IPv6:2001:DB8::1]", "[IPv6:2001:db8::1]"), ("[2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("bücher.example", "xn--bcher-kva.example"),
    ])
    func readingDestinations(_ text: String, _ expected: String) throws {
        let destination = try MailDestination(text)
        #expect(destination.description == expected)
        #expect(try MailDestination(destination.description) == destination)
    }

    @Test(arguments: [
        "", ".", "[", "[]", "[mx", "mx]", "[mx.example.org]587", "[mx.example.org]:", "[mx.example.org]:0",
        "[mx.example.org]:65536", "example.org:smtp", "192.0.2.1", "a b.example", "[IPv6:]", "example..org",
    ])
    func whatIsNoDestination(_ text: String) {
        #expect(throws: MailDestination.Mistake.self) { try MailDestination(text) }
    }
}
