import DNS
import SPF
import TestSupport
import Testing
import Trace

@Suite struct SPFTraceTests {
    @Test func `every step is told in order, with its section and depth`() async throws {
        let outcome = try await Check(
            [
                "example.org TXT \"v=spf1 ip4:198.51.100.1 include:i.example x=y exists:%{i}.x.org -all exp=e.org\"",
                "i.example TXT \"v=spf1 a -all\"", "i.example A 192.0.2.9", "e.org TXT \"no\"",
            ]
        ).run(tracing: true)
        let lines = outcome.trace.steps.map { step in
            let what =
                switch step.kind {
                case .asked(let question, let answer): "asked \(question), \(answer?.status.description ?? "cached")"
                case .compared(let agreed): "compared(\(agreed)) \(step.text)"
                case .found: "found \(step.text)"
                case .decided: "decided \(step.text)"
                case .limit: "limit \(step.text)"
                }
            return "\(step.depth) \(step.citation?.description ?? "-") \(what)"
        }
        #expect(
            lines == [
                "0 RFC 7208 §4.1 found client 192.0.2.1, domain example.org of the reverse-path",
                "0 RFC 7208 §4.4 asked example.org TXT, answered",
                "0 RFC 7208 §4.5 found record of example.org: "
                    + "v=spf1 ip4:198.51.100.1 include:i.example x=y exists:%{i}.x.org -all exp=e.org",
                "0 RFC 7208 §5.6 compared(false) ip4:198.51.100.1 does not match 192.0.2.1",
                "0 RFC 7208 §4.4 asked i.example TXT, answered",
                "1 RFC 7208 §4.5 found record of i.example: v=spf1 a -all",
                "1 RFC 7208 §5.3 asked i.example A, answered",
                "1 RFC 7208 §5.3 compared(false) a does not match 192.0.2.1",
                "1 RFC 7208 §5.1 compared(true) -all matches 192.0.2.1",
                "1 RFC 7208 §5.2 decided the included record of i.example says fail",
                "0 RFC 7208 §5.2 compared(false) include:i.example does not match 192.0.2.1",
                "0 RFC 7208 §7.3 found %{i}.x.org is 192.0.2.1.x.org",
                "0 RFC 7208 §5.7 asked 192.0.2.1.x.org A, no such name",
                "0 RFC 7208 §5.7 compared(false) exists:%{i}.x.org does not match 192.0.2.1",
                "0 RFC 7208 §5.1 compared(true) -all matches 192.0.2.1",
                "0 RFC 7208 §2.6 decided fail: -all of the record of example.org matches",
                "0 RFC 7208 §6.2 asked e.org TXT, answered",
                "0 RFC 7208 §6.2 found the domain's explanation: no",
            ])
    }

    @Test func `a limit is told`() async throws {
        let outcome = try await Check(record: "v=spf1 redirect=example.org").run(tracing: true)
        #expect(
            outcome.trace.steps.contains {
                $0.kind == .limit && $0.text == "this would be look-up 11, and 10 are allowed"
                    && $0.citation?.section == "4.6.4"
            })
    }

    @Test(arguments: SPFTraceTests.checks) func `tracing changes nothing of the outcome`(check: Check) async throws {
        let traced = try await check.ask(tracing: true)
        var outcome = traced.outcome
        #expect(!outcome.trace.steps.isEmpty || outcome.domain == nil)
        outcome.trace = .disabled
        let plain = try await check.ask()
        #expect(plain.outcome == outcome)
        #expect(plain.asked == traced.asked)
    }

    static let checks = [
        Check(record: "v=spf1 ip4:198.51.100.1 x=y ip6:::/0 ip4:192.0.2.0/24 -all"),
        Check(
            record: "v=spf1 a mx ptr exists:%{p}.x include:i.example -all",
            ["i.example TXT \"v=spf1 redirect=j.example\"", "j.example TXT \"v=spf1 ip6:::/0 x=z ?all\""]),
        Check(record: "v=spf1 redirect=r.example", ["r.example TXT \"v=spf1 x=y\""]),
        Check(record: "v=spf1 a:n1.org a:n2.org a:n3.org"), Check(record: "v=spf1 moo"), Check([]),
        Check([], mailFrom: "x@y"),
    ]
}
