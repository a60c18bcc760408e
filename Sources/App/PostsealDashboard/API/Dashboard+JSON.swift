internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering

extension Dashboard {
    func domainsJSON(_ visit: Visit) async throws -> Reply {
        let overview = try await overviewFigures(visit)
        let apart = try await scope(visit)?.count(ReportQuery(isCounted: false)) ?? 0
        return .json([
            "days": JSONValue(visit.period.count), "cut": .bool(overview.isCut), "total": JSONValue(overview.domains),
            "messages": JSONValue(overview.messages), "pass": JSONValue(overview.passed),
            "days_compared": JSONValue(visit.period.compared.count),
            "messages_compared": JSONValue(overview.compared?.messages),
            "messages_before": JSONValue(overview.compared?.before), "reports_apart": JSONValue(apart),
            "domains": .array(
                overview.figures.map { domain in
                    let next = domain.nextForecast.step
                    let isComparable = domain.summary.isComparable
                    return [
                        "domain": .string(domain.domain), "messages": JSONValue(domain.summary.messages),
                        "pass": JSONValue(domain.summary.alignedMessages),
                        "messages_compared": JSONValue(isComparable ? domain.summary.comparedMessages : nil),
                        "messages_before": JSONValue(isComparable ? domain.summary.messagesBefore : nil),
                        "policy": domain.coverage.policy?.json ?? .null,
                        "step": .string(next.word), "next_step": .string(next.title),
                    ]
                }),
        ])
    }

    func domainJSON(_ visit: Visit) async throws -> Reply {
        guard let domain = try await domain(visit) else { return Self.noSuchDomain }
        let figures = try await figures(visit, withSources: false)
        let states = try await protections(of: domain, visit)
        let days: [JSONValue] = (figures?.days ?? []).enumerated().map { index, day in
            [
                "day": .string(visit.period.begin.adding(seconds: 86_400 * Int64(index)).day),
                "pass": JSONValue(day.pass), "fail": JSONValue(day.fail),
            ]
        }
        return .json([
            "domain": .string(domain), "days": .array(days),
            "protections": .array(
                states.map { state in
                    [
                        "name": .string(state.name), "rating": .string(state.rating.rawValue),
                        "summary": .string(state.summary), "evidence": .array(state.evidence.map { .string($0) }),
                    ]
                }),
        ])
    }

    func sendersJSON(_ visit: Visit) async throws -> Reply {
        guard let figures = try await figures(visit) else { return Self.noSuchDomain }
        return .json(figures.sendersJSON)
    }

    func forecastJSON(_ visit: Visit) async throws -> Reply {
        guard let figures = try await figures(visit) else { return Self.noSuchDomain }
        guard let policy = try wantedPolicy(visit) else { return .json(figures.nextForecast.json) }
        return .json(figures.forecast(policy).json)
    }

    func tlsJSON(_ visit: Visit) async throws -> Reply {
        let figures = try await tlsFigures(visit, domain: try await wantedDomain(visit))
        return .json([
            "days": JSONValue(visit.period.count), "reports": JSONValue(figures.reports),
            "succeeded": JSONValue(figures.succeeded), "failed": JSONValue(figures.failed),
            "cut": .bool(figures.leftOut(behind: TLSFigures.answeredMax)),
            "servers": .array(
                figures.servers.map { server in
                    [
                        "host": .string(server.host), "shared": .bool(server.isShared),
                        "succeeded": JSONValue(server.succeeded), "failed": JSONValue(server.failed),
                    ]
                }),
            "failures": .array(
                figures.sorted.prefix(TLSFigures.answeredMax).map { failure, sessions in
                    [
                        "domain": .string(failure.domain), "mx": .string(failure.host), "kind": .string(failure.kind),
                        "sessions": JSONValue(sessions),
                    ]
                }),
        ])
    }

    func reportsJSON(_ visit: Visit) async throws -> Reply {
        .json(["reports": .array(try await wantedReports(visit).reports.map(\.json))])
    }

