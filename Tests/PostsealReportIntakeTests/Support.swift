import DKIM
import DNS
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import MailReports
import PostsealReportIntake
import PostsealReports
import Synchronization
import TestSupport

/// A store with a receiver in front of it, for one test.
struct Intake: Sendable {
    /// 2026-11-20T00:00:00Z
    static let day: Int64 = 1_795_132_800
    static let now = UnixTime(seconds: day + 5 * 86_400)

    let store: SQLReportStore
    let receiver: ReportReceiver
    let folder: String

    static func with(_ body: (Intake) async throws -> Void) async throws {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            let receiver = ReportReceiver(store: store, now: { now }, noted: { _, _ in })
            try await body(Intake(store: store, receiver: receiver, folder: folder))
        }
    }

    /// The domain that reports come from.
    static var reporter: DomainName {
        get throws { try DomainName("reporter.example") }
    }

    /// Reports in the store: how many are counted, and how many are kept apart.
    func counts() async throws -> (counted: Int, apart: Int) {
        let reports = try await store.reports(ReportQuery())
        return (reports.count { $0.isCounted }, reports.count { !$0.isCounted })
    }

    /// An aggregate report as a file.
    static func aggregate(id: String = "1") throws -> [UInt8] {
        let record = DMARCReportRecord(
            source: .address(.v4(0xC000_0201)), count: 3, disposition: DMARCReportedAction.none, dkimAligned: true,
            spfAligned: true,
            headerFrom: "example.com")
        return try DMARCAggregateReport(
            organizationName: "Reporter", email: "reports@reporter.example", reportID: id,
            begin: UnixTime(seconds: day), end: UnixTime(seconds: day + 86_399),
            policy: DMARCReportedPolicy(domain: "example.com", policy: DMARCReportedAction.none), records: [record]
        ).document()
    }

    /// A TLS report as a file.
    static let tls = Array(
        """
        {"organization-name":"R","date-range":{"start-datetime":"2026-11-20T00:00:00Z",\
        "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"r@r.example","report-id":"1","policies":[{"policy":\
        {"policy-type":"no-policy-found","policy-domain":"example.com"},"summary":\
        {"total-successful-session-count":5,"total-failure-session-count":0}}]}
        """.utf8)

    /// A mail with a signature on top, and the zone line with its key.
    static func signed(
        _ mail: [UInt8], by domain: String = "reporter.example"
    ) throws -> (mail: [UInt8], key: String) {
        let key = DKIMSigningKey(
            domain: try DomainName(domain), selector: try DomainName("s"),
            privateKey: try DKIMPrivateKey(pem: SampleKeys.rsaPEM))
        let mail = MailMessage.withNetworkLineEndings(mail)
        let signature = try DKIMSigner(keys: [key]).sign(MailMessage(parsing: mail), at: now)
        let data = DNSRecordData.text(key.privateKey.publicRecord.strings).presentation
        return (signature + mail, "s._domainkey.\(domain) TXT \(data)")
    }

    /// A mail around a file.
    static func mail(_ file: [UInt8], results: [String] = []) -> [UInt8] {
        let fields = results.map { "Authentication-Results: \($0)\r\n" }.joined()
        let text = String(decoding: file, as: UTF8.self)
        return Array(
            """
            \(fields)From: reports@reporter.example\r
            Subject: Report Domain: example.com\r
            MIME-Version: 1.0\r
            Content-Type: application/xml; name="r.xml"\r
            \r
            \(text)\r\n
            """.utf8)
    }
}
