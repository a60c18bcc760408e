public import MailBytes
internal import MailReports
public import PostsealReports

extension StoredReport {
    /// The object of `postseal report list`.
    public var json: JSONValue {
        func seconds(_ time: UnixTime?) -> JSONValue { time.map { .integer($0.seconds) } ?? .null }
        return [
            "id": .integer(id), "kind": .string(kind), "report_id": .string(reportID),
            "organization": .string(organization), "domain": JSONValue(domain), "begin": seconds(begin),
            "end": seconds(end), "received": seconds(received),
            "messages": isCut ? .null : JSONValue(messages),
            "counted": .bool(isCounted), "quirks": .array(quirks.map { .string($0) }), "original": .bool(hasOriginal),
        ]
    }

    /// The report on a line, for a person.
    public var line: String {
        var parts = [
            String(id).padded(6), begin?.day ?? "no date   ", kind, domain ?? "no domain",
            "\(messages.grouped) by \(organization.isEmpty ? "an unnamed reporter" : organization)", reportID,
        ]
        if !isCounted { parts.append("(kept apart)") }
        return parts.joined(separator: "  ").onOneLine
    }
}

extension SenderSummary {
    /// The object of `postseal report summary`.
    public func json(_ coverage: ReportCoverage) -> JSONValue {
        [
            "domain": .string(domain), "begin": .integer(begin.seconds), "end": .integer(end.seconds),
            "reports": JSONValue(coverage.reports), "reporters": JSONValue(coverage.reporters),
            "reports_apart": JSONValue(coverage.uncountedReports), "policy": coverage.policy?.json ?? .null,
            "messages": JSONValue(messages), "pass": JSONValue(alignedMessages),
            "messages_before": JSONValue(messagesBefore), "pass_before": JSONValue(alignedMessagesBefore),
            "senders": json(senders), "origins": .array(origins.map(\.json)),
        ]
    }

    func json(_ senders: [SenderGroup]) -> JSONValue {
        let hosts = hostsByAddress
        return .array(senders.map { $0.json(hosts) })
    }
}

extension SenderGroup {
    /// Sources that are listed.
    static let sourcesMax = 100

    /// `via`, `kind`, `messages`, `pass`, … and the sources with most messages.
    func json(_ hosts: [String: SourceHost]) -> JSONValue {
        [
            "via": JSONValue(via), "kind": .string(kind.rawValue), "messages": JSONValue(messages),
            "pass": JSONValue(alignedMessages), "fail": JSONValue(failedMessages),
            "fail_by_disposition": .object(
                ReportDisposition.allCases.compactMap { disposition in
                    failed[disposition].map { JSONMember("\(disposition)", JSONValue($0)) }
                }),
            "forwarded": JSONValue(forwardedMessages), "messages_before": JSONValue(messagesBefore),
            "pass_before": JSONValue(alignedMessagesBefore), "addresses": JSONValue(sources.count),
            "sources": .array(
                largestSources(Self.sourcesMax).map { source, messages in
                    .object(
                        [JSONMember("source", .string(source)), JSONMember("messages", JSONValue(messages))]
                            + SenderSource.hostMembers(hosts[source]))
                }),
        ]
    }
}

extension SenderSource {
    /// `host` is there only where it leads back to the address; `claimed_host` proves nothing.
    fileprivate static func hostMembers(_ host: SourceHost?) -> [JSONMember] {
        [
            JSONMember("host", JSONValue(host?.confirmedName)),
            JSONMember("claimed_host", JSONValue(host?.outcome == .confirmed ? nil : host?.name)),
            JSONMember("host_outcome", JSONValue(host?.outcome.word)),
            JSONMember("service", JSONValue(host?.service?.name)),
        ]
    }

    /// The source with its host name, what it is, and its messages.
    var json: JSONValue {
        .object(
            [JSONMember("source", JSONValue(source.text)), JSONMember("via", JSONValue(via))]
                + Self.hostMembers(host) + [
                    JSONMember("messages", JSONValue(messages)), JSONMember("pass", JSONValue(alignedMessages)),
                    JSONMember("messages_before", JSONValue(messagesBefore)),
                    JSONMember("pass_before", JSONValue(alignedMessagesBefore)),
                ])
    }
}

extension SenderOrigin {
    /// `kind`, `standing`, `name`, `service`, `messages`, `pass`, … and the sources with most messages.
    public var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "standing": .string(standing.rawValue), "name": JSONValue(name),
            "service": JSONValue(service?.kind.rawValue), "messages": JSONValue(messages),
            "pass": JSONValue(alignedMessages), "messages_before": JSONValue(messagesBefore),
            "pass_before": JSONValue(alignedMessagesBefore), "addresses": JSONValue(addresses),
            "sources": .array(sources.prefix(SenderGroup.sourcesMax).map(\.json)),
        ]
    }
}

extension StoredPolicy {
    /// `p`, `sp`, `pct`, `testing`
    public var json: JSONValue {
        [
            "p": JSONValue(policy), "sp": JSONValue(subdomainPolicy), "pct": JSONValue(percentage),
            "testing": .bool(isTesting),
        ]
    }
}

extension PolicyForecast {
    /// The object of `postseal report what-if`.
    public var json: JSONValue {
        [
            "domain": .string(summary.domain), "policy": .string(policy.rawValue),
            "begin": .integer(summary.begin.seconds), "end": .integer(summary.end.seconds),
            "reports": JSONValue(coverage.reports), "reporters": JSONValue(coverage.reporters),
            "last_report": coverage.lastReport.map { .integer($0.seconds) } ?? .null,
            "current": coverage.policy?.json ?? .null, "messages": JSONValue(summary.messages),
            "untouched": JSONValue(untouchedMessages), "touched": JSONValue(touchedMessages),
            "already_touched": JSONValue(alreadyTouchedMessages), "endangered": JSONValue(endangeredMessages),
            "under_subdomain_policy": JSONValue(messagesUnderSubdomainPolicy),
            "set_up": .array(toSetUp.map { JSONValue($0.via) }),
            "questionable_sources": .array(questionableSources.map { .string($0) }),
            "step": .string(step.word),
            "advice": .string(advice),
            "forgotten_servers": .array(forgottenServers.map(\.json)),
            "senders": summary.json(summary.senders.filter { $0.failedMessages > 0 }),
        ]
    }
}

extension PolicyForecast.Step {
    /// The step as a word.
    public var word: String {
        switch self {
        case .waitForReports: "wait-for-reports"
        case .checkReporting: "check-reporting"
        case .setUp: "set-up"
        case .waitForMore: "wait-for-more"
        case .checkSources: "check-sources"
        case .publish(let policy): "publish-\(policy.rawValue)"
        case .keep: "keep"
        }
    }
}
