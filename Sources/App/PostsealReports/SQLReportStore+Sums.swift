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
            Self.tally(row, source: StoredSource.source(row.blob(7)))
        }
    }

    /// As ``ReportStore`` promises.
    public func totals(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [ReportTally] {
        let text = """
            SELECT t.start, v.name, t.alignment, t.disposition, t.exception, t.is_subdomain, t.messages
            FROM totals t LEFT JOIN names v ON v.id = t.via
            WHERE t.domain = (SELECT id FROM names WHERE name = ?) AND t.span = ? AND t.start >= ? AND t.start < ?
            """
        return try rows(text, Self.place(domain, span, from, to)) { Self.tally($0, source: .missing) }
    }

    /// As ``ReportStore`` promises.
    public func sources(of domain: String, from: UnixTime, to: UnixTime) throws(ReportStoreError) -> [SourceTally] {
        struct Place: Hashable {
            let via: Int64
            let source: Int64
        }
        let condition = """
            FROM tallies WHERE domain = (SELECT id FROM names WHERE name = ?) AND span = ? AND start >= ? AND start < ?
            """
        // SQLite sorts to group, which takes ten times as long as a table of hashes.
        let text =
            switch connection.dialect {
            case .sqlite: "SELECT via, source, messages, CASE WHEN alignment = 0 THEN 0 ELSE messages END \(condition)"
            case .postgreSQL:
                """
                SELECT via, source, sum(messages), sum(CASE WHEN alignment = 0 THEN 0 ELSE messages END) \(condition)
                GROUP BY via, source
                """
            }
        return try use { connection throws(DatabaseError) in
            var sums: [Place: (messages: Int, aligned: Int)] = [:]
            _ = try connection.rows(text, Self.place(domain, .day, from, to)) { row in
                let place = Place(via: row.integer(0), source: row.integer(1))
                var sum = sums[place] ?? (0, 0)
                sum.messages = sum.messages.addingUpToMax(min(Int(row.integer(2)), ReportLimits.messagesMax))
                sum.aligned = sum.aligned.addingUpToMax(min(Int(row.integer(3)), ReportLimits.messagesMax))
                sums[place] = sum
            }
            var sources: [Int64: DMARCReportSource] = [:]
            let ids = Set(sums.keys.map(\.source)).sorted().map { DatabaseValue.integer($0) }
            _ = try connection.rows("SELECT id, address FROM sources WHERE id IN", anyOf: ids) { row in
                sources[row.integer(0)] = StoredSource.source(row.blob(1))
            }
            var names: [Int64: String] = [:]
            let vias = Set(sums.keys.map(\.via)).sorted().map { DatabaseValue.integer($0) }
            _ = try connection.rows("SELECT id, name FROM names WHERE id IN", anyOf: vias) { row in
                names[row.integer(0)] = row.text(1)
            }
            return sums.map { place, sum in
                SourceTally(
                    via: names[place.via], source: sources[place.source] ?? .missing, messages: sum.messages,
                    alignedMessages: sum.aligned)
            }
        }
    }

    private static func place(
        _ domain: String, _ span: ReportTally.Span, _ from: UnixTime, _ to: UnixTime
    ) -> [DatabaseValue] {
        [
            .text(StoredName.form(domain)), .integer(span.rawValue), .integer(from.seconds), .integer(to.seconds),
        ]
    }

    private static func tally(_ row: DatabaseRow, source: DMARCReportSource) -> ReportTally {
        let alignment = row.integer(2)
        return ReportTally(
            start: UnixTime(seconds: row.integer(0)),
            key: ReportTallyKey(
                source: source, via: row.textOrNil(1), isDKIMAligned: alignment & 1 != 0,
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
            ORDER BY t.start, o.name, t.policy, t.outcome, t.result, m.name
            """
        let values: [DatabaseValue] = [
            .text(StoredName.form(domain)), .integer(from.seconds), .integer(to.seconds),
        ]
        return try rows(text, values) { row in
            let outcome: TLSTally.Outcome =
                switch row.integer(3) {
                case 0: .succeeded
                case 1: .failed
                default:
                    .failure(
                        TLSTally.Failure(
                            result: row.text(4), mx: row.textOrNil(5), sender: StoredSource.source(row.blob(6))))
                }
            return TLSTally(
                day: UnixTime(seconds: row.integer(0)), organization: row.text(1), policyType: row.text(2),
                outcome: outcome, sessions: Int(row.integer(7)))
        }
    }

    // MARK: - Adding

    /// Adds to the sums, in an order that is the same for all who do. All names have their numbers.
    func count(_ sums: ReportSums) throws(DatabaseError) {
        var tallies: [[Int64]: Int] = [:]
        var totals: [[Int64]: Int] = [:]
        for (place, messages) in sums.messages {
            guard let domain = number(ofName: place.domain), let source = number(of: place.key.source) else { continue }
            let key = place.key
            let head = [domain, place.span.rawValue, place.start]
            let rest: [Int64] = [
                // No name has the number 0.
                key.via.flatMap(number(ofName:)) ?? 0, (key.isDKIMAligned ? 1 : 0) | (key.isSPFAligned ? 2 : 0),
                key.disposition.rawValue, key.exception.rawValue, key.isSubdomain ? 1 : 0,
            ]
            tallies[head + [source] + rest, default: 0] =
                tallies[head + [source] + rest, default: 0].addingUpToMax(messages)
            totals[head + rest, default: 0] = totals[head + rest, default: 0].addingUpToMax(messages)
        }
        let columns = "via, alignment, disposition, exception, is_subdomain"
        try add("tallies", "domain, span, start, source, \(columns)", "messages", Self.rows(tallies))
        try add("totals", "domain, span, start, \(columns)", "messages", Self.rows(totals))
        try countSessions(sums)
    }

    private func countSessions(_ sums: ReportSums) throws(DatabaseError) {
        struct Place: Hashable {
            var numbers: [Int64]
            var words: [String]
        }
        var sessions: [Place: Int] = [:]
        for (place, count) in sums.sessions {
            guard let domain = number(ofName: place.domain), let organization = number(ofName: place.organization)
            else { continue }
            let failure = place.failure
            let kept = Place(
                numbers: [
                    domain, place.start, organization, place.outcome, failure?.mx.flatMap(number(ofName:)) ?? 0,
                    failure.flatMap { number(of: $0.sender) } ?? 0,
                ], words: [StoredName.word(place.policyType), StoredName.word(failure?.result ?? "")])
            sessions[kept, default: 0] = sessions[kept, default: 0].addingUpToMax(count)
        }
        let sorted = sessions.sorted { left, right in
            left.key.numbers == right.key.numbers
                ? left.key.words.lexicographicallyPrecedes(right.key.words)
                : left.key.numbers.lexicographicallyPrecedes(right.key.numbers)
        }
        try add(
            "tls_tallies", "domain, start, organization, outcome, mx, sender, policy, result", "sessions",
            sorted.map { place, count in
                place.numbers.map { .integer($0) } + place.words.map { .text($0) } + [.integer(Int64(count))]
            })
    }

    private static func rows(_ sums: [[Int64]: Int]) -> [[DatabaseValue]] {
        sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { ($0.key + [Int64($0.value)]).map { .integer($0) } }
    }

    private func add(
        _ table: String, _ key: String, _ sum: String, _ rows: [[DatabaseValue]]
    ) throws(DatabaseError) {
        let most = ReportLimits.messagesMax
        try connection.insert(
            "INSERT INTO \(table)(\(key), \(sum))", rows,
            """
            ON CONFLICT(\(key)) DO UPDATE SET \(sum) =
            CASE WHEN \(table).\(sum) > \(most) - excluded.\(sum) THEN \(most)
            ELSE \(table).\(sum) + excluded.\(sum) END
            """)
    }
}