    func reportJSON(_ visit: Visit) async throws -> Reply {
        guard let found = try await report(visit), let scope = scope(visit) else { return Self.noSuchReport }
        let apart = try await apartJSON(found, scope)
        // All that it says, which can be megabytes.
        return .writtenJSON(
            try await scope.content(of: found) { report, finding in
                let answer: JSONValue = [
                    "report": report.json, "apart": apart, "content": finding?.normalizedJSON ?? .null,
                ]
                return Array((answer.text + "\n").utf8)
            })
    }

    /// Why a report is kept apart, and which one counts instead, if that may be seen; null where it counts.
    private func apartJSON(_ report: StoredReport, _ scope: ScopedReports) async throws -> JSONValue {
        guard let reason = try await scope.reasonApart(of: report) else { return .null }
        var counted: Int64?
        if let id = reason.counted, try await scope.report(id) != nil { counted = id }
        return ["reason": .string(reason.word), "counted_report": counted.map { .integer($0) } ?? .null]
    }

    func failuresJSON(_ visit: Visit) async throws -> Reply {
        .json(["failures": .array(try await samples(visit).map(\.json))])
    }

    func sentJSON(_ visit: Visit) async throws -> Reply {
        .json(["reports": .array(try await sentReports(visit).reports.map(\.json))])
    }

    func sentReportJSON(_ visit: Visit) async throws -> Reply {
        guard let found = try await sentReport(visit) else { return Self.noSuchSentReport }
        return .json([
            "report": found.entry.json, "text": .string(found.text), "report_id": .string(found.reportID),
            "subject": .string(found.subject), "file_name": .string(found.fileName),
            "messages": JSONValue(found.messages), "destinations": .array(found.destinations.map(\.json)),
            "attempts": .array(found.attempts.map(\.json)),
        ])
    }

    func messagesJSON(_ visit: Visit) async throws -> Reply {
        let words = visit.query["q"].lowercased().split(separator: " ").map(String.init)
        return .json(["messages": .array(wantedMessages(visit, words: words).messages.map(\.json))])
    }

    func messageJSON(_ visit: Visit) async throws -> Reply {
        guard let detail = await message(visit) else { return Self.noSuchMessage }
        return .json([
            "message": detail.entry.json, "verdict": detail.report, "explanation": .string(detail.explanation),
            "steps": .string(detail.steps), "replay": .string(detail.replay), "command": .string(detail.command),
            "omissions": .array(detail.omissions.map { .string($0) }),
        ])
    }

    func searchJSON(_ visit: Visit) async throws -> Reply {
        guard let text = visit.query.text("q") else { return .problem(400, "Say what is looked for: q.") }
        let found = try await search(String(text.prefix(500)), visit)
        return .json([
            "domains": .array(found.domains.map { .string($0) }), "reports": .array(found.reports.map(\.json)),
            "messages": .array(found.messages.map(\.json)), "cut": .bool(!found.cut.isEmpty),
            "senders": .array(
                found.senders.map {
                    ["domain": .string($0.domain), "via": JSONValue($0.via), "messages": JSONValue($0.messages)]
                }),
            "hosts": .array(found.hosts.map(\.json)), "sent": .array(found.sent.map(\.json)),
        ])
    }

    func stateJSON(_ visit: Visit) async throws -> Reply {
        let facts = sources.daemon?.facts ?? DaemonFacts(faults: [], settings: [], figures: [])
        func list(_ facts: [DaemonFacts.Fact]) -> JSONValue {
            .array(facts.map { ["name": .string($0.name), "text": .string($0.text)] })
        }
        return .json([
            "faults": .array(facts.faults.map { .string($0) }), "settings": list(facts.settings),
            "figures": list(facts.figures),
        ])
    }

    func accountJSON(_ visit: Visit) async throws -> Reply {
        guard let access = visit.access else { return .login }
        return .json([
            "name": .string(access.account), "role": .string(access.role.rawValue),
            "domains": access.domains.map { .array($0.map { .string($0) }) } ?? .null,
        ])
    }

