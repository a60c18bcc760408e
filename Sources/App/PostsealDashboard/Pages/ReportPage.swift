internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering
internal import TLSRPT

extension Dashboard {
    /// Limit: records that are shown.
    private static let recordsMax = 1000

    /// The report of the path; nil where there is none that is seen.
    func report(_ visit: Visit) async throws -> StoredReport? {
        guard let id = visit.parameters.first.flatMap({ Int64($0) }) else { return nil }
        return try await scope(visit)?.report(id)
    }

    static let noSuchReport = Reply.problem(404, "There is no such report, or it is not about one of your domains.")

    func reportPage(_ visit: Visit) async throws -> Reply {
        guard let found = try await report(visit),
            let (report, finding) = try await scope(visit)?.content(of: found)
        else { return Self.noSuchReport }
        let name = report.organization.isEmpty ? "An unnamed reporter" : report.organization.shortened(120)
        var page = Page("\(name) about \(report.domain ?? "no domain")", .reports) {
            note(visit)
            facts(report, visit)
            switch finding?.report {
            case .aggregate(let aggregate)?: content(aggregate)
            case .failure(let failure)?: content(failure, isCut: report.isCut)
            case .tls(let tls)?: content(tls)
            case nil: nothing("The file that it came in is not kept any more, or can't be read again.")
            }
        }
        page.trail = [(Link("/reports"), "Reports")]
        return .page(page)
    }

    /// The file as it came: to be kept, and never shown by the browser.
    func originalFile(_ visit: Visit) async throws -> Reply {
        guard let report = try await report(visit) else { return Self.noSuchReport }
        guard let original = try await scope(visit)?.original(of: report) else {
            return .problem(404, "The file is not kept any more, or holds reports about domains of others.")
        }
        return .file(
            name: original.name ?? "report-\(report.id)", type: "application/octet-stream", octets: original.octets)
    }

