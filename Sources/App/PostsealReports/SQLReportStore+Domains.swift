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
    ) throws(ReportStoreError) -> [String: MessageCount] {
        let sum = connection.dialect.sum
        let text = """
            SELECT \(sum("messages")), \(sum("CASE WHEN alignment = 0 THEN 0 ELSE messages END")) FROM totals
            WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ? AND start >= ? AND start < ?
            """
        return try use { connection throws(DatabaseError) in
            var sums: [String: MessageCount] = [:]
            for domain in domains {
                let counts = try connection.rows(text, Self.place(domain, .day, from, to)) { row in
                    MessageCount(
                        messages: min(Int(row.integer(0)), ReportLimits.messagesMax),
                        passed: min(Int(row.integer(1)), ReportLimits.messagesMax))
                }
                if let count = counts.first, count.messages > 0 { sums[domain] = count }
            }
            return sums
        }
    }

    /// As ``ReportStore`` promises.
    public func firstDays(of domains: [String]) throws(ReportStoreError) -> [String: UnixTime] {
        let text = """
            SELECT start FROM totals WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ?
            ORDER BY start LIMIT 1
            """
        return try use { connection throws(DatabaseError) in
            var days: [String: UnixTime] = [:]
            for domain in domains {
                let values: [DatabaseValue] = [
                    .text(StoredName.form(domain)), .integer(ReportTally.Span.day.rawValue),
                ]
                if let start = try connection.number(text, values) { days[domain] = UnixTime(seconds: start) }
            }
            return days
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

    /// As ``ReportStore`` promises.
    public func tlsOverview(
        of domains: [String], from: UnixTime, to: UnixTime, failures: Int
    ) throws(ReportStoreError) -> TLSOverview {
        // One domain after the other: of many at once PostgreSQL reads the table, and not the index.
        let text = """
            SELECT outcome, result, mx, CASE WHEN mx = 0 THEN sender ELSE 0 END, \(connection.dialect.sum("sessions"))
            FROM tls_tallies WHERE domain = (SELECT id FROM names WHERE name = ?) AND start >= ? AND start < ?
            GROUP BY 1, 2, 3, 4
            """
        return try use { connection throws(DatabaseError) in
            var overview = TLSOverview()
            var most = MostFailures(count: failures)
            for domain in domains.prefix(ReportQuery.domainsMax) {
                let values: [DatabaseValue] = [
                    .text(StoredName.form(domain)), .integer(from.seconds), .integer(to.seconds),
                ]
                _ = try connection.rows(text, values) { row in
                    let sessions = min(Int(row.integer(4)), ReportLimits.messagesMax)
                    switch row.integer(0) {
                    case 0: overview.add(TLSOverview(succeeded: sessions), failures: 0)
                    case 1: overview.add(TLSOverview(failed: sessions), failures: 0)
                    default: most.add((domain, row.text(1), mx: row.integer(2), sender: row.integer(3), sessions))
                    }
                }
            }
            let kinds = most.sorted()
            let names = try Self.names(Set(kinds.map(\.mx)), connection)
            var senders: [Int64: DMARCReportSource] = [:]
            let ids = Set(kinds.map(\.sender)).filter { $0 != 0 }.sorted().map { DatabaseValue.integer($0) }
            _ = try connection.rows("SELECT id, address FROM sources WHERE id IN", anyOf: ids) { row in
                senders[row.integer(0)] = StoredSource.source(row.blob(1))
            }
            let found = kinds.map { kind in
                TLSOverview.Failure(
                    domain: kind.domain,
                    failure: TLSTally.Failure(
                        result: kind.result, mx: names[kind.mx], sender: senders[kind.sender] ?? .missing),
                    sessions: kind.sessions)
            }
            overview.add(TLSOverview(failures: found), failures: failures)
            return overview
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

/// Failures of which those with most sessions are kept, with names and sources by their numbers.
private struct MostFailures {
    typealias Kind = (domain: String, result: String, mx: Int64, sender: Int64, sessions: Int)

    private let count: Int
    private var kinds: [Kind] = []

    init(count: Int) { self.count = max(count, 0) }

    mutating func add(_ kind: Kind) {
        kinds.append(kind)
        // Some at once: sorting for each would take longer than finding them.
        if kinds.count >= 2 * count + 1000 { kinds = sorted() }
    }

    func sorted() -> [Kind] {
        let sorted = kinds.sorted {
            ($1.sessions, $0.domain, $0.result, $0.mx, $0.sender)
                < ($0.sessions, $1.domain, $1.result, $1.mx, $1.sender)
        }
        return Array(sorted.prefix(count))
    }
}
