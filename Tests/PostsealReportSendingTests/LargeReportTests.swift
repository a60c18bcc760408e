import MailReports
import TLSRPT
import Testing

@testable import PostsealReportSending

/// What strangers send must not keep a report from being made.
@Suite struct LargeReportTests {
    private static func read(_ report: BuiltReport) throws -> DMARCAggregateReport {
        let octets = try #require(ReportPacking.gunzip(report.document, length: report.documentLength))
        return try DMARCAggregateReport(parsing: octets)
    }

    /// Rows with one message each but for the first, which has ten; each has two results of its own and a reason.
    private static let counts = (0..<40).map { VerdictCount(Made.verdict(source: $0), $0 == 0 ? 10 : 1) }

    private static func report(_ change: (inout AggregateReportBuilder) -> Void) throws -> DMARCAggregateReport {
        var builder = Made.builder
        change(&builder)
        let built = try builder.reports(of: World.name("strict.example"), on: day, counts: counts)
        let report = try #require(built.first)
        let read = try read(report)
        #expect(report.messages == read.messages)
        return read
    }

    @Test func `too many results leave out the rarest records`() throws {
        let report = try Self.report { $0.resultsMax = 31 }
        #expect(report.records.count == 10 && report.records.first?.count == 10)
        #expect(report.errors == ["30 messages are in no record: there were too many kinds of them"])
        #expect(try Self.report { $0.resultsMax = 1 }.records.count == 1)
        #expect(try Self.report { $0.resultsMax = 120 }.errors.isEmpty)
    }

    @Test func `too many octets leave out the rarest records, and no more than has to be`() throws {
        let whole = try Self.report { _ in }
        #expect(whole.records.count == 40)
        let size = try whole.document().count
        let report = try Self.report { $0.documentOctetsMax = size / 2 }
        #expect((14...20).contains(report.records.count) && report.records.first?.count == 10)
        #expect(report.errors.count == 1)
        #expect(try report.document().count <= size / 2)
    }

    @Test func `a record that can't be told is left out alone`() throws {
        var bad = Made.verdict(source: 99)
        bad.record.headerFrom = "Not A Domain"
        // Longer than what is read of a text.
        var long = Made.verdict(source: 98)
        long.record.reasons = [
            DMARCReportReason(type: .localPolicy, comment: String(repeating: "x", count: 5000))
        ]
        let counts = Self.counts + [VerdictCount(bad, 3), VerdictCount(long, 2)]
        let built = try Made.builder.reports(of: World.name("strict.example"), on: day, counts: counts)
        let report = try Self.read(try #require(built.first))
        #expect(report.records.count == 40 && report.messages == 49)
        #expect(report.errors == ["5 messages are in no record: they can't be told as RFC 9990 has it"])
    }
}
