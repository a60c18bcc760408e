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
        CASE WHEN EXISTS (SELECT 1 FROM report_domains d WHERE d.report = r.id) THEN 1 ELSE 0 END,
        r.subjects, r.file_subjects, r.is_unproven
        FROM reports r LEFT JOIN names n ON n.id = r.domain
        """

    static func report(_ row: DatabaseRow) -> StoredReport {
        let domain = row.textOrNil(4)
        let subjects = ReportSubjects(stored: row.textOrNil(15), besides: domain.map { [$0] })
        return StoredReport(
            id: row.integer(0), kind: row.text(1), organization: row.text(2), reportID: row.text(3),
            domain: domain, begin: row.integerOrNil(5).map { UnixTime(seconds: $0) },
            end: row.integerOrNil(6).map { UnixTime(seconds: $0) }, received: UnixTime(seconds: row.integer(7)),
            messages: Int(row.integer(8)), isCounted: row.integer(9) != 0, isUnproven: row.integer(17) != 0,
            quirks: row.text(10).split(separator: " ").map(String.init), place: Int(row.integer(11)),
            hasOriginal: !row.isNull(12), day: UnixTime(seconds: row.integer(13)),
            isAboutSeveral: row.integer(14) != 0, subjects: subjects,
            fileSubjects: ReportSubjects(stored: row.textOrNil(16), besides: subjects?.domains))
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
        let counted = try names(of: ["totals"])
        let withSessions = try tlsDomains()
        let known = Set(counted).union(withSessions)
        let servers = withSessions.filter { !counted.contains($0) && Self.isBelowOne(of: known, $0) }
        return known.subtracting(try withDANEAlone(servers)).sorted()
    }

    private static func isBelowOne(of domains: Set<String>, _ name: String) -> Bool {
        var rest = name[...]
        while let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.utf8.index(after: dot)...]
            if domains.contains(String(rest)) { return true }
        }
        return false
    }

    /// Those of these names of which all sessions are about DANE: reports about that have the mail server's name in the
    /// place of the domain (RFC 8460 §1.1).
    private func withDANEAlone(_ names: [String]) throws(ReportStoreError) -> [String] {
        let others = """
            SELECT 1 FROM tls_tallies WHERE domain = (SELECT id FROM names WHERE name = ?) AND policy <> 'tlsa' LIMIT 1
            """
        return try use { connection throws(DatabaseError) in
            var found: [String] = []
            for name in names where try connection.number(others, [.text(name)]) == nil { found.append(name) }
            return found
        }
    }

    /// As ``ReportStore`` promises.
    public func coverage(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> ReportCoverage {
        // Both fold the letters of ASCII alone; SQLite compares faster than it makes small letters.
        let organization =
            connection.dialect == .sqlite
            ? "CASE WHEN is_counted = 1 THEN organization END COLLATE NOCASE"
            : "CASE WHEN is_counted = 1 THEN lower(organization) END"
        let text = """
            SELECT sum(is_counted), count(DISTINCT \(organization)),
            sum(1 - is_counted) FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?)
            AND day >= ? AND day < ? AND kind = 'dmarc-aggregate'
            """
        let values: [DatabaseValue] = [.text(StoredName.form(domain)), .integer(from.seconds), .integer(to.seconds)]
        let counts =
            try rows(text, values) { row in
                (Int(row.integer(0)), Int(row.integer(1)), Int(row.integer(2)))
            }.first ?? (0, 0, 0)
        let last = """
            SELECT day FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?) AND day < ?
            AND kind = 'dmarc-aggregate' AND is_counted = 1 ORDER BY day DESC LIMIT 1
            """
        return ReportCoverage(
            reports: counts.0, reporters: counts.1, uncountedReports: counts.2, policy: try policy(values),
            lastReport: try rows(last, [values[0], values[2]]) { UnixTime(seconds: $0.integer(0)) }.first)
    }

    /// The policy of the newest report that says what `p` is. A report without dates counts for the day on which it
    /// came, and is the newest only where there is no other.
    private func policy(_ values: [DatabaseValue]) throws(ReportStoreError) -> StoredPolicy? {
        for dates in ["(begin IS NOT NULL OR \"end\" IS NOT NULL)", "begin IS NULL AND \"end\" IS NULL"] {
            let newest = """
                SELECT policy FROM reports WHERE domain = (SELECT id FROM names WHERE name = ?) AND day >= ? AND day < ?
                AND kind = 'dmarc-aggregate' AND is_counted = 1 AND policy LIKE '{"p":"%' AND \(dates)
                ORDER BY day DESC, id DESC LIMIT 1
                """
            let found = try rows(newest, values) { StoredPolicy(stored: $0.text(0)) }.first
            if let found { return found }
        }
        return nil
    }
}
