internal import MailBytes
internal import MailNames
public import TLSRPT

extension TLSReport {
    /// The report for a person: a line for the whole, one for each policy and each failure.
    public var lines: [String] { allLines.map(\.onOneLine) }

    private var allLines: [String] {
        var lines = [
            "TLS report \(reportID) of \(organizationName), \(begin.rfc3339) to \(end.rfc3339)"
                + (contactInfo.map { ", contact \($0)" } ?? "")
        ]
        for policy in policies {
            lines.append(
                "  \(policy.domain?.text ?? "unnamed domain"), \(policy.type.word): "
                    + "\(policy.successfulSessions) sessions good, \(policy.failedSessions) failed")
            lines += policy.failures.map(\.line)
        }
        if !quirks.isEmpty { lines.append("  borne: " + quirks.map(\.rawValue).joined(separator: ", ")) }
        return lines
    }
}

extension TLSReportFailure {
    fileprivate var line: String {
        var parts = ["    \(failedSessions) \(resultType.word)"]
        if let receivingMXHostname { parts.append("at \(receivingMXHostname)") }
        if let receivingIP { parts.append("(\(receivingIP))") }
        if let sendingMTAIP { parts.append("from \(sendingMTAIP)") }
        if let failureReasonCode { parts.append("- \(failureReasonCode)") }
        return parts.joined(separator: " ")
    }
}

extension String {
    /// The text with `?` for line ends and control characters: what a stranger wrote must not make lines of its own.
    var onOneLine: String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let isBreak = scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
            scalars.append(isBreak ? "?" : scalar)
        }
        return String(scalars)
    }
}
