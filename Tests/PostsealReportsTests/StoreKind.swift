import Databases
import MailBytes
import MailNames
import MailReports
import PostsealReports
import TestSupport

/// The stores that hold to the contract.
enum StoreKind: CaseIterable {
    case sqlite
    case postgreSQL

    static let allCases: [StoreKind] = TestPostgreSQL.isThere ? [.sqlite, .postgreSQL] : [.sqlite]

    /// A store that is there for one test. `again` opens the same one another time, as after a restart.
    func withStore<Result>(
        _ body: (_ store: SQLReportStore, _ again: @escaping @Sendable () throws -> SQLReportStore) async throws ->
            Result
    ) async throws -> Result {
        try await withPlace { place in
            try await body(try SQLReportStore(at: place)) { try SQLReportStore(at: place) }
        }
    }

    /// A place of a store that is there for one test.
    func withPlace<Result>(_ body: (_ place: String) async throws -> Result) async throws -> Result {
        switch self {
        case .sqlite: try await withFolder { try await body("\($0)/reports.db") }
        case .postgreSQL: try await TestPostgreSQL.withDatabase(body)
        }
    }

    /// A connection past the store.
    func connect(_ place: String) throws -> any DatabaseConnection {
        switch self {
        case .sqlite: try SQLiteConnection(path: place, isReadOnly: false)
        case .postgreSQL: PostgreSQLConnection(try PostgreSQLAddress(place))
        }
    }
}

/// Reports as reporters write them.
enum Made {
    /// 2026-11-20T00:00:00Z
    static let day: Int64 = 1_795_132_800
    static let now = UnixTime(seconds: day + 5 * 86_400)

    static func record(
        _ source: String = "192.0.2.1", _ count: Int = 10, from: String? = "example.com", dkim: Bool? = true,
        spf: Bool? = true, _ disposition: DMARCReportedAction = .none, signed: [String] = ["example.com"],
        returnPath: String? = "example.com", _ reasons: [DMARCReportReason] = []
    ) -> DMARCReportRecord {
        DMARCReportRecord(
            source: IPAddress(source).map { .address($0) } ?? .other(source), count: count, disposition: disposition,
            dkimAligned: dkim, spfAligned: spf, reasons: reasons, headerFrom: from, envelopeFrom: returnPath,
            dkim: signed.map { DMARCReportedSignature(domain: $0, selector: "s", result: .pass) },
            spf: returnPath.map { [DMARCReportedSPF(domain: $0, scope: .mailFrom, result: .pass)] } ?? [])
    }

    static func report(
        _ records: [DMARCReportRecord] = [record()], id: String = "1", by organization: String = "Reporter",
        of domain: String? = "example.com", begin: Int64 = day, end: Int64? = nil,
        policy: DMARCReportedAction = .none, sp: DMARCReportedAction? = nil, isTesting: Bool = false
    ) -> DMARCAggregateReport {
        DMARCAggregateReport(
            organizationName: organization, email: "reports@reporter.example", reportID: id,
            begin: UnixTime(seconds: begin), end: UnixTime(seconds: end ?? begin + 86_399),
            policy: DMARCReportedPolicy(
                domain: domain, policy: policy, subdomainPolicy: sp, isTesting: isTesting), records: records)
    }

    /// The report as a file.
    static func arrival(
        _ report: DMARCAggregateReport, isCounted: Bool = true, packed: Bool = false, received: UnixTime = now
    ) throws -> ReportArrival {
        let octets = try report.document()
        return ReportArrival(
            reading: packed ? ReportPacking.gzip(octets) : octets, name: packed ? "report.xml.gz" : "report.xml",
            received: received, isCounted: isCounted)
    }

    /// The sums of a domain over all time.
    static func total(_ store: any ReportStore, _ domain: String = "example.com") async throws -> Int {
        try await store.tallies(of: domain, .day, from: UnixTime(seconds: 0), to: UnixTime(seconds: .max))
            .reduce(0) { $0 + $1.messages }
    }
}
