public import MailBytes
public import PostsealReports

extension SenderSummary {
    /// Senders that are shown; impostors can have any number of names.
    private static let sendersMax = 30

    /// The summary for a person: what there is in all, then a line for each sender.
    public func lines(_ coverage: ReportCoverage) -> [String] {
        var lines = [
            "\(domain), \(begin.day) to \(end.adding(seconds: -1).day): \(messages.of("message")) in "
                + "\(coverage.reports.of("report")) of \(coverage.reporters.of("reporter"))"
        ]
        if let policy = coverage.policy { lines.append("The policy when last reported: \(policy.text).") }
        let failed = messages - alignedMessages
        lines.append(
            "\(alignedMessages.share(of: messages)) pass DMARC; \(failed.grouped) \(failed == 1 ? "does" : "do") not. "
                + (messagesBefore == 0
                    ? "Nothing is known of the time before."
                    : "The time before: \(messagesBefore.grouped), \(alignedMessagesBefore.share(of: messagesBefore)).")
        )
        lines += ["", "  messages     pass   trend  who sends as \(domain)"]
        for sender in senders.prefix(Self.sendersMax) {
            lines.append(
                sender.messages.grouped.padded(10) + sender.alignedMessages.share(of: sender.messages).padded(9)
                    + sender.messages.trend(since: sender.messagesBefore).padded(8) + "  "
                    + sender.who(of: domain))
        }
        if senders.count > Self.sendersMax {
            let rest = senders.dropFirst(Self.sendersMax)
            lines.append(
                rest.reduce(0) { $0 + $1.messages }.grouped.padded(10) + "  and \(rest.count.grouped) others".padded(19)
            )
        }
        if coverage.uncountedReports > 0 {
            lines += [
                "",
                "Kept apart, because nobody knows who sent them: \(coverage.uncountedReports.of("report")).",
            ]
        }
        return lines.map(\.onOneLine)
    }
}

extension SenderGroup {
    /// Who it is, and what from.
    func who(of domain: String) -> String {
        let name = via ?? "nobody"
        let meaning =
            switch kind {
            case .own: "itself"
            case .service: "set up to send as \(domain)"
            case .forwarder: "hands on what others send"
            case .stranger: "proves to be itself, not \(domain)"
            case .unproven: "impostors, or servers that were forgotten"
            }
        guard !sources.isEmpty else { return "\(name) (\(meaning))" }
        let count = sources.count == 1 ? "1 address" : "\(sources.count.grouped) addresses"
        let most = largestSources(1).first.map { sources.count == 1 ? ", \($0.source)" : ", most from \($0.source)" }
        return "\(name) (\(meaning)): \(count)\(most ?? "")"
    }
}

extension StoredPolicy {
    /// `p=reject sp=none t=y`
    public var text: String {
        var tags = ["p=\(policy ?? "?")"]
        if let subdomainPolicy { tags.append("sp=\(subdomainPolicy)") }
        if isTesting { tags.append("t=y") }
        if let percentage, percentage != 100 { tags.append("pct=\(percentage)") }
        return tags.joined(separator: " ")
    }
}

extension UnixTime {
    /// `2026-11-25`
    public var day: String { String(rfc3339.prefix(10)) }
}

extension String {
    /// With blanks in front.
    func padded(_ width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
