import Databases
import Foundation
import MailBytes
import MailReports
import TestSupport
import Testing

@testable import PostsealReports

/// What is of the file, beyond the contract.
@Suite struct SQLiteReportStoreTests {
    @Test func theFileIsItsOwnersAlone() async throws {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            _ = try await store.take([Made.arrival(Made.report())])
            for name in ["reports.db", "reports.db-wal", "reports.db-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                #expect((attributes[.posixPermissions] as? Int) == 0o600, "\(name)")
            }
        }
    }

    @Test func whatOthersWriteMeanwhileIsSeen() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            let (first, second) = (try SQLReportStore(path: path), try SQLReportStore(path: path))
            // Names and sources that only one of them has met: their numbers must not be mixed up.
            for number in 0..<20 {
                let domain = "d\(number).example"
                let record = Made.record("192.0.2.\(number)", number + 1, from: domain)
                let report = Made.report([record], id: "\(number)", of: domain)
                let other = Made.report([Made.record("198.51.100.\(number)", 1)], id: "o\(number)")
                _ = try await first.take([Made.arrival(report)])
                _ = try await second.take([Made.arrival(other)])
                guard case .known? = try await second.take([Made.arrival(report)]).first?.first else {
                    Issue.record("report \(number) is not known")
                    return
                }
            }
            let reader = try SQLReportStore(path: path, isReadOnly: true)
            for number in 0..<20 { #expect(try await Made.total(reader, "d\(number).example") == number + 1) }
            #expect(try await Made.total(reader) == 20)
        }
    }

    @Test func manyAtOnceCountOnce() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            _ = try SQLReportStore(path: path)
            let arrivals = try (0..<30).map { try Made.arrival(Made.report(id: "\($0)")) }
            let new = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let store = try SQLReportStore(path: path)
                        var new = 0
                        for arrival in arrivals {
                            if case .new? = try await store.take([arrival]).first?.first { new += 1 }
                        }
                        return new
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(new == 30)
            #expect(try await Made.total(try SQLReportStore(path: path)) == 300)
        }
    }

    @Test func whatFailsLeavesNothingBehind() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            let store = try SQLReportStore(path: path)
            // A trigger stands for whatever can go wrong in the midst.
            try SQLiteConnection(path: path, isReadOnly: false).script(
                "CREATE TRIGGER t BEFORE INSERT ON tallies BEGIN SELECT RAISE(ABORT, 'full'); END")
            let arrival = try Made.arrival(Made.report())
            await #expect(throws: ReportStoreError.self) { try await store.take([arrival]) }
            #expect(try await store.reports(ReportQuery()).isEmpty)
            try SQLiteConnection(path: path, isReadOnly: false).script("DROP TRIGGER t")
            guard case .new? = try await store.take([arrival]).first?.first else {
                Issue.record("it is not new")
                return
            }
            #expect(try await Made.total(store) == 10)
        }
    }

    @Test func otherFilesAreRefused() async throws {
        try await withFolder { folder in
            func problem(_ name: String, isReadOnly: Bool = false) -> ReportStoreError.Problem? {
                do throws(ReportStoreError) {
                    _ = try SQLReportStore(path: "\(folder)/\(name)", isReadOnly: isReadOnly)
                    return nil
                } catch {
                    return error.problem
                }
            }
            #expect(problem("absent", isReadOnly: true) == .cannotOpen)
            #expect(problem("absent/deep") == .cannotOpen)
            try Data("a text that is long enough to be no database at all; a text".utf8).write(
                to: URL(fileURLWithPath: "\(folder)/text"))
            #expect(problem("text") == .notAStore)
            try Self.make("\(folder)/other", "CREATE TABLE x(y)")
            #expect(problem("other") == .notAStore)
            try Self.make(
                "\(folder)/later",
                "CREATE TABLE x(y); PRAGMA application_id = \(ReportSchema.applicationID); PRAGMA user_version = 99")
            #expect(problem("later") == .newerVersion)
            #expect(problem("later", isReadOnly: true) == .newerVersion)
            // Nothing was changed in them.
            #expect(try String(contentsOfFile: "\(folder)/text", encoding: .utf8).hasPrefix("a text"))
            try Data().write(to: URL(fileURLWithPath: "\(folder)/empty"))
            #expect(problem("empty", isReadOnly: true) == .empty)
            #expect(problem("empty") == nil)
        }
    }

    private static func make(_ path: String, _ script: String) throws {
        try SQLiteConnection(path: path, isReadOnly: false).script(script)
    }

    @Test func aReaderChangesNothing() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            _ = try await SQLReportStore(path: path).take([Made.arrival(Made.report())])
            let reader = try SQLReportStore(path: path, isReadOnly: true)
            #expect(try await reader.reports(ReportQuery()).count == 1)
            await #expect(throws: ReportStoreError.self) { try await reader.take([Made.arrival(Made.report(id: "2"))]) }
            await #expect(throws: ReportStoreError.self) { try await reader.tidy(ReportRetention(), now: Made.now) }
        }
    }

    /// The sums are what the records come to, whatever was taken in, and however it was tidied.
    @Test func sumsAndRecordsAgree() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            let store = try SQLReportStore(path: path)
            let look = try SQLiteConnection(path: path, isReadOnly: true)
            var numbers = Numbers(seed: 7)
            for number in 0..<60 {
                let records = (0..<numbers.below(30) + 1).map { _ in
                    Made.record(
                        "192.0.2.\(numbers.below(20))", numbers.below(1000) + 1, dkim: numbers.below(2) == 0,
                        spf: numbers.below(2) == 0, signed: ["s\(numbers.below(3)).example"])
                }
                let begin = Made.day - Int64(numbers.below(20)) * 86_400
                // Every third comes twice.
                for _ in 0...(number % 3 == 0 ? 1 : 0) {
                    _ = try await store.take([Made.arrival(Made.report(records, id: "\(number)", begin: begin))])
                }
            }
            let query = """
                SELECT (SELECT sum(messages) FROM reports) - (SELECT sum(messages) FROM tallies WHERE span = 86400),
                (SELECT count(*) FROM report_sources)
                - (SELECT count(*) FROM source_lists l, json_each('[' || l.sources || ']') j
                  JOIN report_sources s ON s.source = j.value AND s.report = l.report)
                """
            let before = try look.rows(query) { [$0.integer(0), $0.integer(1)] }
            #expect(before == [[0, 0]])
            let retention = ReportRetention(originalDays: 10, recordDays: 10, tallyDays: 10)
            #expect(try await store.tidy(retention, now: UnixTime(seconds: Made.day)).reports > 0)
            let after = try look.rows(query) { [$0.integer(0), $0.integer(1)] }
            #expect(after == [[0, 0]])
            #expect(try look.number("SELECT count(*) FROM pragma_foreign_key_check") == 0)
            #expect(try look.rows("PRAGMA integrity_check") { $0.text(0) } == ["ok"])
        }
    }

    /// The public reports: each is taken once, and its originals read again give the same report.
    @Test func thePublicReportsComeBack() async throws {
        guard let suite = try Suites.folder("dmarc-rua") else { return }
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            var new = 0
            let files = FileManager.default.enumerator(atPath: suite.path)?.compactMap { $0 as? String } ?? []
            for file in files.sorted() {
                guard let octets = FileManager.default.contents(atPath: "\(suite.path)/\(file)") else { continue }
                let arrival = ReportArrival(reading: Array(octets), name: file, received: Made.now)
                let result = try await store.take([arrival]).first ?? []
                #expect(result.count == arrival.findings.count)
                for (place, intake) in result.enumerated() {
                    guard case .new(let id) = intake else { continue }
                    new += 1
                    let original = try #require(try await store.original(of: id))
                    let again = ReportFile(reading: original.octets, name: original.name).findings
                    #expect(again[place].report == arrival.findings[place].report)
                }
            }
            print("public aggregate reports stored: \(new)")
            #expect(new >= 38)
        }
    }
}
