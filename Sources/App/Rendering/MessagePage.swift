internal import ARC
internal import DKIM
internal import DMARC
internal import MailFormat
internal import MailNames
public import PostsealEngine
internal import SPF
internal import Trace

extension Decision {
    /// What becomes of the message, for a person. What is delivered with a mark is accepted, too.
    public var outcome: String { isTagged && disposition == .accept ? "accept, and marked" : disposition.rawValue }
}

extension MessageReport {
    /// One message for a person: the verdict first, then what each check found, and each step if asked for.
    public func page(explaining: Bool, hasColours: Bool) -> String {
        var lines = ["\(name ?? "-"): \(decision.outcome)", "  because  \(decision.reason)"]
        if let reply = decision.reply { lines.append("  reply    \(reply)") }
        lines.append("  from     \(authorLine)")
        lines.append("  spf      \(spfLine)")
        lines += dkimLines.map { "  dkim     \($0)" }
        lines.append("  arc      \(arcLine)")
        lines.append("  dmarc    \(dmarcLine)")
        if !findings.messageDefects.isEmpty {
            lines.append("  form     \(findings.messageDefects.map(\.rawValue).sorted().joined(separator: ", "))")
        }
        if explaining {
            lines.append(TraceText.render(findings.traces))
            lines.append("\nAuthentication-Results: \(authenticationResultsText)\n")
        }
        return lines.joined(separator: "\n")
    }

    private var authorLine: String {
        let domains = findings.authors.domains.map { domain in
            let unicode = domain.unicodeText
            return unicode == domain.text ? unicode : "\(unicode) (\(domain.text))"
        }
        let names = domains.isEmpty ? "nobody" : domains.joined(separator: ", ")
        let oddities = findings.authors.ambiguities.map(\.rawValue)
        return oddities.isEmpty ? names : "\(names), but \(oddities.joined(separator: ", "))"
    }

    private var spfLine: String {
        findings.spf.map { "\($0.result.rawValue): \($0.reason)" } ?? "not checked: \(spfObstacle)"
    }

    private var dkimLines: [String] {
        guard !findings.dkim.outcomes.isEmpty else { return ["none: the message is not signed"] }
        var lines = findings.dkim.outcomes.map { outcome in
            var parts = [outcome.domain?.text, outcome.selector.map { "selector \($0.text)" }, outcome.algorithm]
                .compactMap(\.self)
            if let bits = outcome.keyBits { parts.append("\(bits) bits") }
            let reason = outcome.reason.map { ": \($0)" } ?? ""
            return "\(outcome.result.rawValue) \(parts.joined(separator: ", "))\(reason)"
        }
        if findings.dkim.omitted > 0 { lines.append("\(findings.dkim.omitted) more signatures were not looked at") }
        return lines
    }

    private var arcLine: String {
        let arc = findings.arc
        guard arc.instances > 0 else { return arc.result.rawValue }
        let sealer = arc.sealer.map { ", sealed last by \($0.text)" } ?? ""
        return "\(arc.result.rawValue): \(arc.instances) sets\(sealer)" + (arc.reason.map { ": \($0)" } ?? "")
    }

    private var dmarcLine: String {
        guard let dmarc = findings.dmarc else {
            return "\(findings.dmarcResultWord): \(findings.dmarcObstacle?.explanation ?? "not evaluated")"
        }
        return "\(dmarc.result.rawValue): \(dmarc.reason)"
    }
}
