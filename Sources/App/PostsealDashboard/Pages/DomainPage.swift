internal import MailBytes
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// The frame of the pages of a domain.
    func domainPage(
        _ domain: String, _ here: String, _ visit: Visit, @HTMLBuilder content: () -> HTML
    ) -> Page {
        var page = Page(domain, .overview, content: content)
        page.trail = [(visit.keepingDays(Link("/")), "Overview")]
        let tabs = [
            ("", "Protection"), ("senders", "Who sends as you"), ("what-if", "What if"), ("tls", "TLS failures"),
            ("reports", "Reports"),
        ]
        page.tabs = tabs.map { name, text in
            (visit.keepingDays(Link("/domains", name.isEmpty ? [domain] : [domain, name])), text, name == here)
        }
        return page
    }

    func domainPage(_ visit: Visit) async throws -> Reply {
        guard let domain = try await domain(visit) else { return Self.noSuchDomain }
        let figures = try await figures(visit, withSources: false)
        let states = try await protections(of: domain, visit)
        return .page(
            domainPage(domain, "", visit) {
                periodChooser(visit, Link("/domains", [domain]))
                if let figures, figures.summary.messages > 0 {
                    let next = figures.nextForecast
                    tag("p", .classes("next")) {
                        tag("strong", text: "Next: \(next.step.title). ")
                        tag("span", text: next.advice.sentence)
                    }
                    tag("dl", .classes("figures")) {
                        figure(
                            "Messages", figures.summary.messages.grouped,
                            figures.summary.trend.map { "\($0) against as many days before" } ?? "no trend yet")
                        figure("Passed DMARC", figures.summary.alignedMessages.share(of: figures.summary.messages))
                        figure(
                            "Reports", figures.coverage.reports.grouped,
                            "of \(figures.coverage.reporters.of("reporter"))")
                        figure("Policy when last reported", figures.coverage.policy?.text ?? "not known")
                    }
                    card("Mail by day") {
                        Charts.columns(figures)
                        Charts.table(figures)
                    }
                } else {
                    nothing("No message of this domain is reported for the last \(visit.period.count.of("day")).")
                }
                card("Protection") {
                    if states.isEmpty {
                        nothing(
                            Self.hostName(domain) == nil
                                ? "No host can have this name: there are no records to look up."
                                : "The daemon does not look records up here.")
                    }
                    for state in states { protection(state) }
                }
            })
    }

    private func protection(_ state: ProtectionState) -> HTML {
        tag("div", .classes("protection")) {
            tag("h3") {
                state.name
                badge(state.rating.badge, state.rating.rawValue)
            }
            tag("p", text: state.summary)
            if !state.evidence.isEmpty {
                tag("details", .classes("more")) {
                    tag("summary", text: "What was seen: \(state.name)")
                    written("Evidence: \(state.name)", state.evidence.joined(separator: "\n"))
                }
            }
        }
    }

    /// The state of each protection, looked up now.
    func protections(of domain: String, _ visit: Visit) async throws -> [ProtectionState] {
        guard let source = sources.protections, Self.hostName(domain) != nil else { return [] }
        let selectors = try await scope(visit)?.selectors(of: domain) ?? []
        return await source.protections(of: domain, selectors: selectors)
    }
}

extension ProtectionState.Rating {
    var badge: BadgeKind {
        switch self {
        case .good: .good
        case .partial: .warn
        case .missing, .broken: .bad
        case .unknown: .plain
        }
    }
}

extension String {
    /// With a large letter in front.
    var sentence: String { prefix(1).uppercased() + dropFirst() }
}
