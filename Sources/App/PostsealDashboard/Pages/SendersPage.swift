internal import MailBytes
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// Limit: groups that are shown; impostors can have any number of names.
    private static let groupsMax = 200
    /// Limit: sources of a group that are shown.
    private static let sourcesMax = 50

    func sendersPage(_ visit: Visit) async throws -> Reply {
        guard let domain = domain(visit) else { return Self.noSuchDomain }
        let figures = try await figures(visit)
        return .page(
            domainPage(domain, "senders") {
                periodChooser(visit, Link("/domains", [domain, "senders"]))
                if let figures, figures.summary.messages > 0 {
                    tag("p") {
                        "Messages are grouped by the domain that they prove to come from, with a signature or a return "
                            + "path that passed. This needs no list of services, and can't be forged."
                    }
                    card("Who sends as \(domain)") { groupTable(figures) }
                    kinds
                } else {
                    nothing("No message of this domain is reported for the last \(visit.period.count) days.")
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
                for group in figures.summary.senders.prefix(Self.groupsMax) { row(group, figures) }
            },
            figures.summary.senders.count > Self.groupsMax
                ? nothing("And \((figures.summary.senders.count - Self.groupsMax).grouped) others with fewer messages.")
                : HTML(),
        ])
    }

    private func row(_ group: SenderGroup, _ figures: DomainFigures) -> HTML {
        tag("tr") {
            heading("Sender") { group.via ?? "Nobody proves it" }
            cell("What it is") { badge(group.kind.badge, group.kind.title) }
            cell("Messages", isNumber: true) {
                group.messages.grouped
                tag("br")
                tag("span", .classes("note"), text: group.messages.trend(since: group.messagesBefore))
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
