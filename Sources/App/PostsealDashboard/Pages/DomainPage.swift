internal import MailBytes
internal import MailReports
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
                    tag("pre", text: state.evidence.joined(separator: "\n"))
                }
            }
        }
    }

    /// Limit: reports that are read again for the names of keys.
    private static let selectorReportsMax = 2
    /// Limit: names of keys that are looked up.
    private static let selectorsMax = 10

    /// The state of each protection, looked up now.
    func protections(of domain: String, _ visit: Visit) async throws -> [ProtectionState] {
        guard let source = sources.protections, Self.hostName(domain) != nil else { return [] }
        return await source.protections(of: domain, selectors: try await selectors(of: domain, visit))
    }

    /// The names of keys that pass, by the newest reports.
    private func selectors(of domain: String, _ visit: Visit) async throws -> [String] {
        var selectors: [String] = []
        do {
            guard let scope = scope(visit) else { return [] }
            let newest = try await scope.reports(
                ReportQuery(domain: domain, kind: "dmarc-aggregate", count: Self.selectorReportsMax))
            for report in newest where report.messages < 1_000_000 {
                let finding = try await scope.content(of: report).finding
                guard case .aggregate(let aggregate)? = finding?.report else { continue }
                for signature in aggregate.records.prefix(2000).lazy.flatMap(\.dkim)
                where signature.result == .pass && signature.domain == domain {
                    if let selector = signature.selector, !selectors.contains(selector) { selectors.append(selector) }
                }
            }
        } catch is Refusal {
            // Too many reports are being read: the page has the rest all the same.
        }
        return Array(selectors.prefix(Self.selectorsMax))
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
