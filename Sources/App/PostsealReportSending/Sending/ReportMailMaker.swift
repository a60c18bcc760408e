internal import DMARC
public import MailBytes
internal import MailNames
internal import MailReports
internal import TLSRPT

/// Makes the mail of a report that is kept.
public struct ReportMailMaker: Hashable, Sendable {
    /// Who sends, as people read it.
    public var organization: String
    /// The address that reports are from.
    public var contact: String

    public init(organization: String, contact: String) {
        self.organization = organization
        self.contact = contact
    }

    /// The mail, before it is signed.
    ///
    /// The identifier is always the same for a report and a destination, so that one that comes twice can be seen to be
    /// one (RFC 9990 §3.2.3).
    public func mail(
        of report: OutgoingReport, _ document: [UInt8], to recipient: String, place: Int, at now: UnixTime
    ) -> [UInt8] {
        var head = ReportMailHead(
            from: from, to: recipient, date: now, messageID: Self.messageID(report, place: place))
        // RFC 3834 §5.
        head.fields = [FeedbackField("Auto-Submitted", "auto-generated")]
        switch report.kind {
        case .dmarcFailure: return document
        case .dmarcAggregate:
            return PackedReportMail(
                head: head, subject: report.subject,
                sentence: "This is a DMARC aggregate report (RFC 9990)\r\nfor \(report.domain)\r\n"
                    + "by \(report.submitter).\r\n",
                mediaType: "application/gzip", fileName: report.fileName, report: document
            ).octets
        case .tlsrpt:
            head.fields += [
                // RFC 8460 §5.3.
                FeedbackField("TLS-Report-Domain", report.domain),
                FeedbackField("TLS-Report-Submitter", report.submitter),
                // RFC 8460 §3, RFC 8689 §3: a report about servers whose TLS fails has to get there all the same.
                FeedbackField("TLS-Required", "No"),
            ]
            return PackedReportMail(
                head: head, subject: report.subject, reportType: "tlsrpt",
                sentence: "This is a TLS report (RFC 8460)\r\nfor \(report.domain)\r\nby \(report.submitter).\r\n",
                mediaType: TLSReportDocument.mediaType(isCompressed: true), fileName: report.fileName,
                report: document
            ).octets
        }
    }

    /// The value of `From`.
    public var from: String {
        let isPlain =
            !organization.isEmpty
            && organization.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != 0x5C }
        return isPlain ? "\"\(organization)\" <\(contact)>" : contact
    }

    static func messageID(_ report: OutgoingReport, place: Int) -> String {
        let prefix = place == 0 ? "" : "\(place)."
        let suffix = report.reportID.contains("@") ? "" : "@\(report.submitter)"
        return prefix + report.reportID + suffix
    }

    /// The address of a `mailto:` URI, with its domain in small letters; nil for any other.
    static func address(of uri: String) -> String? {
        guard let mailbox = DMARCReportURI(uri)?.mailbox else { return nil }
        return "\(String(lossy: mailbox.localPart))@\(mailbox.domain.text)"
    }
}
