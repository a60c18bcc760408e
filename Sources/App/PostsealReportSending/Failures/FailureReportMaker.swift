internal import AuthenticationResults
internal import DKIM
internal import DMARC
public import DNS
internal import MailBytes
internal import MailCrypto
internal import MailFormat
internal import MailNames
internal import MailReports
public import PostsealEngine
internal import SPF
internal import TLSRPT

/// Makes failure reports (RFC 9991): what is needed to find the cause, and nothing of what people wrote.
public struct FailureReportMaker: Sendable {
    /// Who reports.
    public var mails: ReportMailMaker
    /// The domain that submits.
    public var submitter: String
    /// Our name in Authentication-Results.
    public var authservID: String
    private let redaction: MailRedaction

    /// - Parameter key: what local parts are hashed with (RFC 6590 §3): whoever does not have it can't try names.
    public init(mails: ReportMailMaker, submitter: String, authservID: String, key: [UInt8]) {
        self.mails = mails
        self.submitter = submitter
        self.authservID = authservID
        redaction = MailRedaction(key: key)
    }

    /// The reports about a message, one for each destination that may have it; empty where the report would not be as
    /// it has to be.
    ///
    /// - Parameters:
    ///   - incidents: how many messages of the kind it stands for.
    ///   - resolver: who answers about destinations and SPF; it holds the budget.
    public func reports(
        _ request: FailureReportRequest, _ transaction: MailTransaction, _ findings: Findings, _ decision: Decision,
        incidents: Int, _ resolver: some Resolver
    ) async -> [(report: BuiltReport, destination: ReportDestination)] {
        guard let domain = try? DomainName(mailDomain: request.policyDomain), let dmarc = findings.dmarc else {
            return []
        }
        let destinations = await DestinationVerifier(resolver: resolver).destinations(request.uris, of: domain, .ruf)
        // One that can't be told now is left out: such a report is of the moment (RFC 9990 §4, step 5).
        let granted = destinations.filter { $0.permission == .granted }
        guard !granted.isEmpty else { return [] }
        let failure = await failure(request, transaction, findings, decision, dmarc, incidents, resolver)
        let header = redaction.header(of: transaction.message)
        let feedback = FeedbackReport(
            failure, text: "This is a report of a message that failed DMARC (RFC 9991).\r\n",
            original: FeedbackOriginal(isHeaderOnly: true, octets: header))
        guard feedback.problems.isEmpty else { return [] }
        let now = transaction.envelope.receivedAt
        let day = TLSReportDay(containing: now)
        let seed = SHA256Hasher.hash(transaction.message.header.bytes[...]).bytes + Array("\(now.seconds)".utf8)
        return granted.enumerated().compactMap { place, destination in
            guard let to = ReportMailMaker.address(of: destination.uri) else { return nil }
            let id = "failure." + redaction.hash(seed + Array("\(place)".utf8), octets: 12)
            var head = ReportMailHead(from: mails.from, to: to, date: now, messageID: "\(id)@\(submitter)")
            head.fields = [FeedbackField("Auto-Submitted", "auto-generated")]
            let subject = "DMARC failure report for \(domain.text)"
            let mail = feedback.mail(head, subject: subject)
            let report = BuiltReport(
                kind: .dmarcFailure, period: id, domain: domain.text, day: day, reportID: "\(id)@\(submitter)",
                fileName: "", subject: subject, submitter: submitter, messages: incidents, document: mail,
                documentLength: mail.count)
            return (report, destination)
        }
    }

    private func failure(
        _ request: FailureReportRequest, _ transaction: MailTransaction, _ findings: Findings, _ decision: Decision,
        _ dmarc: DMARCOutcome, _ incidents: Int, _ resolver: some Resolver
    ) async -> MailReports.DMARCFailure {
        var failure = MailReports.DMARCFailure(
            userAgent: "Postseal", reportedDomain: dmarc.domain, identityAlignment: request.identityAlignment,
            // RFC 6591 §3.1: of one method.
            authenticationResults: "\(authservID); dmarc=\(dmarc.result.rawValue) header.from=\(dmarc.domain.text)")
        failure.sourceAddress = findings.clientAddress
        failure.mailFrom = transaction.envelope.mailFrom.map { redaction.address($0) }
        failure.arrivalDate = transaction.envelope.receivedAt
        failure.incidents = incidents
        failure.deliveryResult =
            switch decision.disposition {
            case .accept: "delivered"
            case .quarantine: "spam"
            case .reject: "policy"
            case .tempfail: "other"
            }
        // RFC 9991 §4: of the signature that would have been aligned.
        let broken = findings.dkim.outcomes.first { outcome in
            outcome.result != .pass && outcome.domain.map { isRelated($0, to: dmarc.domain) } == true
        }
        if let broken {
            failure.dkimDomain = broken.domain
            failure.dkimSelector = broken.selector
            failure.dkimIdentity = broken.identity.map { redaction.address(Array($0.utf8)) }
        }
        if let spf = findings.spf, spf.result != .pass, let domain = spf.domain, isRelated(domain, to: dmarc.domain) {
            let answer = await resolver.answer(DNSQuestion(domain, .txt))
            failure.spfRecords = answer.texts.filter { $0.asciiLowercased.starts(with: "v=spf1".utf8) }.prefix(1).map {
                MailReports.DMARCFailure.SPFRecordText(domain: domain, text: String(lossy: $0))
            }
        }
        return failure
    }

    private func isRelated(_ one: DomainName, to other: DomainName) -> Bool {
        one.isEqualOrSubdomain(of: other) || other.isEqualOrSubdomain(of: one)
    }
}
