internal import MailBytes

extension HeaderSection {
    /// What kind of report a message says that it is: `delivery-status`, `feedback-report`, `tlsrpt`, in lower case
    /// (RFC 6522 §3). Nil where it says that it is none.
    public var reportType: String? {
        guard let field = first(named: "Content-Type") else { return nil }
        let report: StaticString = "multipart/report"
        // Most messages are none, which is seen before anything is taken apart.
        var start = ByteCursor(Array(value(of: field).trimmingWhitespace.prefix(report.utf8CodeUnitCount)))
        guard start.skip(ignoringCase: report), let type = ContentType(parsing: unfolded(field)[...]),
            type.mediaType == "multipart/report"
        else { return nil }
        return type.parameter("report-type")?.value.lowercased()
    }
}
