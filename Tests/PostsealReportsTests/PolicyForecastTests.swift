import MailBytes
import MailReports
import PostsealReports
import Rendering
import TestSupport
import Testing

/// What a stricter policy would cost, and what is said of it where nothing is sure.
@Suite struct PolicyForecastTests {
    private func forecast(
        _ records: [DMARCReportRecord], _ wanted: ForecastPolicy = .reject,
        published policy: StoredPolicy = StoredPolicy(policy: "quarantine")
    ) async throws -> PolicyForecast {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            _ = try await store.take([Made.arrival(Made.report(records))])
            let (begin, end) = (UnixTime(seconds: Made.day), UnixTime(seconds: Made.day + 86_400))
            return PolicyForecast(
                wanted, try await store.summary(of: "example.com", begin: begin, end: end),
                ReportCoverage(reports: 2, reporters: 2, uncountedReports: 0, policy: policy))
        }
    }

    private static func unproven(_ source: String, _ count: Int) -> DMARCReportRecord {
        Made.record(source, count, dkim: false, spf: false, signed: [], returnPath: nil)
    }

    /// Servers that were forgotten are often many, each of which sends little.
    @Test func networksAreAskedAboutAsAddressesAre() async throws {
        let pool = (1...60).map { Self.unproven("2001:db8:1:2::\($0)", $0 == 7 ? 9 : 5) }
        let forged = (1...60).map { Self.unproven("203.\($0).113.9", 5) }
        let forecast = try await forecast([Made.record("192.0.2.1", 1000)] + pool + forged)
        #expect(forecast.questionableSources == ["2001:db8:1:2::7"])
        #expect(forecast.step == .checkSources(["2001:db8:1:2::7"]))
        #expect(forecast.json["step"]?.stringValue == "check-sources")
        #expect(forecast.advice.hasPrefix("see first whether 2001:db8:1:2::7 is yours"))
        #expect(forecast.advice.contains("If not, publish p=reject."))
        // Of a network of which an address is named, no other is.
        let named = try await self.forecast([Made.record("192.0.2.1", 1000), Self.unproven("198.51.100.1", 90)] + pool)
        #expect(named.questionableSources == ["198.51.100.1", "2001:db8:1:2::7"])
        let single = pool + [Self.unproven("2001:db8:1:2::99", 50)]
        #expect(
            try await self.forecast([Made.record("192.0.2.1", 1000)] + single).questionableSources == [
                "2001:db8:1:2::99"
            ])
    }

    /// Forged mail from everywhere is what the policy is for; nobody is told that none of it is his.
    @Test func whatIsSpreadOverTheWorldIsSpokenOf() async throws {
        let forged = (1...200).map { Self.unproven("203.\($0).113.9", 10) }
        let forecast = try await forecast([Made.record("192.0.2.1", 1000)] + forged)
        #expect(forecast.step == .publish(.reject))
        #expect(
            forecast.advice.hasSuffix(
                " 2,000 messages prove nothing, most of them from 203.1.113.9, 203.10.113.9, 203.100.113.9: they can "
                    + "be forged, or from servers of yours that were forgotten."))
        let few = try await self.forecast([Made.record("192.0.2.1", 1000), Self.unproven("203.0.113.9", 9)])
        #expect(few.advice == "publish p=reject. Nothing that proves who sent it would be lost.")
    }

    /// A summary without sources can't tell one server from a thousand forgers.
    @Test func withoutSourcesMuchIsAskedAbout() async throws {
        let records = [Made.record("192.0.2.1", 1000), Self.unproven("203.0.113.9", 90)]
        let summary = try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            _ = try await store.take([Made.arrival(Made.report(records))])
            let (begin, end) = (UnixTime(seconds: Made.day), UnixTime(seconds: Made.day + 86_400))
            let totals = try await store.totals(of: "example.com", .day, from: begin, to: end)
            return SenderSummary(domain: "example.com", begin: begin, end: end, totals: totals, sources: [])
        }
        let coverage = ReportCoverage(
            reports: 2, reporters: 2, uncountedReports: 0, policy: StoredPolicy(policy: "quarantine"))
        let forecast = PolicyForecast(.reject, summary, coverage)
        #expect(forecast.step == .checkSources([]))
        #expect(forecast.advice.hasPrefix("see first who sends the 90 messages that prove nothing"))
    }

    /// Receivers that still go by `pct` (RFC 7489 §6.6.4) ask the rest of the mail for the policy next below.
    @Test(arguments: [
        ("quarantine", 5, ForecastPolicy.quarantine, "take pct=5 out of the record first, so that p=quarantine counts"),
        ("reject", 0, .reject, "take pct=0 out of the record, so that p=reject counts for all mail."),
        ("reject", 100, nil, "nothing:"), ("reject", nil, nil, "nothing:"),
        ("quarantine", nil, .reject, "publish p=reject."),
    ])
    func aPolicyForAPartOfTheMailIsNotInForce(
        _ policy: String, _ percentage: Int?, _ next: ForecastPolicy?, _ advice: String
    ) async throws {
        let forecast = try await forecast(
            [Made.record("192.0.2.1", 1000)], published: StoredPolicy(policy: policy, percentage: percentage))
        #expect(forecast.step == next.map { .publish($0) } ?? .keep)
        #expect(forecast.advice.hasPrefix(advice))
    }

    @Test func aTestIsEndedByTakingItsTagOut() async throws {
        let tested = StoredPolicy(policy: "reject", isTesting: true)
        #expect(
            try await forecast([Made.record("192.0.2.1", 1000)], published: tested).advice
                == "take t=y out of the record, so that p=reject counts for all mail. Nothing that proves who sent it "
                + "would be lost.")
        let both = StoredPolicy(policy: "quarantine", percentage: 50, isTesting: true)
        #expect(
            try await forecast([Made.record("192.0.2.1", 1000)], .quarantine, published: both).advice
                .hasPrefix("take t=y and pct=50 out of the record, so that p=quarantine counts"))
        // Another one is published as ever.
        let none = StoredPolicy(policy: "none", isTesting: true)
        #expect(
            try await forecast([Made.record("192.0.2.1", 1000)], .quarantine, published: none).advice
                .hasPrefix("publish p=quarantine."))
    }

    /// Many who lose little each lose much together.
    @Test func whatIsLostIsJudgedTogether() async throws {
        let strangers = (1...30).map { number in
            Made.record(
                "203.0.\(number).9", 9, dkim: false, spf: false, signed: ["s\(number).example"], returnPath: nil)
        }
        let forecast = try await forecast([Made.record("192.0.2.1", 9000)] + strangers)
        guard case .setUp(let senders) = forecast.step else {
            Issue.record("\(forecast.step)")
            return
        }
        #expect(senders.count == 30 && senders.first == "s1.example")
        let few = try await self.forecast([Made.record("192.0.2.1", 9000)] + strangers.prefix(2))
        #expect(few.step == .publish(.reject))
        #expect(few.advice.hasSuffix("18 messages would be lost, too few to wait for."))
        // Anybody can do this with names of his own, and is not to keep a domain from its policy.
        let forged = (1...400).map { number in
            Made.record(
                "203.0.\(number % 250).9", 1, dkim: false, spf: false, signed: ["s\(number).example"],
                returnPath: nil)
        }
        let scattered = try await self.forecast([Made.record("192.0.2.1", 1000)] + forged)
        #expect(scattered.step == .publish(.reject))
        #expect(
            scattered.advice.hasSuffix(
                "400 messages would be lost, most of them of senders that sent hardly anything."))
        let many = try await self.forecast([
            Made.record("192.0.2.1", 99_000), Made.record("192.0.2.1", 900, dkim: false, spf: false),
        ])
        #expect(
            many.step == .publish(.reject)
                && many.advice.hasSuffix("900 messages would be lost, no more than one in a hundred of all."))
    }

    /// Counts of any size are shown, and none of them traps.
    @Test func noSumIsTooLarge() async throws {
        let records = (1...1_200).map { number in
            Made.record(
                "192.0.2.1", MailReportLimits.countMax, dkim: false, spf: false, signed: ["s\(number).example"],
                returnPath: nil)
        }
        let forecast = try await forecast(records)
        #expect(forecast.summary.lines(forecast.coverage).last?.hasSuffix("and 1,170 others") == true)
        #expect(!forecast.lines.isEmpty && !forecast.summary.origins.isEmpty)
    }
}
