internal import MailNames
internal import MailReports
internal import PostsealReports
internal import TLSRPT

/// What reports say, and the files that they came in, as far as somebody may see them.
extension ScopedReports {
    /// The file of a report, where all that is in it may be seen.
    func original(of report: StoredReport) async throws -> ReportOriginal? {
        guard access.sees(report.domain) else { return nil }
        guard !access.seesEverything else { return try await store.original(of: report.id) }
        let (store, id) = (store, report.id)
        let original = try await desk.read {
            try await store.original(of: id)
        } using: { file in
            isHandedOut(file, of: report) ? file.original : nil
        }
        return original.flatMap(\.self)
    }

    /// What a report says, as far as it may be seen, read again from its file; nil where that is not kept any more. And
    /// the report, which has an original only where that is handed out.
    func content(of report: StoredReport) async throws -> (report: StoredReport, finding: ReportFinding?) {
        try await content(of: report) { ($0, $1) }
    }

    /// What is made of it, where it is read.
    func content<Answer: Sendable>(
        of report: StoredReport, _ use: @escaping @Sendable (StoredReport, ReportFinding?) -> Answer
    ) async throws -> Answer {
        let (store, id) = (store, report.id)
        if access.sees(report.domain) {
            let answer = try await desk.read {
                try await store.original(of: id)
            } using: { file in
                let (report, finding) = content(of: report, in: file)
                return use(report, finding)
            }
            if let answer { return answer }
        }
        var report = report
        report.hasOriginal = false
        return use(report, nil)
    }

    /// What the report says, as far as it may be seen, in its file.
    func content(
        of report: StoredReport, in file: ReadingDesk.File
    ) -> (report: StoredReport, finding: ReportFinding?) {
        var report = report
        report.hasOriginal = isHandedOut(file, of: report)
        // Of what is too much to be looked through for a page there are none.
        guard let findings = file.findings, let place = report.mark.place(in: findings) else { return (report, nil) }
        let (finding, isCut) = seen(findings[place])
        // As it says itself: what the store knows of it can be less.
        if finding.report != nil { report.isCut = isCut }
        return (report, finding)
    }

    /// Whether the file of a report may be seen as a whole. What could not be read can be about anybody.
    private func isHandedOut(_ file: ReadingDesk.File, of report: StoredReport) -> Bool {
        guard !access.seesEverything else { return true }
        guard let findings = file.findings else { return access.sees(report.fileSubjects) }
        return findings.allSatisfy { $0.report.map { isSeen($0) } ?? false }
    }

    /// Whether all that a report is about is seen.
    private func isSeen(_ report: MailReport) -> Bool {
        var isSeen = true
        report.forEachSubject { isSeen = isSeen && access.sees($0) }
        return isSeen
    }

    /// A finding as it is seen, and whether something is left out: one report can be about domains of several owners.
    private func seen(_ finding: ReportFinding) -> (finding: ReportFinding, isCut: Bool) {
        guard !access.seesEverything, let report = finding.report else { return (finding, false) }
        guard !isSeen(report) else { return (finding, false) }
        var finding = finding
        switch report {
        case .aggregate(var aggregate):
            aggregate.records = aggregate.records.filter { access.sees(aggregate.author(of: $0)) }
            // Texts of the reporter's own can be about any of them.
            aggregate.errors = []
            finding.outcome = .success(.aggregate(aggregate))
        case .failure(let failure):
            finding.outcome = .success(.failure(failure.cut(for: { access.sees($0) })))
        case .tls(var tls):
            tls.policies = tls.policies.filter { access.sees($0.domain?.text) }
            finding.outcome = .success(.tls(tls))
        }
        return (finding, true)
    }
}

extension FeedbackReport {
    /// What is no matter of one of the domains alone, and names none of them.
    private static let common = [
        "Feedback-Type", "Version", "User-Agent", "Auth-Failure", "Identity-Alignment", "Delivery-Result",
        "Arrival-Date", "Received-Date", "Source-IP", "Source-Port", "Incidents",
    ]

    /// The report for whoever sees some of its domains: nothing of the message, and no text of the reporter.
    fileprivate func cut(for sees: (String) -> Bool) -> FeedbackReport {
        let own = reportedDomains.filter(sees).map { FeedbackField("Reported-Domain", $0) }
        let common = Self.common.flatMap { name in values(name).map { FeedbackField(name, $0) } }
        return FeedbackReport(fields: common + own, sender: sender, quirks: quirks)
    }
}
