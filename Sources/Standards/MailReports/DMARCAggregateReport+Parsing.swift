internal import MailBytes
internal import MailXML

extension DMARCAggregateReport {
    /// Reads the XML of a report, unpacked, of any form.
    ///
    /// What reporters do wrong without leaving doubt is borne, and each such thing is named in ``quirks``; what is
    /// missing is nil or empty, and named as well. Of several reports in the text this is the first;
    /// ``ReportFile/init(reading:name:)`` reads all.
    ///
    /// - Throws: if it is not XML, or XML that is not read here (``XMLProblem``: document types are not), if its first
    ///   element is not `feedback` or is empty, and if it passes a limit of ``MailReportLimits``.
    public init(parsing octets: [UInt8]) throws(DMARCAggregateError) {
        self = try Self(parsing: octets, followsForms: true)
    }

    /// As ``init(parsing:)``. What comes out is the same whether records that look like earlier ones are read faster or
    /// not; tests compare the two.
    package init(parsing octets: [UInt8], followsForms: Bool) throws(DMARCAggregateError) {
        var reader = try DMARCAggregateReader(octets, followsForms: followsForms)
        guard let report = try reader.report() else { throw reader.problem(.empty) }
        self = report
    }
}
