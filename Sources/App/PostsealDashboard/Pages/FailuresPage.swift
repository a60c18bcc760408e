internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// The newest failure reports.
    func samples(_ visit: Visit) async throws -> [StoredFailure] {
        guard let scope = scope(visit) else { return [] }
        return try await scope.failures(
            FailureQuery(before: visit.before, count: visit.count))
    }

    func failuresPage(_ visit: Visit) async throws -> Reply {
        let samples = try await samples(visit)
        var hasMore = false
        if samples.count >= visit.count, let last = samples.last {
            hasMore = try await scope(visit)?.hasFailures(behind: last.report) ?? false
        }
        return .page(
            Page("Failure samples", .failures) {
                tag("p") {
                    "Single messages that failed, as their receivers reported them. Few receivers send such reports: "
                        + "they show parts of people's mail."
                }
                if samples.isEmpty {
                    nothing("There are none.")
                } else {
                    card("\(samples.count.of("sample")), the newest first") {
                        filterBar
                        table(
                            "Failure samples",
                            [
                                Column("Arrived"), Column("Domain"), Column("Author"), Column("Failed"),
                                Column("Source"),
                                Column("Delivered"), Column("Reporter"),
                            ], Attribute("data-filter")
                        ) {
                            for sample in samples { row(sample) }
                        }
                        if hasMore, let last = samples.last {
                            tag("p") { anchor(older(than: last, visit), "Older samples") }
                        }
                    }
                }
            })
    }

    private func older(than sample: StoredFailure, _ visit: Visit) -> Link {
        Link("/failures", query: [("count", visit.query.text("count")), ("before", "\(sample.report)")])
    }

    private func row(_ sample: StoredFailure) -> HTML {
        tag("tr") {
            heading("Arrived") {
                tag("a", .href(Link("/reports", ["\(sample.report)"]))) { moment(sample.arrival ?? sample.received) }
            }
            cell("Domain") { (sample.domain ?? "–").shortened(100) }
            cell("Author") { (sample.author ?? "–").shortened(100) }
            cell("Failed") {
                badge(.bad, (sample.authFailure ?? sample.feedbackType).shortened(60))
                if !sample.isCounted { badge(.warn, "kept apart") }
            }
            cell("Source") { (sample.source.text ?? "–").shortened(60) }
            cell("Delivered") { (sample.deliveryResult ?? "not said").shortened(60) }
            cell("Reporter") { sample.organization.shortened(100) }
        }
    }
}

extension StoredFailure {
    /// The object of the interface.
    var json: JSONValue {
        [
            "report": .integer(report), "organization": .string(organization), "domain": JSONValue(domain),
            "arrival": arrival.map { .integer($0.seconds) } ?? .null, "received": .integer(received.seconds),
            "source": JSONValue(source.text), "feedback_type": .string(feedbackType),
            "auth_failure": JSONValue(authFailure), "delivery_result": JSONValue(deliveryResult),
            "mail_from": JSONValue(mailFrom), "author": JSONValue(author), "incidents": JSONValue(incidents),
            "counted": .bool(isCounted),
        ]
    }
}
