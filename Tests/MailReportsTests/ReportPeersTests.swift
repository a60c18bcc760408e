import Foundation
import MailBytes
import MailNames
import MailReports
import Testing

/// Writes reports for `Integration/report-peers`; alone it only sees that they can be written.
@Suite struct ReportPeersTests {
    private static let texts = ["plain", "a & b", "<b>", "ü\u{1F600}", "]]>", "\"quoted\" 'text'"]
    private static let names = ["example.com", "a.example.com", "xn--bcher-kva.example", "mail.example.org"]
    private static let results: [DMARCReportedResult] = [
        .none, .pass, .fail, .policy, .neutral, .temperror, .permerror,
    ]
    private static let actions: [DMARCReportedAction] = [.none, .pass, .quarantine, .reject]
    private static let reasons: [DMARCReasonType] = [
        .localPolicy, .mailingList, .other, .policyTestMode, .trustedForwarder,
    ]

    private static func report(_ seed: Int) throws -> DMARCAggregateReport {
        var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        func one<Element>(_ elements: [Element]) -> Element { elements[next(elements.count)] }
        let records = (0..<(1 + next(8))).map { _ in
            DMARCReportRecord(
                source: .address(
                    next(2) == 0 ? .v4(UInt32(next(1 << 30))) : .v6(0x2001_0DB8_0000_0000, UInt64(next(1 << 30)))),
                count: 1 + next(1000), disposition: one(actions), dkimAligned: next(2) == 0, spfAligned: next(2) == 0,
                reasons: (0..<next(3)).map { _ in
                    DMARCReportReason(type: one(reasons), comment: next(2) == 0 ? one(texts) : nil)
                }, headerFrom: one(names), envelopeFrom: next(3) == 0 ? "" : one(names),
                envelopeTo: next(2) == 0 ? one(names) : nil,
                dkim: (0..<next(3)).map { _ in
                    DMARCReportedSignature(
                        domain: one(names), selector: "s\(next(9))", result: one(results),
                        humanResult: next(2) == 0 ? one(texts) : nil)
                },
                spf: next(4) == 0
                    ? [] : [DMARCReportedSPF(domain: one(names), scope: .mailFrom, result: one(results + [.softfail]))])
        }
        let begin = Int64(1_700_000_000 + next(1_000_000))
        return DMARCAggregateReport(
            organizationName: one(texts), email: "reports@example.net",
            extraContactInfo: next(2) == 0 ? one(texts) : nil, reportID: "\(seed).example.com@example.net",
            begin: UnixTime(seconds: begin), end: UnixTime(seconds: begin + 86_399),
            errors: next(3) == 0 ? [one(texts)] : [], generator: next(2) == 0 ? "Postseal" : nil,
            policy: DMARCReportedPolicy(
                domain: one(names), policy: one([DMARCReportedAction.none, .quarantine, .reject]),
                subdomainPolicy: next(2) == 0 ? .quarantine : nil, nonexistentPolicy: next(2) == 0 ? .reject : nil,
                isDKIMStrict: next(2) == 0, isSPFStrict: next(2) == 0, failureOptions: next(2) == 0 ? "1:d:s" : nil,
                isTesting: next(2) == 0, discoveryMethod: "treewalk"), records: records)
    }

    @Test func `reports are written, and come back as they were`() throws {
        let folder = ProcessInfo.processInfo.environment["POSTSEAL_REPORT_FOLDER"].map { URL(filePath: $0) }
        var expected: [JSONMember] = []
        for seed in 0..<200 {
            let report = try Self.report(seed)
            #expect(report.problems.isEmpty, "\(report.problems)")
            let octets = try report.document()
            #expect(try DMARCAggregateReport(parsing: octets) == report)
            guard let folder else { continue }
            let document = try #require(DMARCReportDocument(report, submitter: DomainName("mx.example.net")))
            let mail = try document.mail(
                ReportMailHead(
                    from: "Reports <reports@mx.example.net>", to: "dmarc@example.com",
                    date: UnixTime(seconds: 1_701_000_000), messageID: "\(seed)@mx.example.net"))
            try Data(octets).write(to: folder.appending(path: "\(seed).xml"))
            try Data(mail).write(to: folder.appending(path: "\(seed).eml"))
            expected.append(
                JSONMember("\(seed).eml", [.string(report.reportID), .integer(Int64(report.messages))]))
        }
        guard let folder else { return }
        try Data(try Self.failure()).write(to: folder.appending(path: "failure.eml"))
        expected.append(JSONMember("failure.eml", ["failure", 1]))
        try Data(JSONValue.object(expected).text.utf8).write(to: folder.appending(path: "expected.json"))
    }

    private static func failure() throws -> [UInt8] {
        var failure = DMARCFailure(
            userAgent: "Postseal/1.0", reportedDomain: try DomainName("example.com"),
            identityAlignment: ["dkim", "spf"],
            authenticationResults: "mx.example.net; dmarc=fail header.from=example.com")
        failure.sourceAddress = .v4(0xC000_0201)
        failure.mailFrom = "a@example.com"
        failure.recipients = ["b@example.net"]
        failure.arrivalDate = UnixTime(seconds: 1_700_000_000)
        failure.deliveryResult = "reject"
        let header =
            "From: a@example.com\r\nTo: b@example.net\r\nSubject: x\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
        let report = FeedbackReport(
            failure, text: "A message failed DMARC.\r\n",
            original: FeedbackOriginal(isHeaderOnly: true, octets: Array(header.utf8)))
        return report.mail(
            ReportMailHead(
                from: "reports@mx.example.net", to: "ruf@example.com", date: UnixTime(seconds: 1_700_000_100),
                messageID: "f@mx.example.net"), subject: "DMARC failure of example.com")
    }
}
