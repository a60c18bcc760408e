internal import MailBytes
internal import MailNames
internal import MailReports
internal import Rendering

extension Dashboard {
    /// Limit: attempts and destinations of a report that are shown.
    private static let attemptsMax = 500
    /// Limit: characters of an answer that are shown.
    private static let answerMax = 500

    /// The reports that were sent about a domain, or about all.
    func sentReports(_ visit: Visit) async throws -> SentReports {
        let domain = try visit.wantedDomain()
        guard let source = sentSource(visit) else { return SentReports([]) }
        return try await source.sentReports(
            domain: domain, count: visit.count, offset: (visit.page - 1) * visit.count)
    }

    /// The reports that were sent, for those who see everything; nil for others. What we tell others about their mail
    /// is no matter of a domain of ours.
    func sentSource(_ visit: Visit) -> (any SentReportSource)? {
        visit.access?.seesEverything == true ? sources.sent : nil
    }

    static let noSuchSentReport = Reply.problem(404, "There is no such report.")

    func sentPage(_ visit: Visit) async throws -> Reply {
        let found = try await sentReports(visit)
        let reports = found.reports
        let isSending = sources.sent?.isSending == true
        return .page(
            Page("Sent reports", .sent) {
                tag("p", text: "What this server reports to others about their mail, and how far each report is.")
                if reports.isEmpty {
                    if visit.page > 1 {
                        nothing("There are no more.")
                    } else {
                        nothing(isSending ? "None yet." : "None: this server sends no reports.")
                    }
                } else {
                    card(visit.page > 1 ? "Page \(visit.page)" : "The newest \(reports.count.of("report"))") {
                        filterBar
                        sentTable(reports)
                        if found.hasMore { tag("p") { anchor(nextPage(visit), "Older reports") } }
                    }
                }
            })
    }

    func sentTable(_ reports: [SentReport]) -> HTML {
        table(
            "Sent reports",
            [
                Column("Period"), Column("Domain"), Column("Kind"), Column("To"), Column("State"), Column("Since"),
            ], Attribute("data-filter")
        ) {
            for report in reports {
                tag("tr") {
                    heading("Period") { tag("a", .href(Link("/sent", [report.id]))) { day(report.begin) } }
                    cell("Domain") { report.domain }
                    cell("Kind") { Page.title(ofKind: report.kind) }
                    cell("To") { report.recipient }
                    cell("State") { badge(BadgeKind(state: report.state), report.state) }
                    cell("Since") { moment(report.time) }
                }
            }
        }
    }

    private func nextPage(_ visit: Visit) -> Link {
        Link(
            "/sent",
            query: [
                ("domain", visit.query.text("domain")), ("count", visit.query.text("count")),
                ("page", "\(visit.page + 1)"),
            ])
    }

    /// The report of the path; nil where there is none that is seen.
    func sentReport(_ visit: Visit) async throws -> SentReportDetail? {
        guard let id = visit.parameters.first else { return nil }
        return try await sentSource(visit)?.sentReport(id)
    }

    func sentReportPage(_ visit: Visit) async throws -> Reply {
        guard let detail = try await sentReport(visit) else { return Self.noSuchSentReport }
        var page = Page("Report about \(detail.entry.domain)", .sent) {
            facts(detail)
            destinations(detail)
            attempts(detail)
            if let report = detail.content {
                content(report, isCut: false, hasFile: true)
            } else {
                card("What it says") { written("Text of the report", detail.text.shortened(200_000)) }
            }
        }
        page.trail = [(Link("/sent"), "Sent reports")]
        return .page(page)
    }

    /// The document as it was sent: to be kept, and never shown by the browser.
    func sentDocumentFile(_ visit: Visit) async throws -> Reply {
        guard let id = visit.parameters.first, let document = try await sentSource(visit)?.document(of: id) else {
            return Self.noSuchSentReport
        }
        return .file(name: document.name, type: "application/octet-stream", octets: document.octets)
    }

    private func facts(_ detail: SentReportDetail) -> HTML {
        let report = detail.entry
        return card("The report") {
            tag("dl", .classes("facts")) {
                fact("Kind", Page.title(ofKind: report.kind))
                fact("Report-ID", detail.reportID)
                fact("Subject", detail.subject)
                tag("dt", text: "From")
                tag("dd") { moment(report.begin) }
                tag("dt", text: "To the end of")
                tag("dd") { moment(report.end) }
                fact("Counts", detail.messages.of(report.kind == "tlsrpt" ? "session" : "message"))
                fact("To", report.recipient)
                fact("State", report.state)
                fact("Remarks", report.note)
                fact("File", detail.fileName)
            }
            tag("p") { anchor(Link("/sent", [report.id, "document"]), "The report as it was sent") }
        }
    }

    private func destinations(_ detail: SentReportDetail) -> HTML {
        card("Where it goes") {
            table(
                "Destinations of the report",
                [Column("To"), Column("State"), .number("Failures"), Column("Ended"), Column("Remarks")]
            ) {
                for destination in detail.destinations.prefix(Self.attemptsMax) {
                    tag("tr") {
                        heading("To") { destination.uri }
                        cell("State") { badge(BadgeKind(state: destination.state), destination.state) }
                        number("Failures", destination.failures)
                        cell("Ended") { ending(of: destination) }
                        cell("Remarks") { destination.reason.isEmpty ? "–" : destination.reason }
                    }
                }
            }
            left(detail.destinations.count - Self.attemptsMax, hasFile: false)
        }
    }

    private func ending(of destination: SentReportDetail.Destination) -> HTML {
        if let ended = destination.ended { return second(ended) }
        return HTML("not yet; next at ") + second(destination.due)
    }

    private func attempts(_ detail: SentReportDetail) -> HTML {
        card("Attempts") {
            if detail.attempts.isEmpty {
                nothing("None yet.")
            } else {
                table(
                    "Attempts to send the report",
                    [Column("Began"), Column("To"), Column("Node"), Column("Outcome"), Column("Answer")]
                ) {
                    // The last ones tell how it stands.
                    for attempt in detail.attempts.suffix(Self.attemptsMax) {
                        tag("tr") {
                            heading("Began") { second(attempt.began) }
                            cell("To") { detail.destination(of: attempt)?.uri ?? "–" }
                            cell("Node") { attempt.node }
                            cell("Outcome") {
                                badge(
                                    BadgeKind(state: attempt.outcome),
                                    attempt.outcome.isEmpty ? "no end is known" : attempt.outcome)
                            }
                            cell("Answer") { attempt.answer.isEmpty ? "–" : attempt.answer.shortened(Self.answerMax) }
                        }
                    }
                }
                left(detail.attempts.count - Self.attemptsMax, hasFile: false)
            }
        }
    }
}

extension SentReportDetail {
    fileprivate func destination(of attempt: Attempt) -> Destination? {
        destinations.first { $0.place == attempt.place }
    }
}

extension BadgeKind {
    /// How a state, or an attempt's outcome, stands out.
    fileprivate init(state: String) {
        switch state {
        case "sent": self = .good
        case "failed", "refused", "expired": self = .bad
        default: self = .plain
        }
    }
}
