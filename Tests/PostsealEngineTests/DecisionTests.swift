import AuthenticationResults
import DMARC
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import TestSupport
import Testing

/// A message, what was seen of its session, and what has to be decided about it.
struct DecisionCase: Sendable, CustomTestStringConvertible {
    var name: String
    var header: String
    var ip: String = "203.0.113.66"
    var mailFrom: String = "a@strict.example"
    var disposition: Disposition
    var dmarc: String
    /// Words that the reason has to have.
    var because: String

    var testDescription: String { name }
}

@Suite struct DecisionTests {
    static let zone = Zone([
        "strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"", "_dmarc.strict.example TXT \"v=DMARC1; p=reject\"",
        "testing.example TXT \"v=spf1 -all\"", "_dmarc.testing.example TXT \"v=DMARC1; p=reject; t=y\"",
        "watch.example TXT \"v=spf1 -all\"", "_dmarc.watch.example TXT \"v=DMARC1; p=none\"",
        "plain.example TXT \"v=spf1 -all\"",
        "slow.example TXT timeout", "_dmarc.slow.example TXT \"v=DMARC1; p=reject\"",
        "slownone.example TXT timeout", "_dmarc.slownone.example TXT \"v=DMARC1; p=none\"",
        "_dmarc.dead.example TXT timeout",
        "list.example TXT \"v=spf1 ip4:203.0.113.66 -all\"",
    ])

    static let cases = [
        DecisionCase(
            name: "aligned SPF passes", header: "From: a@strict.example", ip: "192.0.2.1", disposition: .accept,
            dmarc: "pass", because: "DMARC passes"),
        DecisionCase(
            name: "a plain spoof is rejected", header: "From: a@strict.example", disposition: .reject, dmarc: "fail",
            because: "nothing suggests a list"),
        DecisionCase(
            name: "RFC 9989 §7.4: list mail is not rejected",
            header: "List-Id: <l.list.example>\r\nFrom: a@strict.example",
            mailFrom: "l@list.example", disposition: .quarantine, dmarc: "fail", because: "mailing list"),
        DecisionCase(
            name: "RFC 9989 §7.4: resent mail is not rejected",
            header: "Resent-From: b@list.example\r\nFrom: a@strict.example", disposition: .quarantine, dmarc: "fail",
            because: "resent"),
        DecisionCase(
            name: "RFC 9989 §4.7: t=y asks for one level less", header: "From: a@testing.example", mailFrom: "",
            disposition: .quarantine, dmarc: "fail", because: "quarantine"),
        DecisionCase(
            name: "a policy of none changes nothing", header: "From: a@watch.example", disposition: .accept,
            dmarc: "fail", because: "no action"),
        DecisionCase(
            name: "no policy, no action", header: "From: a@plain.example", disposition: .accept, dmarc: "none",
            because: "no DMARC policy"),
        DecisionCase(
            name: "a policy that cannot be fetched delays", header: "From: a@dead.example", disposition: .tempfail,
            dmarc: "temperror", because: "DNS failed"),
        DecisionCase(
            name: "an identifier that may still align delays", header: "From: a@slow.example",
            mailFrom: "a@slow.example", disposition: .tempfail, dmarc: "temperror", because: "DNS failed"),
        DecisionCase(
            name: "a policy of none does not delay", header: "From: a@slownone.example",
            mailFrom: "a@slownone.example", disposition: .accept, dmarc: "temperror", because: "no action"),
        DecisionCase(
            name: "a stranger's slow DNS does not delay", header: "From: a@strict.example", mailFrom: "a@slow.example",
            disposition: .reject, dmarc: "fail", because: "asks for rejection"),
        DecisionCase(
            name: "several From fields are refused", header: "From: a@plain.example\r\nFrom: b@strict.example",
            disposition: .reject, dmarc: "fail", because: "more than one From"),
        DecisionCase(
            name: "RFC 9989 §11.5: of several authors the strictest policy holds",
            header: "From: a@plain.example, b@strict.example", mailFrom: "", disposition: .reject, dmarc: "fail",
            because: "strict.example"),
        DecisionCase(
            name: "no From at all", header: "To: b@strict.example", disposition: .quarantine, dmarc: "permerror",
            because: "no From"),
        DecisionCase(
            name: "a From without address", header: "From: Alice", disposition: .quarantine, dmarc: "permerror",
            because: "no domain"),
    ]

    @Test(arguments: cases)
    func decides(_ example: DecisionCase) async {
        let (findings, decision) = await Self.outcome(example)
        #expect(findings.dmarcResultWord == example.dmarc, "\(findings.dmarc?.reason ?? "")")
        #expect(decision.disposition == example.disposition, "\(decision.reason)")
        #expect(decision.reason.contains(example.because), "\(decision.reason)")
        #expect((decision.reply != nil) == [.reject, .tempfail].contains(decision.disposition))
    }

    @Test func authorsBeyondTheLimitAreNotAWayAroundDMARC() async throws {
        let authors = (0..<50).map { "a@d\($0).example" }.joined(separator: ", ")
        let (findings, decision) = await Self.outcome(
            DecisionCase(
                name: "", header: "From: \(authors), b@strict.example", disposition: .quarantine, dmarc: "permerror",
                because: ""))
        #expect(findings.dmarcObstacle == .tooManyAuthorDomains)
        #expect(decision.disposition == .quarantine)
    }

    @Test func everyReplyIsOneLineOfPrintableASCII() async {
        for example in Self.cases {
            let (_, decision) = await Self.outcome(example)
            guard let reply = decision.reply?.description else { continue }
            #expect(reply.utf8.allSatisfy { $0.isVisible || $0 == .space })
            #expect(reply.utf8.count <= 500)
        }
    }

    @Test func resultsAreWrittenForEveryMethod() async {
        let (findings, _) = await Self.outcome(Self.cases[1])
        let text = String(
            lossy: findings.authenticationResults(authservID: "mx.example")
                .fieldValue(folding: .none))
        #expect(text.hasPrefix("mx.example; spf=fail"))
        for part in [
            "smtp.mailfrom=strict.example", "dkim=none", "arc=none", "smtp.remote-ip=203.0.113.66", "dmarc=fail",
            "header.from=strict.example", "policy.dmarc=reject",
        ] {
            #expect(text.contains(part), "\(text)")
        }
    }

    static func transaction(_ example: DecisionCase) -> MailTransaction {
        MailTransaction(
            clientAddress: IPAddress(example.ip), helo: Array("client.example".utf8),
            mailFrom: Array(example.mailFrom.utf8),
            message: MailMessage(parsing: Array("\(example.header)\r\nSubject: x\r\n\r\nbody\r\n".utf8)),
            receivedAt: UnixTime(seconds: 1_790_000_000))
    }

    static func outcome(_ example: DecisionCase) async -> (Findings, Decision) {
        let findings = await Inspector(resolver: zone).inspect(transaction(example))
        return (findings, DecisionPolicy().decide(findings))
    }
}
