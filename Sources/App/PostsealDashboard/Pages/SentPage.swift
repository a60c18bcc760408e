internal import MailBytes
internal import MailNames
internal import Rendering

extension Dashboard {
    /// The reports that were sent about a domain, or about all.
    func sentReports(_ visit: Visit) async throws -> SentReports {
        let domain = try visit.wantedDomain()
        guard let source = sources.sent, visit.access?.seesEverything == true else { return SentReports([]) }
        return try await source.sentReports(
            domain: domain, count: visit.count, offset: (visit.page - 1) * visit.count)
    }

    func sentPage(_ visit: Visit) async throws -> Reply {
        let found = try await sentReports(visit)
        let reports = found.reports
        return .page(
            Page("Sent reports", .sent) {
                tag("p", text: "What this server reports to others about their mail, and how far each report is.")
                if reports.isEmpty {
                    if visit.page > 1 {
                        nothing("There are no more.")
                    } else {
                        nothing(sources.sent == nil ? "None: this server sends no reports." : "None yet.")
                    }
                } else {
                    card(visit.page > 1 ? "Page \(visit.page)" : "The newest \(reports.count.of("report"))") {
                        filterBar
                        table(
                            "Sent reports",
                            [
                                Column("Period"), Column("Domain"), Column("Kind"), Column("To"), Column("State"),
                                Column("Since"),
                            ], Attribute("data-filter")
                        ) {
                            for report in reports {
                                tag("tr") {
                                    heading("Period") {
                                        tag("a", .href(Link("/sent", [report.id]))) { day(report.begin) }
                                    }
                                    cell("Domain") { report.domain }
                                    cell("Kind") { report.kind }
                                    cell("To") { report.recipient }
                                    cell("State") { badge(report.badge, report.state) }
                                    cell("Since") { moment(report.time) }
                                }
                            }
                        }
                        if found.hasMore { tag("p") { anchor(nextPage(visit), "Older reports") } }
                    }
                }
            })
    }

    private func nextPage(_ visit: Visit) -> Link {
        Link(
            "/sent",
            query: [
                ("domain", visit.query.text("domain")), ("count", visit.query.text("count")),
                ("page", "\(visit.page + 1)"),
            ])
    }

    func sentReportPage(_ visit: Visit) async throws -> Reply {
        guard let id = visit.parameters.first, let found = try await sources.sent?.sentReport(id) else {
            return .problem(404, "There is no such report.")
        }
        let report = found.report
        var page = Page("Report about \(report.domain)", .sent) {
            card("The report") {
                tag("dl", .classes("facts")) {
                    fact("Identifier", report.id)
                    fact("Kind", report.kind)
                    fact("To", report.recipient)
                    fact("State", report.state)
                    fact("Remarks", report.note)
                    tag("dt", text: "From")
                    tag("dd") { moment(report.begin) }
                    tag("dt", text: "To the end of")
                    tag("dd") { moment(report.end) }
                }
            }
            card("What it says") { tag("pre", text: found.text.shortened(200_000)) }
        }
        page.trail = [(Link("/sent"), "Sent reports")]
        return .page(page)
    }
}

extension SentReport {
    fileprivate var badge: BadgeKind {
        switch state {
        case "sent": .good
        case "failed", "refused", "expired": .bad
        default: .plain
        }
    }
}
