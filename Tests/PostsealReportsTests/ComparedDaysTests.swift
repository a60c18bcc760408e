import MailBytes
import MailReports
import PostsealReports
import Rendering
import Testing

/// What a trend compares.
@Suite struct ComparedDaysTests {
    private static let day: Int64 = 86_400
    /// 2026-11-20T00:00:00Z
    private static let today = UnixTime(seconds: Made.day)

    private static func days(_ count: Int64, hour: Int64) -> ComparedDays {
        ComparedDays(
            begin: today.adding(seconds: (1 - count) * day), end: today.adding(seconds: day),
            now: today.adding(seconds: hour * 3600))
    }

    @Test(arguments: [
        (7, 12, 6), (7, 23, 6), (7, 0, 5), (7, 11, 5), (2, 12, 1), (2, 11, 0), (1, 12, 0), (1, 0, 0),
    ])
    func asManyDaysStandOnBothSides(_ count: Int64, _ hour: Int64, _ compared: Int) {
        let days = Self.days(count, hour: hour)
        #expect(days.count == compared)
        #expect(days.end.seconds - days.begin.seconds == days.beforeEnd.seconds - days.before.seconds)
        #expect(days.end <= Self.today && days.beforeEnd <= days.begin)
    }

    /// A weekend is compared with a weekend.
    @Test(arguments: [(2, 7), (7, 7), (8, 7), (9, 14), (28, 28), (90, 91), (365, 364)])
    func bothSidesAreOnTheSameDaysOfTheWeek(_ count: Int64, _ earlier: Int64) {
        let days = Self.days(count, hour: 12)
        #expect(days.begin.seconds - days.before.seconds == earlier * Self.day)
    }

    @Test func aTimeThatLiesBackIsComparedAsAWhole() {
        let end = Self.today.adding(seconds: 7 * Self.day)
        let days = ComparedDays(begin: Self.today, end: end, now: UnixTime(seconds: 1 << 40))
        #expect(days == ComparedDays(begin: Self.today, end: end))
        #expect(days.count == 7)
    }

    @Test func whatIsKnownMustGoBackToTheFirstDay() {
        let days = Self.days(7, hour: 12)
        #expect(days.areCovered(since: days.before) && days.areCovered(since: UnixTime(seconds: 0)))
        #expect(!days.areCovered(since: days.before.adding(seconds: Self.day)) && !days.areCovered(since: nil))
        #expect(!Self.days(1, hour: 12).areCovered(since: UnixTime(seconds: 0)))
    }

    /// What `postseal report summary` says.
    @Test(arguments: StoreKind.allCases)
    func aSummaryComparesFullDays(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            // Of today an hour.
            _ = try await store.take([
                Made.arrival(
                    Made.report([Made.record("192.0.2.1", 5)], id: "hour", begin: Made.day, end: Made.day + 3599))
            ])
            for ago in 1...20 {
                let records = [Made.record("192.0.2.1", 60), Made.record("192.0.2.2", 40)]
                let report = Made.report(records, id: "\(ago)", begin: Made.day - Int64(ago) * Self.day)
                _ = try await store.take([Made.arrival(report)])
            }
            #expect(
                try await store.firstDays(of: ["example.com", "other.example"])
                    == ["example.com": Self.today.adding(seconds: -20 * Self.day)])
            func summary(_ count: Int64) async throws -> (SenderSummary, ReportCoverage) {
                let days = Self.days(count, hour: 12)
                let end = Self.today.adding(seconds: Self.day)
                return (
                    try await store.summary(of: "example.com", begin: days.begin, end: end, compared: days),
                    try await store.coverage(of: "example.com", from: days.begin, to: end)
                )
            }
            let (week, coverage) = try await summary(7)
            #expect(week.messages == 605 && week.comparedMessages == 600 && week.messagesBefore == 600)
            #expect(week.isComparable && week.trend == "same")
            #expect(week.largest.map(\.comparedMessages) == [360, 240])
            #expect(week.largest.map(\.messagesBefore) == [360, 240] && week.largest.map(\.messages) == [365, 240])
            #expect(week.origins.map(\.comparedMessages) == [600] && week.origins.map(\.messagesBefore) == [600])
            let lines = week.lines(coverage)
            #expect(
                lines.contains(
                    "100.0 % pass DMARC; 0 do not. 2026-11-14 to 2026-11-19: 600; before, 2026-11-07 to 2026-11-12: "
                        + "600, 100.0 %."))
            #expect(lines.contains { $0.hasPrefix("       605  100.0 %    same  example.com") })
            // Twenty days are known, and not thirteen with thirteen before.
            let (long, longCoverage) = try await summary(14)
            #expect(!long.isComparable && long.trend == nil && long.messages == 1305)
            let json = long.json(longCoverage)
            for name in ["messages_compared", "messages_before", "pass_before"] {
                #expect(json[name] == .null && json["senders"]?.arrayValue?.first?[name] == .null, "\(name)")
            }
            let text = long.lines(longCoverage)
            #expect(text.contains { $0.hasSuffix("Too little is known of the time before for a trend.") })
            #expect(text.contains { $0.hasPrefix("     1,305  100.0 %       -  example.com") })
        }
    }

    /// A policy is tried on all messages of the period, those of today, too.
    @Test func aForecastIsOfAllMessages() throws {
        let key = ReportTallyKey(
            source: .missing, via: nil, isDKIMAligned: false, isSPFAligned: false, disposition: .none)
        let days = Self.days(7, hour: 12)
        let tallies = (0..<14).map { ago in
            ReportTally(start: Self.today.adding(seconds: -Self.day * Int64(ago)), key: key, messages: 100)
        }
        let summary = SenderSummary(
            domain: "example.com", begin: days.begin, end: Self.today.adding(seconds: Self.day), compared: days,
            tallies: tallies)
        let coverage = ReportCoverage(
            reports: 7, reporters: 2, uncountedReports: 0, policy: nil, lastReport: Self.today)
        let forecast = PolicyForecast(.quarantine, summary, coverage)
        #expect(forecast.touchedMessages == 700 && forecast.step == .publish(.quarantine))
        #expect(summary.comparedMessages == 600 && summary.messagesBefore == 600)
    }

    @Test(arguments: [(0, false), (27, false), (28, true), (29, true), (200, true)])
    func reportsThatAreTooOldAreAskedAfter(_ ago: Int64, _ isOld: Bool) {
        let last = Self.today.adding(seconds: -ago * Self.day)
        for length in [1, 28, 365] as [Int64] {
            let end = Self.today.adding(seconds: Self.day)
            let begin = end.adding(seconds: -length * Self.day)
            let summary = SenderSummary(domain: "example.com", begin: begin, end: end, tallies: [])
            let coverage = ReportCoverage(
                reports: ago < length ? 3 : 0, reporters: 2, uncountedReports: 0, policy: nil, lastReport: last)
            let step = PolicyForecast(.reject, summary, coverage).step
            #expect(step == (isOld ? .checkReporting(since: last) : .waitForMore), "\(length)")
        }
    }
}
