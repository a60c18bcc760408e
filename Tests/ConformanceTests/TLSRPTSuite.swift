import Foundation
import MailBytes
import MailNames
import MailReports
import TLSRPT
import TestSupport
import Testing

/// Reports of Google, Mail.ru and others, as mail-auth and parsedmarc have them: JSON files, and mails with JSON and
/// gzip.
enum TLSRPTSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("tlsrpt") else { return nil }
        var tally = SuiteTally(suite: "tlsrpt", standard: "TLSRPT (RFC 8460)")
        for test in try Suites.json(folder.appending(path: "index.json")).arrayValue ?? [] {
            guard let file = test["file"]?.stringValue else { continue }
            if let problem = problem(try Suites.bytes(folder.appending(path: file)), test) {
                tally.failures.append("\(file): \(problem)")
            } else {
                tally.agreed += 1
            }
        }
        return [tally]
    }

    /// What differs from the published expectation; nil if nothing does.
    private static func problem(_ octets: [UInt8], _ test: JSONValue) -> String? {
        let findings = ReportFile(reading: octets).findings
        guard findings.count == 1, case .tls(let report)? = findings[0].report else {
            return "is refused: \(findings.map(\.outcome))"
        }
        guard findings[0].containerQuirks.isEmpty else { return "has quirks: \(findings[0].containerQuirks)" }
        guard report.organizationName == test["organization"]?.stringValue else { return "organization" }
        guard report.reportID == test["report_id"]?.stringValue else { return "report id" }
        let expected = test["policies"]?.arrayValue ?? []
        guard report.policies.count == expected.count else { return "\(report.policies.count) policies" }
        for (policy, wanted) in zip(report.policies, expected) {
            guard policy.type.word == wanted["type"]?.stringValue else { return "type \(policy.type)" }
            guard policy.domain?.text == wanted["domain"]?.stringValue else { return "domain" }
            // An absent count is to be treated as 0.
            guard Int64(policy.successfulSessions) == wanted["successful"]?.integerValue ?? 0,
                Int64(policy.failedSessions) == wanted["failed"]?.integerValue ?? 0
            else { return "counts" }
            guard Int64(policy.failures.count) == wanted["failure_details"]?.integerValue else { return "failures" }
        }
        guard let again = try? TLSReport(parsing: report.octets), again.policies == report.policies else {
            return "is another one when written"
        }
        return nil
    }
}

@Suite("Conformance: TLS reports")
struct TLSRPTConformance {
    @Test("every published report is read as expected")
    func everyCase() async throws {
        for tally in try await TLSRPTSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
            #expect(tally.ran == 9)
        }
    }
}
