internal import MailBytes
internal import MailNames
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// Limit: reports of a list.
    private static let reportsMax = 1000

    /// The reports that the query asks for; nil where it can't be understood.
    func wantedReports(_ visit: Visit) async throws -> [StoredReport]? {
        guard let scope = scope(visit) else { return [] }
        var domain: String?
        if let text = visit.query.text("domain") {
            guard let name = try? DomainName(mailDomain: text) else { return nil }
            domain = name.text
        }
        let kinds = ["dmarc-aggregate", "dmarc-failure", "tlsrpt"]
        let wanted = visit.query.text("kind")
        guard wanted.map({ kinds.contains($0) }) ?? true else { return nil }
        let isApart = visit.query["apart"] == "yes"
        return try await scope.reports(
            ReportQuery(
                domain: domain, reportID: visit.query.text("id"), kind: wanted,
                isCounted: isApart ? false : nil, before: Int64(visit.query["before"]),
                count: visit.count(100, max: Self.reportsMax)))
    }

    func reportsPage(_ visit: Visit) async throws -> Reply {
        let found = try await wantedReports(visit)
        return .page(
            Page("Reports", .reports) {
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
                if let found {
                    if found.isEmpty {
                        nothing("There are no such reports.")
                    } else {
                        card("\(found.count.of("report")), the newest first") {
                            filterBar
                            reportTable(found, "Reports")
                            if found.count >= visit.count(100, max: Self.reportsMax), let last = found.last {
                                tag("p") { anchor(older(than: last, visit), "Older reports") }
                            }
                        }
                    }
                } else {
                    tag(
                        "p", .classes("alert"), Attribute("role", "alert"),
                        text: "This is no domain, or no kind of report.")
                }
            })
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
        guard let domain = domain(visit) else { return Self.noSuchDomain }
        let count = 200
        let reports = try await scope(visit)?.reports(ReportQuery(domain: domain, count: count)) ?? []
        return .page(
            domainPage(domain, "reports") {
                card("Reports about \(domain)") {
                    if reports.isEmpty { nothing("There are none.") } else { reportTable(reports, "Reports") }
                    if reports.count == count, let last = reports.last {
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
                    cell("Messages", isNumber: true) { report.isCut ? "–" : report.messages.grouped }
                    cell("Identifier") { report.reportID.shortened(40) }
                    cell("Remarks") {
                        if !report.isCounted { badge(.warn, "kept apart") }
                        if !report.quirks.isEmpty { badge(.plain, report.quirks.count.of("quirk")) }
                    }
                }
            }
        }
    }
}

extension StoredReport {
    var kindTitle: String {
        switch kind {
        case "dmarc-aggregate": "DMARC"
        case "dmarc-failure": "failure"
        case "tlsrpt": "TLS"
        default: kind
        }
    }
}

extension String {
    /// Cut off behind so many characters.
    func shortened(_ count: Int) -> String { self.count <= count ? self : prefix(count) + "…" }
}
