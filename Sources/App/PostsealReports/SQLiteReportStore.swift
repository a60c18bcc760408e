internal import Glibc
public import MailBytes
internal import MailReports

/// Reports in an SQLite file, which is its owner's alone (0600).
///
/// One program writes at a time, others wait; readers never wait. Calls block for as long as the disk takes.
public actor SQLiteReportStore: ReportStore {
    /// Limit: names and sources whose numbers are remembered.
    static let namesMax = 100_000

    let connection: SQLiteConnection
    /// The numbers of names and sources, as long as nobody else has written.
    var names: [String: Int64] = [:]
    var sources: [[UInt8]: Int64] = [:]
    private var dataVersion: Int64 = 0

    /// Opens a file, and brings one of an earlier version up to date.
    ///
    /// - Parameter isReadOnly: whether it is only looked at: nothing is made or changed then.
    public init(path: String, isReadOnly: Bool = false) throws(ReportStoreError) {
        let connection = try SQLiteConnection(path: path, isReadOnly: isReadOnly)
        if isReadOnly {
            guard try SQLiteSchema.check(connection) == SQLiteSchema.steps.count else {
                throw ReportStoreError(.cannotOpen, "it is empty, or of an earlier version: write to it once")
            }
        } else {
            try SQLiteSchema.prepare(connection)
        }
        self.connection = connection
    }

    /// Does all of it, or nothing.
    func transaction<T>(_ body: () throws(ReportStoreError) -> T) throws(ReportStoreError) -> T {
        do throws(ReportStoreError) {
            return try connection.transaction { () throws(ReportStoreError) -> T in
                let version = try connection.number("PRAGMA data_version") ?? 0
                if version != dataVersion || names.count + sources.count > Self.namesMax { forgetNumbers() }
                dataVersion = version
                return try body()
            }
        } catch {
            // What was put in is out again.
            forgetNumbers()
            throw error
        }
    }

    func forgetNumbers() {
        names = [:]
        sources = [:]
    }

    // MARK: - Reading

    private static let columns = """
        SELECT r.id, r.kind, r.organization, r.report_id, n.name, r.begin, r."end", r.received, r.messages,
        r.is_counted, r.quirks, r.finding, r.original FROM reports r LEFT JOIN names n ON n.id = r.domain
        """

    private static func report(_ row: SQLiteRow) -> StoredReport {
        StoredReport(
            id: row.integer(0), kind: row.text(1), organization: row.text(2), reportID: row.text(3),
            domain: row.textOrNil(4), begin: row.integerOrNil(5).map { UnixTime(seconds: $0) },
            end: row.integerOrNil(6).map { UnixTime(seconds: $0) }, received: UnixTime(seconds: row.integer(7)),
            messages: Int(row.integer(8)), isCounted: row.integer(9) != 0,
            quirks: row.text(10).split(separator: " ").map(String.init), place: Int(row.integer(11)),
            hasOriginal: !row.isNull(12))
    }

    /// As ``ReportStore`` promises.
    public func reports(_ query: ReportQuery) throws(ReportStoreError) -> [StoredReport] {
        var conditions: [String] = []
        var values: [SQLiteValue] = []
        func add(_ condition: String, _ value: SQLiteValue) {
            conditions.append(condition)
            values.append(value)
        }
        if let domain = query.domain { add("r.domain = (SELECT id FROM names WHERE name = ?)", .text(domain)) }
        if let reportID = query.reportID { add("r.report_id = ?", .text(reportID)) }
        if let kind = query.kind { add("r.kind = ?", .text(kind)) }
        if let since = query.since {
            add("r.day >= ?", .integer(ReportPeriod(begin: since, end: nil, received: since).day))
        }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        values.append(.integer(Int64(query.count)))
        return try connection.rows(
            Self.columns + filter + " ORDER BY r.day DESC, r.id DESC LIMIT ?", values, Self.report)
    }

    /// As ``ReportStore`` promises.
    public func report(_ id: Int64) throws(ReportStoreError) -> StoredReport? {
        try connection.rows(Self.columns + " WHERE r.id = ?", [.integer(id)], Self.report).first
    }

    /// As ``ReportStore`` promises.
    public func original(of id: Int64) throws(ReportStoreError) -> ReportOriginal? {
        let text = """
            SELECT o.name, o.length, o.is_packed, o.octets FROM reports r JOIN originals o ON o.id = r.original
            WHERE r.id = ?
            """
        let found = try connection.rows(text, [.integer(id)]) { row in
            (name: row.textOrNil(0), length: Int(row.integer(1)), isPacked: row.integer(2) != 0, octets: row.blob(3))
        }
        guard let found = found.first else { return nil }
        guard found.isPacked else { return ReportOriginal(name: found.name, octets: found.octets) }
        guard let octets = ReportPacking.gunzip(found.octets, length: found.length) else {
            throw ReportStoreError(.damaged, "an original can't be unpacked")
        }
        return ReportOriginal(name: found.name, octets: octets)
    }

    /// As ``ReportStore`` promises.
    public func domains() throws(ReportStoreError) -> [String] {
        try connection.rows("SELECT name FROM names WHERE id IN (SELECT DISTINCT domain FROM tallies) ORDER BY name") {
            $0.text(0)
        }
    }

    /// As ``ReportStore`` promises.
    public func tallies(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [ReportTally] {
        let text = """
            SELECT t.start, s.address, v.name, t.alignment, t.disposition, t.exception, t.is_subdomain, t.messages
            FROM tallies t JOIN sources s ON s.id = t.source LEFT JOIN names v ON v.id = t.via
            WHERE t.domain = (SELECT id FROM names WHERE name = ?) AND t.span = ? AND t.start >= ? AND t.start < ?
            """
        let values: [SQLiteValue] = [
            .text(domain), .integer(span.rawValue), .integer(from.seconds), .integer(to.seconds),
        ]
        return try connection.rows(text, values) { row in
            let alignment = row.integer(3)
            return ReportTally(
                start: UnixTime(seconds: row.integer(0)),
                key: ReportTallyKey(
                    source: StoredSource.source(row.blob(1)), via: row.textOrNil(2), isDKIMAligned: alignment & 1 != 0,
                    isSPFAligned: alignment & 2 != 0,
                    disposition: ReportDisposition(rawValue: row.integer(4)) ?? .unknown,
                    exception: ReportException(rawValue: row.integer(5)) ?? .local, isSubdomain: row.integer(6) != 0),
                messages: Int(row.integer(7)))
        }
    }

    /// As ``ReportStore`` promises.
    public func coverage(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> ReportCoverage {
        let text = """
            SELECT sum(is_counted), count(DISTINCT CASE WHEN is_counted THEN organization END), sum(NOT is_counted)
            FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?) AND day >= ? AND day < ?
            AND kind = 'dmarc-aggregate'
            """
        let values: [SQLiteValue] = [.text(domain), .integer(from.seconds), .integer(to.seconds)]
        let counts =
            try connection.rows(text, values) { row in
                (Int(row.integer(0)), Int(row.integer(1)), Int(row.integer(2)))
            }.first ?? (0, 0, 0)
        let newest = """
            SELECT policy FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?) AND day >= ? AND day < ?
            AND kind = 'dmarc-aggregate' AND is_counted AND policy IS NOT NULL ORDER BY day DESC, id DESC LIMIT 1
            """
        let policy = try connection.rows(newest, values) { StoredPolicy(stored: $0.text(0)) }.first
        return ReportCoverage(reports: counts.0, reporters: counts.1, uncountedReports: counts.2, policy: policy)
    }
}
