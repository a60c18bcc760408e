public import MailBytes

extension TLSReport {
    /// Reads the JSON of a report, unpacked.
    ///
    /// What senders do wrong without leaving doubt is borne, and each such thing is named in ``quirks``.
    ///
    /// - Throws: if it is not JSON (which has each member once, and is UTF-8), is too large, or has no dates or no
    ///   policies: then it is no report.
    public init(parsing octets: [UInt8]) throws(TLSReportError) {
        guard octets.count <= TLSRPTLimits.reportBytesMax else {
            throw TLSReportError("report of more than \(TLSRPTLimits.reportBytesMax) octets")
        }
        var reader = TLSReportReader()
        // RFC 7493 §2.1: I-JSON is UTF-8; a byte order mark is not to be added, and may be ignored.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let hasMark = octets.starts(with: mark)
        if hasMark { reader.bear(.byteOrderMark) }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(
                parsing: hasMark ? Array(octets.dropFirst(mark.count)) : octets,
                limits: JSONLimits(depth: TLSRPTLimits.reportDepthMax, values: TLSRPTLimits.reportValuesMax))
        } catch {
            let column = hasMark && error.line == 1 ? error.column + mark.count : error.column
            throw TLSReportError(
                "\(error.problem) at line \(error.line), column \(column)", line: error.line, column: column)
        }
        self = try reader.report(value)
    }

    /// Reads a report that is read as JSON already.
    public init(_ value: JSONValue) throws(TLSReportError) {
        var reader = TLSReportReader()
        self = try reader.report(value)
    }
}
