internal import ARC
internal import DKIM
internal import DMARC
internal import MailNames
internal import PostsealEngine
internal import SPF

/// The table of many messages: a line each, that a newcomer understands.
public struct VerdictTable: Sendable {
    private let nameWidth: Int
    private let hasColours: Bool
    private static let nameWidthMax = 44
    private static let domainWidth = 22

    /// - Parameter names: the names that will come, so that the first column fits them.
    public init(names: [String], hasColours: Bool) {
        nameWidth = min(Self.nameWidthMax, max(7, names.map(\.count).max() ?? 7))
        self.hasColours = hasColours
    }

    /// The line above the rows.
    public var heading: String {
        row("message", "from", "SPF", "DKIM", "ARC", "DMARC", "verdict", "why")
    }

    /// The line of one message.
    public func row(_ report: MessageReport) -> String {
        let findings = report.findings
        return row(
            report.name ?? "-", findings.authorDomain?.unicodeText ?? "-", findings.spf?.result.rawValue ?? "-",
            Self.dkimWord(findings), findings.arc.result.rawValue, findings.dmarcResultWord,
            report.decision.disposition.rawValue, report.decision.reason)
    }

    /// The best result of the signatures: what a reader wants to know of many.
    private static func dkimWord(_ findings: Findings) -> String {
        let results = findings.dkim.outcomes.map(\.result)
        guard let first = results.first else { return "none" }
        return results.contains(.pass) ? "pass" : first.rawValue
    }

    private func row(_ columns: String...) -> String {
        let widths = [nameWidth, Self.domainWidth, 9, 9, 6, 9, 10]
        var line = ""
        for (index, column) in columns.enumerated() {
            guard index < widths.count else { return line + column }
            line += Self.fitted(column, widths[index], keepingEnd: index == 0) + "  "
        }
        return line
    }

    private static func fitted(_ text: String, _ width: Int, keepingEnd: Bool) -> String {
        guard text.count > width else { return text + String(repeating: " ", count: width - text.count) }
        return keepingEnd ? "…" + text.suffix(width - 1) : text.prefix(width - 1) + "…"
    }
}
