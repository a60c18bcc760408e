import Databases
import MailBytes
import MailReports
import PostsealDashboard
import PostsealReportSending
import TLSRPT
import TestSupport
import Testing

@testable import PostsealDaemon

/// What the dashboard is told of the reports that are sent.
@Suite struct DashboardSentTests {
    private static let made = UnixTime(seconds: 1_795_608_000)

    private static func report(
        _ kind: OutgoingReportKind, _ id: String, of domain: String, _ document: [UInt8]
    ) -> BuiltReport {
        BuiltReport(
            kind: kind, period: id, domain: domain, day: TLSReportDay(containing: made), reportID: id,
            fileName: kind == .dmarcFailure ? "" : "mx.example!\(domain)!1!2.xml.gz", subject: "Report \(id)",
            submitter: "mx.example", messages: 7, document: document, documentLength: document.count)
    }

    /// A report to two destinations, which the second one has taken at the second attempt, and two of other kinds.
    private static func withReports(
        _ body: (DashboardSent, DatabaseOutgoingReports) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let outgoing = try DatabaseOutgoingReports(SendingDatabase("\(folder)/sending.db"))
            func destination(_ uri: String) -> ReportDestination {
                ReportDestination(requested: uri, uri: uri, permission: .granted, reason: "in the domain")
            }
            let document = Array(
                """
                <feedback><report_metadata><org_name>Us</org_name><email>r@mx.example</email><report_id>one</report_id>
                <date_range><begin>1</begin><end>2</end></date_range></report_metadata><policy_published>
                <domain>bank.example</domain><p>none</p></policy_published></feedback>
                """.utf8)
            try await outgoing.add(
                report(.dmarcAggregate, "one", of: "bank.example", document),
                to: [destination("mailto:a@bank.example"), destination("mailto:b@bank.example")], due: made, at: made,
                by: "mx1")
            for (kind, id) in [(OutgoingReportKind.dmarcFailure, "two@mx.example"), (.tlsrpt, "three")] {
                try await outgoing.add(
                    report(kind, id, of: "other.example", Array("no report".utf8)),
                    to: [destination("mailto:c@other.example")], due: made.adding(seconds: 9999), at: made, by: "mx1")
            }
            let first = try #require(try await outgoing.claim(by: "mx1", at: made, lease: 60))
            try await outgoing.end(first, .retry(at: made.adding(seconds: 5000), answer: "451 later"), at: made)
            let second = try #require(try await outgoing.claim(by: "mx2", at: made.adding(seconds: 60), lease: 60))
            try await outgoing.end(second, .sent(answer: "250 ok"), at: made.adding(seconds: 61))
            try await body(DashboardSent { outgoing }, outgoing)
        }
    }

    @Test func everythingThatIsKeptOfAReportIsTold() async throws {
        try await Self.withReports { source, _ in
            let list = try await source.sentReports(domain: "bank.example", count: 10, offset: 0).reports
            #expect(list.map(\.id) == ["1-0", "1-1"])
            let detail = try #require(try await source.sentReport("1-1"))
            #expect(detail.entry == list[1])
            #expect(detail.reportID == "one" && detail.subject == "Report one" && detail.messages == 7)
            #expect(detail.fileName == "mx.example!bank.example!1!2.xml.gz")
            #expect(detail.destinations.map(\.state).sorted() == ["sent", "waiting"])
            #expect(detail.destinations.map(\.failures).sorted() == [0, 1])
            #expect(detail.attempts.map(\.answer) == ["451 later", "250 ok"])
            #expect(detail.attempts.map(\.node) == ["mx1", "mx2"])
            #expect(detail.attempts.map(\.outcome) == ["retry", "sent"])
            #expect(detail.attempts.last?.ended == Self.made.adding(seconds: 61))
            guard case .aggregate(let report)? = detail.content else {
                Issue.record("it can't be read")
                return
            }
            #expect(report.reportID == "one" && detail.text.contains("\"one\""))
        }
    }

    @Test func documentsAreHandedOutAsTheyWereSent() async throws {
        try await Self.withReports { source, outgoing in
            let document = try #require(try await source.document(of: "1-0"))
            #expect(document.name == "mx.example!bank.example!1!2.xml.gz")
            let kept = try await outgoing.document(of: 1)
            #expect(document.octets == kept)
            #expect(try await source.document(of: "2-0")?.name == "report-2.eml")
            #expect(try await source.sentReport("2-0")?.content == nil)
            for id in ["", "1", "1-2", "1-0-0", "9-0", "x-0", "1-x", "-1-0"] {
                #expect(try await source.document(of: id) == nil, "\(id)")
                #expect(try await source.sentReport(id) == nil, "\(id)")
            }
        }
    }

    @Test func reportsAreFoundByIdentifierAndDomain() async throws {
        try await Self.withReports { source, _ in
            func found(_ text: String, count: Int = 10) async throws -> [String] {
                try await source.sentReports(named: text, count: count).map(\.id).sorted()
            }
            let one = try await found("one")
            #expect(one == ["1-0", "1-1"])
            #expect(try await found("<two@mx.example>") == ["2-0"])
            #expect(try await found("Bank.Example") == ["1-0", "1-1"])
            #expect(try await found("other.example") == ["2-0", "3-0"])
            #expect(try await found("other.example", count: 1).count == 1)
            for text in ["", "on", "example", "1-0", "%"] { #expect(try await found(text).isEmpty, "\(text)") }
        }
    }

    @Test func aServerThatSendsNothingIsToldFromOneThatSentNothingYet() async throws {
        try await withFolder { folder in
            let outgoing = try DatabaseOutgoingReports(SendingDatabase("\(folder)/sending.db"))
            let some = DashboardSent { outgoing }
            #expect(some.isSending)
            let none = DashboardSent { nil }
            #expect(!none.isSending)
            #expect(try await none.sentReports(domain: nil, count: 10, offset: 0) == SentReports([]))
            #expect(try await none.sentReports(named: "one", count: 10).isEmpty)
            #expect(try await none.sentReport("1-0") == nil)
            #expect(try await none.document(of: "1-0") == nil)
        }
    }
}
