internal import Databases
public import MailBytes
internal import MailReports

extension SQLReportStore {
    func rows<T>(
        _ text: String, _ values: [DatabaseValue] = [], _ read: (DatabaseRow) -> T
    ) throws(ReportStoreError) -> [T] {
        try use { connection throws(DatabaseError) in try connection.rows(text, values, read) }
    }

    static let columns = """
        SELECT r.id, r.kind, r.organization, r.report_id, n.name, r.begin, r."end", r.received, r.messages,
        r.is_counted, r.quirks, r.finding, r.original, r.day,
        CASE WHEN EXISTS (SELECT 1 FROM report_domains d WHERE d.report = r.id) THEN 1 ELSE 0 END
        FROM reports r LEFT JOIN names n ON n.id = r.domain
        """

    static func report(_ row: DatabaseRow) -> StoredReport {
        StoredReport(
            id: row.integer(0), kind: row.text(1), organization: row.text(2), reportID: row.text(3),
            domain: row.textOrNil(4), begin: row.integerOrNil(5).map { UnixTime(seconds: $0) },
            end: row.integerOrNil(6).map { UnixTime(seconds: $0) }, received: UnixTime(seconds: row.integer(7)),
            messages: Int(row.integer(8)), isCounted: row.integer(9) != 0,
            quirks: row.text(10).split(separator: " ").map(String.init), place: Int(row.integer(11)),
            hasOriginal: !row.isNull(12), day: UnixTime(seconds: row.integer(13)),
            isAboutSeveral: row.integer(14) != 0)
    }

    /// As ``ReportStore`` promises.
    public func report(_ id: Int64) throws(ReportStoreError) -> StoredReport? {
        try rows(Self.columns + " WHERE r.id = ?", [.integer(id)], Self.report).first
    }

    /// As ``ReportStore`` promises.
    public func original(of id: Int64) throws(ReportStoreError) -> ReportOriginal? {
        let text = """
            SELECT o.name, o.length, o.is_packed, o.octets FROM reports r JOIN originals o ON o.id = r.original
            WHERE r.id = ?
            """
        let found = try rows(text, [.integer(id)]) { row in
            (name: row.textOrNil(0), octets: PackedOriginal.unpack(row.blob(3), row.integer(2), length: row.integer(1)))
        }
        guard let found = found.first else { return nil }
        guard let octets = found.octets else {
            throw ReportStoreError(.damaged, "an original can't be unpacked")
        }
        return ReportOriginal(name: found.name, octets: octets)
    }

    /// As ``ReportStore`` promises.
    public func domains() throws(ReportStoreError) -> [String] {
        try names(of: ["totals", "tls_tallies"])
    }

    /// As ``ReportStore`` promises.
    public func coverage(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> ReportCoverage {
        let text = """
            SELECT sum(is_counted), count(DISTINCT CASE WHEN is_counted = 1 THEN organization END), sum(1 - is_counted)
            FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?) AND day >= ? AND day < ?
            AND kind = 'dmarc-aggregate'
            """
        let values: [DatabaseValue] = [.text(StoredName.form(domain)), .integer(from.seconds), .integer(to.seconds)]
        let counts =
            try rows(text, values) { row in
                (Int(row.integer(0)), Int(row.integer(1)), Int(row.integer(2)))
            }.first ?? (0, 0, 0)
        let newest = """
            SELECT policy FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?) AND day >= ? AND day < ?
            AND kind = 'dmarc-aggregate' AND is_counted = 1 AND policy IS NOT NULL ORDER BY day DESC, id DESC LIMIT 1
            """
        let policy = try rows(newest, values) { StoredPolicy(stored: $0.text(0)) }.first
        return ReportCoverage(reports: counts.0, reporters: counts.1, uncountedReports: counts.2, policy: policy)
    }
}
