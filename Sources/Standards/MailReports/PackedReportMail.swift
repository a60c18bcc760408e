/// A mail with a report that is packed already, and with everything that stands around it: for a report that is kept
/// until it can be sent, and sent again as it was.
public struct PackedReportMail: Hashable, Sendable {
    public var head: ReportMailHead
    /// Not folded.
    public var subject: String
    /// `report-type` of a `multipart/report` (RFC 6522 §3); nil for `multipart/mixed`.
    public var reportType: String?
    /// For people: ASCII, with CRLF at the ends of its lines.
    public var sentence: String
    /// What the report is, such as `application/gzip`.
    public var mediaType: String
    /// How it is called.
    public var fileName: String
    /// The report, packed.
    public var report: [UInt8]

    public init(
        head: ReportMailHead, subject: String, reportType: String? = nil, sentence: String, mediaType: String,
        fileName: String, report: [UInt8]
    ) {
        self.head = head
        self.subject = subject
        self.reportType = reportType
        self.sentence = sentence
        self.mediaType = mediaType
        self.fileName = fileName
        self.report = report
    }

    /// The mail with CRLF at the end of its lines: the same as the documents of reports make.
    public var octets: [UInt8] {
        var mail = ReportMail(head: head, subject: subject, reportType: reportType)
        mail.parts = [
            ReportMail.Part(text: sentence),
            ReportMail.Part(mediaType: mediaType, fileName: fileName, octets: report),
        ]
        return mail.octets
    }
}
