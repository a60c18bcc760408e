import Logging
import MailBytes
import MailFormat
import MailNames
import MilterProtocol
import PostsealConfiguration
import PostsealEngine
import PostsealObservability
import PostsealProxy
import PostsealReportSending
import TestSupport
import Testing
import UnboundResolver

@testable import PostsealDaemon

/// Which messages reports are made about.
@Suite struct ReportCountingTests {
    private static let time = UnixTime(seconds: 1_795_608_000)

    private static func transaction(
        _ recipients: [String], _ fields: String = "", client: String = "192.0.2.1"
    ) -> MailTransaction {
        MailTransaction(
            clientAddress: IPAddress(client), helo: Array("client.example".utf8),
            mailFrom: Array("ann@strict.example".utf8), recipients: recipients.map { Array($0.utf8) },
            message: MailMessage(parsing: Array("From: ann@strict.example\r\n\(fields)\r\n".utf8)),
            receivedAt: time)
    }

    private static func isReport(_ transaction: MailTransaction) async throws -> Bool {
        var message = MailGuard(settings: GuardSettings(authservID: "mx.example")).begin(transaction)
        let verdict = await message.finish(resolver: Zone(World.lines))
        let judged = JudgedMessage(
            transaction: transaction, findings: try #require(verdict.findings), decision: verdict.decision,
            policy: DecisionPolicy())
        let text = """
            name: mx.example
            milter: {listen: "tcp:127.0.0.1:1"}
            reports: {addresses: [dmarc@mx.example, tls@mx.example]}

            """
        let configuration = try ConfigurationLoader(environment: [:])
            .load(octets: Array(text.utf8), named: "postseal.yaml").configuration
        return ReportMailSigns.isReport(judged, configuration.reports.addresses)
    }

    @Test func oneMoreRecipientHidesNothing() async throws {
        let forged = "203.0.113.9"
        #expect(try await Self.isReport(Self.transaction(["dmarc@mx.example"], client: forged)))
        #expect(try await Self.isReport(Self.transaction(["dmarc@mx.example", "tls@mx.example"], client: forged)))
        #expect(
            try await !Self.isReport(Self.transaction(["bob@mx.example", "dmarc@mx.example"], client: forged)))
        #expect(try await !Self.isReport(Self.transaction([], client: forged)))
        let subject = "Subject: Report Domain: a Submitter: b\r\n"
        #expect(
            try await !Self.isReport(Self.transaction(["bob@mx.example", "dmarc@mx.example"], subject, client: forged)))
        #expect(try await Self.isReport(Self.transaction(["bob@mx.example"], subject)))
    }

    @Test(arguments: [
        ("multipart/report; report-type=tlsrpt", true), ("multipart/report; report-type=\"Feedback-Report\"", true),
        ("MULTIPART/Report; boundary=x; report-type=feedback-report", true),
        ("multipart/report; report-type=delivery-status", false),
        ("multipart/report; report-type=disposition-notification", false), ("multipart/report", false),
        ("text/plain; x=\"multipart/report; report-type=tlsrpt\"", false),
    ])
    func bouncesAndReceiptsAreNoReports(_ type: String, _ isReport: Bool) async throws {
        let transaction = Self.transaction(["bob@mx.example"], "Content-Type: \(type)\r\n")
        #expect(try await Self.isReport(transaction) == isReport)
    }

    // MARK: What the proxy passes on

    private static func filter(_ tap: VerdictTap, messagesMax: Int = 10) throws -> GuardFilter {
        let metrics = Metrics(version: "1", startedAt: LogSink.systemTime())
        var settings = GuardSettings(authservID: "mx.example")
        settings.policy.onRejectRequest = .reject
        return GuardFilter(
            mailGuard: MailGuard(settings: settings),
            resolver: CountingResolver(source: .recorded(Zone(World.lines).answers), metrics: metrics),
            budget: DNSBudget(timeLimit: .seconds(3600)),
            inFlight: MessagesInFlight(gauge: metrics.messagesInFlight), messagesMax: messagesMax,
            overdue: (.tempfail, .tempfail), reports: nil, journal: nil, verdicts: tap, metrics: metrics,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { time })
    }

    private static func told(_ outcome: ProxyOutcome?, client: String = "192.0.2.1") async throws -> Int {
        let (tap, heard) = (VerdictTap(), Diary<Int>())
        tap.add { _ in heard.add(1) }
        var judge = GuardProxy(try filter(tap), server: "behind").begin(
            transaction(["bob@mx.example"], client: client), id: "1")
        _ = await judge.finish()
        if let outcome { judge.passedOn(outcome) }
        return heard.values.count
    }

    /// It comes again, and is counted then.
    @Test func whatTheServerBehindPutsOffIsNotCounted() async throws {
        #expect(try await Self.told(nil) == 0)
        #expect(try await Self.told(.deferred) == 0)
        #expect(try await Self.told(.lost) == 0)
        for outcome in [ProxyOutcome.delivered, .refused, .unknowable] {
            #expect(try await Self.told(outcome) == 1)
        }
        // What is refused here never gets there.
        #expect(try await Self.told(nil, client: "203.0.113.9") == 1)
    }

    /// However many clients stop within their messages, none of them takes a place from a message that is complete.
    @Test func whoStopsWithinAMessageTakesNobodysPlace() async throws {
        let filter = try Self.filter(VerdictTap(), messagesMax: 1)
        let transaction = Self.transaction(["bob@mx.example"])
        let stopped = (0..<3).map { _ in MessageJudge(transaction, filter: filter) }
        for _ in 0..<2 {
            var judge = MessageJudge(transaction, filter: filter)
            #expect(await judge.finish(id: nil).decision.disposition == .accept)
        }
        #expect(filter.inFlight.current == 0)
        for judge in stopped { judge.abandon(id: nil) }
        #expect(filter.inFlight.current == 0)
    }

    // MARK: What the administrator hears

    @Test func aFileThatStaysIsToldOfOnce() {
        var told = ToldNames()
        #expect(told.new(of: ["a", "b"]) == ["a", "b"])
        #expect(told.new(of: ["a", "b", "c"]) == ["c"])
        #expect(told.new(of: ["b"]).isEmpty)
        #expect(told.new(of: ["a", "b"]) == ["a"])
    }

    @Test func messagesThatFindNoRoomAreCountedWithTheNextReport() async throws {
        let transaction = Self.transaction(["bob@mx.example"], client: "203.0.113.9")
        var message = MailGuard(settings: GuardSettings(authservID: "mx.example")).begin(transaction)
        let lines = [
            "strict.example TXT \"v=spf1 -all\"",
            "_dmarc.strict.example TXT \"v=DMARC1; p=none; ruf=mailto:r@strict.example\"",
        ]
        let verdict = await message.finish(resolver: Zone(lines))
        let judged = JudgedMessage(
            transaction: transaction, findings: try #require(verdict.findings), decision: verdict.decision,
            policy: DecisionPolicy())
        let desk = FailureDesk()
        for _ in 0..<105 { desk.take(judged, perHour: 1000, at: Self.time) }
        #expect(desk.limiter.admit("strict.example", perHour: 1000, at: Self.time) == 6)
    }
}
