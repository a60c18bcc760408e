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
        let members = [
            JSONMember("domain", .string(domain)), JSONMember("begin", .integer(begin.seconds)),
            JSONMember("end", .integer(end.seconds)), JSONMember("days_compared", JSONValue(compared.count)),
            JSONMember("reports", JSONValue(coverage.reports)), JSONMember("reporters", JSONValue(coverage.reporters)),
            JSONMember("reports_apart", JSONValue(coverage.uncountedReports)),
            JSONMember("policy", coverage.policy?.json ?? .null), JSONMember("messages", JSONValue(messages)),
            JSONMember("pass", JSONValue(alignedMessages)),
        ]
        let groups = [
            JSONMember("senders", json(senders)), JSONMember("origins", .array(origins.map { json($0) })),
        ]
        return .object(members + comparedMembers(comparedMessages, messagesBefore, alignedMessagesBefore) + groups)
    }

    func json(_ senders: [SenderGroup]) -> JSONValue {
        let hosts = hostsByAddress
        return .array(senders.map { json($0, hosts) })
    }

    /// `via`, `kind`, `messages`, `pass`, … and the sources with most messages.
    private func json(_ group: SenderGroup, _ hosts: [String: SourceHost]) -> JSONValue {
        let members = [
            JSONMember("via", JSONValue(group.via)), JSONMember("kind", .string(group.kind.rawValue)),
            JSONMember("messages", JSONValue(group.messages)), JSONMember("pass", JSONValue(group.alignedMessages)),
            JSONMember("fail", JSONValue(group.failedMessages)),
            JSONMember(
                "fail_by_disposition",
                .object(
                    ReportDisposition.allCases.compactMap { disposition in
                        group.failed[disposition].map { JSONMember("\(disposition)", JSONValue($0)) }
                    })),
            JSONMember("forwarded", JSONValue(group.forwardedMessages)),
        ]
        let sources = [
            JSONMember("addresses", JSONValue(group.sources.count)),
            JSONMember(
                "sources",
                .array(
                    group.largestSources(Self.sourcesMax).map { source, messages in
                        .object(
                            [JSONMember("source", .string(source)), JSONMember("messages", JSONValue(messages))]
                                + SenderSource.hostMembers(hosts[source]))
                    })),
        ]
        return .object(
            members + comparedMembers(group.comparedMessages, group.messagesBefore, group.alignedMessagesBefore)
                + sources)
    }

    /// `kind`, `standing`, `name`, `service`, `messages`, `pass`, … and the sources with most messages.
    private func json(_ origin: SenderOrigin) -> JSONValue {
        let members = [
            JSONMember("kind", .string(origin.kind.rawValue)),
            JSONMember("standing", .string(origin.standing.rawValue)),
            JSONMember("name", JSONValue(origin.name)), JSONMember("service", JSONValue(origin.service?.kind.rawValue)),
            JSONMember("messages", JSONValue(origin.messages)), JSONMember("pass", JSONValue(origin.alignedMessages)),
        ]
        let sources = [
            JSONMember("addresses", JSONValue(origin.addresses)),
            JSONMember("sources", .array(origin.sources.prefix(Self.sourcesMax).map { json($0) })),
        ]
        return .object(
            members + comparedMembers(origin.comparedMessages, origin.messagesBefore, origin.alignedMessagesBefore)
                + sources)
    }

    /// A source with its host name, what it is, and its messages.
    func json(_ source: SenderSource) -> JSONValue {
        .object(
            [JSONMember("source", JSONValue(source.source.text)), JSONMember("via", JSONValue(source.via))]
                + SenderSource.hostMembers(source.host) + [
                    JSONMember("messages", JSONValue(source.messages)),
                    JSONMember("pass", JSONValue(source.alignedMessages)),
                ] + comparedMembers(source.comparedMessages, source.messagesBefore, source.alignedMessagesBefore))
    }

    /// Sources that are listed.
    private static let sourcesMax = 100
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
            "forgotten_servers": .array(forgottenServers.map { summary.json($0) }),
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
