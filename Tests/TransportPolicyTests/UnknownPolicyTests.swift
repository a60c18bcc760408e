import DNS
import MailBytes
import MailNames
import TestSupport
import Testing
import Trace
import TransportPolicy

/// DNS does not say whether there is an MTA-STS policy: mail waits, within bounds.
@Suite struct UnknownPolicyTests {
    private static let host = ["example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"]
    private static let tlsa = ["_25._tcp.mx.example.org TLSA 3 1 1 \(digest)"]

    @Test(arguments: ["servfail", "timeout", "bogus"])
    func withoutAnAnswerMailWaits(_ failure: String) async throws {
        let plan = try await plan(Self.host + ["_mta-sts.example.org TXT \(failure)"], signed: [])
        #expect(plan.line == "none mx.example.org=any!unknown")
        guard case .later = plan.dead else {
            Issue.record("\(String(describing: plan.dead))")
            return
        }
    }

    /// No record, and one that can't be used, are answers.
    @Test(arguments: [[], ["_mta-sts.example.org TXT \"v=STSv1; id=!;\""]])
    func withoutARecordItDoesNot(_ more: [String]) async throws {
        let plan = try await plan(Self.host + more, signed: [])
        #expect(plan.line == "opportunistic mx.example.org=any")
    }

    /// RFC 8461 §2: DANE, with proof all the way, asks nobody.
    @Test func withDANEItDoesNot() async throws {
        let lines = Self.host + Self.tlsa + ["_mta-sts.example.org TXT servfail"]
        #expect(try await plan(lines).line == "dane mx.example.org=dane")
        // With the MX records unproved it says that it is the host, and not that it is the domain's.
        #expect(
            try await plan(
                [
                    "example.org MX 10 mx.example.net", "mx.example.net A 192.0.2.1",
                    "_25._tcp.mx.example.net TLSA 3 1 1 \(digest)", "_mta-sts.example.org TXT servfail",
                ], signed: ["example.net"]
            ).line == "none mx.example.net=dane!unknown")
    }

    @Test func theWaitIsBounded() async throws {
        let keeper = MTASTSKeeper(store: MTASTSMemory(), fetcher: Policies())
        let failing = Self.host + ["_mta-sts.example.org TXT servfail"]
        func line(_ lines: [String], _ seconds: Int64, wait: Int64 = 3_600) async throws -> String {
            var options = TransportOptions()
            options.policyWaitSeconds = wait
            return await TransportPlanner(
                resolver: SignedZones(lines, signed: []), keeper: keeper, options: options
            ).plan(for: try MailDestination("example.org"), at: now.adding(seconds: seconds)).line
        }
        #expect(try await line(failing, 0) == "none mx.example.org=any!unknown")
        #expect(try await line(failing, 3_599) == "none mx.example.org=any!unknown")
        #expect(try await line(failing, 3_600) == "opportunistic mx.example.org=any")
        #expect(try await line(failing, 3_600, wait: 7_200) == "none mx.example.org=any!unknown")
        #expect(try await line(Self.host, 4_000) == "opportunistic mx.example.org=any", "an answer ends it")
        #expect(try await line(failing, 4_001) == "none mx.example.org=any!unknown", "and the next failure begins anew")
        #expect(try await line(failing, 5_000, wait: 0) == "opportunistic mx.example.org=any")
    }

    /// RFC 8461 §3.3: what is known holds, whatever DNS says.
    @Test func aKeptPolicyAsksNobody() async throws {
        let store = MTASTSMemory()
        let policies = Policies(mode: "enforce", mx: "mx.example.org")
        let record = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]
        _ = try await plan(Self.host + record, signed: [], policies: policies, store: store)
        let failing = Self.host + ["_mta-sts.example.org TXT servfail"]
        #expect(try await plan(failing, signed: [], store: store).line == "sts mx.example.org=sts")
        let over = try await plan(failing, signed: [], store: store, at: now.adding(seconds: 90_000))
        #expect(over.line == "none mx.example.org=any!unknown", "its time is over")
    }

    @Test func aKeptPolicyOfModeNoneIsAnAnswer() async throws {
        let store = MTASTSMemory()
        let record = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]
        _ = try await plan(
            Self.host + record, signed: [], policies: Policies(mode: "none", mx: "x.example"), store: store)
        let failing = Self.host + ["_mta-sts.example.org TXT servfail"]
        #expect(try await plan(failing, signed: [], store: store).line == "opportunistic mx.example.org=any")
    }
}

/// What a message's sender says about TLS, in a plan (RFC 8689).
@Suite struct SenderPlanTests {
    private static let host = ["example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"]
    private static let record = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]

    private func end(_ plan: TransportPlan) -> String? {
        switch plan.dead {
        case nil: nil
        case .later: "later"
        case .never(_, let code): code
        }
    }

    /// RFC 8689 §4.2.1 (2): MX records that are signed, or a host that a policy names.
    @Test func whoseServerItIsMustBeProved() async throws {
        let signed = try await plan(Self.host).requiringTLS
        #expect(end(signed) == nil)
        #expect(signed.servers[0].demand.requiresTLS && signed.servers[0].demand.requiresAuthentication)
        let unsigned = try await plan(Self.host, signed: []).requiringTLS
        #expect(unsigned.servers.map(\.obstacle) == [.notProved])
        #expect(end(unsigned) == "5.7.30")
        for mode in ["enforce", "testing"] {
            let named = try await plan(
                Self.host + Self.record, signed: [], policies: Policies(mode: mode, mx: "mx.example.org"))
            #expect(end(named.requiringTLS) == nil)
            let other = try await plan(
                Self.host + Self.record, signed: [], policies: Policies(mode: mode, mx: "other.example.org"))
            #expect(end(other.requiringTLS) == (mode == "enforce" ? "later" : "5.7.30"))
        }
    }

    /// What may be there later is waited for.
    @Test func aPolicyThatCannotBeHadNowIsWaitedFor() async throws {
        let failed = try await plan(Self.host + Self.record, signed: [])
        #expect(end(failed.requiringTLS) == "later")
        let unknown = try await plan(Self.host + ["_mta-sts.example.org TXT servfail"], signed: [])
        #expect(end(unknown.requiringTLS) == "later")
    }

    @Test func anAddressProvesNothing() async throws {
        #expect(end(try await plan(Self.host, to: "[192.0.2.1]").requiringTLS) == "5.7.30")
    }

    @Test(arguments: [
        (["_25._tcp.mx.example.org TLSA 3 1 1 \(digest)"], true), (["_25._tcp.mx.example.org TLSA bogus"], true),
        ([], false),
    ])
    func whatCanBeWaived(_ more: [String], _ canBe: Bool) async throws {
        let plan = try await plan(Self.host + more)
        #expect(plan.canBeWaived == canBe)
        #expect(plan.waived.line == "opportunistic mx.example.org=any")
        #expect(end(plan.waived) == nil)
        #expect(plan.waived.isWaived && !plan.isWaived)
    }

    @Test func whatIsNotThereCannotBeWaived() async throws {
        for lines in [
            ["example.org MX servfail"], ["example.org MX 0 ."],
            ["example.org MX 10 mx.example.org", "mx.example.org A servfail", "mx.example.org AAAA servfail"],
        ] {
            let plan = try await plan(lines)
            #expect(!plan.canBeWaived)
            #expect(end(plan.waived) == end(plan))
        }
    }
}
