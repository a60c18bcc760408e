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

    /// The reports about a message, one for each destination that may have it.
    ///
    /// - Parameters:
    ///   - nonce: what no other message has: many can have one header, and come in one second.
    ///   - incidents: how many messages of the kind it stands for, or nil if it may not go out; asked once somebody may
    ///     have it.
    ///   - resolver: who answers about destinations and SPF; it holds the budget.
    public func reports(
        _ request: FailureReportRequest, _ transaction: MailTransaction, _ findings: Findings, _ decision: Decision,
        nonce: [UInt8], incidents: () -> Int?, _ resolver: some Resolver
    ) async -> FailureReports {
        guard let domain = try? DomainName(mailDomain: request.policyDomain), let dmarc = findings.dmarc else {
            return FailureReports(problem: "'\(request.policyDomain)' is no domain")
        }
        // RFC 9991 §5. One that can't be told now is left out: such a report is of the moment (RFC 9990 §4, step 5).
        var reports = FailureReports(
            destinations: await DestinationVerifier(resolver: resolver).destinations(request.uris, of: domain, .ruf))
        let granted = reports.destinations.filter { $0.permission == .granted }
        guard !granted.isEmpty, let incidents = incidents() else { return reports }
        reports.incidents = incidents
        let evidence = FailureEvidence(
            findings: findings, transaction: transaction, dmarc: dmarc, redaction: redaction, resolver: resolver)
        let failure = await failure(request, transaction, decision, incidents, evidence)
        let feedback = FeedbackReport(
            failure, text: "This is a report of a message \(Self.clause(dmarc)) (RFC 9991).\r\n",
            original: FeedbackOriginal(isHeaderOnly: true, octets: redaction.header(of: transaction.message)))
        guard feedback.problems.isEmpty else {
            reports.problem = "the report would not be as RFC 9991 has it"
            return reports
        }
        let now = transaction.envelope.receivedAt
        let header = SHA256Hasher.hash(transaction.message.header.bytes[...]).bytes
        let seed = header + Array("\(now.seconds) ".utf8) + nonce
        for (place, destination) in granted.enumerated() {
            guard let to = ReportMailMaker.address(of: destination.uri) else { continue }
            let id = "failure." + redaction.hash(seed + Array("\(place)".utf8), octets: 12)
            var head = ReportMailHead(from: mails.from, to: to, date: now, messageID: "\(id)@\(submitter)")
            head.fields = [FeedbackField("Auto-Submitted", "auto-generated")]
            // Deviation: RFC 5965 §2 has the message's own, which people wrote. Who sorts reports by it gets one heap.
            let subject = "DMARC failure report for \(domain.text)"
            let mail = feedback.mail(head, subject: subject)
            let report = BuiltReport(
                kind: .dmarcFailure, period: id, domain: domain.text, day: TLSReportDay(containing: now),
                reportID: "\(id)@\(submitter)", fileName: "", subject: subject, submitter: submitter,
                messages: incidents, document: mail, documentLength: mail.count)
            reports.made.append((report, destination))
        }
        return reports
    }

    /// What became of the message. The tag `fo` can ask for reports about one that passes by one method alone.
    private static func clause(_ dmarc: DMARCOutcome) -> String {
        dmarc.result == .pass
            ? "that passed DMARC\r\nthough not by \(dmarc.dkimAligned ? "SPF" : "DKIM")" : "that failed DMARC"
    }

    private func failure(
        _ request: FailureReportRequest, _ transaction: MailTransaction, _ decision: Decision, _ incidents: Int,
        _ evidence: FailureEvidence<some Resolver>
    ) async -> MailReports.DMARCFailure {
        let dmarc = evidence.dmarc
        var failure = MailReports.DMARCFailure(
            userAgent: "Postseal", reportedDomain: dmarc.domain, identityAlignment: request.identityAlignment,
            // RFC 6591 §3.1: of one method.
            authenticationResults: "\(authservID); dmarc=\(dmarc.result.rawValue) header.from=\(dmarc.domain.text)")
        failure.sourceAddress = evidence.findings.clientAddress
        failure.mailFrom = transaction.envelope.mailFrom.map { redaction.address($0) }
        failure.envelopeID = transaction.envelope.envelopeID.flatMap { Self.text($0) }
        failure.arrivalDate = transaction.envelope.receivedAt
        failure.incidents = incidents
        failure.deliveryResult =
            switch decision.disposition {
            case .accept: "delivered"
            case .quarantine: "spam"
            case .reject: "reject"
            case .tempfail: "other"
            }
        if let broken = await evidence.brokenSignature(), let domain = broken.domain {
            failure.dkimDomain = domain
            failure.dkimSelector = broken.selector
            failure.dkimIdentity = redaction.address(Array((broken.identity ?? "@\(domain.text)").utf8))
        }
        failure.spfRecords = await evidence.spfRecords()
        return failure
    }

    /// RFC 3461 §6.3: not as xtext. What is no word is kept back, and what can be somebody's address.
    private static func text(_ envelopeID: [UInt8]) -> String? {
        let isWord = envelopeID.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "@") }
        return isWord ? String(decoding: envelopeID, as: UTF8.self) : nil
    }
}

/// What came of making failure reports.
public struct FailureReports: Sendable {
    /// The reports, each for one destination.
    public var made: [(report: BuiltReport, destination: ReportDestination)] = []
    /// How many messages they stand for; 0 if nobody may have them, or none may go out.
    public var incidents = 0
    /// Everybody who is asked for as destination, and whether they may have it.
    public var destinations: [ReportDestination] = []
    /// Why there is none although somebody may have it: one clause.
    public var problem: String?
}
