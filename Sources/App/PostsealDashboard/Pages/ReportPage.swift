internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// Limit: records that are shown.
    static let recordsMax = 1000
    /// Limit: characters of a text or a list that are shown.
    private static let textMax = 4096
    /// Limit: characters of a name that are shown.
    static let nameMax = 255
    /// Limit: what a list within a record, and fields of a failure report, are shown of.
    private static let (partsMax, fieldsMax) = (10, 200)
    /// Limit: octets of a header that are shown.
    private static let headerMax = 65_536

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
        let reason = try await scope(visit)?.reasonApart(of: found)
        let notice = try await apartNotice(report, reason, visit)
        var page = Page("\(name) about \(report.domain?.shortened(Self.nameMax) ?? "no domain")", .reports) {
            note(visit)
            facts(report, notice, settlements(report, reason, visit))
            if let content = finding?.report {
                self.content(content, isCut: report.isCut, hasFile: report.hasOriginal)
            } else {
                nothing("The file that it came in is not kept any more, or can't be read again.")
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

    private func facts(_ report: StoredReport, _ notice: HTML, _ settlements: HTML) -> HTML {
        card("The report") {
            notice
            tag("dl", .classes("facts")) {
                fact("Kind", report.kindTitle)
                fact("Identifier", report.reportID.shortened(500))
                tag("dt", text: "From")
                tag("dd") { moment(report.begin) }
                tag("dt", text: "To")
                tag("dd") { moment(report.end) }
                tag("dt", text: "Came in")
                tag("dd") { moment(report.received) }
                fact(
                    "Counts",
                    report.isCut
                        ? report.cutCount
                        : report.messages.of(report.kind == "tlsrpt" ? "session" : "message"))
                tag("dt", text: "Borne in reading")
                tag("dd", text: report.quirks.isEmpty ? "nothing was wrong" : report.quirks.joined(separator: ", "))
            }
            settlements
            if report.hasOriginal {
                tag("p") { anchor(Link("/reports", ["\(report.id)", "original"]), "Download the file as it came") }
            }
        }
    }

    func fact(_ title: StaticString, _ text: String) -> HTML {
        tag("dt", text: "\(title)") + tag("dd", text: text.isEmpty ? "–" : text)
    }

    /// How many of something are not shown.
    func left(_ count: Int, hasFile: Bool) -> HTML {
        guard count > 0 else { return HTML() }
        return nothing("And \(count.grouped) more\(hasFile ? "; the file has all" : "").")
    }

    /// What a report says, of ours or of others.
    ///
    /// - Parameters:
    ///   - isCut: whether what tells of domains of others is left out.
    ///   - hasFile: whether the file is handed out.
    func content(_ report: MailReport, isCut: Bool, hasFile: Bool) -> HTML {
        switch report {
        case .aggregate(let aggregate): content(aggregate, isCut: isCut, hasFile: hasFile)
        case .failure(let failure): content(failure, isCut: isCut, hasFile: hasFile)
        case .tls(let tls): content(tls, hasFile: hasFile)
        }
    }

    private var leftOut: HTML { tag("p", text: "It is about domains of others, too: what tells of them is left out.") }

    // MARK: DMARC

    private func content(_ report: DMARCAggregateReport, isCut: Bool, hasFile: Bool) -> HTML {
        let errors = report.errors.shown(Self.partsMax, characters: Self.textMax, separator: "; ")
        return HTML([
            card("What it found") {
                if isCut { leftOut }
                tag("dl", .classes("facts")) {
                    fact("Reporter", report.organizationName.shortened(Self.nameMax))
                    fact(
                        "Contact",
                        [report.email, report.extraContactInfo].compactMap(\.self).joined(separator: ", ")
                            .shortened(500))
                    fact("Made by", (report.generator ?? "").shortened(500))
                    fact("Policy", report.policy.tags)
                    fact("Errors", errors.text)
                }
                left(errors.left, hasFile: hasFile)
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
                left(report.records.count - Self.recordsMax, hasFile: hasFile)
            },
        ])
    }

    private func row(_ record: DMARCReportRecord) -> HTML {
        let proofs =
            record.dkim.prefix(Self.partsMax).map { signature in
                "DKIM \(signature.result.word) \(signature.domain ?? "?")\(signature.selector.map { " (\($0))" } ?? "")"
            } + record.spf.prefix(Self.partsMax).map { "SPF \($0.result.word) \($0.domain ?? "?")" }
        let (proved, unsaid) = proofs.shown(Self.partsMax, characters: 500)
        let left = record.dkim.count + record.spf.count - proofs.count + unsaid
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
                record.disposition?.word.shortened(100) ?? "not said"
                for reason in record.reasons.prefix(Self.partsMax) {
                    tag("br")
                    tag("span", .classes("note"), text: "\(reason.type.word) \(reason.comment ?? "")".shortened(200))
                }
                if record.reasons.count > Self.partsMax {
                    tag("br")
                    tag("span", .classes("note"), text: "and \((record.reasons.count - Self.partsMax).grouped) more")
                }
            }
            cell("From") {
                code((record.headerFrom ?? "–").shortened(Self.nameMax))
                if let envelope = record.envelopeFrom, envelope != record.headerFrom {
                    let path = envelope.isEmpty ? "<>" : envelope.shortened(Self.nameMax)
                    tag("br")
                    tag("span", .classes("note"), text: "return path \(path)")
                }
            }
            cell("Proved by") {
                tag("span", .classes("note"), text: left > 0 ? "\(proved) and \(left.grouped) more" : proved)
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

    // MARK: Failures

    private func content(_ report: FeedbackReport, isCut: Bool, hasFile: Bool) -> HTML {
        HTML([
            card("The message that failed") {
                if isCut { leftOut }
                tag("dl", .classes("facts")) {
                    for field in report.fields.prefix(Self.fieldsMax) {
                        tag("dt", text: field.name.shortened(100))
                        tag("dd", text: field.value.shortened(Self.textMax))
                    }
                }
                left(report.fields.count - Self.fieldsMax, hasFile: hasFile)
            },
            report.original.map { original in
                card("Its header") {
                    let header = String(decoding: original.octets.prefix(Self.headerMax), as: UTF8.self)
                    written("The header", header.replacing("\r\n", with: "\n"))
                    if original.octets.count > Self.headerMax {
                        nothing("And more\(hasFile ? "; the file has all" : "").")
                    }
                }
            } ?? HTML(),
        ])
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

extension StoredReport {
    /// What stands in the place of what it counts, where that is not told.
    fileprivate var cutCount: String {
        switch kind {
        case _ where subjects == nil: "not told, since it can be about other domains as well"
        case "tlsrpt": "sessions of other domains as well"
        case "dmarc-aggregate": "messages of other domains as well"
        default: "a message of other domains as well"
        }
    }
}
