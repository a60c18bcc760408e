import DMARC
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
    private static let maker = FailureReportMaker(
        mails: ReportMailMaker(organization: "Reporter", contact: "reports@reporter.example"),
        submitter: "reporter.example", authservID: "mx.example", key: Array("key".utf8))

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

    /// Fields that people or attackers made long.
    static let long = [
        "From: " + (0..<40).map { "name\($0)@\(String(repeating: "a.", count: 200))example" }.joined(separator: ", "),
        "From: a@" + String(repeating: "b", count: 60_000), "Date: " + String(repeating: "1", count: 5000),
        "List-Id: <" + String(repeating: "l", count: 5000) + ">",
        "DKIM-Signature: v=1; d=example.org; b=" + String(repeating: "QUJD", count: 1000),
        "DKIM-Signature: v=1; h=" + String(repeating: "x-header:", count: 300) + "from; b=YWJj",
        "DKIM-Signature: v=1; s=" + String(repeating: "s", count: 3000),
    ]

    /// RFC 5322 §2.1.1: a mail server would cut longer ones, and the signature of the report with it.
    @Test(arguments: long)
    func noLineIsTooLong(_ field: String) {
        let lines = Self.redacted(field).split(separator: "\r\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.utf8.count <= 400 }, "\(lines.map(\.utf8.count))")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" ") })
    }

    @Test func aLongSignatureIsTheSameWithoutTheFolds() {
        let names =
            "from:to:subject:date:message-id:content-type:mime-version:list-id:reply-to:cc:x-long-name-of-a-field"
        let key = String(repeating: "QUJD", count: 171)
        let shown = Self.redacted("DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=\(names); b=\(key)")
        let lines = shown.split(separator: "\r\n")
        #expect(lines.count > 9 && lines.allSatisfy { $0.utf8.count <= 78 })
        let joined = shown.replacing("\r\n", with: "").replacing(" ", with: "")
        #expect(joined == "DKIM-Signature:v=1;a=rsa-sha256;d=example.org;s=s1;h=\(names);b=\(key)")
        // Not within a name.
        #expect(lines.allSatisfy { !$0.contains("x-lon") || $0.contains("x-long-name-of-a-field") })
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

    @Test func onlyWhatIsQueuedCounts() {
        let limiter = FailureLimiter()
        let now = UnixTime(seconds: 3600 * 1000)
        // Nobody may have it, again and again: it takes nothing of the limit, and is not forgotten.
        for number in 1...50 {
            #expect(limiter.admit("a.example", perHour: 10, at: now) == number)
            limiter.settle("a.example", incidents: number, queued: 0, at: now)
        }
        #expect(limiter.hasRoom(for: "a.example", perHour: 10, at: now))
        #expect(limiter.admit("a.example", perHour: 10, at: now) == 51)
        limiter.settle("a.example", incidents: 51, queued: 1, at: now)
        #expect(!limiter.hasRoom(for: "a.example", perHour: 10, at: now))
        // Each destination is a mail.
        #expect(limiter.admit("b.example", perHour: 10, at: now) == 1)
        limiter.settle("b.example", incidents: 1, queued: 4, at: now)
        #expect((0..<9).compactMap { limiter.admit("c\($0).example", perHour: 10, at: now) }.count == 5)
        // What had no room is counted with the next.
        #expect(limiter.admit("a.example", perHour: 10, at: now.adding(seconds: 3600)) == 2)
    }

    // MARK: Whole reports

    @Test func theLimitIsAskedOnceSomebodyMayHaveTheReport() async throws {
        let transaction = Self.transaction()
        let (findings, decision) = try await Self.verdict(transaction)
        let request = try FailureReportRequest(findings, transaction, decision)
        var asked = 0
        func none() -> Int? {
            asked += 1
            return nil
        }
        let held = await Self.maker.reports(
            request, transaction, findings, decision, nonce: [1], incidents: none, Zone(Self.lines))
        #expect(held.made.isEmpty && held.incidents == 0 && held.problem == nil && asked == 1)
        // Where nobody has agreed, nothing is taken of the limit.
        var others = request
        others.uris.removeAll { $0.text.contains("strict.example") }
        let unsent = await Self.maker.reports(
            others, transaction, findings, decision, nonce: [1], incidents: none, Zone(Self.lines))
        #expect(unsent.destinations.map(\.permission) == [.refused] && unsent.made.isEmpty && asked == 1)
    }

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

    private static func verdict(
        _ transaction: MailTransaction, _ lines: [String] = lines
    ) async throws -> (Findings, Decision) {
        var message = MailGuard(settings: GuardSettings(authservID: "mx.example")).begin(transaction)
        let verdict = await message.finish(resolver: Zone(lines))
        return (try #require(verdict.findings), verdict.decision)
    }

    @Test func aReportGoesToThoseWhoMayHaveItAndCanBeRead() async throws {
        let transaction = Self.transaction()
        let (findings, decision) = try await Self.verdict(transaction)
        let request = try FailureReportRequest(findings, transaction, decision)
        let made = await Self.maker.reports(
            request, transaction, findings, decision, nonce: [1], incidents: { 2 }, Zone(Self.lines))
        // The other host has not agreed.
        #expect(made.made.map(\.destination.uri) == ["mailto:ruf@strict.example"])
        #expect(made.destinations.map(\.permission) == [.granted, .refused] && made.problem == nil)
        let document = try #require(made.made.first?.report.document)
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
        let (findings, decision) = try await Self.verdict(transaction)
        #expect(throws: FailureReportRequest.Obstacle.self) {
            try FailureReportRequest(findings, transaction, decision)
        }
    }

    /// RFC 3461 §6.3: as it was meant, not as it was encoded. An address in it is nobody's business.
    @Test(arguments: [
        ("QQ314159", "QQ314159"), ("a+b=c", "a+b=c"), ("ann@example.org", nil), ("two words", nil), ("a\r\nX: b", nil),
        ("p\u{e9}", nil), (nil, nil),
    ])
    func theEnvelopeIsNamedAsTheSenderNamesIt(_ id: String?, _ shown: String?) async throws {
        var transaction = Self.transaction()
        transaction.envelope.envelopeID = id.map { Array($0.utf8) }
        let (findings, decision) = try await Self.verdict(transaction)
        let request = try FailureReportRequest(findings, transaction, decision)
        let made = await Self.maker.reports(
            request, transaction, findings, decision, nonce: [1], incidents: { 1 }, Zone(Self.lines))
        let document = try #require(made.made.first?.report.document)
        guard case .failure(let read)? = ReportFile(reading: document).findings.first?.report else {
            Issue.record("it can't be read")
            return
        }
        #expect(read.value("Original-Envelope-Id") == shown && read.quirks.isEmpty)
    }

    // MARK: What RFC 9991 §4 asks for

    /// An organization whose mail is signed by one of its names, and sent from another, with an SPF record that has
    /// others.
    private static let organization = [
        "_dmarc.corp.example TXT \"v=DMARC1; p=none; ruf=mailto:ruf@corp.example; fo=1\"",
        "_dmarc.news.corp.example TXT nodata", "_dmarc.bounce.corp.example TXT nodata",
        "_dmarc.sign.corp.example TXT nodata",
        "bounce.corp.example TXT \"v=spf1 include:one.example redirect=two.example\"",
        "one.example TXT \"v=spf1 ip4:198.51.100.1 include:three.example -all\"",
        "three.example TXT \"v=spf1 -all\"", "two.example TXT \"v=spf1 ip4:198.51.100.2 -all\"",
        "s1._domainkey.sign.corp.example TXT nodata", "s2._domainkey.stranger.example TXT nodata",
    ]

    private static let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    /// Signatures that can't be verified, of a stranger and of the organization.
    private static let signatures = ["stranger.example; s=s2", "sign.corp.example; s=s1; i=secret@sign.corp.example"]
        .map {
            "DKIM-Signature: v=1; a=rsa-sha256; d=\($0); h=from; bh=\(hash); b=YWJj\r\n"
        }.joined()

    private static func failure(_ mode: String = "", _ signatures: String = signatures) async throws -> FeedbackReport {
        let lines = organization.map { $0.replacing("fo=1", with: "fo=1\(mode)") }
        let transaction = MailTransaction(
            clientAddress: IPAddress("192.0.2.66"), helo: Array("client.example".utf8),
            mailFrom: Array("b@bounce.corp.example".utf8), recipients: [Array("bob@mx.example".utf8)],
            message: MailMessage(parsing: Array("From: <a@news.corp.example>\r\n\(signatures)\r\n".utf8)),
            receivedAt: noon)
        let (findings, decision) = try await verdict(transaction, lines)
        let request = try FailureReportRequest(findings, transaction, decision)
        let reports = await Self.maker.reports(
            request, transaction, findings, decision, nonce: [1], incidents: { 1 }, Zone(lines))
        let document = try #require(reports.made.first?.report.document)
        guard case .failure(let read)? = ReportFile(reading: document).findings.first?.report else {
            throw CancellationError()
        }
        #expect(read.quirks.isEmpty)
        return read
    }

    @Test func aSignatureOfTheOrganizationIsNamedAndEachSPFRecordThatWasUsed() async throws {
        let read = try await Self.failure()
        #expect(read.value("DKIM-Domain") == "sign.corp.example" && read.value("DKIM-Selector") == "s1")
        let identity = try #require(read.value("DKIM-Identity"))
        #expect(identity.hasSuffix("@sign.corp.example") && !identity.contains("secret"))
        let records = read.fields.filter { $0.name == "SPF-DNS" }.map(\.value)
        #expect(
            records == [
                "txt : bounce.corp.example : \"v=spf1 include:one.example redirect=two.example\"",
                "txt : one.example : \"v=spf1 ip4:198.51.100.1 include:three.example -all\"",
                "txt : three.example : \"v=spf1 -all\"",
                "txt : two.example : \"v=spf1 ip4:198.51.100.2 -all\"",
            ])
        #expect(read.identityAlignment == ["dkim", "spf"])
    }

    @Test func whatCouldNotHaveBeenAlignedIsNotNamed() async throws {
        let strict = try await Self.failure("; adkim=s; aspf=s")
        #expect(strict.value("DKIM-Domain") == nil && strict.value("SPF-DNS") == nil)
        let stranger = try await Self.failure(
            "", "DKIM-Signature: v=1; a=rsa-sha256; d=stranger.example; s=s2; h=from; bh=\(Self.hash); b=YWJj\r\n")
        #expect(stranger.value("DKIM-Domain") == nil)
        // Nothing can be read of this one but whose it is: RFC 6376 §3.5 has a value for who else.
        let broken = try await Self.failure(
            "", "DKIM-Signature: v=1; a=rsa-sha256; d=sign.corp.example; s=s1; h=from; bh=aGk=; b=YWJj\r\n")
        #expect(broken.value("DKIM-Identity") == "@sign.corp.example")
    }

    @Test func aMessageThatIsPutOffIsNotReportedYet() async throws {
        let transaction = Self.transaction()
        var (findings, decision) = try await Self.verdict(transaction)
        decision.disposition = .tempfail
        #expect(throws: FailureReportRequest.Obstacle.self) {
            try FailureReportRequest(findings, transaction, decision)
        }
        decision.disposition = .reject
        findings.dmarc?.record?.failureReports = []
        let obstacle = #expect(throws: FailureReportRequest.Obstacle.self) {
            try FailureReportRequest(findings, transaction, decision)
        }
        #expect(obstacle?.description == "the policy of strict.example does not ask for failure reports: it has no ruf")
    }
}
