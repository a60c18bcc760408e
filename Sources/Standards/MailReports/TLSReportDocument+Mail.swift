internal import MailBytes
internal import MailNames
public import TLSRPT

extension TLSReportDocument {
    /// The mail with the report, packed by gzip: RFC 8460 §5.3, a `multipart/report` of a text and the report.
    ///
    /// The subject and the fields that name domain and submitter are added to those of the head.
    public func mail(_ head: ReportMailHead) -> [UInt8] {
        var head = head
        head.fields += headerFields.filter { $0.name != "Subject" }.map { FeedbackField($0.name, $0.value) }
        var mail = ReportMail(head: head, subject: subject, reportType: "tlsrpt")
        mail.parts = [
            ReportMail.Part(
                text: "This is a TLS report (RFC 8460)\r\nfor \(domain.text)\r\nby \(submitter.text).\r\n"),
            ReportMail.Part(
                mediaType: Self.mediaType(isCompressed: true), fileName: fileName(isCompressed: true),
                octets: ReportPacking.gzip(report.octets)),
        ]
        return mail.octets
    }
}
