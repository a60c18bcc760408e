internal import MailBytes
internal import MailReports
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// Limit: senders that are shown.
    private static let losersMax = 100

    func forecastPage(_ visit: Visit) async throws -> Reply {
        guard let domain = try await domain(visit) else { return Self.noSuchDomain }
        let figures = try await figures(visit)
        let wanted = try wantedPolicy(visit)
        return .page(
            domainPage(domain, "what-if", visit) {
                if let figures, figures.summary.messages > 0 {
                    let forecast = wanted.map { figures.forecast($0) } ?? figures.nextForecast
                    chooser(visit, domain, forecast.policy)
                    tag("p", .classes("next")) {
                        tag("strong", text: "Next: \(forecast.step.title). ")
                        tag("span", text: forecast.advice.sentence)
                    }
                    effect(forecast)
                    losers(forecast)
                } else {
                    chooser(visit, domain, wanted ?? .quarantine)
                    nothing(
                        "No message of this domain is reported for the last \(visit.period.count.of("day"))."
                    )
                }
            })
    }

    /// The policy that the query asks for; nil where it leaves that open.
    func wantedPolicy(_ visit: Visit) throws(Refusal) -> ForecastPolicy? {
        try visit.wanted("policy", of: ForecastPolicy.allCases.map(\.rawValue)).flatMap { ForecastPolicy(rawValue: $0) }
    }

    private func chooser(_ visit: Visit, _ domain: String, _ policy: ForecastPolicy) -> HTML {
        tag("form", .classes("bar"), Attribute("action", Link("/domains", [domain, "what-if"]).text)) {
            choice(
                "Policy", "policy", ForecastPolicy.allCases.map { ($0.rawValue, "p=\($0.rawValue)") },
                chosen: policy.rawValue)
            choice(
                "Tried on", "days", visit.periodChoices.map { ("\($0)", "the last \($0.of("day"))") },
                chosen: "\(visit.period.count)")
            tag("button", .type("submit"), text: "Try it")
        }
    }

    private func effect(_ forecast: PolicyForecast) -> HTML {
        tag("dl", .classes("figures")) {
            figure(
                "Untouched", forecast.untouchedMessages.grouped,
                "\(forecast.untouchedMessages.share(of: forecast.summary.messages)) pass DMARC")
            figure("Touched", forecast.touchedMessages.grouped, forecast.policy.fate)
            figure(
                "Touched already", forecast.alreadyTouchedMessages.grouped, "that, or more, was done with them")
            figure(
                "Perhaps yours", forecast.endangeredMessages.grouped, "fail, and prove who sent them")
        }
    }

    private func losers(_ forecast: PolicyForecast) -> HTML {
        let groups = forecast.summary.senders.filter { $0.failedMessages > 0 }
            .sorted { ($1.failedMessages, $0.via ?? "") < ($0.failedMessages, $1.via ?? "") }
        let toSetUp = Set(forecast.toSetUp.map { $0.via ?? "" })
        return card("Whose messages fail") {
            if groups.isEmpty {
                nothing("Nobody's: all messages of the period passed.")
            } else {
                // Where nothing is asked for, nothing has to be done first.
                let isAdvised = forecast.policy != .none
                table(
                    "Senders whose messages fail",
                    [
                        Column("Sender"), Column("What it is"), .number("Would be touched"), .number("Of"),
                        .number("Forwarded"),
                    ] + (isAdvised ? [Column("What to do")] : [])
                ) {
                    for group in groups.prefix(Self.losersMax) {
                        tag("tr") {
                            heading("Sender") { group.via ?? "Nobody proves it" }
                            cell("What it is") { badge(group.kind.badge, group.kind.title) }
                            number("Would be touched", forecast.touchedMessages(of: group))
                            number("Of", group.messages)
                            number("Forwarded", group.forwardedMessages)
                            if isAdvised { cell("What to do") { advice(group, toSetUp) } }
                        }
                    }
                }
                more(groups.count)
                let forgotten = forecast.forgottenServers
                if !forgotten.isEmpty {
                    tag("h3", text: "Your own servers that are not set up")
                    tag("p", text: "Their host names lead back to them and are yours, and nothing of them passes.")
                    tag("ul") {
                        for source in forgotten.prefix(Self.losersMax) {
                            let address = source.source.text ?? "unnamed"
                            tag("li") {
                                anchor(Link("/search", query: [("q", address)]), address)
                                hostName(source.host)
                                source.messages.grouped
                            }
                        }
                    }
                    more(forgotten.count)
                }
                let hosts = forecast.summary.hostsByAddress
                let questions = forecast.questionableSources
                if !questions.isEmpty {
                    tag("h3", text: "Addresses to look at")
                    tag(
                        "p",
                        text:
                            "They prove nothing, and send so much that they can be forgotten servers of yours."
                    )
                    tag("ul") {
                        for source in questions {
                            tag("li") {
                                anchor(Link("/search", query: [("q", source)]), source)
                                hostName(hosts[source])
                            }
                        }
                    }
                }
            }
        }
    }

    /// Says how many of so many are not shown.
    private func more(_ count: Int) -> HTML {
        guard count > Self.losersMax else { return HTML() }
        return nothing("And \((count - Self.losersMax).grouped) more, with fewer messages; the interface has all.")
    }

    private func advice(_ group: SenderGroup, _ toSetUp: Set<String>) -> String {
        switch group.kind {
        case .unproven: "See whether its largest sources are yours."
        case .forwarder: "Nothing can be set up here: forwarding breaks SPF and some signatures."
        case .own, .service, .stranger:
            toSetUp.contains(group.via ?? "") ? "If it is yours, set it up first." : "Too few to wait for."
        }
    }
}

extension ForecastPolicy {
    var fate: String {
        switch self {
        case .none: "nothing is asked for"
        case .quarantine: "would go to junk folders"
        case .reject: "would be rejected"
        }
    }
}
