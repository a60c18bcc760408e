import DNS
import MTASTS
import MailBytes
import MailNames
import Socketmap
import TestSupport
import Testing
import TransportPolicy

@testable import PostsealTransport

private let digest = String(repeating: "ab", count: 32)
private let now = UnixTime(seconds: 1_800_000_000)

private struct Given: MTASTSPolicyFetcher {
    var text: String?

    func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome {
        text.map { .policy(text: Array($0.utf8), mediaType: "text/plain") } ?? .failure(.status(404))
    }
}

@Suite struct PolicyReplyTests {
    private static let host = ["example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"]
    private static let second = ["example.org MX 20 b.example.org", "b.example.org A 192.0.2.2"]
    private static let sts = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]
    private static let tlsa = ["_25._tcp.mx.example.org TLSA 3 1 1 \(digest)"]

    private func reply(
        _ lines: [String], signed: [String], policy: String? = nil, hasReportAttributes: Bool = false
    ) async throws -> String {
        let keeper = MTASTSKeeper(
            store: MTASTSMemory(),
            fetcher: Given(text: policy.map { "version: STSv1\nmode: \($0)\nmx: *.example.org\nmax_age: 86400\n" }))
        let plan = await TransportPlanner(resolver: SignedZones(lines, signed: signed), keeper: keeper)
            .plan(for: try MailDestination("example.org"), at: now)
        let reply = PolicyReply(plan, hasReportAttributes: hasReportAttributes).reply
        return String(decoding: reply.payload, as: UTF8.self)
    }

    /// What Postfix is told; the words are those of postconf(5), smtp_tls_policy_maps.
    @Test(arguments: [
        (host + tlsa, ["example.org"], nil, "OK dane-only"),
        (host + second + tlsa, ["example.org"], nil, "OK dane"),
        (host + ["_25._tcp.mx.example.org TLSA 1 0 1 \(digest)"], ["example.org"], nil, "OK dane"),
        (host, ["example.org"], nil, "NOTFOUND "),
        (host, [], nil, "NOTFOUND "),
        (host + sts, [], "enforce", "OK secure match=mx.example.org servername=hostname"),
        (host + second + sts, [], "enforce", "OK secure match=mx.example.org:b.example.org servername=hostname"),
        (host + sts, [], "testing", "NOTFOUND "), (host + sts, [], "none", "NOTFOUND "),
        (host + sts, [], nil, "NOTFOUND "),
        // DANE is never overridden by a policy, and a policy not by records that an attacker's host could have.
        (host + tlsa + sts, ["example.org"], "enforce", "OK dane-only"),
        // `dane` would let mail through to the second server whoever it is.
        (host + second + tlsa + sts, ["example.org"], "enforce", "OK dane-only"),
        (host + second + tlsa + sts, ["example.org"], "testing", "OK dane"),
        // Records that can't be used ask for TLS, which `secure` does too.
        (
            host + ["_25._tcp.mx.example.org TLSA 1 0 1 \(digest)"] + sts, ["example.org"], "enforce",
            "OK secure match=mx.example.org servername=hostname"
        ),
        (
            [
                "example.org MX 10 mx.evil.example", "mx.evil.example A 192.0.2.1",
                "_25._tcp.mx.evil.example TLSA 3 1 1 \(digest)",
            ] + sts, ["evil.example"], "enforce",
            "TEMP the MTA-STS policy does not name mx.evil.example"
        ),
        (["example.org MX servfail"], [], nil, "TEMP MX look-up failed: server failure"),
        (
            host + ["_25._tcp.mx.example.org TLSA servfail"], ["example.org"], nil,
            "TEMP server failure for _25._tcp.mx.example.org TLSA"
        ),
        (["example.org MX 0 ."], [], nil, "NOTFOUND "), (["x.example A 192.0.2.1"], [], nil, "NOTFOUND "),
    ])
    func whatPostfixIsTold(_ lines: [String], _ signed: [String], _ policy: String?, _ expected: String) async throws {
        let reply = try await reply(lines, signed: signed, policy: policy)
        #expect(reply.hasPrefix(expected), "\(reply)")
        if expected.hasPrefix("OK") { #expect(reply == expected) }
    }

    /// TLSRPT_README of Postfix 3.10.
    @Test func whatPostfixPassesOnForReports() async throws {
        let reply = try await reply(Self.host + Self.sts, signed: [], policy: "enforce", hasReportAttributes: true)
        #expect(
            reply == "OK secure match=mx.example.org servername=hostname policy_type=sts policy_domain=example.org "
                + "{ policy_string = version: STSv1 } { policy_string = mode: enforce } "
                + "{ policy_string = mx: *.example.org } { policy_string = max_age: 86400 } "
                + "mx_host_pattern=*.example.org")
    }
}
