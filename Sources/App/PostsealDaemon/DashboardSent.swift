internal import Databases
internal import MailBytes
internal import MailReports
internal import PostsealDashboard
internal import PostsealReportSending
internal import Rendering
internal import TLSRPT

/// What the dashboard shows of the reports that this server sends.
struct DashboardSent: SentReportSource {
    /// Nil where none are sent.
    let outgoing: @Sendable () -> (any OutgoingReports)?

    func sentReports(domain: String?, count: Int, offset: Int) async throws(SourceError) -> SentReports {
        guard let outgoing = outgoing() else { return SentReports([]) }
        var query = OutgoingQuery()
        query.domain = domain
        query.count = count + 1
        query.offset = offset
        do throws(DatabaseError) {
            let found = try await outgoing.reports(query)
            let entries = found.prefix(count).flatMap { report in report.deliveries.map { report.entry($0) } }
            return SentReports(entries, hasMore: found.count > count)
        } catch {
            throw SourceError("the reports that were sent can't be read")
        }
    }

    func sentReport(_ id: String) async throws(SourceError) -> (report: SentReport, text: String)? {
        let parts = id.split(separator: "-").map(String.init)
        guard let outgoing = outgoing(), parts.count == 2, let number = Int64(parts[0]), let place = Int(parts[1])
        else {
            return nil
        }
        do throws(DatabaseError) {
            guard let report = try await outgoing.report(number),
                let delivery = report.deliveries.first(where: { $0.place == place })
            else { return nil }
            let document = try await outgoing.document(of: number) ?? []
            let findings = ReportFile(reading: document, name: report.fileName).findings
            return (report.entry(delivery), findings.map(\.normalizedJSON.indentedText).joined(separator: "\n"))
        } catch {
            throw SourceError("the reports that were sent can't be read")
        }
    }
}

extension OutgoingReport {
    /// The report on its way to one destination.
    fileprivate func entry(_ delivery: OutgoingDelivery) -> SentReport {
        SentReport(
            id: "\(id)-\(delivery.place)", kind: kind.rawValue, domain: domain, recipient: delivery.uri,
            begin: day.begin,
            end: day.begin.adding(seconds: 86_399), state: delivery.state.rawValue, time: delivery.ended ?? made,
            note: delivery.reason)
    }
}