    func accountsJSON(_ visit: Visit) async throws -> Reply {
        .json([
            "accounts": .array(
                try await accounts.list().accounts.map { account in
                    [
                        "name": .string(account.name), "role": .string(account.role.rawValue),
                        "domains": .array(account.domains.map { .string($0) }),
                        "tokens": JSONValue(account.tokens.count),
                        "created": .integer(account.created.seconds),
                    ]
                })
        ])
    }
}

extension DomainFigures {
    /// The object of `postseal report summary`, with the messages of each day for the senders that pages show.
    fileprivate var sendersJSON: JSONValue {
        guard case .object(var members) = summary.json(coverage) else { return .null }
        for (place, member) in members.enumerated() where member.name == "senders" {
            let pairs = zip(member.value.arrayValue ?? [], summary.senders)
            let senders = pairs.enumerated().map { index, pair -> JSONValue in
                guard case .object(let members) = pair.0 else { return pair.0 }
                let days = index < Dashboard.groupsMax ? daysByVia[pair.1.via] ?? [] : []
                return .object(members + [JSONMember("days", .array(days.map { JSONValue($0) }))])
            }
            members[place] = JSONMember("senders", .array(senders))
        }
        return .object(members)
    }
}

extension ApartReason {
    /// What it is called by programs.
    fileprivate var word: String {
        switch self {
        case .noDomain: "no-domain"
        case .otherCounts: "other-counts"
        case .unprovenCounts: "unproven-counts"
        case .unverified: "unverified"
        }
    }
}

extension SentReport {
    var json: JSONValue {
        [
            "id": .string(id), "kind": .string(kind), "domain": .string(domain), "recipient": .string(recipient),
            "begin": begin.map { .integer($0.seconds) } ?? .null, "end": end.map { .integer($0.seconds) } ?? .null,
            "state": .string(state), "time": .integer(time.seconds), "note": .string(note),
        ]
    }
}

extension SentReportDetail.Destination {
    fileprivate var json: JSONValue {
        [
            "destination": JSONValue(place), "requested": .string(requested), "uri": .string(uri),
            "state": .string(state), "reason": .string(reason), "due": .integer(due.seconds),
            "failures": JSONValue(failures), "ended": ended.map { .integer($0.seconds) } ?? .null,
        ]
    }
}

extension SentReportDetail.Attempt {
    fileprivate var json: JSONValue {
        [
            "destination": JSONValue(place), "number": JSONValue(number), "node": .string(node),
            "began": .integer(began.seconds), "ended": ended.map { .integer($0.seconds) } ?? .null,
            "outcome": .string(outcome), "answer": .string(answer),
        ]
    }
}

extension NamedSource {
    fileprivate var json: JSONValue {
        let isConfirmed = host.outcome == .confirmed
        return [
            "domain": .string(domain), "source": JSONValue(source.text),
            "host": JSONValue(isConfirmed ? host.name : nil),
            "claimed_host": JSONValue(isConfirmed ? nil : host.name), "host_outcome": .string(host.outcome.word),
        ]
    }
}

extension MessageEntry {
    var json: JSONValue {
        [
            "id": .integer(Int64(clamping: id)), "time": .integer(time.seconds), "way": .string(way),
            "outgoing": .bool(isOutgoing), "queue_id": JSONValue(queueID), "message_id": JSONValue(messageID),
            "client": JSONValue(client), "helo": JSONValue(helo), "mail_from": JSONValue(mailFrom),
            "from": JSONValue(from), "recipient_domains": .array(recipientDomains.map { .string($0) }),
            "disposition": .string(disposition), "reason": .string(reason),
            "results": .array(results.map { ["check": .string($0.check), "result": .string($0.word)] }),
            "microseconds": .integer(Int64(milliseconds * 1000)),
        ]
    }
}
