import MailBytes
import TLSRPT
import Testing

/// Dates of TLS reports: RFC 3339, as RFC 8460 §4.4 asks, and what senders write in its place.
@Suite struct TLSReportDateTests {
    /// Reads a report with these dates, each as JSON; nil to leave one out.
    private static func read(_ begin: String?, _ end: String?) throws(TLSReportError) -> TLSReport {
        let dates = [begin.map { "\"start-datetime\":\($0)" }, end.map { "\"end-datetime\":\($0)" }]
        let range = dates.compactMap(\.self).joined(separator: ",")
        let text = """
            {"organization-name":"a","date-range":{\(range)},"contact-info":"b@c.example","report-id":"d","policies":[]}
            """
        return try TLSReport(parsing: Array(text.utf8))
    }

    private static let day = ("2024-01-01T00:00:00Z", "2024-01-01T23:59:59Z")

    @Test(arguments: [
        ("\"2024-01-01T00:00:00+0000\"", TLSReportQuirk.oddDate), ("\"2024-01-01T00:00:00+00\"", .oddDate),
        ("\"2024-01-01T00:00Z\"", .oddDate), ("\"2024-01-01 00:00:00 +0000 UTC\"", .oddDate),
        ("\" 2024-01-01T00:00:00Z\"", .oddDate), ("\"2024-01-01T00:00:00Z\\n\"", .oddDate),
        ("\"2024-01-01T00:00:00,000Z\"", .oddDate), ("\"2024-01-01T00:00:00 Z\"", .oddDate),
        ("\"2024-01-01T00:00:00 GMT\"", .oddDate), ("\"2024-01-01T00:00Z[UTC]\"", .oddDate),
        ("\"2024-01-01T01:00+01:00[Europe/Berlin]\"", .oddDate), ("\"2023-12-31T18:30-0530\"", .oddDate),
        ("\"2024-01-01T00:00\"", .oddDate), ("\"2024-01-01T00:00:00 \"", .dateWithoutZone),
        ("\"2024-01-01\"", .dateWithoutTime),
        ("1704067200", .dateAsSeconds), ("1704067200.0", .dateAsSeconds), ("1704067200.9", .dateAsSeconds),
        ("1704067200000", .dateAsSeconds), ("1704067200999.5", .dateAsSeconds), ("\"1704067200\"", .dateAsSeconds),
        ("\"1704067200.5\"", .dateAsSeconds), ("\" 1704067200000\"", .dateAsSeconds),
        ("null", .dateMissing), ("\"yesterday\"", .dateMissing), ("true", .dateMissing),
    ])
    func `what is no RFC 3339 and leaves no doubt is borne and named`(begin: String, quirk: TLSReportQuirk) throws {
        let report = try Self.read(begin, "\"\(Self.day.1)\"")
        #expect(report.begin.rfc3339 == Self.day.0)
        #expect(report.end.rfc3339 == Self.day.1)
        #expect(report.quirks == (begin == "null" ? [.null, quirk] : [quirk]))
    }

    @Test(arguments: [
        "2024-01-01T00:00:00Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00.000Z", "2024-01-01T01:00:00+01:00",
        "2024-01-01 00:00:00Z",
    ])
    func `RFC 3339 has no quirk`(begin: String) throws {
        let report = try Self.read("\"\(begin)\"", "\"\(Self.day.1)\"")
        #expect(report.begin.rfc3339 == Self.day.0 && report.quirks.isEmpty)
    }

    /// RFC 8460 §4.1: a report is of one day.
    @Test func `one date that is missing is that of the other's day`() throws {
        for begin in ["2024-01-01T00:00:00Z", "2024-01-01T12:34:56Z"] {
            let report = try Self.read("\"\(begin)\"", nil)
            #expect(report.begin.rfc3339 == begin && report.end.rfc3339 == Self.day.1)
            #expect(report.quirks == [.dateMissing])
        }
        for end in [Self.day.1, "2024-01-02T00:00:00Z"] {
            let report = try Self.read(nil, "\"\(end)\"")
            #expect(report.begin.rfc3339 == Self.day.0 && report.end.rfc3339 == end)
            #expect(report.quirks == [.dateMissing])
        }
        // Nothing is made up in front of what RFC 3339 can write.
        #expect(throws: TLSReportError.self) { try Self.read(nil, "\"0000-01-01T00:00:00Z\"") }
        let old = try Self.read("-1", nil)
        #expect(old.begin.seconds == -1 && old.end.seconds == -1)
    }

    @Test(arguments: [
        nil, "null", "\"\"", "\" \"", "\"yesterday\"", "true", "[]", "\"2024-02-30T00:00:00Z\"",
        "\"2024-01-01T24:00:00Z\"", "\"2024-01-01T00:00:00+0200 UTC\"", "\"2024-01-01T00:00:00+000\"",
        "\"2024-01-01T00:00:00+2400\"", "\"2024-01-01T00:00:00+0060\"", "\"2024-01-01T00:00:00Z[UTC\"",
        "\"2024-01-01T00:00:00,Z\"", "\"2024-01-01T00:00:00 CET\"", "\"1.2.3\"", "\".\"", "\"0x10\"", "\"nan\"",
        "1e300", "-1e300", "1e18", "9223372036854775807", "-9223372036854775808",
    ])
    func `what could be anything is no date, and two of them make no report`(text: String?) {
        let error = #expect(throws: TLSReportError.self) { try Self.read(text, text) }
        #expect(error?.description == "'date-range' without a usable 'start-datetime'")
    }
}
