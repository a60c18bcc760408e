import MailBytes
import MailReports
import Testing

@testable import PostsealReports

/// Which of the reports in its file a stored one is, when the file is read again by a reader that finds more.
@Suite struct ReportMarkTests {
    private static func findings(_ ids: [String?]) throws -> [ReportFinding] {
        try ids.map { id in
            guard let id else {
                return try #require(ReportFile(reading: Array("<a>".utf8), name: "a.xml").findings.first)
            }
            let arrival = try Made.arrival(Made.report([Made.record()], id: id))
            return try #require(arrival.findings.first)
        }
    }

    private static func mark(_ place: Int, like finding: ReportFinding) throws -> ReportMark {
        guard case .aggregate(let report)? = finding.report else { throw CancellationError() }
        return ReportMark(
            kind: "dmarc-aggregate", organization: report.organizationName, reportID: report.reportID,
            begin: report.begin, place: place)
    }

    @Test func itIsTheOneOfItsNameNotOfItsPlace() throws {
        let findings = try Self.findings(["new", nil, "a", "b"])
        #expect(try Self.mark(0, like: findings[2]).place(in: findings) == 2)
        #expect(try Self.mark(1, like: findings[3]).place(in: findings) == 3)
        #expect(try Self.mark(3, like: findings[3]).place(in: findings) == 3)
        #expect(try Self.mark(9, like: findings[0]).place(in: findings) == 0)
        #expect(try Self.mark(0, like: try Self.findings(["gone"])[0]).place(in: findings) == nil)
        #expect(try Self.mark(0, like: findings[2]).place(in: []) == nil)
    }

    /// Its name may be read better now, as in a character set that was not known.
    @Test func theOnlyOneOfItsKindIsIt() throws {
        let findings = try Self.findings([nil, "a"])
        #expect(try Self.mark(0, like: try Self.findings(["b"])[0]).place(in: findings) == 1)
        var other = try Self.mark(1, like: findings[1])
        other.kind = "tlsrpt"
        #expect(other.place(in: findings) == nil)
    }

    @Test func ofSeveralWithOneNameItIsThatInItsPlace() throws {
        let findings = try Self.findings(["a", "a", "a"])
        #expect(try Self.mark(1, like: findings[0]).place(in: findings) == 1)
        #expect(try Self.mark(7, like: findings[0]).place(in: findings) == 0)
    }
}
