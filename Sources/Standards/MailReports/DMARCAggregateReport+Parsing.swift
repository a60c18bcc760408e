internal import MailBytes
internal import MailXML

extension DMARCAggregateReport {
    /// Reads the XML of a report, unpacked, of any form.
    ///
    /// What reporters do wrong without leaving doubt is borne, and each such thing is named in ``quirks``; what is
    /// missing is nil or empty, and named as well.
    ///
    /// - Throws: if it is not XML, or XML that is not read here (``XMLProblem``: document types are not), if its first
    ///   element is not `feedback` or is empty, and if it passes a limit of ``MailReportLimits``.
    public init(parsing octets: [UInt8]) throws(DMARCAggregateError) {
        self = try Self(parsing: octets, followsForms: true)
    }

    /// Reads a report, and another one that is behind it.
    ///
    /// - Returns: `rest` is what is behind the report, where that may be another one. It is UTF-8, whatever the octets
    ///   are.
    static func first(
        of octets: [UInt8]
    ) throws(DMARCAggregateError) -> (report: DMARCAggregateReport, rest: [UInt8]?) {
        guard octets.count <= MailReportLimits.documentBytesMax else { throw DMARCAggregateError(.tooLarge) }
        var reader = try DMARCAggregateReader(octets, followsForms: true)
        let report = try reader.report()
        guard report.quirks.contains(.trailingText) else { return (report, nil) }
        // Not all that was read are the octets: other character sets are made UTF-8 first.
        let rest = reader.parser.bytes.dropFirst(reader.end)
        return (report, rest.contains(octets: "<feedback".utf8) ? Array(rest) : nil)
    }

    /// As ``init(parsing:)``. What comes out is the same whether records that look like earlier ones are read faster or
    /// not; tests compare the two.
    package init(parsing octets: [UInt8], followsForms: Bool) throws(DMARCAggregateError) {
        guard octets.count <= MailReportLimits.documentBytesMax else { throw DMARCAggregateError(.tooLarge) }
        var reader = try DMARCAggregateReader(octets, followsForms: followsForms)
        self = try reader.report()
    }
}
