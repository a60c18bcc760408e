internal import MailBytes
internal import MailNames
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// The reports that the query asks for, and what it comes to.
    func wantedReports(_ visit: Visit) async throws -> (reports: [StoredReport], query: ReportQuery) {
        let isApart = try visit.wanted("apart", of: ["yes"]) != nil
        let query = ReportQuery(
            domain: try await wantedDomain(visit), reportID: visit.query.text("id"),
            kind: try visit.wanted("kind", of: ["dmarc-aggregate", "dmarc-failure", "tlsrpt"]),
            isCounted: isApart ? false : nil, before: visit.before, count: visit.count)
        return (try await scope(visit)?.reports(query) ?? [], query)
    }

    func reportsPage(_ visit: Visit) async throws -> Reply {
        var found: [StoredReport] = []
        var hasMore = false
        var refusal: Refusal?
        do {
            let (reports, query) = try await wantedReports(visit)
            found = reports
            hasMore = try await self.hasMore(reports, query, visit)
        } catch let error as Refusal {
            // With the form, so that it can be written again.
            refusal = error
        }
        return .page(
            Page("Reports", .reports, status: refusal?.status ?? 200) {
                note(visit)
                tag("form", .classes("bar"), Attribute("action", "/reports")) {
                    field("Domain", "domain", value: visit.query["domain"], Attribute("maxlength", "253"))
                    choice(
                        "Kind", "kind",
                        [("", "all"), ("dmarc-aggregate", "DMARC"), ("dmarc-failure", "failure"), ("tlsrpt", "TLS")],
                        chosen: visit.query["kind"])
                    field("Identifier", "id", value: visit.query["id"], Attribute("maxlength", "500"))
                    choice(
                        "Shown", "apart", [("", "all"), ("yes", "kept apart")], chosen: visit.query["apart"])
                    tag("button", .type("submit"), text: "Show")
                }
                if let refusal {
                    tag("p", .classes("alert"), Attribute("role", "alert"), text: refusal.text)
                } else if found.isEmpty {
                    nothing("There are no such reports.")
                } else {
                    card("\(found.count.of("report")), the newest first") {
                        filterBar
                        reportTable(found, "Reports")
                        if hasMore, let last = found.last {
                            tag("p") { anchor(older(than: last, visit), "Older reports") }
                        }
                    }
                }
            })
    }

    /// Whether there are more reports than these, which a query found.
    private func hasMore(_ reports: [StoredReport], _ query: ReportQuery, _ visit: Visit) async throws -> Bool {
        guard reports.count >= query.count, let last = reports.last else { return false }
        return try await scope(visit)?.hasReports(behind: last, query) ?? false
    }

    private func older(than report: StoredReport, _ visit: Visit) -> Link {
        Link(
            "/reports",
            query: [
                ("domain", visit.query.text("domain")), ("kind", visit.query.text("kind")),
                ("id", visit.query.text("id")), ("apart", visit.query.text("apart")),
                ("count", visit.query.text("count")), ("before", "\(report.id)"),
            ])
    }

    func domainReportsPage(_ visit: Visit) async throws -> Reply {
        guard let domain = try await domain(visit) else { return Self.noSuchDomain }
        let query = ReportQuery(domain: domain, count: 200)
        let reports = try await scope(visit)?.reports(query) ?? []
        let hasMore = try await hasMore(reports, query, visit)
        return .page(
            domainPage(domain, "reports", visit) {
                card("Reports about \(domain)") {
                    if reports.isEmpty { nothing("There are none.") } else { reportTable(reports, "Reports") }
                    if hasMore, let last = reports.last {
                        tag("p") {
                            anchor(
                                Link("/reports", query: [("domain", domain), ("before", "\(last.id)")]), "Older reports"
                            )
                        }
                    }
                }
            })
    }

    /// A field in which rows can be picked by a word: for scripts alone.
    var filterBar: HTML {
        tag("div", .classes("bar"), Attribute("data-script"), Attribute("hidden")) {
            tag("div", .classes("field")) {
                tag("label", Attribute("for", "filter"), text: "Filter this list")
                tag("input", .type("search"), .id("filter"), Attribute("autocomplete", "off"))
            }
            tag("span", .classes("note"), .id("filter-note"), Attribute("role", "status"))
        }
    }

    func reportTable(_ reports: [StoredReport], _ label: String) -> HTML {
        table(
            label,
            [
                Column("Day"), Column("Reporter"), Column("Domain"), Column("Kind"), .number("Messages"),
                Column("Identifier"), Column("Remarks"),
            ], Attribute("data-filter")
        ) {
            for report in reports {
                tag("tr") {
                    cell("Day") { day(report.begin ?? report.received) }
                    heading("Reporter") {
                        anchor(
                            Link("/reports", ["\(report.id)"]),
                            report.organization.isEmpty ? "unnamed" : report.organization.shortened(80))
                    }
                    cell("Domain") { (report.domain ?? "none").shortened(100) }
                    cell("Kind") { report.kindTitle }
                    cell("Messages", isNumber: true) { report.isCut ? "not told" : report.messages.grouped }
                    cell("Identifier") { report.reportID.shortened(40) }
                    cell("Remarks") {
                        if !report.isCounted { badge(.warn, "kept apart") }
                        if report.isCut { badge(.plain, "about others, too") }
                        if !report.quirks.isEmpty { badge(.plain, report.quirks.count.of("quirk")) }
                    }
                }
            }
        }
    }
}

extension StoredReport {
    var kindTitle: String { Page.title(ofKind: kind) }
}

extension Page {
    /// What a kind of reports, received or sent, is called.
    static func title(ofKind kind: String) -> String {
        switch kind {
        case "dmarc-aggregate": "DMARC"
        case "dmarc-failure": "failure"
        case "tlsrpt": "TLS"
        default: kind
        }
    }
}
