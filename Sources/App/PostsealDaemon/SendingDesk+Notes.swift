internal import Logging
internal import PostsealObservability
internal import PostsealReportSending

extension SendingDesk {
    /// Logs and counts what becomes of our own reports.
    static func note(_ core: DaemonCore) -> @Sendable (ReportDispatcher.Note) -> Void {
        { note in
            let count = core.metrics.sentReports
            switch note {
            case .closed(let day): core.log.notice("no more is counted for \(day); its DMARC reports are made")
            case .built(let domain, let day, let reports, let messages):
                count.add(.aggregate, .built, count: reports)
                core.log.info(
                    "a DMARC report of \(day) is made",
                    metadata: ["domain": .string(domain), "messages": "\(messages)", "reports": "\(reports)"])
            case .unwanted(let domain, let day, let reason):
                count.add(.aggregate, .unwanted)
                core.log.info("no DMARC report of \(day): \(reason)", metadata: ["domain": .string(domain)])
            case .postponed(let domain, let day, let reason):
                count.add(.aggregate, .retried)
                core.log.notice(
                    "the DMARC report of \(day) is made later: \(reason)", metadata: ["domain": .string(domain)])
            case .notBuilt(let domain, let day, let reason):
                count.add(.aggregate, .failed)
                core.log.error(
                    "the DMARC report of \(day) is not made: \(reason)", metadata: ["domain": .string(domain)])
            case .taken(let domain, let day):
                core.log.notice(
                    "the DMARC report of \(day) is another node's: the database did not hear of this one for too long",
                    metadata: ["domain": .string(domain)])
            case .overtaken(let kind, let id, let uri):
                core.log.notice(
                    "another node sends the report: the database did not hear of this one for too long",
                    metadata: metadata(kind, id, uri, ""))
            case .sent(let kind, let id, let uri, let answer):
                count.add(SentReportLabel(kind), .sent)
                core.log.info("report sent", metadata: metadata(kind, id, uri, answer))
            case .retried(let kind, let id, let uri, let answer):
                count.add(SentReportLabel(kind), .retried)
                core.log.notice("report not sent; it is tried again", metadata: metadata(kind, id, uri, answer))
            case .givenUp(let kind, let id, let uri, let answer):
                count.add(SentReportLabel(kind), .failed)
                core.log.error("report not sent, and given up", metadata: metadata(kind, id, uri, answer))
            case .refused(let kind, let id, let uri, let reason):
                count.add(SentReportLabel(kind), .refused)
                core.log.notice("report not sent: it may not go there", metadata: metadata(kind, id, uri, reason))
            }
        }
    }

    private static func metadata(
        _ kind: OutgoingReportKind, _ id: String, _ uri: String, _ answer: String
    ) -> Logger.Metadata {
        [
            "kind": .string(kind.rawValue), "report_id": .string(id), "to": .octets(Array(uri.utf8)),
            "answer": .octets(Array(answer.utf8)),
        ]
    }
}

extension SentReportLabel {
    init(_ kind: OutgoingReportKind) {
        switch kind {
        case .dmarcAggregate: self = .aggregate
        case .dmarcFailure: self = .failure
        case .tlsrpt: self = .tls
        }
    }
}
