import DNS
import MailBytes
import MailFormat
import MailNames
import MailReports
import PostsealEngine
import TestSupport
import Testing

@testable import PostsealReportSending

/// Failure reports: what they say of a message, and above all what not.
@Suite struct FailureReportTests {
    private static let redaction = MailRedaction(key: Array("key".utf8))

    private static func redacted(_ fields: String) -> String {
        let message = MailMessage(parsing: Array((fields + "\r\n\r\nSecret body\r\n").utf8))
        return String(decoding: redaction.header(of: message), as: UTF8.self)
    }

    /// A header, and what must not be left of it.
    static let fields: [(String, secrets: [String], kept: [String])] = [
        ("From: Ann Smith <ann@example.org>", ["ann", "Ann", "Smith"], ["From: <", "@example.org>"]),
        (
            "From: \"ann@home.example\" <ann@example.org>, bob@example.net", ["ann", "bob"],
            ["@example.org", "@example.net"]
        ),
        ("From: \"a \\\"b\\\" secret\"@example.org", ["secret"], ["@example.org"]),
        ("From: nobody", ["nobody"], ["From: (redacted)"]),
        ("Subject: secret", ["secret", "Subject"], []),
        ("To: ann@example.org", ["ann", "To:"], []),
        ("Message-ID: <secret@example.org>", ["secret"], []),
        ("X-Anything: secret", ["secret"], []),
        ("Date: Fri, 20 Nov 2026 10:00:00 +0000 (at secret's)", ["secret"], ["Date: Fri, 20 Nov 2026 10:00:00 +0000"]),
        ("List-Id: The secret list <list.example.org>", ["secret"], ["List-Id: <list.example.org>"]),
        ("List-Id: secret", ["secret"], ["(redacted)"]),
        (
            "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; i=secret@example.org;\r\n h=from:subject; bh=aGk=;"
                + "\r\n b=YWJj\r\n\tZGVm; z=Subject:secret|From:secret=40example.org; n=secret",
            ["secret", "z=", "n="], ["v=1", "d=example.org", "s=s1", "h=from:subject", "bh=aGk=", "b=YWJjZGVm", "i="]
        ),
        // Half of an encoded local part is not shown, either.
        ("DKIM-Signature: v=1; i=se=63ret@example.org", ["se=", "63ret"], ["@example.org"]),
    ]

    @Test(arguments: fields)
    func nothingThatPeopleWroteIsShown(_ field: String, _ secrets: [String], _ kept: [String]) {
        let shown = Self.redacted(field)
        for secret in secrets + ["body"] { #expect(!shown.contains(secret), "\(shown)") }
        for text in kept { #expect(shown.contains(text), "\(shown)") }
    }

    @Test func theSameAddressHasTheSameHashUnderOneKey() {
        let ann = Array("ann@example.org".utf8)
        #expect(Self.redaction.address(ann) == Self.redaction.address(ann))
        #expect(Self.redaction.address(ann) != Self.redaction.address(Array("bob@example.org".utf8)))
        #expect(Self.redaction.address(ann) != MailRedaction(key: Array("other".utf8)).address(ann))
    }

    @Test func whatIsHeldBackIsCountedWithTheNext() {
        let limiter = FailureLimiter()
        let now = UnixTime(seconds: 3600 * 1000)
        // One domain has a tenth.
        #expect((0..<4).map { _ in limiter.admit("a.example", perHour: 20, at: now) } == [1, 1, nil, nil])
        #expect((0..<18).compactMap { limiter.admit("b\($0).example", perHour: 20, at: now) }.count == 18)
        #expect(limiter.admit("c.example", perHour: 20, at: now) == nil)
        let next = now.adding(seconds: 3600)
        #expect(limiter.admit("a.example", perHour: 20, at: next) == 3)
        #expect(limiter.admit("c.example", perHour: 20, at: next) == 2)
    }

    // MARK: Whole reports

    private static let lines = [
        "strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"",
        "_dmarc.strict.example TXT \"v=DMARC1; p=reject; ruf=mailto:ruf@strict.example,mailto:x@other.example; fo=1\"",
    ]

    private static func transaction(_ mailFrom: String = "ann@strict.example", fields: String = "") -> MailTransaction {
        MailTransaction(
            clientAddress: IPAddress("192.0.2.66"), helo: Array("client.example".utf8), mailFrom: Array(mailFrom.utf8),
            recipients: [Array("bob@mx.example".utf8)],
            message: MailMessage(
                parsing: Array("From: Ann <ann@strict.example>\r\nSubject: secret\r\n\(fields)\r\n".utf8)),
            receivedAt: noon)
    }

    private static func verdict(_ transaction: MailTransaction) async throws -> (Findings, Decision) {
        var message = MailGuard(settings: GuardSettings(authservID: "mx.example")).begin(transaction)
        let verdict = await message.finish(resolver: Zone(lines))
        return (try #require(verdict.findings), verdict.decision)
    }

    @Test func aReportGoesToThoseWhoMayHaveItAndCanBeRead() async throws {
        let transaction = Self.transaction()
        let (findings, decision) = try await Self.verdict(transaction)
        let request = try #require(FailureReportRequest(findings, transaction))
        let maker = FailureReportMaker(
            mails: ReportMailMaker(organization: "Reporter", contact: "reports@reporter.example"),
            submitter: "reporter.example", authservID: "mx.example", key: Array("key".utf8))
        let made = await maker.reports(request, transaction, findings, decision, incidents: 2, Zone(Self.lines))
        // The other host has not agreed.
        #expect(made.map(\.destination.uri) == ["mailto:ruf@strict.example"])
        let document = try #require(made.first?.report.document)
        let text = String(decoding: document, as: UTF8.self)
        for secret in ["secret", "ann@", "bob", "Ann"] { #expect(!text.contains(secret), "\(text)") }
        guard case .failure(let read)? = ReportFile(reading: document).findings.first?.report else {
            Issue.record("it can't be read: \(text)")
            return
        }
        #expect(read.incidents == 2)
        #expect(read.reportedDomains == ["strict.example"])
    }

    /// What must not be answered by a report (RFC 9991 §5.1).
    static let silent: [(mailFrom: String, fields: String)] = [
        ("", ""), ("ann@strict.example", "Auto-Submitted: auto-generated\r\n"),
        ("ann@strict.example", "Content-Type: multipart/report; report-type=feedback-report\r\n"),
    ]

    @Test(arguments: silent)
    func nothingAutomaticIsReported(_ mailFrom: String, _ fields: String) async throws {
        let transaction = Self.transaction(mailFrom, fields: fields)
        let (findings, _) = try await Self.verdict(transaction)
        #expect(FailureReportRequest(findings, transaction) == nil)
    }
}
