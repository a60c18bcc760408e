internal import PostsealReports

/// Reports that are kept apart: why, and what can be done with one.
extension Dashboard {
    /// Why a report does not count, as a part of its page; nothing where it counts.
    func apartNotice(_ report: StoredReport, _ reason: ApartReason?, _ visit: Visit) async throws -> HTML {
        guard let reason else { return HTML() }
        var other: Int64?
        if let id = reason.counted, try await scope(visit)?.report(id) != nil { other = id }
        return tag("p", .classes("alert")) {
            "It is kept apart and not counted, because \(reason.words)."
            if let other {
                " "
                anchor(Link("/reports", ["\(other)"]), "The report that counts")
            }
        }
    }

    /// What can be done with a report that is kept apart, by who sees everything; nothing where it counts.
    func settlements(_ report: StoredReport, _ reason: ApartReason?, _ visit: Visit) -> HTML {
        guard let reason, visit.access?.seesEverything == true else { return HTML() }
        return tag("div", .classes("bar")) {
            if reason.canCount, report.hasOriginal { settlement(report, "accept", "Let it count", visit) }
            settlement(
                report, "drop", "Remove it", visit, Attribute("data-ask", "Remove this report? It can't be had back."))
        }
    }

    private func settlement(
        _ report: StoredReport, _ verb: String, _ title: String, _ visit: Visit, _ more: Attribute...
    ) -> HTML {
        let action = Attribute("action", Link("/reports", ["\(report.id)", verb]).text)
        let content = HTML([hidden(visit), tag("button", .type("submit"), .classes("quiet-button"), text: title)])
        return HTML.element("form", [Attribute("method", "post"), action] + more, content)
    }

    func acceptReport(_ visit: Visit) async throws -> Reply { try await settle(visit, accepting: true) }

    func dropReport(_ visit: Visit) async throws -> Reply { try await settle(visit, accepting: false) }

    /// Lets a report that is kept apart count, or removes it.
    private func settle(_ visit: Visit, accepting: Bool) async throws -> Reply {
        guard let report = try await report(visit), let scope = scope(visit) else { return Self.noSuchReport }
        let reason = try await scope.reasonApart(of: report)
        guard try await scope.settle(report.id, accepting: accepting) else {
            return .problem(409, reason.refusal(hasOriginal: report.hasOriginal))
        }
        let subject = "\(report.id) about \(report.domain ?? "no domain")"
        if accepting {
            audit("report let count", visit, subject: subject)
            return .redirect(done("accepted", on: Link("/reports", ["\(report.id)"]), visit))
        }
        audit("report removed", visit, subject: subject)
        return .redirect(done("dropped", on: Link("/reports", query: [("apart", "yes")]), visit))
    }
}

extension ApartReason? {
    /// Why a report can't be let count or be removed.
    fileprivate func refusal(hasOriginal: Bool) -> String {
        switch self {
        case nil: "The report counts already."
        case let reason? where !reason.canCount: "The report can't count, because \(reason.words)."
        case _? where hasOriginal: "The file that the report came in can't be read any more."
        case _?: "The file that the report came in is not kept any more."
        }
    }
}
