internal import DNS
internal import MailNames
public import Trace

/// Traces as text for a person.
public enum TraceText {
    /// The steps of each check, a line each, with the section that each obeys.
    public static func render(_ traces: [(check: String, trace: Trace)]) -> String {
        var lines: [String] = []
        for (check, trace) in traces where !trace.steps.isEmpty {
            lines.append("")
            lines.append(check.uppercased())
            lines += trace.steps.map(line)
            if trace.omitted > 0 { lines.append("  … and \(trace.omitted) more steps") }
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ step: TraceStep) -> String {
        let indent = String(repeating: "  ", count: min(step.depth, 20) + 1)
        let citation = step.citation.map { "  [\($0)]" } ?? ""
        return indent + text(step) + citation
    }

    private static func text(_ step: TraceStep) -> String {
        switch step.kind {
        case .asked(let question, let answer):
            let shown = answer.map(summary) ?? "kept from an earlier look-up"
            return "asked    \(question) -> \(shown)" + (step.text.isEmpty ? "" : " (\(step.text))")
        case .found: return "found    \(step.text)"
        case .compared(let agreed): return (agreed ? "matches  " : "differs  ") + step.text
        case .decided: return "decided  \(step.text)"
        case .limit: return "limit    \(step.text)"
        }
    }

    private static func summary(_ answer: DNSAnswer) -> String {
        guard !answer.status.isFailure, answer.status != .nxDomain else {
            return "\(answer.status)" + (answer.whyBogus.map { ": \($0)" } ?? "")
        }
        guard !answer.records.isEmpty else { return "no such records" }
        let records = answer.records.map { record in
            (record.type == answer.question.type ? "" : "\(record.type) ") + shortened(record.data.presentation)
        }
        return records.joined(separator: ", ") + (answer.security == .secure ? " (proved by DNSSEC)" : "")
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 300 ? text : String(text.prefix(300)) + "…"
    }
}
