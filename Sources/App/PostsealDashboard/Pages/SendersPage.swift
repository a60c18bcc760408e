internal import MailBytes
internal import MailReports
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// Limit: groups that are shown; impostors can have any number of names.
    static let groupsMax = 200
    /// Limit: sources of a group that are shown.
    private static let sourcesMax = 50

    func sendersPage(_ visit: Visit) async throws -> Reply {
        guard let domain = try await domain(visit) else { return Self.noSuchDomain }
        let figures = try await figures(visit)
        return .page(
            domainPage(domain, "senders", visit) {
                periodChooser(visit, Link("/domains", [domain, "senders"]))
                if let figures, figures.summary.messages > 0 {
                    if figures.summary.hasHosts {
                        card("Where it comes from") {
                            tag("p") {
                                "Addresses are grouped by their host names. A name counts only where it leads back to "
                                    + "its address, for anybody can claim one."
                            }
                            originTable(figures.summary)
                        }
                    }
                    card("Who sends as \(domain)") {
                        tag("p") {
                            "Messages are grouped by the domain that they prove to come from, with a signature or a "
                                + "return path that passed. This needs no list of services, and can't be forged."
                        }
                        groupTable(figures)
                    }
                    kinds
                } else {
                    nothing("No message of this domain is reported for the last \(visit.period.count.of("day")).")
                }
            })
    }

    private func groupTable(_ figures: DomainFigures) -> HTML {
        HTML([
            table(
                "Who sends as \(figures.domain)",
                [
                    Column("Sender"), Column("What it is"), .number("Messages"), .number("Passed DMARC"),
                    .number("Failed"), Column("Trend"), Column("Sources"),
                ]
            ) {
                let hosts = figures.summary.hostsByAddress
                for group in figures.summary.senders.prefix(Self.groupsMax) { row(group, figures, hosts) }
            },
            figures.summary.senders.count > Self.groupsMax
                ? nothing("And \((figures.summary.senders.count - Self.groupsMax).grouped) others with fewer messages.")
                : HTML(),
        ])
    }

    private func row(
        _ group: SenderGroup, _ figures: DomainFigures, _ hosts: [String: SourceHost]
    ) -> HTML {
        tag("tr") {
            heading("Sender") { group.via ?? "Nobody proves it" }
            cell("What it is") { badge(group.kind.badge, group.kind.title) }
            cell("Messages", isNumber: true) {
                group.messages.grouped
                trendNote(figures.summary.trend(of: group))
            }
            cell("Passed DMARC", isNumber: true) {
                group.alignedMessages.share(of: group.messages)
                Charts.share(group.alignedMessages, of: group.messages)
            }
            number("Failed", group.failedMessages)
            cell("Trend") { Charts.sparkline(figures.daysByVia[group.via] ?? []) }
            cell("Sources") {
                tag("details", .classes("row")) {
                    tag(
                        "summary",
                        text: group.sources.count == 1 ? "1 address" : "\(group.sources.count.grouped) addresses")
                    tag("ul") {
                        for source in group.largestSources(Self.sourcesMax) {
                            tag("li") {
                                anchor(Link("/search", query: [("q", source.source)]), source.source)
                                hostName(hosts[source.source])
                                " \(source.messages.grouped)"
                            }
                        }
                        if group.sources.count > Self.sourcesMax {
                            tag("li", text: "and \((group.sources.count - Self.sourcesMax).grouped) others")
                        }
                    }
                }
            }
        }
    }

    // MARK: By host names

    private func originTable(_ summary: SenderSummary) -> HTML {
        let origins = summary.origins
        return HTML([
            table(
                "Where the mail of \(summary.domain) comes from",
                [
                    Column("From"), Column("What it is"), .number("Messages"), .number("Passed DMARC"),
                    .number("Failed"), Column("Addresses"),
                ]
            ) {
                for origin in origins.prefix(Self.groupsMax) { row(origin, summary) }
            },
            origins.count > Self.groupsMax
                ? nothing("And \((origins.count - Self.groupsMax).grouped) others with fewer messages.") : HTML(),
        ])
    }

    private func row(_ origin: SenderOrigin, _ summary: SenderSummary) -> HTML {
        tag("tr") {
            heading("From") { origin.heading(of: summary.domain) }
            cell("What it is") {
                badge(origin.standing.badge ?? origin.kind.badge, origin.kind.title)
                if let note = origin.note {
                    tag("br")
                    tag("span", .classes("note"), text: note)
                }
            }
            cell("Messages", isNumber: true) {
                origin.messages.grouped
                trendNote(summary.trend(of: origin))
            }
            cell("Passed DMARC", isNumber: true) {
                origin.alignedMessages.share(of: origin.messages)
                Charts.share(origin.alignedMessages, of: origin.messages)
            }
            number("Failed", origin.failedMessages)
            cell("Addresses") {
                tag("details", .classes("row")) {
                    tag(
                        "summary",
                        text: origin.addresses == 1 ? "1 address" : "\(origin.addresses.grouped) addresses")
                    tag("ul") {
                        for source in origin.sources.prefix(Self.sourcesMax) { item(source, of: summary) }
                        let shown = min(origin.sources.count, Self.sourcesMax)
                        if origin.addresses > shown {
                            tag("li", text: "and \((origin.addresses - shown).grouped) others")
                        }
                    }
                }
            }
        }
    }

    private func item(_ source: SenderSource, of summary: SenderSummary) -> HTML {
        let address = source.source.text ?? "unnamed"
        return tag("li") {
            anchor(Link("/search", query: [("q", address)]), address)
            hostName(source.host)
            " \(source.messages.grouped), \(source.alignedMessages.share(of: source.messages)) passed"
            if let trend = summary.trend(of: source) { tag("span", .classes("note"), text: ", \(trend)") }
        }
    }

    /// The name, or what is claimed.
    func hostName(_ host: SourceHost?) -> HTML {
        guard let host, let name = host.name else { return HTML() }
        let text = host.outcome == .confirmed ? name : "claims to be \(name), which has another address"
        return HTML([HTML(" "), tag("span", .classes("quiet"), text: text), HTML(" ")])
    }

    private var kinds: HTML {
        card("What the groups are") {
            tag("dl", .classes("facts")) {
                for kind in [SenderGroup.Kind.own, .service, .forwarder, .stranger, .unproven] {
                    tag("dt") { badge(kind.badge, kind.title) }
                    tag("dd", text: kind.meaning)
                }
            }
        }
    }
}

