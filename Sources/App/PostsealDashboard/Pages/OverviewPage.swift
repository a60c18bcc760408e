internal import MailBytes
internal import PostsealReports
internal import Rendering

extension Dashboard {
    func overview(_ visit: Visit) async throws -> Reply {
        let overview = try await overviewFigures(visit)
        let (apart, apartCount) = try await reportsApart(visit)
        let facts = visit.access?.seesEverything == true ? sources.daemon?.facts : nil
        return .page(
            Page("Overview", .overview) {
                if let facts, !facts.faults.isEmpty {
                    tag("p", .classes("alert"), Attribute("role", "alert")) {
                        "The daemon does not do all of its work: \(facts.faults.joined(separator: "; ")). "
                        anchor(Link("/state"), "More about it")
                    }
                }
                periodChooser(visit, Link("/"))
                tag("dl", .classes("figures")) {
                    figure("Domains", overview.domains.grouped)
                    figure(
                        "Messages reported", overview.messages.grouped,
                        overview.trend.map { "\($0) against as many days before" } ?? "no trend yet")
                    figure(
                        "Passed DMARC", overview.passed.share(of: overview.messages),
                        "\((overview.messages - overview.passed).grouped) did not")
                    figure("Reports kept apart", apartCount.grouped, "not counted")
                }
                if reports == nil {
                    nothing("No reports are kept: set reports.store in the configuration.")
                } else if overview.domains == 0 {
                    card("No reports yet") {
                        tag("p") {
                            "Publish a DMARC record with rua=mailto:… for your domain, and have reports sent here. "
                                + "Receivers send them once a day."
                        }
                    }
                } else {
                    card("Domains") {
                        domainTable(overview.figures, visit)
                        if overview.isCut { pages(overview, visit) }
                    }
                }
                if !apart.isEmpty { apartCard(apart) }
            })
    }

    /// Which of the domains these are, and the way to the others.
    private func pages(_ overview: Overview, _ visit: Visit) -> HTML {
        let (skipped, shown) = (overview.skipped, overview.figures.count)
        let days = visit.query.text("days")
        return HTML([
            nothing(
                shown == 0
                    ? "There are no more of the \(overview.domains.of("domain"))."
                    : "Those are \((skipped + 1).grouped) to \((skipped + shown).grouped) of "
                        + "\(overview.domains.of("domain")), by their messages. The figures above are of all."),
            tag("p") {
                if skipped > 0 {
                    anchor(
                        Link("/", query: [("days", days), ("page", "\(min(visit.page, overview.lastPage + 1) - 1)")]),
                        "Domains with more messages")
                    " "
                }
                if skipped + shown < overview.domains {
                    anchor(
                        Link("/", query: [("days", days), ("page", "\(visit.page + 1)")]), "Domains with fewer messages"
                    )
                }
            },
        ])
    }

    private func domainTable(_ figures: [DomainFigures], _ visit: Visit) -> HTML {
        table(
            "Domains with their mail",
            [
                Column("Domain"), .number("Messages"), .number("Passed DMARC"), Column("Trend"), Column("Policy"),
                Column("Next step"),
            ]
        ) {
            for domain in figures {
                let next = domain.nextForecast
                tag("tr") {
                    heading("Domain") { anchor(visit.keepingDays(Link("/domains", [domain.domain])), domain.domain) }
                    cell("Messages", isNumber: true) {
                        domain.summary.messages.grouped
                        trendNote(domain.summary.trend)
                    }
                    cell("Passed DMARC", isNumber: true) {
                        domain.summary.alignedMessages.share(of: domain.summary.messages)
                        Charts.share(domain.summary.alignedMessages, of: domain.summary.messages)
                    }
                    cell("Trend") { Charts.sparkline(domain.days.map(\.all)) }
                    cell("Policy") { policyBadge(domain.coverage.policy) }
                    cell("Next step") {
                        anchor(visit.keepingDays(Link("/domains", [domain.domain, "what-if"])), next.step.title)
                    }
                }
            }
        }
    }

    private func apartCard(_ apart: [StoredReport]) -> HTML {
        card("Reports kept apart") {
            tag("p") {
                "Anybody can mail a report. These are kept and not counted: mostly because nobody could verify who "
                    + "sent them; each of them says why."
            }
            reportTable(apart, "Reports kept apart")
            tag("p") { anchor(Link("/reports", query: [("apart", "yes")]), "All of them") }
        }
    }

    /// How many days are looked at.
    func periodChooser(_ visit: Visit, _ link: Link) -> HTML {
        tag("nav", .classes("period"), .label("Period")) {
            tag("span", text: "Last")
            for days in visit.periodChoices {
                let target = Link(link, days: days)
                if days == visit.period.count {
                    anchor(target, days.of("day"), Attribute("aria-current", "true"))
                } else {
                    anchor(target, days.of("day"))
                }
            }
        }
    }

    func policyBadge(_ policy: StoredPolicy?) -> HTML {
        guard let policy else { return badge(.plain, "not known") }
        switch policy.policy {
        case "reject" where !policy.isTesting: return badge(.good, policy.text)
        case "quarantine", "reject": return badge(.warn, policy.text)
        default: return badge(.plain, policy.text)
        }
    }
}

extension Link {
    /// A page of ours for so many days.
    init(_ link: Link, days: Int) {
        self.init(adding: "\(link.text.contains("?") ? "&" : "?")days=\(days)", to: link)
    }
}

extension PolicyForecast.Step {
    /// The step in few words.
    var title: String {
        switch self {
        case .waitForReports: "Publish a reporting address and wait"
        case .checkReporting: "See whether reports still come"
        case .setUp(let senders):
            senders.count == 1 ? "Set up one sender first" : "Set up \(senders.count.grouped) senders first"
        case .waitForMore: "Wait for more reports"
        case .checkSources: "See whose the largest senders are that prove nothing"
        case .publish(let policy): "Publish p=\(policy.rawValue)"
        case .keep: "Nothing: keep it"
        }
    }
}
