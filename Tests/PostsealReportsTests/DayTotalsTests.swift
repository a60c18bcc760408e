import Databases
import MailBytes
import MailReports
import TestSupport
import Testing

@testable import PostsealReports

/// Sums of days that are put together while they are read: the same as putting them together afterwards.
@Suite struct DayTotalsTests {
    private static let domain = "example.com"

    /// Reports of some weeks, with gaps, of several senders and outcomes; those of one number count at once.
    private static func fill(_ store: SQLReportStore, _ seed: UInt64, count: Int) async throws {
        var numbers = Numbers(seed: seed)
        let arrivals = try (0..<count).map { number -> ReportArrival in
            let records = (0..<numbers.below(12) + 1).map { _ in
                Made.record(
                    "192.0.2.\(numbers.below(9))", numbers.below(1000) + 1,
                    from: numbers.below(4) == 0 ? "mail.example.com" : domain, dkim: numbers.below(2) == 0,
                    spf: numbers.below(2) == 0, numbers.below(3) == 0 ? .quarantine : .none,
                    signed: numbers.below(3) == 0 ? [] : ["s\(numbers.below(3)).example"], returnPath: nil)
            }
            let begin = Made.day - Int64(numbers.below(60)) * 86_400
            let report = Made.report(records, id: "\(seed)-\(number)", begin: begin)
            return try Made.arrival(report, isCounted: numbers.below(5) > 0)
        }
        _ = try await store.take(arrivals)
    }

    private static func expectAgreement(_ store: SQLReportStore, _ begin: UnixTime, _ end: UnixTime) async throws {
        for compared in [
            ComparedDays(begin: begin, end: end), ComparedDays(begin: begin, end: end, now: Made.now),
            ComparedDays(begin: begin, end: end, now: begin),
        ] {
            let sums = try await store.totals(of: domain, .day, from: compared.before, to: end)
            let totals = try await store.dayTotals(
                of: domain, begin: begin, end: end, compared: compared, isByVia: true)
            func summary(_ tallies: [ReportTally]) -> SenderSummary {
                SenderSummary(
                    domain: domain, begin: begin, end: end, compared: compared, totals: tallies, sources: [])
            }
            #expect(summary(totals.tallies) == summary(sums))
            #expect(totals.tallies.count <= sums.count)
            var days = [DayTotals.Day](repeating: DayTotals.Day(), count: totals.days.count)
            var daysByVia: [String?: [Int]] = [:]
            for sum in sums where sum.start >= begin {
                let index = Int((sum.start.seconds - begin.seconds) / 86_400)
                if sum.key.isAligned { days[index].pass += sum.messages } else { days[index].fail += sum.messages }
                daysByVia[sum.key.via, default: [Int](repeating: 0, count: days.count)][index] += sum.messages
            }
            #expect(totals.days == days && totals.daysByVia == daysByVia)
            #expect(days.count == Int((end.seconds - begin.seconds) / 86_400))
            let plain = try await store.dayTotals(
                of: domain, begin: begin, end: end, compared: compared, isByVia: false)
            #expect(plain.daysByVia.isEmpty && plain.days == days && Set(plain.tallies) == Set(totals.tallies))
            let count = try await store.messages(of: [domain, "other.example"], from: begin, to: end)
            let all = days.reduce(0) { $0 + $1.pass + $1.fail }
            #expect(
                count[domain]?.messages ?? 0 == all && count[domain]?.passed ?? 0 == days.reduce(0) { $0 + $1.pass })
            #expect(count["other.example"] == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func agreesWithTheSumsAfterWhateverHappened(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let end = UnixTime(seconds: Made.day + 86_400)
            func expectAll() async throws {
                for days: Int64 in [1, 7, 20, 100] {
                    try await Self.expectAgreement(store, end.adding(seconds: -days * 86_400), end)
                }
            }
            try await expectAll()
            try await Self.fill(store, 3, count: 40)
            try await expectAll()
            let apart = try await store.reports(ReportQuery(isCounted: false, count: 100)).map(\.id)
            #expect(apart.count > 2)
            #expect(try await store.accept([apart[0]]) == [apart[0]])
            #expect(try await store.drop([apart[1]]) == [apart[1]])
            try await expectAll()
            _ = try await store.tidy(ReportRetention(originalDays: 5, recordDays: 5, tallyDays: 30), now: Made.now)
            try await Self.fill(store, 4, count: 5)
            try await expectAll()
        }
    }

    /// Of many reports few are about TLS, and those that count are counted for each of their pages.
    @Test func tlsReportsAreCountedByAnIndexOfTheirOwn() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            _ = try SQLReportStore(path: path)
            let plan = try SQLiteConnection(path: path, isReadOnly: true).rows(
                """
                EXPLAIN QUERY PLAN SELECT count(*) FROM reports r
                WHERE r.kind = 'tlsrpt' AND r.day >= ? AND r.is_counted = 1
                """, [.integer(0)]
            ) { $0.text(3) }
            #expect(plan.joined().contains("reports_of_tls"))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func reportersAreCountedInWhateverLetters(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for (number, name) in ["Big Mail", "BIG mail", "Small", "\u{c4}rger", "\u{e4}rger"].enumerated() {
                _ = try await store.take([Made.arrival(Made.report(id: "\(number)", by: name))])
            }
            let (from, to) = (UnixTime(seconds: 0), UnixTime(seconds: .max))
            // Letters of ASCII alone are folded.
            #expect(try await store.coverage(of: Self.domain, from: from, to: to).reporters == 4)
        }
    }
}
