internal import Databases
internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealDashboard
internal import PostsealReportSending
internal import Rendering
internal import TLSRPT

/// What the dashboard shows of the reports that this server sends.
struct DashboardSent: SentReportSource {
    /// Nil where none are sent.
    let outgoing: @Sendable () -> (any OutgoingReports)?

    var isSending: Bool { outgoing() != nil }

    func sentReports(domain: String?, count: Int, offset: Int) async throws(SourceError) -> SentReports {
        var query = OutgoingQuery()
        (query.domain, query.count, query.offset) = (domain, count + 1, offset)
        let found = try await reports(query)
        return SentReports(found.prefix(count).flatMap(\.entries), hasMore: found.count > count)
    }

    func sentReports(named text: String, count: Int) async throws(SourceError) -> [SentReport] {
        var query = OutgoingQuery()
        query.count = count
        // As it stands in a mail's field.
        query.reportID = text.hasPrefix("<") && text.hasSuffix(">") ? String(text.dropFirst().dropLast()) : text
        var found = try await reports(query)
        if let name = try? DomainName(mailDomain: text) {
            (query.reportID, query.domain) = (nil, name.text)
            let known = Set(found.map(\.id))
            found += try await reports(query).filter { !known.contains($0.id) }
        }
        return Array(found.flatMap(\.entries).prefix(count))
    }

    func sentReport(_ id: String) async throws(SourceError) -> SentReportDetail? {
        guard let outgoing = outgoing(), let (number, place) = Self.place(id) else { return nil }
        do throws(DatabaseError) {
            guard let history = try await outgoing.history(of: number),
                let delivery = history.report.deliveries.first(where: { $0.place == place })
            else { return nil }
            let report = history.report
            let document = try await outgoing.document(of: number) ?? []
            let findings = ReportFile(reading: document, name: report.fileName).findings
            return SentReportDetail(
                entry: report.entry(delivery), reportID: report.reportID, subject: report.subject,
                fileName: report.documentName, messages: report.messages,
                destinations: report.deliveries.map(\.destination), attempts: history.attempts.map(\.shown),
                content: findings.first?.report,
                text: findings.map(\.normalizedJSON.indentedText).joined(separator: "\n"))
        } catch {
            throw Self.unreadable
        }
    }

    func document(of id: String) async throws(SourceError) -> SentDocument? {
        guard let outgoing = outgoing(), let (number, place) = Self.place(id) else { return nil }
        do throws(DatabaseError) {
            guard let report = try await outgoing.report(number),
                report.deliveries.contains(where: { $0.place == place }),
                let document = try await outgoing.document(of: number)
            else { return nil }
            return SentDocument(name: report.documentName, octets: document)
        } catch {
            throw Self.unreadable
        }
    }

    private func reports(_ query: OutgoingQuery) async throws(SourceError) -> [OutgoingReport] {
        do throws(DatabaseError) {
            return try await outgoing()?.reports(query) ?? []
        } catch {
            throw Self.unreadable
        }
    }

    private static let unreadable = SourceError("the reports that were sent can't be read")

    /// The number of a report, and of one of its destinations.
    private static func place(_ id: String) -> (number: Int64, place: Int)? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let number = Int64(parts[0]), let place = Int(parts[1]) else { return nil }
        return (number, place)
    }
}

extension OutgoingReport {
    /// One for each destination.
    fileprivate var entries: [SentReport] { deliveries.map { entry($0) } }

    /// The report on its way to one destination.
    fileprivate func entry(_ delivery: OutgoingDelivery) -> SentReport {
        SentReport(
            id: "\(id)-\(delivery.place)", kind: kind.rawValue, domain: domain, recipient: delivery.uri,
            begin: day.begin,
            end: day.begin.adding(seconds: 86_399), state: delivery.state.rawValue, time: delivery.ended ?? made,
            note: delivery.reason)
    }

    /// What the document is called as a file. A failure report is a mail, and has no name.
    fileprivate var documentName: String { fileName.isEmpty ? "report-\(id).eml" : fileName }
}

extension OutgoingDelivery {
    fileprivate var destination: SentReportDetail.Destination {
        SentReportDetail.Destination(
            place: place, requested: requested, uri: uri, state: state.rawValue, reason: reason, due: due,
            failures: failures, ended: ended)
    }
}

extension OutgoingAttempt {
    fileprivate var shown: SentReportDetail.Attempt {
        SentReportDetail.Attempt(
            place: place, number: number, node: node, began: began, ended: ended, outcome: outcome, answer: answer)
    }
}
