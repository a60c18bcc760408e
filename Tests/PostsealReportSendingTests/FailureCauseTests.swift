import DMARC
import MailBytes
import MailFormat
import MailNames
import MailReports
import PostsealEngine
import TestSupport
import Testing

@testable import PostsealReportSending

/// When a failure report is made, what tells it from others, and what DNS names in it give away.
@Suite struct FailureCauseTests {
    private static let maker = FailureReportMaker(
        mails: ReportMailMaker(organization: "Reporter", contact: "reports@reporter.example"),
        submitter: "reporter.example", authservID: "mx.example", key: Array("key".utf8))

    private struct Judged {
        var transaction: MailTransaction
        var findings: Findings
        var decision: Decision
        var zone: Zone

        var request: FailureReportRequest {
            get throws { try FailureReportRequest(findings, transaction, decision) }
        }

        func reports(_ nonce: [UInt8] = [1]) async throws -> FailureReports {
            await maker.reports(
                try request, transaction, findings, decision, nonce: nonce, incidents: { 1 }, zone)
        }
    }

    private static func judged(
        _ mailFrom: String = "ann.smith@leak.example", helo: String = "client.example", spf: [String] = [],
        options: String = "1"
    ) async throws -> Judged {
        let lines =
            spf + ["_dmarc.leak.example TXT \"v=DMARC1; p=none; ruf=mailto:ruf@leak.example; fo=\(options)\""]
        let transaction = MailTransaction(
            clientAddress: IPAddress("192.0.2.66"), helo: Array(helo.utf8), mailFrom: Array(mailFrom.utf8),
            recipients: [Array("bob@mx.example".utf8)],
            message: MailMessage(parsing: Array("From: <x@leak.example>\r\n\r\n".utf8)), receivedAt: noon)
        var message = MailGuard(settings: GuardSettings(authservID: "mx.example")).begin(transaction)
        let verdict = await message.finish(resolver: Zone(lines))
        return Judged(
            transaction: transaction, findings: try #require(verdict.findings), decision: verdict.decision,
            zone: Zone(lines))
    }

    private static func fields(_ reports: FailureReports) throws -> FeedbackReport {
        let document = try #require(reports.made.first?.report.document)
        guard case .failure(let read)? = ReportFile(reading: document).findings.first?.report else {
            throw CancellationError()
        }
        return read
    }

    // MARK: Names that macros make

    /// A record, the names that it leads to for `ann.smith`, and what may be shown of each.
    static let macros: [(record: String, leadsTo: [String], suffixes: [String])] = [
        ("include:%{l}._spf.%{d} -all", ["ann.smith._spf.leak.example"], ["._spf.leak.example"]),
        ("include:%{lr}.u.other.example -all", ["smith.ann.u.other.example"], [".u.other.example"]),
        ("include:%{l1}.u.other.example -all", ["smith.u.other.example"], [".u.other.example"]),
        ("redirect=%{h}.h.example", ["ann-pc.h.example"], [".h.example"]),
        ("include:_spf.%{d} -all", ["_spf.leak.example"], ["_spf.leak.example"]),
    ]

    @Test(arguments: macros)
    func noLocalPartIsInANameThatIsShown(_ record: String, _ leadsTo: [String], _ suffixes: [String]) async throws {
        let spf = ["leak.example TXT \"v=spf1 \(record)\""] + leadsTo.map { "\($0) TXT \"v=spf1 -all\"" }
        let reports = try await Self.judged(helo: "ann-pc", spf: spf).reports()
        let document = String(decoding: try #require(reports.made.first?.report.document), as: UTF8.self)
        for secret in ["smith", "ann.", "ann-pc"] { #expect(!document.contains(secret), "\(document)") }
        let shown = try Self.fields(reports).fields.filter { $0.name == "SPF-DNS" }.map(\.value)
        #expect(shown.first == "txt : leak.example : \"v=spf1 \(record)\"")
        #expect(shown.count == 1 + suffixes.count)
        for (value, suffix) in zip(shown.dropFirst(), suffixes) {
            #expect(value.hasSuffix("\(suffix) : \"v=spf1 -all\""), "\(value)")
        }
    }

    /// Where a local part makes no name at all, less is shown, and nothing of it.
    @Test func aLocalPartThatMakesNoNameIsNotShownEither() async throws {
        let spf = [
            "leak.example TXT \"v=spf1 include:%{l}.x.example include:y.example -all\"",
            "y.example TXT \"v=spf1 -all\"",
        ]
        let name = String(repeating: "secret", count: 11)
        let reports = try await Self.judged("\(name)@leak.example", spf: spf).reports()
        let document = String(decoding: try #require(reports.made.first?.report.document), as: UTF8.self)
        #expect(!document.contains("secretsecret"))
    }

    // MARK: Many of one kind

    @Test func messagesOfOneHeaderAndSecondHaveReportsOfTheirOwn() async throws {
        let judged = try await Self.judged(spf: ["leak.example TXT \"v=spf1 -all\""])
        let first = try #require(try await judged.reports([1]).made.first?.report)
        let second = try #require(try await judged.reports([2]).made.first?.report)
        #expect(first.reportID != second.reportID && first.period != second.period)
        #expect(try await judged.reports([1]).made.first?.report.reportID == first.reportID)
    }

    @Test func whatFoundNoRoomIsCountedWithTheNext() {
        let limiter = FailureLimiter()
        for _ in 0..<3 { limiter.holdBack("a.example", at: noon) }
        #expect(limiter.admit("a.example", perHour: 10, at: noon) == 4)
    }

    // MARK: Causes

    /// RFC 9991 §4: a report of DMARC is about methods that gave no aligned pass.
    @Test(arguments: ["d", "s", "d:s", "1:d:s"])
    func aMessageThatPassesByBothMethodsIsNotReported(_ options: String) async throws {
        var judged = try await Self.judged(spf: ["leak.example TXT \"v=spf1 -all\""], options: options)
        #expect((try? judged.request) != nil || options == "d")
        judged.findings.dmarc?.dkimAlignedDomain = World.name("leak.example")
        judged.findings.dmarc?.spfAlignedDomain = World.name("leak.example")
        judged.findings.dmarc?.result = .pass
        #expect(throws: FailureReportRequest.Obstacle.self) { try judged.request }
    }

    @Test func aMessageThatPassesByOneMethodIsNotSaidToHaveFailed() async throws {
        var judged = try await Self.judged(spf: ["leak.example TXT \"v=spf1 -all\""])
        judged.findings.dmarc?.dkimAlignedDomain = World.name("leak.example")
        judged.findings.dmarc?.result = .pass
        let reports = try await judged.reports()
        #expect(try Self.fields(reports).identityAlignment == ["spf"])
        let document = String(decoding: try #require(reports.made.first?.report.document), as: UTF8.self)
        #expect(document.contains("that passed DMARC\r\nthough not by SPF"))
    }
}
