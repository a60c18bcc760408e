internal import MailBytes
public import MailNames

/// An aggregate report with what is needed to send it (RFC 9990 §3.2).
public struct DMARCReportDocument: Hashable, Sendable {
    public var report: DMARCAggregateReport
    /// The domain whose policy it is about.
    public var policyDomain: DomainName
    /// The domain that submits, and signs the mail.
    public var submitter: DomainName
    /// What tells reports of one period apart, letters and digits; nil if there is one.
    public var uniqueID: String?

    /// A report about the domain of its policy; nil if that is no domain.
    public init?(_ report: DMARCAggregateReport, submitter: DomainName, uniqueID: String? = nil) {
        guard let text = report.policy.domain, let domain = try? DomainName(mailDomain: text) else { return nil }
        self.report = report
        policyDomain = domain
        self.submitter = submitter
        let id = uniqueID?.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        self.uniqueID = id.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// RFC 9990 §3.2.4: `receiver!domain!begin!end[!id].xml.gz`.
    public var fileName: String {
        var parts = [
            submitter.text, policyDomain.text, "\(report.begin?.seconds ?? 0)", "\(report.end?.seconds ?? 0)",
        ]
        if let uniqueID { parts.append(uniqueID) }
        return parts.joined(separator: "!") + ".xml.gz"
    }

    /// The mail's subject, not folded (RFC 9990 §3.2.4).
    public var subject: String {
        "Report Domain: \(policyDomain.text) Submitter: \(submitter.text) Report-ID: <\(report.reportID)>"
    }

    /// The mail with the report, packed by gzip, beside a line for people.
    ///
    /// - Throws: if the report is not as RFC 9990 has it.
    public func mail(_ head: ReportMailHead) throws(DMARCReportProblems) -> [UInt8] {
        let packed = ReportPacking.gzip(try report.document())
        let domains = "for \(policyDomain.text)\r\nby \(submitter.text)"
        let sentence = "This is a DMARC aggregate report (RFC 9990)\r\n\(domains).\r\n"
        var mail = ReportMail(head: head, subject: subject)
        mail.parts = [
            ReportMail.Part(text: sentence),
            ReportMail.Part(mediaType: "application/gzip", fileName: fileName, octets: packed),
        ]
        return mail.octets
    }
}
