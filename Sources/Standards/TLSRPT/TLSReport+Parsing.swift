public import MailBytes

extension TLSReport {
    /// Reads the JSON of a report, unpacked.
    ///
    /// What senders do wrong without leaving doubt is borne, and each such thing is named in ``quirks``. Of several
    /// reports in one text it is the first.
    ///
    /// - Throws: if it is not JSON (which has each member once), is too large, or has no dates or no policies: then it
    ///   is no report.
    public init(parsing octets: [UInt8]) throws(TLSReportError) {
        var reports = try TLSReportSequence(octets)
        guard let first = reports.next() else { throw TLSReportError("report is no JSON object") }
        self = try first.outcome.get()
    }

    /// Reads a report that is read as JSON already.
    public init(_ value: JSONValue) throws(TLSReportError) {
        var reader = TLSReportReader()
        self = try reader.report(value)
    }
}
