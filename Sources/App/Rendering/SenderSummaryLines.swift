public import MailBytes
internal import MailReports
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
                + comparison)
        lines += ["", "  messages     pass   trend  who sends as \(domain)"]
        for sender in senders.prefix(Self.sendersMax) {
            lines.append(
                sender.messages.grouped.padded(10) + sender.alignedMessages.share(of: sender.messages).padded(9)
                    + (trend(of: sender) ?? "-").padded(8) + "  "
                    + sender.who(in: self))
        }
        if senders.count > Self.sendersMax {
            let rest = senders.dropFirst(Self.sendersMax)
            lines.append(
                rest.reduce(0) { $0.addingUpToMax($1.messages) }.grouped.padded(10)
                    + "  and \(rest.count.grouped) others".padded(19)
            )
        }
        if hasHosts { lines += originLines }
        if coverage.uncountedReports > 0 {
            lines += [
                "",
                "Kept apart and not counted: \(coverage.uncountedReports.of("report")); 'postseal report list --apart' "
                    + "shows them.",
            ]
        }
        return lines.map(\.onOneLine)
    }
}

extension SenderGroup {
    /// Who it is, and what from.
    func who(in summary: SenderSummary) -> String {
        let domain = summary.domain
        let name = via ?? "nobody"
        let meaning =
            switch kind {
            case .own: "itself"
            case .service where failedMessages * 20 > messages: "set up to send as \(domain) for a part of its mail"
            case .service: "set up to send as \(domain)"
            case .forwarder: "hands on what others send"
            case .stranger: "proves to be itself, not \(domain)"
            case .unproven: "impostors, or servers that were forgotten"
            }
        guard !sources.isEmpty else { return "\(name) (\(meaning))" }
        return "\(name) (\(meaning)): "
            + Self.addresses(sources.count, largestSources(1).first.map { summary.called($0.source) })
    }

    static func addresses(_ count: Int, _ largest: String?) -> String {
        let all = count == 1 ? "1 address" : "\(count.grouped) addresses"
        return all + (largest.map { count == 1 ? ", \($0)" : ", most from \($0)" } ?? "")
    }
}

extension SenderSummary {
    /// Groups by what sources are that are shown.
    private static let originsMax = 30

    /// A source with its host name: `192.0.2.1 (mx.example.com)`.
    func called(_ source: String) -> String { confirmedHost(of: source).map { "\(source) (\($0))" } ?? source }

    private var originLines: [String] {
        let origins = self.origins
        var lines = ["", "  messages     pass   trend  where from, by host names that lead back to their addresses"]
        for origin in origins.prefix(Self.originsMax) {
            lines.append(
                origin.messages.grouped.padded(10) + origin.alignedMessages.share(of: origin.messages).padded(9)
                    + (trend(of: origin) ?? "-").padded(8) + "  "
                    + origin.title(of: domain) + ": "
                    + SenderGroup.addresses(origin.addresses, origin.sources.first?.called))
        }
        if origins.count > Self.originsMax {
            lines.append("".padded(27) + "  and \((origins.count - Self.originsMax).grouped) others")
        }
        return lines
    }
}

extension SenderSource {
    /// The address with its host name, and with what it claims.
    public var called: String {
        let address = source.text ?? "unnamed"
        guard let host, let name = host.name else { return address }
        return host.outcome == .confirmed
            ? "\(address) (\(name))" : "\(address) (claims to be \(name), which has another address)"
    }
}

extension SenderOrigin {
    /// What it is, for people.
    public func title(of domain: String) -> String {
        let called = name ?? "nobody"
        switch (kind, standing) {
        case (.own, .ownServerNotSetUp): return "your own servers that are not set up"
        case (.own, _): return name == domain ? "your own servers" : called
        case (.service, .serviceNotSetUp): return "\(called) (\(about)), not set up for you, or used by somebody else"
        case (.service, _): return "\(called) (\(about))"
        case (.forwarder, _): return "\(called) (hands on what others send)"
        case (.stranger, _): return "\(called) (proves to be itself, not \(domain))"
        case (.unproven, _): return "nobody proves it"
        }
    }

    /// What a service is.
    private var about: String { service?.kind.title ?? "set up to send for you" }
}

extension KnownService.Kind {
    /// For people.
    public var title: String {
        switch self {
        case .mailboxes: "mailboxes"
        case .bulk: "bulk mail"
        case .filter: "a filter"
        case .forwarder: "hands on mail"
        case .hosting: "rented machines"
        }
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
