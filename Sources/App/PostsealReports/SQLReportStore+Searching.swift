internal import Databases
internal import MailBytes
internal import MailNames
internal import MailReports

extension SQLReportStore {
    /// As ``ReportStore`` promises.
    public func reports(_ query: ReportQuery) throws(ReportStoreError) -> [StoredReport] {
        try use { connection throws(DatabaseError) in
            let filter = try ReportFilter(query, connection)
            return try connection.rows(
                Self.columns + filter.text + " ORDER BY r.day DESC, r.id DESC LIMIT ?",
                filter.values + [.integer(Int64(query.count))], Self.report)
        }
    }

    /// As ``ReportStore`` promises.
    public func count(_ query: ReportQuery) throws(ReportStoreError) -> Int {
        try use { connection throws(DatabaseError) in
            let filter = try ReportFilter(query, connection)
            return Int(try connection.number("SELECT count(*) FROM reports r" + filter.text, filter.values) ?? 0)
        }
    }

    /// As ``ReportStore`` promises.
    public func failures(_ query: FailureQuery) throws(ReportStoreError) -> [StoredFailure] {
        var conditions: [String] = []
        var values: [DatabaseValue] = []
        if let domain = query.domain {
            conditions.append("f.domain = (SELECT id FROM names WHERE name = ?)")
            values.append(.text(StoredName.form(domain)))
        }
        if let before = query.before {
            conditions.append("(f.day, f.report) < (SELECT day, id FROM reports WHERE id = ?)")
            values.append(.integer(before))
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let page = try rows(
            "\(Self.failureColumns) \(filter) ORDER BY f.day DESC, f.report DESC LIMIT ?",
            values + [.integer(Int64(query.count))], Self.failure)
        // The page behind this one begins with the report behind the last one of this.
        guard query.domain == nil, let last = page.last, last.isAboutSeveral else { return page }
        return page.prefix { $0.report != last.report }
            + (try rows("\(Self.failureColumns) WHERE f.report = ?", [.integer(last.report)], Self.failure))
    }

    private static let failureColumns = """
        SELECT f.report, r.organization, n.name, r.begin, r.received, s.address, f.feedback_type, f.auth_failure,
        f.delivery_result, f.alignment, f.mail_from, f.author, r.messages, r.is_counted, r.original, f.day,
        CASE WHEN EXISTS (SELECT 1 FROM report_domains d WHERE d.report = f.report) THEN 1 ELSE 0 END
        FROM failures f JOIN reports r ON r.id = f.report LEFT JOIN names n ON n.id = f.domain
        LEFT JOIN sources s ON s.id = f.source
        """

    private static func failure(_ row: DatabaseRow) -> StoredFailure {
        StoredFailure(
            report: row.integer(0), organization: row.text(1), domain: row.textOrNil(2),
            arrival: row.integerOrNil(3).map { UnixTime(seconds: $0) }, received: UnixTime(seconds: row.integer(4)),
            source: StoredSource.source(row.blob(5)), feedbackType: row.text(6), authFailure: row.textOrNil(7),
            deliveryResult: row.textOrNil(8),
            identityAlignment: row.textOrNil(9).map { $0.split(separator: " ").map(String.init) },
            mailFrom: row.textOrNil(10), author: row.textOrNil(11), incidents: Int(row.integer(12)),
            isCounted: row.integer(13) != 0, hasOriginal: !row.isNull(14), day: UnixTime(seconds: row.integer(15)),
            isAboutSeveral: row.integer(16) != 0)
    }
}

/// The conditions that a query comes to. Their texts are constants; what is asked for is bound.
private struct ReportFilter {
    var values: [DatabaseValue] = []
    private var conditions: [String] = []

    var text: String { conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ") }

    private static let ofSource = """
        r.id IN (SELECT report FROM report_sources WHERE source = (SELECT id FROM sources WHERE address = ?)
        UNION SELECT report FROM failures WHERE source = (SELECT id FROM sources WHERE address = ?))
        """

    init(_ query: ReportQuery, _ connection: any DatabaseConnection) throws(DatabaseError) {
        if let domain = query.domain {
            let name = DatabaseValue.text(StoredName.form(domain))
            // Few reports are about several domains, and asking for those as well is slower.
            let others = try connection.number(
                "SELECT 1 FROM report_domains WHERE domain = (SELECT id FROM names WHERE name = ?) LIMIT 1", [name])
            if others == nil {
                add("r.domain = (SELECT id FROM names WHERE name = ?)", name)
            } else {
                add(
                    """
                    (r.domain = (SELECT id FROM names WHERE name = ?) OR r.id IN (SELECT report FROM report_domains
                    WHERE domain = (SELECT id FROM names WHERE name = ?)))
                    """, name, name)
            }
        }
        if let domains = query.domains { add(aboutAny: domains.prefix(ReportQuery.domainsMax)) }
        if let reportID = query.reportID { add("r.report_id = ?", .text(reportID)) }
        if let kind = query.kind {
            // Written out, so that the index of those that count is found.
            if kind == "tlsrpt" { add("r.kind = 'tlsrpt'") } else { add("r.kind = ?", .text(kind)) }
        }
        if let since = query.since {
            add("r.day >= ?", .integer(ReportPeriod(begin: since, end: nil, received: since).day))
        }
        if let source = query.source {
            let octets = DatabaseValue.blob(StoredSource.octets(source))
            add(Self.ofSource, octets, octets)
        }
        if let organization = query.organization { add("r.organization = ?", .text(organization)) }
        // Written out, so that the index of those that are kept apart is found.
        if let isCounted = query.isCounted { add(isCounted ? "r.is_counted = 1" : "r.is_counted = 0") }
        if let before = query.before {
            add("(r.day, r.id) < (SELECT day, id FROM reports WHERE id = ?)", .integer(before))
        }
        if let search = query.search, !search.isEmpty { addSearch(search, connection.dialect) }
    }

    private mutating func add(aboutAny domains: ArraySlice<String>) {
        let names = domains.map { DatabaseValue.text(StoredName.form($0)) }
        let places = Array(repeating: "?", count: names.count).joined(separator: ", ")
        let wanted = "SELECT id FROM names WHERE name IN (\(places))"
        conditions.append(
            "(r.domain IN (\(wanted)) OR r.id IN (SELECT report FROM report_domains WHERE domain IN (\(wanted))))")
        values += names + names
    }

    private mutating func addSearch(_ text: String, _ dialect: DatabaseDialect) {
        if let address = IPAddress(text) {
            let octets = DatabaseValue.blob(StoredSource.octets(.address(address)))
            add(Self.ofSource, octets, octets)
            return
        }
        let pattern = DatabaseValue.text(SearchPattern.anywhere(text))
        // Letters of ASCII are the same to SQLite's LIKE, which is twice as fast as making all of them small first.
        let texts =
            dialect == .sqlite ? ["r.report_id", "r.organization"] : ["lower(r.report_id)", "lower(r.organization)"]
        add(
            """
            (\(texts[0]) LIKE ? ESCAPE '!' OR \(texts[1]) LIKE ? ESCAPE '!'
            OR r.domain IN (SELECT id FROM names WHERE name LIKE ? ESCAPE '!'))
            """, pattern, pattern, pattern)
    }

    private mutating func add(_ condition: String, _ values: DatabaseValue...) {
        conditions.append(condition)
        self.values += values
    }
}