extension SenderGroup.Kind {
    var title: String {
        switch self {
        case .own: "own"
        case .service: "service"
        case .forwarder: "forwarder"
        case .stranger: "stranger"
        case .unproven: "unproven"
        }
    }

    var meaning: String {
        switch self {
        case .own: "Authenticated by the domain itself, and by nobody else."
        case .service: "Another domain's, and it passes: it is set up to send for you."
        case .forwarder: "Hands on what others send, so that SPF and some signatures fail."
        case .stranger:
            "Proves to be itself, sends in your name, and nothing of it passes: set it up, or it is an impostor."
        case .unproven: "Proves nothing: impostors, and servers that were forgotten."
        }
    }

    var badge: BadgeKind {
        switch self {
        case .own, .service: .good
        case .forwarder: .plain
        case .stranger: .warn
        case .unproven: .bad
        }
    }
}

extension SenderOrigin {
    fileprivate func heading(of domain: String) -> String {
        switch kind {
        case .own where standing == .ownServerNotSetUp: "Your own servers, not set up"
        case .own: name == domain || name == nil ? "Your own servers" : name ?? ""
        case .unproven: "Nobody proves it"
        case .service, .forwarder, .stranger: name ?? "Nobody proves it"
        }
    }

    /// What is to be said besides its kind.
    fileprivate var note: String? {
        switch standing {
        case .ownServerNotSetUp: "Your own server that is not set up: nothing of it passes."
        case .serviceNotSetUp: "A service that is not set up for you, or somebody else's use of it."
        case .plain: service?.kind.title
        }
    }
}

extension SenderSource.Standing {
    fileprivate var badge: BadgeKind? {
        switch self {
        case .plain: nil
        case .ownServerNotSetUp: .bad
        case .serviceNotSetUp: .warn
        }
    }
}
