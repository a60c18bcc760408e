internal import MailBytes
public import PostsealReports

extension PolicyForecast {
    /// Senders that are named.
    private static let sendersMax = 15

    /// The forecast for a person: what would happen, to whom, and what to do next.
    public var lines: [String] {
        var lines = [
            "\(summary.domain) with p=\(policy.rawValue), tried on \(summary.begin.day) to "
                + "\(summary.end.adding(seconds: -1).day): \(summary.messages.of("message")) in "
                + "\(coverage.reports.of("report")) of \(coverage.reporters.of("reporter"))"
        ]
        if let policy = coverage.policy { lines.append("The policy when last reported: \(policy.text).") }
        guard summary.messages > 0 else { return (lines + ["", "Next: \(advice)"]).map(\.onOneLine) }
        lines += [
            "",
            untouchedMessages.grouped.padded(10) + "  pass DMARC, \(untouchedMessages.share(of: summary.messages)): "
                + "no policy touches them.",
        ]
        lines += touchedLines
        return (lines + subdomainLines + ["", "Next: \(advice)"]).map(\.onOneLine)
    }

    /// What fails, and whose it is.
    private var touchedLines: [String] {
        let verb: String
        switch policy {
        case .none:
            let failed = max(0, summary.messages - summary.alignedMessages - messagesUnderSubdomainPolicy)
            return [failed.grouped.padded(10) + "  fail, and are let through: p=none asks for nothing."]
        case .quarantine: verb = "put into the junk folder"
        case .reject: verb = "rejected"
        }
        let already = alreadyTouchedMessages
        let done = already == 0 ? "" : " That, or more, was done with \(already.grouped) already."
        let failing = summary.senders.map { (sender: $0, messages: touchedMessages(of: $0)) }
            .filter { $0.messages > 0 }
            .sorted { ($1.messages, $0.sender.via ?? "") < ($0.messages, $1.sender.via ?? "") }
        var lines = [touchedMessages.grouped.padded(10) + "  fail, and would be \(verb).\(done)"]
        lines += failing.prefix(Self.sendersMax).map { sender, messages in
            messages.grouped.padded(14) + "  of " + sender.who(in: summary)
        }
        if failing.count > Self.sendersMax {
            lines.append("".padded(14) + "  and of \((failing.count - Self.sendersMax).grouped) others")
        }
        return lines
    }

    /// What fails with an author below the domain.
    private var subdomainLines: [String] {
        let subdomains = summary.failedSubdomainMessages
        guard subdomains > 0 else { return [] }
        guard hasSubdomainPolicy, let published = coverage.policy?.subdomainPolicy else {
            return [
                "Of those that fail, \(subdomains.grouped) have an author below the domain: for them sp= counts, if it "
                    + "is there."
            ]
        }
        return [
            subdomains.grouped.padded(10) + "  fail with an author below the domain: sp=\(published) counts for them, "
                + "whatever p= says."
        ]
    }

    /// What to do next, in a sentence or two.
    public var advice: String {
        let domain = summary.domain
        switch step {
        case .waitForReports:
            return "publish rua=mailto:... in the record at _dmarc.\(domain), and wait for reports; nothing is known "
                + "of this time."
        case .checkReporting(let last):
            return "no report is newer than \(last.day): does the reporting address still work? See that rua= in the "
                + "record at _dmarc.\(domain) still names it, and that what comes there gets into this store."
        case .setUp(let senders):
            let shown = senders.prefix(5).joined(separator: ", ")
            let more = senders.count > 5 ? " and \(senders.count - 5) others" : ""
            return "set up first what belongs to you of \(shown)\(more): let it sign with DKIM as \(domain), or use "
                + "a return path of \(domain). What does not belong to you is what the policy is for."
        case .waitForMore where coverage.reporters == 1 && summary.messages >= PolicyForecast.messagesMin:
            return "wait for reports of somebody else: what a single reporter sees does not show who sends as "
                + "\(domain)."
        case .waitForMore:
            return "wait for more reports: so little mail does not show who sends as \(domain)."
        case .checkSources(let sources): return questions(sources) + publishing(next)
        case .publish(let next): return publishing(next) + doubt
        case .keep: return "nothing: this, or more, is published, and nothing speaks against it."
        }
    }

    /// That a policy is to be published, and what it costs.
    private func publishing(_ next: ForecastPolicy) -> String {
        if next == .none { return "p=none only asks for reports; publish it to begin with, not to go back to." }
        let dropped = toDrop(for: next).joined(separator: " and ")
        let first = next == policy ? "" : " first"
        let what =
            dropped.isEmpty
            ? "publish p=\(next.rawValue)\(first)"
            : "take \(dropped) out of the record\(first), so that p=\(next.rawValue) counts for all mail"
        let then = ", and look again in two weeks: what goes wrong then can be found in junk folders."
        return what + (next == policy ? "." : then) + loss + forwarding
    }

    /// Messages of which nobody says that they are too many to lose.
    private static let fewMax = 100

    private var loss: String {
        let lost = touchedMessages(of: endangered.filter { $0.kind != .forwarder })
        guard lost > 0 else {
            return handedOn > 0
                ? " Of what proves who sent it, only forwarded messages would be lost."
                : " Nothing that proves who sent it would be lost."
        }
        return " Of what proves who sent it, \(lost.of("message")) would be lost, "
            + (lost <= Self.fewMax
                ? "too few to wait for."
                : lost * 100 <= summary.messages
                    ? "no more than one in a hundred of all." : "most of them of senders that sent hardly anything.")
    }

    private func questions(_ sources: [String]) -> String {
        guard !sources.isEmpty else {
            return "see first who sends the \(unprovenMessages.of("message")) that prove nothing: they can be from "
                + "servers that were forgotten. If they are forged, "
        }
        return
            "see first whether \(sources.map { summary.called($0) }.joined(separator: ", ")) "
            + "\(sources.count == 1 ? "is" : "are") yours: so much "
            + "mail can be from a server that was forgotten. If not, "
    }

    /// What no report can tell.
    private var doubt: String {
        guard isUnprovenMuch, let unproven = summary.senders.first(where: { $0.kind == .unproven }) else { return "" }
        let largest = unproven.largestSources(3).map { summary.called($0.source) }
        return " \(unprovenMessages.of("message")) prove nothing"
            + (largest.isEmpty ? "" : ", most of them from \(largest.joined(separator: ", "))")
            + ": they can be forged, or from servers of yours that were forgotten."
    }

    private var handedOn: Int { touchedMessages(of: summary.senders.filter { $0.kind == .forwarder }) }

    private var forwarding: String {
        guard handedOn > 0, policy == .reject else { return "" }
        // RFC 9989 §7.4: domains whose users write to mailing lists should not ask for reject.
        return " \(handedOn.grouped) forwarded messages failed: if people of \(summary.domain) write to mailing lists, "
            + "stay at quarantine."
    }
}
