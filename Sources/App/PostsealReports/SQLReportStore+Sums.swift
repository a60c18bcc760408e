internal import Databases
public import MailBytes
internal import MailReports

/// What charts and answers are made of.
extension SQLReportStore {
    /// As ``ReportStore`` promises.
    public func tallies(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [ReportTally] {
        let text = """
            SELECT t.start, v.name, t.alignment, t.disposition, t.exception, t.is_subdomain, t.messages, s.address
            FROM tallies t JOIN sources s ON s.id = t.source LEFT JOIN names v ON v.id = t.via
            WHERE t.domain = (SELECT id FROM names WHERE name = ?) AND t.span = ? AND t.start >= ? AND t.start < ?
            """
        return try rows(text, Self.place(domain, span, from, to)) { row in
            Self.tally(row, via: row.textOrNil(1), source: StoredSource.source(row.blob(7)))
        }
    }

    /// As ``ReportStore`` promises.
    public func totals(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [ReportTally] {
        let text = """
            SELECT start, via, alignment, disposition, exception, is_subdomain, messages FROM totals
            WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ? AND start >= ? AND start < ?
            """
        return try use { connection throws(DatabaseError) in
            // Names by themselves: many sums have few of them.
            let found = try connection.rows(text, Self.place(domain, span, from, to)) { row in
                (via: row.integer(1), tally: Self.tally(row, via: nil, source: .missing))
            }
            let names = try Self.names(Set(found.map(\.via)), connection)
            return found.map { via, tally in
                var tally = tally
                tally.key.via = names[via]
                return tally
            }
        }
    }

    /// As ``ReportStore`` promises.
    public func dayTotals(
        of domain: String, begin: UnixTime, end: UnixTime, compared: ComparedDays, isByVia: Bool
    ) throws(ReportStoreError) -> DayTotals {
        // By day, as the table is sorted.
        let text = """
            SELECT start, via, alignment, disposition, exception, is_subdomain, messages FROM totals
            WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ? AND start >= ? AND start < ?
            """
        return try use { connection throws(DatabaseError) in
            var gatherer = DayTotalsGatherer(begin: begin, end: end, compared, isByVia: isByVia)
            _ = try connection.rows(text, Self.place(domain, .day, compared.before, end)) { row in
                let outcome = ReportRows.Outcome(
                    alignment: row.integer(2), disposition: row.integer(3), exception: row.integer(4),
                    isSubdomain: row.integer(5))
                gatherer.add(
                    start: row.integer(0), via: row.integer(1), outcome,
                    min(Int(row.integer(6)), ReportLimits.messagesMax))
            }
            return gatherer.totals(try Self.names(gatherer.names, connection))
        }
    }

    static func names(
        _ ids: Set<Int64>, _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> [Int64: String] {
        let values = ids.filter { $0 != 0 }.sorted().map { DatabaseValue.integer($0) }
        let found = try connection.rows("SELECT id, name FROM names WHERE id IN", anyOf: values) { row in
            (row.integer(0), row.text(1))
        }
        return Dictionary(found) { first, _ in first }
    }

    /// As ``ReportStore`` promises.
    public func sources(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> [SourceTally] {
        try use { connection throws(DatabaseError) in
            var sums = SourceSums()
            try eachSum(of: domain, from: from, to: to) { via, source, counts in
                sums.add(via: via, source: source, counts)
            }
            var sources: [Int64: DMARCReportSource] = [:]
            let ids = Set(sums.cells.map(\.source)).sorted().map { DatabaseValue.integer($0) }
            _ = try connection.rows("SELECT id, address FROM sources WHERE id IN", anyOf: ids) { row in
                sources[row.integer(0)] = StoredSource.source(row.blob(1))
            }
            let names = try Self.names(Set(sums.cells.map(\.via)), connection)
            return sums.cells.map { cell in
                SourceTally(via: names[cell.via], source: sources[cell.source] ?? .missing, cell.counts)
            }
        }
    }

    /// The sums of a domain's days, by numbers, in any order. SQLite takes ten times as long to group them itself.
    func eachSum(
        of domain: String, from: UnixTime, to: UnixTime,
        _ body: (_ via: Int64, _ source: Int64, _ counts: SourceCounts) -> Void
    ) throws(DatabaseError) {
        let condition = """
            FROM tallies WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ? AND start >= ? AND start < ?
            """
        let text =
            switch connection.dialect {
            case .sqlite:
                """
                SELECT via, source, messages, CASE WHEN alignment = 0 THEN 0 ELSE messages END,
                CASE WHEN alignment = 0 AND is_subdomain <> 0 THEN messages ELSE 0 END \(condition)
                """
            case .postgreSQL:
                """
                SELECT via, source, sum(messages), sum(CASE WHEN alignment = 0 THEN 0 ELSE messages END),
                sum(CASE WHEN alignment = 0 AND is_subdomain <> 0 THEN messages ELSE 0 END) \(condition)
                GROUP BY via, source
                """
            }
        _ = try connection.rows(text, Self.place(domain, .day, from, to)) { row in
            func count(_ column: Int) -> Int { min(Int(row.integer(column)), ReportLimits.messagesMax) }
            body(
                row.integer(0), row.integer(1),
                SourceCounts(messages: count(2), aligned: count(3), failedSubdomain: count(4)))
        }
    }

    static func place(
        _ domain: String, _ span: ReportTally.Span, _ from: UnixTime, _ to: UnixTime
    ) -> [DatabaseValue] {
        [
            .text(StoredName.form(domain)), .integer(span.rawValue), .integer(from.seconds), .integer(to.seconds),
        ]
    }

    private static func tally(_ row: DatabaseRow, via: String?, source: DMARCReportSource) -> ReportTally {
        let alignment = row.integer(2)
        return ReportTally(
            start: UnixTime(seconds: row.integer(0)),
            key: ReportTallyKey(
                source: source, via: via, isDKIMAligned: alignment & 1 != 0,
                isSPFAligned: alignment & 2 != 0, disposition: ReportDisposition(rawValue: row.integer(3)) ?? .unknown,
                exception: ReportException(rawValue: row.integer(4)) ?? .local, isSubdomain: row.integer(5) != 0),
            messages: Int(row.integer(6)))
    }

    /// As ``ReportStore`` promises.
    public func tlsTallies(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> [TLSTally] {
        let text = """
            SELECT t.start, o.name, t.policy, t.outcome, t.result, m.name, s.address, t.sessions
            FROM tls_tallies t JOIN names o ON o.id = t.organization LEFT JOIN names m ON m.id = t.mx
            LEFT JOIN sources s ON s.id = t.sender
            WHERE t.domain = (SELECT id FROM names WHERE name = ?) AND t.start >= ? AND t.start < ?
            ORDER BY t.start, o.name, t.policy, t.outcome, t.result, coalesce(m.name, '')
            """
        let values: [DatabaseValue] = [
            .text(StoredName.form(domain)), .integer(from.seconds), .integer(to.seconds),
        ]
        return try rows(text, values) { row in
            TLSTally(
                day: UnixTime(seconds: row.integer(0)), organization: row.text(1), policyType: row.text(2),
                outcome: Self.outcome(row.integer(3), row.text(4), row.textOrNil(5), row.blob(6)),
                sessions: Int(row.integer(7)))
        }
    }
}

extension SourceTally {
    init(via: String?, source: DMARCReportSource, _ counts: SourceCounts) {
        self.init(
            via: via, source: source, messages: counts.messages, alignedMessages: counts.aligned,
            failedSubdomainMessages: counts.failedSubdomain)
    }
}
