import Databases
import Foundation
import MailBytes
import MailReports
import TestSupport
import Testing

@testable import PostsealReports

/// What goes, in which order, and what it leaves to others meanwhile.
@Suite struct TidyingTests {
    private static let smallest = ReportRetention(octetsMax: 1 << 20)

    /// Octets that packing makes no smaller, as a part of a report.
    private static func noise(_ numbers: inout Numbers, _ count: Int) -> [UInt8] {
        Array("<!-- \(numbers.octets(count).map { String($0, radix: 16) }.joined()) -->".utf8)
    }

    private static func arrivals(
        _ count: Int, noise octets: Int = 0, begin: (Int) -> Int64 = { _ in Made.day }
    ) throws -> [ReportArrival] {
        var numbers = Numbers(seed: 21)
        return try (0..<count).map { number in
            let text = try Made.report(id: "\(number)", begin: begin(number)).document() + noise(&numbers, octets)
            return ReportArrival(reading: text, name: nil, received: Made.now)
        }
    }

    // MARK: - What strangers leave

    /// Anybody can send a report with thousands of domains in it.
    @Test(arguments: StoreKind.allCases)
    func whatIsKeptApartLeavesNoNames(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            let records = (0..<500).map { number in
                Made.record("192.0.2.\(number % 100)", 1, dkim: false, spf: false, signed: ["d\(number).example"])
            }
            let arrival = try Made.arrival(Made.report(records), isCounted: false)
            #expect(try await store.take([arrival]) == [[.new(1)]])
            #expect(try look.rows("SELECT name FROM names") { $0.text(0) } == ["example.com"])
            // It is found all the same, and counts for everybody where it is accepted.
            #expect(try await store.count(ReportQuery(search: "192.0.2.7")) == 1)
            #expect(try await store.accept([1]) == [1])
            let sources = try await store.sources(
                of: "example.com", from: UnixTime(seconds: 0), to: UnixTime(seconds: .max))
            #expect(Set(sources.map(\.via)) == Set((0..<500).map { "d\($0).example" }))
        }
    }

    /// What an earlier version has put in, or what a report leaves that somebody dropped.
    @Test(arguments: StoreKind.allCases)
    func namesThatNobodyNeedsGoBeforeFiles(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            _ = try await store.take(Self.arrivals(20))
            let names = (0..<12_000).map { DatabaseValue.text("\($0)." + String(repeating: "x", count: 200)) }
            try look.insert("INSERT INTO names(name)", width: 1, names)
            #expect(try await store.tidy(Self.smallest, now: Made.now) == ReportRemoval())
            #expect(try look.number("SELECT count(*) FROM names") == 1)
            #expect(try await store.reports(ReportQuery(count: 100)).allSatisfy(\.hasOriginal))
            #expect(try await Made.total(store) == 200)
        }
    }

    private static func failure(_ number: Int, domains: Int) -> ReportArrival {
        let fields = (0..<domains).map { "Reported-Domain: d\($0).example\r\n" }.joined()
        let long = String(repeating: "l", count: 500)
        let text = """
            From: r@reporter.example\r\nMessage-ID: <\(number)@reporter.example>\r\nMIME-Version: 1.0\r
            Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r
            --b\r\nContent-Type: message/feedback-report\r\n\r
            Feedback-Type: auth-failure-\(long)\r\nVersion: 1\r\nUser-Agent: x/1\r\nAuth-Failure: \(long)\r
            Identity-Alignment: \(long)\r\nDelivery-Result: \(long)\r\nSource-IP: 203.0.113.1\r
            Original-Mail-From: <\(long)@evil.example>\r
            Arrival-Date: \(number < 200 ? "Thu, 19" : "Fri, 20") Nov 2026 01:00:00 +0000\r\n\(fields)\r
            --b\r\nContent-Type: text/rfc822-headers\r\n\r
            From: "\(long)" <boss@example.com>\r\nSubject: hi\r\n\r\n--b--\r\n
            """
        return ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now, isCounted: true)
    }

    @Test(arguments: StoreKind.allCases)
    func aFailureReportIsAboutFewDomains(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            #expect(try await store.take([Self.failure(1, domains: 900)]) == [[.new(1)]])
            #expect(try await store.domains(of: 1).count == 20)
            let failures = try await store.failures(FailureQuery(count: 1000))
            #expect(failures.count == 20)
            for failure in failures {
                let words = [failure.feedbackType, failure.authFailure, failure.deliveryResult]
                #expect(words.allSatisfy { ($0 ?? "").utf8.count <= 67 })
                #expect((failure.identityAlignment ?? []).joined(separator: " ").utf8.count <= 67)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theOldestSamplesOfFailuresGoWithTheFiles(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            _ = try await store.take((1...450).map { Self.failure($0, domains: 20) })
            #expect(try look.number("SELECT count(*) FROM failures") == 9000)
            _ = try await store.tidy(ReportRetention(octetsMax: 10 << 20), now: Made.now)
            let left = Int(try look.number("SELECT count(*) FROM failures") ?? 0) / 20
            #expect(left > 50 && left < 450)
            #expect(try look.number("SELECT min(report) FROM failures") == Int64(450 - left + 1))
            #expect(try await store.count(ReportQuery()) == 450)
        }
    }

    // MARK: - Beside others

    @Test(arguments: StoreKind.allCases)
    func whoeverComesMeanwhileHasItsTurn(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            _ = try await store.take(Self.arrivals(1500) { Made.day - Int64($0 % 7) * 86_400 })
            // Both the one who tidies, and another program.
            let other = try again()
            let retention = ReportRetention(originalDays: 1, recordDays: 1, tallyDays: 30)
            let tidying = Task { try await store.tidy(retention, now: Made.now) }
            var (isBetween, number) = (false, 0)
            // The seventh is of the oldest day, the first one of the newest.
            while try await store.original(of: 1) != nil, number < 10_000 {
                number += 1
                _ = try await other.take([Made.arrival(Made.report(id: "other-\(number)"), isCounted: false)])
                let isOldestGone = try await store.original(of: 7) == nil
                if isOldestGone, try await store.original(of: 1) != nil { isBetween = true }
            }
            #expect(isBetween)
            #expect(try await tidying.value.originals >= 1500)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func itEndsWhereItsTaskDoes(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take(Self.arrivals(5))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await store.tidy(ReportRetention(originalDays: 1, recordDays: 1), now: Made.now)
            }
            task.cancel()
            #expect(try await task.value == ReportRemoval())
            let retention = ReportRetention(originalDays: 1, recordDays: 1)
            #expect(try await store.tidy(retention, now: Made.now) == ReportRemoval(originals: 5, records: 5))
        }
    }

    // MARK: - Sums

    @Test(arguments: StoreKind.allCases)
    func whatWasForgottenCountsOnceMore(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            let arrivals = try Self.arrivals(40) { Made.day - Int64($0 % 8) * 86_400 }
            _ = try await store.take(arrivals)
            #expect(try await Made.total(store) == 400)
            let retention = ReportRetention(originalDays: 8, recordDays: 8, tallyDays: 8)
            #expect(try await store.tidy(retention, now: Made.now).reports == 20)
            #expect(try await Made.total(store) == 200)
            for table in ["tallies", "totals"] {
                #expect(try look.number("SELECT sum(messages) FROM \(table) WHERE span = 86400") == 200)
            }
            _ = try await store.take(arrivals)
            #expect(try await Made.total(store) == 400)
            #expect(try look.number("SELECT count(*) FROM originals") == 40)
        }
    }

    /// A file is in use as long as the newest of its reports is.
    @Test(arguments: StoreKind.allCases)
    func aFileGoesWithTheNewestOfItsReports(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            _ = try await store.take(Self.arrivals(4) { Made.day - Int64($0) * 86_400 })
            // As if the first and the last were in one file.
            try look.run("UPDATE reports SET original = 1 WHERE id = 4")
            try look.run("DELETE FROM originals WHERE id = 4")
            let retention = ReportRetention(originalDays: 6, recordDays: 400)
            #expect(try await store.tidy(retention, now: Made.now).originals == 1)
            #expect(try await store.original(of: 1) != nil)
            #expect(try await store.original(of: 4) != nil)
            let later = Made.now.adding(seconds: 2 * 86_400)
            #expect(try await store.tidy(retention, now: later).originals == 2)
            #expect(try look.number("SELECT count(*) FROM reports WHERE original IS NOT NULL") == 0)
        }
    }

    // MARK: - Disks

    /// Waits until the last connection has taken its log away.
    private static func closed(_ path: String) async {
        for _ in 0..<1_000_000 where FileManager.default.fileExists(atPath: "\(path)-wal") { await Task.yield() }
    }

    @Test func aFullDiskHasRoomAgain() async throws {
        _ = try await SmallDisk.with(octets: 24 << 20) { disk in
            let path = "\(disk.path)/reports.db"
            do { _ = try await SQLReportStore(path: path).take(Self.arrivals(1200, noise: 4000)) }
            await Self.closed(path)
            let store = try SQLReportStore(path: path)
            try disk.fill(but: 500_000)
            let new = try (0..<400).map { try Made.arrival(Made.report(id: "new-\($0)", of: "\($0).example")) }
            await #expect(throws: ReportStoreError(.full)) { try await store.take(new) }
            let retention = ReportRetention(originalDays: 1, recordDays: 1)
            let removal = try await store.tidy(retention, now: Made.now)
            #expect(removal.originals == 1200 && removal.records == 1200)
            let look = try SQLiteConnection(path: path, isReadOnly: true)
            #expect(try look.number("PRAGMA freelist_count") == 0)
            #expect(try look.rows("PRAGMA integrity_check") { $0.text(0) } == ["ok"])
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect((size ?? .max) < 3 << 20)
            #expect(try await store.take(new).count == 400)
        }
    }

    @Test func whatNobodyCanWriteIsRead() async throws {
        _ = try await SmallDisk.with(octets: 4 << 20) { disk in
            let path = "\(disk.path)/a b%41?#é.db"
            do {
                let store = try SQLReportStore(path: path)
                _ = try await store.take(Self.arrivals(3))
                // As it is copied while somebody has it open.
                let copy = "\(disk.path)/copy.db"
                for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + end, toPath: copy + end) }
            }
            await Self.closed(path)
            try disk.freeze()
            let store = try SQLReportStore(path: path, isReadOnly: true)
            #expect(try await Made.total(store) == 30)
            #expect(try await store.reports(ReportQuery()).count == 3)
            do throws(ReportStoreError) {
                _ = try SQLReportStore(path: "\(disk.path)/copy.db", isReadOnly: true)
                Issue.record("it has a log")
            } catch {
                #expect(error.problem == .cannotOpen && error.detail.contains("-wal"))
            }
        }
    }
}
