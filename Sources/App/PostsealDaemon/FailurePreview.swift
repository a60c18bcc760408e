public import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames
public import PostsealConfiguration
public import PostsealEngine
public import PostsealReportSending

/// The failure report that the daemon would send about a message, by the same steps as the daemon.
public struct FailurePreview: Sendable {
    /// The report as it would go out, but for its signature; nil if there is none.
    public var mail: [UInt8]?
    /// Everybody whom the policy asks to be told, and whether they may have it.
    public var destinations: [ReportDestination] = []
    /// Why there is no report, or why it would not be sent: clauses.
    public var obstacles: [String] = []

    /// Judges a message and makes its report. The hourly number of reports is not looked at.
    ///
    /// - Parameters:
    ///   - transaction: with the whole message.
    ///   - checks: who answers about SPF, DKIM and destinations; it holds the budget.
    ///   - policy: who answers about DMARC.
    public init(
        of transaction: MailTransaction, _ configuration: DaemonConfiguration, checks: some Resolver,
        policy: some Resolver
    ) async {
        let sending = configuration.reports.sending
        guard let contact = sending.contact else {
            obstacles = ["there is nobody to report: reports.send.contact is not set"]
            return
        }
        let mailGuard = MailGuard(settings: configuration.guardSettings)
        var message = mailGuard.begin(transaction)
        if message.needsBody { message.update(transaction.message.bytes[transaction.message.body]) }
        let verdict = await message.finish(resolver: checks, policyResolver: policy)
        guard let findings = verdict.findings else {
            obstacles = ["the client is one of ours: nothing is said about our own mail"]
            return
        }
        let judged = JudgedMessage(
            transaction: transaction, findings: findings, decision: verdict.decision,
            policy: configuration.guardSettings.policy)
        guard !ReportMailSigns.isReport(judged, configuration.reports.addresses) else {
            obstacles = ["nothing is said about reports"]
            return
        }
        if !sending.sendsFailures { obstacles.append("failure reports are switched off: reports.send.failure") }
        do throws(FailureReportRequest.Obstacle) {
            let request = try FailureReportRequest(findings, transaction, verdict.decision)
            let maker = FailureReportMaker(
                mails: ReportMailMaker(organization: sending.organization, contact: contact.description),
                submitter: contact.domain.text, authservID: configuration.guardSettings.authservID,
                key: (0..<32).map { _ in UInt8.random(in: 0 ... .max) })
            let reports = await maker.reports(
                request, transaction, findings, verdict.decision, nonce: [], incidents: { 1 }, checks)
            destinations = reports.destinations
            mail = reports.made.first?.report.document
            if let problem = reports.problem { obstacles.append(problem) }
            if !destinations.contains(where: { $0.permission == .granted }) {
                obstacles.append("nobody may have the report")
            }
        } catch {
            obstacles.append(error.description)
        }
    }
}
