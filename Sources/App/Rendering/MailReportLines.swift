internal import MailBytes
internal import MailNames
public import MailReports
internal import TLSRPT

extension ReportFinding {
    /// The report for a person: a line for the whole, one for each of its parts. Nothing where it is no report.
    public var lines: [String] {
        let own: [String] =
            switch outcome {
            case .success(.aggregate(let report)): report.lines
            case .success(.failure(let report)): report.lines
            case .success(.tls(let report)): report.lines
            case .failure: []
            }
        guard !own.isEmpty, !containerQuirks.isEmpty else { return own }
        return own + ["  borne around it: " + containerQuirks.map(\.word).joined(separator: ", ")]
    }
}

extension DMARCAggregateReport {
    /// Records that are shown; a report can have thousands.
    private static let recordsMax = 100

    /// The report for a person: a line for the whole, one for the policy, one for each source, the most frequent first.
    public var lines: [String] {
        var lines = [
            "DMARC report \(reportID) of \(organizationName), \(begin?.rfc3339 ?? "no date") to "
                + (end?.rfc3339 ?? "no date") + (email.map { ", contact \($0)" } ?? ""),
            "  \(policy.domain ?? "unnamed domain"), p=\(policy.policy?.word ?? "?"): "
                + "\(messages) messages in \(records.count) records",
        ]
        let sorted = records.indices.sorted { (records[$1].count, $0) < (records[$0].count, $1) }
        lines += sorted.prefix(Self.recordsMax).map { records[$0].line }
        if records.count > Self.recordsMax { lines.append("    and \(records.count - Self.recordsMax) more records") }
        lines += errors.map { "  the reporter met with: \($0)" }
        if !quirks.isEmpty { lines.append("  borne: " + quirks.map(\.word).joined(separator: ", ")) }
        return lines.map(\.onOneLine)
    }
}

extension DMARCReportRecord {
    fileprivate var line: String {
        func verdict(_ passed: Bool?) -> String { passed.map { $0 ? "pass" : "fail" } ?? "?" }
        var parts = [
            "    \(count) from \(source.text ?? "an unnamed source") as \(headerFrom ?? "an unnamed domain"):",
            "dkim \(verdict(dkimAligned)), spf \(verdict(spfAligned)), \(disposition?.word ?? "no disposition")",
        ]
        if !reasons.isEmpty { parts.append("(\(reasons.map(\.type.word).joined(separator: ", ")))") }
        return parts.joined(separator: " ")
    }
}

extension FeedbackReport {
    /// The report for a person.
    public var lines: [String] {
        let what = isAuthenticationFailure ? "Failure report" : "Feedback report (\(feedbackType))"
        var first = "\(what) of \(reportingHost ?? sender?.address ?? "an unnamed sender")"
        if let arrivalDate { first += ", \(arrivalDate.rfc3339)" }
        var lines = [first]
        var facts = "  " + (reportedDomains.isEmpty ? "unnamed domain" : reportedDomains.joined(separator: ", "))
        if let authFailure { facts += ", \(authFailure) failed" }
        if let identityAlignment { facts += ", not aligned: " + identityAlignment.joined(separator: " and ") }
        if let source = sourceAddress?.text ?? value("Source-IP") { facts += ", from \(source)" }
        if let deliveryResult { facts += ", \(deliveryResult)" }
        if incidents != 1 { facts += ", \(incidents) times" }
        lines.append(facts)
        lines += values("Authentication-Results").map { "    " + $0 }
        if !quirks.isEmpty { lines.append("  borne: " + quirks.map(\.word).joined(separator: ", ")) }
        return lines.map(\.onOneLine)
    }
}
