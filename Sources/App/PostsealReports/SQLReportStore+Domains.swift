internal import Databases
public import MailBytes
public import MailReports

/// What is asked about many domains at once.
extension SQLReportStore {
    /// The names that tables have in their column `domain`, in order. Each table has an index that begins with it: from
    /// one name to the next, not through all rows.
    func names(of tables: [StaticString]) throws(ReportStoreError) -> [String] {
        let parts = tables.map { table in
            """
            walk_\(table)(domain) AS (SELECT min(domain) FROM \(table) UNION ALL
            SELECT (SELECT min(t.domain) FROM \(table) t WHERE t.domain > w.domain) FROM walk_\(table) w
            WHERE w.domain IS NOT NULL)
            """
        }
        let all = tables.map { "SELECT domain FROM walk_\($0)" }.joined(separator: " UNION ")
        return try rows(
            "WITH RECURSIVE \(parts.joined(separator: ", ")) SELECT name FROM names WHERE id IN (\(all)) ORDER BY name"
        ) { $0.text(0) }
    }

    /// As ``ReportStore`` promises.
    public func reportedDomains() throws(ReportStoreError) -> [String] {
        try names(of: ["reports", "report_domains", "failures"])
    }

    /// As ``ReportStore`` promises.
    public func tlsDomains() throws(ReportStoreError) -> [String] { try names(of: ["tls_tallies"]) }

    /// As ``ReportStore`` promises.
    public func domains(of id: Int64) throws(ReportStoreError) -> [String] {
        let first = try rows(
            "SELECT n.name FROM reports r JOIN names n ON n.id = r.domain WHERE r.id = ?", [.integer(id)]
        ) { $0.text(0) }
        let others = try rows(
            "SELECT n.name FROM report_domains d JOIN names n ON n.id = d.domain WHERE d.report = ? ORDER BY n.name",
            [.integer(id)]
        ) { $0.text(0) }
        return first + others
    }

    /// As ``ReportStore`` promises.
    public func messages(
        of domains: [String], from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [String: Int] {
        let text = """
            SELECT \(connection.dialect.sum("messages")) FROM totals
            WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ? AND start >= ? AND start < ?
            """
        return try use { connection throws(DatabaseError) in
            var sums: [String: Int] = [:]
            for domain in domains {
                let sum = try connection.number(text, Self.place(domain, .day, from, to)) ?? 0
                if sum > 0 { sums[domain] = min(Int(sum), ReportLimits.messagesMax) }
            }
            return sums
        }
    }

    /// As ``ReportStore`` promises.
    public func tallies(
        at source: DMARCReportSource, of domains: [String], from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [String: [SourceTally]] {
        let sum = connection.dialect.sum
        let text = """
            SELECT v.name, \(sum("t.messages")), \(sum("CASE WHEN t.alignment = 0 THEN 0 ELSE t.messages END"))
            FROM tallies t LEFT JOIN names v ON v.id = t.via
            WHERE t.domain = (SELECT id FROM names WHERE name = ?) AND t.span = ? AND t.start >= ? AND t.start < ?
            AND t.source = ? GROUP BY v.name ORDER BY 2 DESC, v.name
            """
        return try use { connection throws(DatabaseError) in
            let octets = DatabaseValue.blob(StoredSource.octets(source))
            guard let id = try connection.number("SELECT id FROM sources WHERE address = ?", [octets]) else {
                return [:]
            }
            var found: [String: [SourceTally]] = [:]
            for domain in domains {
                let tallies = try connection.rows(text, Self.place(domain, .day, from, to) + [.integer(id)]) { row in
                    SourceTally(
                        via: row.textOrNil(0), source: source,
                        messages: min(Int(row.integer(1)), ReportLimits.messagesMax),
                        alignedMessages: min(Int(row.integer(2)), ReportLimits.messagesMax))
                }
                if !tallies.isEmpty { found[domain] = tallies }
            }
            return found
        }
    }

    /// As ``ReportStore`` promises.
    public func tlsSums(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> [TLSSum] {
        let text = """
            SELECT g.outcome, g.result, m.name, s.address, g.sessions FROM (
            SELECT outcome, result, mx, sender, \(connection.dialect.sum("sessions")) AS sessions FROM tls_tallies
            WHERE domain = (SELECT id FROM names WHERE name = ?) AND start >= ? AND start < ?
            GROUP BY outcome, result, mx, sender) g
            LEFT JOIN names m ON m.id = g.mx LEFT JOIN sources s ON s.id = g.sender
            ORDER BY g.outcome, g.result, coalesce(m.name, ''), s.address
            """
        let values: [DatabaseValue] = [
            .text(StoredName.form(domain)), .integer(from.seconds), .integer(to.seconds),
        ]
        return try rows(text, values) { row in
            TLSSum(
                outcome: Self.outcome(row.integer(0), row.text(1), row.textOrNil(2), row.blob(3)),
                sessions: min(Int(row.integer(4)), ReportLimits.messagesMax))
        }
    }

    static func outcome(_ number: Int64, _ result: String, _ mx: String?, _ sender: [UInt8]) -> TLSTally.Outcome {
        switch number {
        case 0: .succeeded
        case 1: .failed
        default: .failure(TLSTally.Failure(result: result, mx: mx, sender: StoredSource.source(sender)))
        }
    }
}