    private func facts(_ report: StoredReport, _ visit: Visit) -> HTML {
        card("The report") {
            if !report.isCounted {
                tag(
                    "p", .classes("alert"),
                    text: "It is kept apart and not counted, because nobody could verify who sent it.")
            }
            tag("dl", .classes("facts")) {
                fact("Kind", report.kindTitle)
                fact("Identifier", report.reportID)
                tag("dt", text: "From")
                tag("dd") { moment(report.begin) }
                tag("dt", text: "To")
                tag("dd") { moment(report.end) }
                tag("dt", text: "Came in")
                tag("dd") { moment(report.received) }
                fact(
                    "Counts",
                    report.isCut
                        ? "\(report.kind == "tlsrpt" ? "sessions" : "a message") of other domains as well"
                        : report.messages.of(report.kind == "tlsrpt" ? "session" : "message"))
                tag("dt", text: "Borne in reading")
                tag("dd", text: report.quirks.isEmpty ? "nothing was wrong" : report.quirks.joined(separator: ", "))
            }
            if !report.isCounted, visit.access?.seesEverything == true {
                tag("div", .classes("bar")) {
                    // What is about no domain counts for none.
                    if report.domain != nil, report.hasOriginal { settlement(report, "accept", "Let it count", visit) }
                    settlement(
                        report, "drop", "Remove it", visit,
                        Attribute("data-ask", "Remove this report? It can't be had back."))
                }
            }
            if report.hasOriginal {
                tag("p") { anchor(Link("/reports", ["\(report.id)", "original"]), "Download the file as it came") }
            }
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
        guard try await scope.settle(report.id, accepting: accepting) else {
            return .problem(400, "This can't be done with this report: it counts already, or its file is not kept.")
        }
        let subject = "\(report.id) about \(report.domain ?? "no domain")"
        if accepting {
            audit("report let count", visit, subject: subject)
            return .redirect(Link(adding: "?done=accepted", to: Link("/reports", ["\(report.id)"])))
        }
        audit("report removed", visit, subject: subject)
        return .redirect(Link("/reports", query: [("apart", "yes"), ("done", "dropped")]))
    }

    func fact(_ title: StaticString, _ text: String) -> HTML {
        tag("dt", text: "\(title)") + tag("dd", text: text.isEmpty ? "–" : text)
    }

    // MARK: DMARC

    private func content(_ report: DMARCAggregateReport) -> HTML {
        HTML([
            card("What it found") {
                tag("dl", .classes("facts")) {
                    fact("Reporter", report.organizationName)
                    fact("Contact", [report.email, report.extraContactInfo].compactMap(\.self).joined(separator: ", "))
                    fact("Made by", report.generator ?? "")
                    fact("Policy", report.policy.tags)
                    fact("Errors", report.errors.joined(separator: "; "))
                }
            },
            card("Records") {
                table(
                    "Records of the report",
                    [
                        Column("Source"), .number("Messages"), Column("DKIM"), Column("SPF"), Column("Done"),
                        Column("From"), Column("Proved by"),
                    ]
                ) {
                    for record in report.records.prefix(Self.recordsMax) { row(record) }
                }
                if report.records.count > Self.recordsMax {
                    nothing("And \((report.records.count - Self.recordsMax).grouped) more; the file has all.")
                }
            },
        ])
    }

    private func row(_ record: DMARCReportRecord) -> HTML {
        let proofs =
            record.dkim.map { "DKIM \($0.result.word) \($0.domain ?? "?")\($0.selector.map { " (\($0))" } ?? "")" }
            + record.spf.map { "SPF \($0.result.word) \($0.domain ?? "?")" }
        return tag("tr") {
            heading("Source") {
                switch record.source {
                case .address(let address): anchor(Link("/search", query: [("q", address.text)]), address.text)
                // Nothing else can be looked for.
                case .other(let text): text.shortened(100)
                case .missing: "unnamed"
                }
            }
            number("Messages", record.count)
            cell("DKIM") { aligned(record.dkimAligned) }
            cell("SPF") { aligned(record.spfAligned) }
            cell("Done") {
                record.disposition?.word ?? "not said"
                for reason in record.reasons.prefix(10) {
                    tag("br")
                    tag("span", .classes("note"), text: "\(reason.type.word) \(reason.comment ?? "")".shortened(200))
                }
            }
            cell("From") {
                code(record.headerFrom ?? "–")
                if let envelope = record.envelopeFrom, envelope != record.headerFrom {
                    tag("br")
                    tag("span", .classes("note"), text: "return path \(envelope.isEmpty ? "<>" : envelope)")
                }
            }
            cell("Proved by") {
                tag("span", .classes("note"), text: proofs.prefix(10).joined(separator: ", ").shortened(500))
            }
        }
    }

    private func aligned(_ value: Bool?) -> HTML {
        switch value {
        case true?: badge(.good, "pass")
        case false?: badge(.bad, "fail")
        case nil: badge(.plain, "not said")
        }
    }

    // MARK: Failures and TLS

    private func content(_ report: FeedbackReport, isCut: Bool) -> HTML {
        HTML([
            card("The message that failed") {
                if isCut {
                    tag("p", text: "It is about domains of others, too: what tells of them is left out.")
                }
                tag("dl", .classes("facts")) {
                    for field in report.fields.prefix(200) {
                        tag("dt", text: field.name.shortened(100))
                        tag("dd", text: field.value.shortened(4096))
                    }
                }
            },
            report.original.map { original in
                card("Its header") {
                    tag("pre", text: String(decoding: original.octets.prefix(65_536), as: UTF8.self))
                }
            } ?? HTML(),
        ])
    }

    private func content(_ report: TLSReport) -> HTML {
        HTML(
            report.policies.map { policy in
                card("Policy of \(policy.domain?.text ?? "no domain")") {
                    tag("dl", .classes("facts")) {
                        fact("Type", policy.type.word)
                        fact("MX", policy.mxHosts.joined(separator: ", "))
                        fact("Sessions that succeeded", policy.successfulSessions.grouped)
                        fact("Sessions that failed", policy.failedSessions.grouped)
                    }
                    if !policy.failures.isEmpty { failureTable(policy.failures) }
                    if !policy.strings.isEmpty { tag("pre", text: policy.strings.joined(separator: "\n")) }
                }
            })
    }

    func failureTable(_ failures: [TLSReportFailure]) -> HTML {
        table(
            "TLS failures",
            [Column("Kind"), .number("Sessions"), Column("MX"), Column("Server"), Column("Client"), Column("Reason")]
        ) {
            for failure in failures.prefix(Self.recordsMax) {
                tag("tr") {
                    heading("Kind") { failure.resultType.word }
                    number("Sessions", failure.failedSessions)
                    cell("MX") { failure.receivingMXHostname ?? "–" }
                    cell("Server") { failure.receivingIP ?? "–" }
                    cell("Client") { failure.sendingMTAIP ?? "–" }
                    cell("Reason") { (failure.failureReasonCode ?? "–").shortened(500) }
                }
            }
        }
    }
}

extension DMARCReportedPolicy {
    /// The tags as they are published.
    var tags: String {
        var tags: [String] = []
        if let policy { tags.append("p=\(policy.word)") }
        if let subdomainPolicy { tags.append("sp=\(subdomainPolicy.word)") }
        if let nonexistentPolicy { tags.append("np=\(nonexistentPolicy.word)") }
        if let isDKIMStrict { tags.append("adkim=\(isDKIMStrict ? "s" : "r")") }
        if let isSPFStrict { tags.append("aspf=\(isSPFStrict ? "s" : "r")") }
        if let percentage { tags.append("pct=\(percentage)") }
        if isTesting == true { tags.append("t=y") }
        return tags.joined(separator: " ")
    }
}
