import Databases
import MailBytes
import MailReports
import TestSupport
import Testing

@testable import PostsealReports

/// Stores of earlier versions, with reports in them.
@Suite struct CatchingUpTests {
    private static func tls(
        _ id: String, domains: [String], day: String = "20", isCounted: Bool = true
    ) -> ReportArrival {
        let policies = domains.map { domain in
            """
            {"policy":{"policy-type":"sts","policy-domain":"\(domain)"},
            "summary":{"total-successful-session-count":10,"total-failure-session-count":2},"failure-details":[
            {"result-type":"certificate-expired","sending-mta-ip":"192.0.2.5",
            "receiving-mx-hostname":"mx.\(domain)","failed-session-count":2}]}
            """
        }
        let text = """
            {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-\(day)T00:00:00Z",
            "end-datetime":"2026-11-\(day)T23:59:59Z"},"contact-info":"a@sender.example","report-id":"\(id)",
            "policies":[\(policies.joined(separator: ","))]}
            """
        return ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now, isCounted: isCounted)
    }

    private static func failure(_ id: String, domains: [String]) -> ReportArrival {
        let fields = domains.map { "Reported-Domain: \($0)\r\n" }.joined()
        let text = """
            From: r@reporter.example\r\nMessage-ID: <\(id)@reporter.example>\r\nMIME-Version: 1.0\r
            Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r
            --b\r\nContent-Type: text/plain\r\n\r\nA failure.\r
            --b\r\nContent-Type: message/feedback-report\r\n\r
            Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: x/1\r\nSource-IP: 203.0.113.\(id)\r
            \(fields)\r
            --b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@example.com\r\n\r\n--b--\r\n
            """
        return ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now)
    }

    private static func arrivals() throws -> [ReportArrival] {
        var arrivals = [
            tls("1", domains: ["example.com"]), tls("2", domains: ["example.com", "example.org"]),
            tls("3", domains: ["example.com"], day: "21"), tls("4", domains: ["example.com"], isCounted: false),
            failure("1", domains: ["example.com"]), failure("2", domains: ["example.com", "example.org"]),
            try Made.arrival(Made.report()), try Made.arrival(Made.report([Made.record("192.0.2.9", 3)], id: "2")),
        ]
        // More than are read at once.
        for number in 10..<90 { arrivals.append(tls("\(number)", domains: ["many.example"])) }
        return arrivals
    }

    /// What the pages ask for.
    private struct Answers: Equatable {
        var sessions: [TLSTally] = []
        var failures: [StoredFailure] = []
        var totals: [ReportTally] = []
        var reports: [[Int64]] = []
        var domains: [String] = []
        var subjects: [ReportSubjects?] = []

        init(_ store: any ReportStore) async throws {
            let (from, to) = (UnixTime(seconds: 0), UnixTime(seconds: .max))
            domains = try await store.domains()
            for domain in ["example.com", "example.org", "many.example"] {
                sessions += try await store.tlsTallies(of: domain, from: from, to: to)
                failures += try await store.failures(FailureQuery(domain: domain))
                totals += try await store.totals(of: domain, .day, from: from, to: to)
                    .sorted { $0.messages < $1.messages }
                let found = try await store.reports(ReportQuery(domain: domain, count: 100))
                reports.append(found.map(\.id))
                subjects += found.flatMap { [$0.subjects, $0.fileSubjects] }
            }
            for source in ["192.0.2.1", "192.0.2.9", "192.0.2.10"] {
                reports.append(try await store.reports(ReportQuery(search: source)).map(\.id))
            }
        }
    }

    /// A row for each record, as there was one up to the fifth step. What is left out here was never asked for.
    private static let records = DatabaseSchema.Step(
        """
        CREATE TABLE records(
          report INTEGER NOT NULL REFERENCES reports(id), place INTEGER NOT NULL,
          source INTEGER, messages INTEGER NOT NULL,
          PRIMARY KEY(report, place)) WITHOUT ROWID;
        CREATE INDEX records_by_source ON records(source);
        INSERT INTO records SELECT report, 2 * source, source, 1 FROM report_sources;
        INSERT INTO records SELECT report, 2 * source + 1, source, 1 FROM report_sources;
        DROP TABLE report_sources;
        DROP TABLE source_lists;
        """)

    /// Takes back what the eighth step and those behind it made.
    private static let newest = """
        ALTER TABLE numbering_state RENAME TO numbering;
        ALTER TABLE reports DROP COLUMN is_unproven; DROP TABLE IF EXISTS given_numbers;
        ALTER TABLE numbering DROP COLUMN sweep; DROP TABLE numbers_in_use;
        DROP INDEX reports_of_tls; ALTER TABLE reports DROP COLUMN subjects;
        ALTER TABLE reports DROP COLUMN file_subjects;
        """

    /// Makes of a store what the first two steps of its tables had made of the same reports.
    private static func downgrade(_ connection: any DatabaseConnection) throws {
        try connection.script(connection.dialect == .sqlite ? records.sqlite : records.postgreSQL)
        for table in ["totals", "tls_tallies", "failures", "report_domains", "hosts", "refills", "report_clock"] {
            try connection.script("DROP TABLE \(table)")
        }
        try connection.script("DROP INDEX reports_by_organization; DROP INDEX reports_apart")
        try connection.script(newest)
        switch connection.dialect {
        case .sqlite: try connection.script("PRAGMA user_version = 2")
        case .postgreSQL: try connection.script("UPDATE postseal_schema SET version = 2")
        }
    }

    private static func withOldStore(
        _ kind: StoreKind, _ body: (_ open: () throws -> SQLReportStore, _ fresh: Answers) async throws -> Void
    ) async throws {
        func run(_ place: String, _ connect: () throws -> any DatabaseConnection) async throws {
            let fresh: Answers
            do {
                let store = try SQLReportStore(at: place)
                _ = try await store.take(try arrivals())
                fresh = try await Answers(store)
            }
            try downgrade(try connect())
            try await body({ try SQLReportStore(at: place) }, fresh)
        }
        switch kind {
        case .sqlite:
            try await withFolder { folder in
                let path = "\(folder)/reports.db"
                try await run(path) { try SQLiteConnection(path: path, isReadOnly: false) }
            }
        case .postgreSQL:
            try await TestPostgreSQL.withDatabase { place in
                try await run(place) { PostgreSQLConnection(try PostgreSQLAddress(place)) }
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func anOldStoreAnswersLikeAFreshOne(_ kind: StoreKind) async throws {
        try await Self.withOldStore(kind) { open, fresh in
            let store = try open()
            #expect(try await Answers(store) != fresh)
            var left: [Int] = []
            repeat { left.append(try await store.catchUp()) } while left.last != 0
            #expect(left.count == 2 && left[0] == 38)
            #expect(try await Answers(store) == fresh)
            // It is done for good.
            let again = try open()
            #expect(try await again.catchUp() == 0)
            #expect(try await Answers(again) == fresh)
        }
    }

    /// Killed in the midst, with reports that come in, are accepted and come again before it goes on.
    @Test(arguments: StoreKind.allCases)
    func whatHappensMeanwhileCountsOnce(_ kind: StoreKind) async throws {
        try await Self.withOldStore(kind) { open, fresh in
            #expect(try await open().catchUp() == 38)
            let store = try open()
            let intakes = try await store.take(try Self.arrivals()).joined()
            #expect(intakes.allSatisfy { if case .known = $0 { true } else { false } })
            _ = try await store.take([Self.tls("500", domains: ["many.example"])])
            let apart = try #require(try await store.reports(ReportQuery(isCounted: false)).first?.id)
            #expect(try await store.accept([apart]) == [apart])
            while try await store.catchUp() > 0 {}
            func sum(_ tallies: [TLSTally]) -> Int { tallies.reduce(0) { $0 + $1.sessions } }
            // One report more of 14 (10, 2, and once more 2 as failures), and one that was kept apart.
            #expect(sum(try await Answers(store).sessions) == sum(fresh.sessions) + 28)
            #expect(try await Answers(store).failures == fresh.failures)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aFreshStoreHasNothingToReadAgain(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take(try Self.arrivals())
            #expect(try await store.catchUp() == 0)
        }
    }

    /// A store that had the tables of the third step, in which everything is counted but what is older.
    @Test func whatIsCountedAlreadyIsNotCountedAgain() async throws {
        try await withFolder { folder in
            let path = "\(folder)/reports.db"
            let fresh: Answers
            do {
                let store = try SQLReportStore(path: path)
                _ = try await store.take(try Self.arrivals())
                fresh = try await Answers(store)
            }
            try SQLiteConnection(path: path, isReadOnly: false).script(
                Self.records.sqlite
                    + Self.newest
                    + "DROP TABLE hosts; DROP TABLE refills; DROP TABLE report_clock; DROP INDEX reports_apart; "
                    + "PRAGMA user_version = 3")
            let store = try SQLReportStore(path: path)
            while try await store.catchUp() > 0 {}
            #expect(try await Answers(store) == fresh)
        }
    }

    /// How reports came was not kept before the eighth step, and no number was before the ninth.
    @Test(arguments: StoreKind.allCases)
    func olderReportsKeepTheirPlaceAndNumbersGoOn(_ kind: StoreKind) async throws {
        try await Self.withOldStore(kind) { open, _ in
            let store = try open()
            while try await store.catchUp() > 0 {}
            let reports = try await store.reports(ReportQuery(count: 1000))
            #expect(reports.allSatisfy { !$0.isUnproven })
            let newest = try #require(reports.map(\.id).max())
            #expect(try await store.take([Self.tls("new", domains: ["example.com"])]) == [[.new(newest + 1)]])
        }
    }

    /// Readers never wait for it, and say so where the tables are still the old ones.
    @Test func readersAreNotInTheWay() async throws {
        try await Self.withOldStore(.sqlite) { open, fresh in
            let store = try open()
            #expect(try await store.catchUp() == 38)
            let reader = try open()
            #expect(try await reader.reports(ReportQuery()).count == 50)
            #expect(try await store.catchUp() == 0)
            #expect(try await Answers(reader) == fresh)
        }
    }

    /// A store of the fifth step, whose records become lists of sources: what was found by source is found, and goes.
    @Test(arguments: StoreKind.allCases)
    func recordsBecomeListsOfSources(_ kind: StoreKind) async throws {
        try await Self.withOldStore(kind) { open, _ in
            let store = try open()
            func found(_ source: String) async throws -> Int { try await store.count(ReportQuery(search: source)) }
            #expect(try await found("192.0.2.1") == 1)
            #expect(try await found("192.0.2.9") == 1)
            let retention = ReportRetention(originalDays: 1, recordDays: 1)
            #expect(try await store.tidy(retention, now: Made.now).records == 2)
            #expect(try await found("192.0.2.1") == 0)
            #expect(try await found("192.0.2.9") == 0)
            #expect(try await store.tidy(retention, now: Made.now).records == 0)
        }
    }

    /// A store of the seventh step: whom its reports are about is not told until they have been read again, and never
    /// of what has no file any more.
    @Test(arguments: StoreKind.allCases)
    func whomReportsAreAboutIsReadAgain(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let mixed = Made.report([Made.record(), Made.record("192.0.2.7", from: "example.net")], id: "mixed")
            do {
                let store = try SQLReportStore(at: place)
                _ = try await store.take(try Self.arrivals().prefix(8) + [try Made.arrival(mixed)])
            }
            let connection = try kind.connect(place)
            try connection.script("UPDATE reports SET original = NULL WHERE id = 8")
            try connection.script(
                Self.newest + "DROP TABLE refills; "
                    + (connection.dialect == .sqlite
                        ? "CREATE TABLE refills(report INTEGER PRIMARY KEY, lacks_sums INTEGER NOT NULL);"
                            + "PRAGMA user_version = 7"
                        : "CREATE TABLE refills(report BIGINT PRIMARY KEY, lacks_sums BIGINT NOT NULL);"
                            + "UPDATE postseal_schema SET version = 7"))
            let store = try SQLReportStore(at: place)
            #expect(try await store.reports(ReportQuery()).allSatisfy { $0.subjects == nil && $0.fileSubjects == nil })
            let before = try await Answers(store)
            #expect(try await store.catchUp() == 0)
            let reports = try await store.reports(ReportQuery()).sorted { $0.id < $1.id }
            let (one, two) = (["example.com"], ["example.com", "example.org"])
            #expect(
                reports.map(\.subjects?.domains)
                    == [one, two, one, one, one, two, one, nil, ["example.com", "example.net"]])
            #expect(reports.map(\.fileSubjects) == reports.map(\.subjects))
            var after = try await Answers(store)
            after.subjects = before.subjects
            #expect(after == before)
        }
    }
}
