import MailBytes
import MailReports
import PostsealReportSending
import TLSRPT
import TestSupport
import Testing

/// What every ledger, and every store of our own reports, promises.
@Suite struct LedgerContractTests {
    private static let schedule = SendingSchedule(settlingSeconds: 600, spreadSeconds: 0)

    private static func total(_ ledger: any VerdictLedger, on day: TLSReportDay = day) async throws -> Int {
        try await ledger.domains(on: day).reduce(0) { $0 + $1.messages }
    }

    @Test(arguments: SendingPlace.allCases)
    func `a batch counts once, whoever writes it again`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let ledger = try DatabaseVerdictLedger(database)
            let batch = Made.batch([(Made.verdict(), 3), (Made.verdict(source: 2), 4), (Made.verdict("b.example"), 5)])
            #expect(try await ledger.write(batch, at: noon) == .written(moved: 0))
            #expect(try await ledger.write(batch, at: noon) == .known)
            // After a restart, or by another connection.
            #expect(try await DatabaseVerdictLedger(database).write(batch, at: noon) == .known)
            #expect(try await Self.total(ledger) == 12)
            // The same of another run, or the next one, is something else.
            var other = batch
            other.run = "other"
            #expect(try await ledger.write(other, at: noon) == .written(moved: 0))
            other.sequence = 2
            #expect(try await ledger.write(other, at: noon) == .written(moved: 0))
            #expect(try await Self.total(ledger) == 36)
            #expect(try await ledger.domains(on: day).map(\.domain) == ["b.example", "strict.example"])
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `counts come back as they were`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let ledger = try DatabaseVerdictLedger(database)
            var rich = Made.verdict()
            rich.record.reasons = [
                DMARCReportReason(type: .localPolicy, comment: "ü \" ' \\ ]]>"), DMARCReportReason(type: .mailingList),
            ]
            rich.record.envelopeTo = "mx.example"
            rich.policy.subdomainPolicy = .quarantine
            rich.policy.failureOptions = "1:d:s"
            rich.policy.isTesting = true
            let results: [DMARCReportedResult] = [
                .none, .pass, .fail, .policy, .neutral, .temperror, .permerror,
            ]
            rich.record.dkim = results.map { DMARCReportedSignature(domain: "d.example", selector: "s", result: $0) }
            var plain = Made.verdict()
            plain.record.envelopeFrom = nil
            plain.record.dkim = []
            plain.record.spf = []
            plain.record.disposition = .pass
            _ = try await ledger.write(Made.batch([(rich, 2), (plain, 7)]), at: noon)
            let counts = try await ledger.counts(of: "strict.example", on: day)
            #expect(Set(counts) == [VerdictCount(rich, 2), VerdictCount(plain, 7)])
            #expect(try await ledger.counts(of: "other.example", on: day).isEmpty)
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `a day that is closed gets nothing more`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let ledger = try DatabaseVerdictLedger(database)
            _ = try await ledger.write(Made.batch([(Made.verdict(), 3)]), at: noon)
            #expect(try await ledger.close(Self.schedule, at: .afterDay(599)).isEmpty)
            #expect(try await ledger.close(Self.schedule, at: .afterDay(600)) == [day])
            #expect(try await ledger.close(Self.schedule, at: .afterDay(601)).isEmpty)
            // What comes later is of the day on which it comes.
            let late = UnixTime.afterDay(700)
            let batch = Made.batch(
                [(Made.verdict(), 2), (Made.verdict(on: TLSReportDay(containing: late)), 1)], sequence: 2)
            #expect(try await ledger.write(batch, at: late) == .written(moved: 2))
            #expect(try await Self.total(ledger) == 3)
            #expect(try await Self.total(ledger, on: TLSReportDay(containing: late)) == 3)
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `what is counted goes to the first day that is open`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let ledger = try DatabaseVerdictLedger(database)
            let next = TLSReportDay(containing: .afterDay(0))
            _ = try await ledger.write(Made.batch([(Made.verdict(), 1), (Made.verdict(on: next), 1)]), at: noon)
            // A clock that is ahead has closed both; where the database's day is over it can't know better.
            let ahead = UnixTime.afterDay(86_400 + 600)
            let closed = try await ledger.close(Self.schedule, at: ahead)
            #expect(closed.first == day)
            let target = closed.contains(next) ? TLSReportDay(containing: next.end.adding(seconds: 1)) : next
            // With the right clock again: not into a day that is closed.
            let late = Made.batch([(Made.verdict(), 5)], sequence: 2)
            #expect(try await ledger.write(late, at: noon) == .written(moved: 5))
            #expect(try await Self.total(ledger) == 1)
            #expect(try await Self.total(ledger, on: target) == (target == next ? 6 : 5))
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `a clock that is ahead closes nothing, and forgets nothing`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let ledger = try DatabaseVerdictLedger(database)
            // In the year 2100.
            let ahead = UnixTime(seconds: 4_102_444_800)
            let future = TLSReportDay(containing: ahead)
            _ = try await ledger.write(Made.batch([(Made.verdict(on: future), 3)]), at: ahead)
            #expect(try await ledger.close(Self.schedule, at: ahead.adding(seconds: 2 * 86_400)).isEmpty)
            #expect(try await ledger.time(ahead) < ahead)
            #expect(try await ledger.time(noon) == noon)
            // Nor is anything forgotten that is in no report.
            try await ledger.forgetCounts(before: TLSReportDay(containing: ahead.adding(seconds: 30 * 86_400)))
            #expect(try await Self.total(ledger, on: future) == 3)
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `one node makes the reports of a domain, and another takes over`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let (one, two) = (try DatabaseVerdictLedger(database), try DatabaseVerdictLedger(database))
            let outgoing = try DatabaseOutgoingReports(database)
            _ = try await one.write(Made.batch([(Made.verdict(), 3)]), at: noon)
            #expect(try await one.claimPeriod(by: "a", at: .afterDay(600), lease: 900) == nil)
            _ = try await one.close(Self.schedule, at: .afterDay(600))
            let first = try #require(try await one.claimPeriod(by: "a", at: .afterDay(600), lease: 900))
            #expect(first.domain == "strict.example" && first.day == day)
            // Whatever the other's clock says: the lease ends by that of the database.
            #expect(try await two.claimPeriod(by: "b", at: .afterDay(90_000), lease: 900) == nil)
            #expect(try await one.renew(first, lease: 0))
            // The first is gone, or so it seems; under its own name it is somebody else, too.
            let second = try #require(try await two.claimPeriod(by: "a", at: .afterDay(600), lease: 900))
            #expect(try await !one.renew(first, lease: 900))
            #expect(try await two.renew(second, lease: 900))
            let counts = try await two.counts(of: second.domain, on: second.day)
            let reports = try Made.builder.reports(of: World.name(second.domain), on: day, counts: counts)
            let destinations = [
                ReportDestination(
                    requested: "mailto:a@b.example", uri: "mailto:a@b.example", permission: .granted, reason: "")
            ]
            let ending = ReportPeriod.Ending.reports(reports, destinations, due: .afterDay(1500))
            #expect(try await two.finish(second, ending, at: .afterDay(1501)))
            // It was not gone after all, and does nothing.
            #expect(try await !one.finish(first, ending, at: .afterDay(1502)))
            #expect(try await outgoing.reports(OutgoingQuery()).count == 1)
            #expect(try await one.claimPeriod(by: "a", at: .afterDay(9999), lease: 900) == nil)
            try await one.forgetCounts(before: TLSReportDay(containing: .afterDay(0)))
            #expect(try await Self.total(one) == 0)
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `many nodes write and claim at once`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let verdicts = (0..<40).map { Made.verdict("\($0 % 5).example", source: $0) }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for node in 0..<4 {
                    tasks.addTask {
                        let ledger = try DatabaseVerdictLedger(database)
                        for sequence in 1...5 {
                            let batch = Made.batch(
                                verdicts.shuffled().map { ($0, 1) }, run: "run \(node)", sequence: Int64(sequence))
                            _ = try await ledger.write(batch, at: noon)
                            _ = try await ledger.write(batch, at: noon)
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let ledger = try DatabaseVerdictLedger(database)
            #expect(try await Self.total(ledger) == 40 * 4 * 5)
            let claims = try await withThrowingTaskGroup(of: [String].self) { tasks in
                for node in 0..<4 {
                    tasks.addTask {
                        let ledger = try DatabaseVerdictLedger(database)
                        _ = try await ledger.close(Self.schedule, at: .afterDay(600))
                        var claimed: [String] = []
                        while let period = try await ledger.claimPeriod(by: "\(node)", at: .afterDay(601), lease: 900) {
                            claimed.append(period.domain)
                        }
                        return claimed
                    }
                }
                var all: [String] = []
                for try await claimed in tasks { all += claimed }
                return all
            }
            #expect(claims.sorted() == (0..<5).map { "\($0).example" })
        }
    }

    // MARK: - Our own reports

    private static func report(_ number: Int = 1, domain: String = "strict.example") -> BuiltReport {
        BuiltReport(
            kind: .dmarcAggregate, period: "\(domain) \(number)", domain: domain, day: day,
            reportID: "id\(number)\(domain)",
            fileName: "f\(number)", subject: "subject", submitter: "reporter.example", messages: number,
            document: [1, 2, 3, 0, 255], documentLength: 99)
    }

    private static let destinations = [
        ReportDestination(
            requested: "mailto:a@b.example", uri: "mailto:a@b.example", permission: .granted, reason: "own"),
        ReportDestination(requested: "ftp://x", uri: "ftp://x", permission: .refused, reason: "no"),
        ReportDestination(
            requested: "mailto:c@d.example", uri: "mailto:c@d.example", permission: .unknown, reason: "slow"),
    ]

    @Test(arguments: SendingPlace.allCases)
    func `a report is there once, with its document and everything about it`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let store = try DatabaseOutgoingReports(database)
            func add(_ report: BuiltReport) async throws -> Bool {
                try await store.add(report, to: Self.destinations, due: .afterDay(0), at: noon, by: "mx1")
            }
            #expect(try await add(Self.report()))
            #expect(try await !add(Self.report()))
            // Another of the same period.
            var second = Self.report()
            second.reportID = "other"
            #expect(try await !add(second))
            #expect(try await add(Self.report(2)))
            #expect(try await add(Self.report(1, domain: "b.example")))
            let found = try #require(try await store.reports(OutgoingQuery()).last)
            #expect(found.domain == "strict.example" && found.reportID == "id1strict.example" && found.day == day)
            #expect(found.messages == 1 && found.packedLength == 5 && found.length == 99 && found.made == noon)
            #expect(found.deliveries.map(\.state) == [.waiting, .refused, .unverified] && found.state == .waiting)
            #expect(try await store.report(found.id) == found)
            #expect(try await store.document(of: found.id) == [1, 2, 3, 0, 255])
            #expect(try await store.report(999) == nil)
            var query = OutgoingQuery()
            query.domain = "b.example"
            #expect(try await store.reports(query).count == 1)
            query = OutgoingQuery()
            query.state = .unverified
            query.count = 2
            #expect(try await store.reports(query).count == 2)
            query.offset = 2
            #expect(try await store.reports(query).count == 1)
            query.state = .sent
            #expect(try await store.reports(query).isEmpty)
            #expect(try await store.deliveries() == [.waiting: 3, .refused: 3, .unverified: 3])
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `a delivery is with one node at a time, until it ends`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let store = try DatabaseOutgoingReports(database)
            let other = try DatabaseOutgoingReports(database)
            try await store.add(Self.report(), to: [Self.destinations[0]], due: .afterDay(10), at: noon, by: "a")
            #expect(try await store.claim(by: "a", at: .afterDay(9), lease: 900) == nil)
            let first = try #require(try await store.claim(by: "a", at: .afterDay(10), lease: 900))
            #expect(first.state == .sending && first.attempt == 1)
            #expect(try await store.report(first.report)?.state == .sending)
            #expect(try await other.claim(by: "b", at: .afterDay(11), lease: 900) == nil)
            #expect(try await store.end(first, .retry(at: .afterDay(300), answer: "451 later"), at: .afterDay(12)))
            #expect(try await other.claim(by: "b", at: .afterDay(299), lease: 900) == nil)
            let second = try #require(try await other.claim(by: "b", at: .afterDay(300), lease: 900))
            #expect(second.failures == 1 && second.reason == "451 later" && second.attempt == 2)
            #expect(try await store.claim(by: "a", at: .afterDay(90_000), lease: 900) == nil)
            #expect(try await other.renew(second, lease: 0))
            // Its node is gone: nobody knows whether it was sent.
            let third = try #require(try await store.claim(by: "b", at: .afterDay(1200), lease: 900))
            #expect(third.attempt == 3)
            #expect(try await !other.renew(second, lease: 900))
            #expect(try await store.renew(third, lease: 900))
            #expect(try await store.end(third, .sent(answer: "250 ok"), at: .afterDay(1201)))
            // The node was not gone.
            #expect(try await !other.end(second, .failed(answer: "554 no"), at: .afterDay(1300)))
            #expect(try await !store.renew(third, lease: 900))
            let report = try #require(try await store.report(first.report))
            #expect(report.state == .sent && report.deliveries[0].ended == .afterDay(1201))
            #expect(try await store.claim(by: "a", at: .afterDay(99_999), lease: 900) == nil)
            let attempts = try await store.attempts(of: first.report)
            #expect(attempts.map(\.outcome) == ["retry", "failed", "sent"] && attempts.map(\.node) == ["a", "b", "b"])
            #expect(attempts.map(\.answer) == ["451 later", "554 no", "250 ok"])
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `what is sent is forgotten when it is old, and what waits is not`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let store = try DatabaseOutgoingReports(database)
            try await store.add(Self.report(1), to: [Self.destinations[0]], due: noon, at: noon, by: "a")
            let delivery = try #require(try await store.claim(by: "a", at: noon, lease: 900))
            try await store.end(delivery, .sent(answer: ""), at: noon)
            try await store.add(Self.report(2), to: [Self.destinations[0]], due: noon, at: noon, by: "a")
            try await store.forget(before: day)
            #expect(try await store.reports(OutgoingQuery()).count == 2)
            try await store.forget(before: TLSReportDay(containing: .afterDay(0)))
            #expect(try await store.reports(OutgoingQuery()).map(\.messages) == [2])
        }
    }

    @Test(arguments: SendingPlace.allCases)
    func `the number of a report that is forgotten is no other one's`(_ place: SendingPlace) async throws {
        try await place.withDatabase { database in
            let store = try DatabaseOutgoingReports(database)
            for number in 1...3 {
                try await store.add(Self.report(number), to: [Self.destinations[0]], due: noon, at: noon, by: "a")
                let delivery = try #require(try await store.claim(by: "a", at: noon, lease: 900))
                try await store.end(delivery, .sent(answer: ""), at: noon)
                #expect(try await store.reports(OutgoingQuery()).map(\.id) == [Int64(number)])
                try await store.forget(before: TLSReportDay(containing: .afterDay(0)))
                #expect(try await store.reports(OutgoingQuery()).isEmpty)
            }
        }
    }
}
