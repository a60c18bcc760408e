internal import Databases

/// What can be spared of reports that stay, in the order in which it goes.
enum SparedFirst {
    /// The files as they came.
    case originals
    /// The same with samples of failures, of which a report can have many.
    case originalsAndFailures
    /// Of which sources there are records. A sample of a failure says as much of a person as a record.
    case records

    /// The reports of a day behind one of them that have such a thing, with their original if it goes, and whether they
    /// have records, and whether they can have samples of failures.
    fileprivate var text: String {
        // A file goes with the newest of its reports.
        let isNewest = """
            r.original IS NOT NULL AND (SELECT count(*) FROM reports n WHERE n.original = r.original
            AND (n.day > r.day OR n.day = r.day AND n.id > r.id)) = 0
            """
        let hasFailures = "r.kind = 'dmarc-failure' AND EXISTS (SELECT 1 FROM failures f WHERE f.report = r.id)"
        let hasRecords = "EXISTS (SELECT 1 FROM source_lists l WHERE l.report = r.id)"
        let (original, condition) =
            switch self {
            case .originals: ("r.original", isNewest)
            case .originalsAndFailures: ("CASE WHEN \(isNewest) THEN r.original END", "\(isNewest) OR \(hasFailures)")
            case .records: ("NULL", "\(hasRecords) OR \(hasFailures)")
            }
        return """
            SELECT r.id, \(original), CASE WHEN \(hasRecords) THEN 1 ELSE 0 END,
            CASE WHEN r.kind = 'dmarc-failure' THEN 1 ELSE 0 END FROM reports r
            WHERE r.day = ? AND r.id > ? AND (\(condition)) ORDER BY r.id LIMIT ?
            """
    }
}

/// A place on the way through all reports, the oldest day first.
struct DayWalk {
    /// Limit: what goes in one transaction, so that others wait for a moment only.
    static let batch = 200
    /// Limit: how long such a transaction lasts, but for the last thing in it.
    static let time = Duration.milliseconds(100)

    fileprivate var day = Int64.min
    fileprivate var id: Int64 = 0
}

/// Single batches of what is removed, each in a transaction.
extension SQLReportStore {
    /// Limit: how long a statement over a whole table may last.
    static let secondsMax = 600

    // MARK: - Of reports that stay

    /// Drops such things, from a place on.
    ///
    /// - Parameters:
    ///   - place: where it goes on next; nil behind the last one.
    ///   - octets: what they took is added to it.
    /// - Returns: whether there can be more.
    func drop(
        _ spared: SparedFirst, _ place: inout DayWalk?, before day: Int64, atMost count: Int,
        _ removal: inout ReportRemoval, octets: inout Int64
    ) throws(ReportStoreError) -> Bool {
        guard let start = place else { return false }
        // The transaction can be tried again: what it comes to counts at its end.
        let (next, dropped) = try transaction { () throws(DatabaseError) in
            try drop(spared, from: start, before: day, atMost: count)
        }
        place = next
        removal.originals += dropped.originals
        removal.records += dropped.records
        octets += dropped.octets
        return next != nil
    }

    /// The same where nobody asks for the size.
    func drop(
        _ spared: SparedFirst, _ place: inout DayWalk?, before day: Int64, atMost count: Int,
        _ removal: inout ReportRemoval
    ) throws(ReportStoreError) -> Bool {
        var octets: Int64 = 0
        return try drop(spared, &place, before: day, atMost: count, &removal, octets: &octets)
    }

    private struct Dropped {
        var originals = 0
        var records = 0
        var octets: Int64 = 0
    }

    private func drop(
        _ spared: SparedFirst, from start: DayWalk, before day: Int64, atMost count: Int
    ) throws(DatabaseError) -> (DayWalk?, Dropped) {
        var (place, dropped, left) = (start, Dropped(), count)
        let end = ContinuousClock.now + DayWalk.time
        while left > 0 {
            let next = try connection.number(
                "SELECT min(day) FROM reports WHERE day >= ? AND day < ?", [.integer(place.day), .integer(day)])
            guard let next else { return (nil, dropped) }
            if next > place.day { place = DayWalk(day: next) }
            let reports = try connection.rows(
                spared.text, [.integer(next), .integer(place.id), .integer(Int64(left))]
            ) { row in
                (
                    id: row.integer(0), original: row.integerOrNil(1), hasRecords: row.integer(2) != 0,
                    isFailure: row.integer(3) != 0
                )
            }
            for report in reports {
                place.id = report.id
                if spared != .records, let original = report.original {
                    dropped.originals += 1
                    dropped.octets += try drop(original: original)
                }
                if spared == .records, report.hasRecords {
                    dropped.records += 1
                    dropped.octets += Int64(try dropSources(of: [report.id])) * StoreSize.source
                    hasUnused = true
                }
                if spared != .originals, report.isFailure { dropped.octets += try dropFailures(of: report.id) }
                if ContinuousClock.now > end { return (place, dropped) }
            }
            left -= reports.count
            if left > 0 { place = DayWalk(day: next + 1) }
            if ContinuousClock.now > end { break }
        }
        return (place, dropped)
    }

    /// Drops a file. How many octets it took.
    private func drop(original: Int64) throws(DatabaseError) -> Int64 {
        try connection.run("UPDATE reports SET original = NULL WHERE original = ?", [.integer(original)])
        let length = try connection.number(
            "DELETE FROM originals WHERE id = ? RETURNING length(octets)", [.integer(original)])
        return (length ?? 0) + StoreSize.original
    }

    /// Drops the samples of a failure. How many octets they took.
    private func dropFailures(of report: Int64) throws(DatabaseError) -> Int64 {
        let lengths = try connection.rows(
            """
            DELETE FROM failures WHERE report = ?
            RETURNING coalesce(length(mail_from), 0) + coalesce(length(author), 0)
            """, [.integer(report)]
        ) { $0.integer(0) }
        if !lengths.isEmpty { hasUnused = true }
        return lengths.reduce(0) { $0 + $1 + StoreSize.failure }
    }

    /// Forgets of which sources reports have records. How many these were.
    @discardableResult
    func dropSources(of reports: [Int64]) throws(DatabaseError) -> Int {
        // By the keys of its rows, which are ordered by source.
        let list = "(SELECT sources FROM source_lists WHERE report = ?)"
        let sources =
            switch connection.dialect {
            case .sqlite: "(SELECT value FROM json_each('[' || \(list) || ']'))"
            case .postgreSQL: "(SELECT unnest(string_to_array(\(list), ',')::bigint[]))"
            }
        var count = 0
        for report in reports {
            count += try connection.run(
                "DELETE FROM report_sources WHERE source IN \(sources) AND report = ?",
                [.integer(report), .integer(report)])
            try connection.run("DELETE FROM source_lists WHERE report = ?", [.integer(report)])
        }
        return count
    }

    // MARK: - Reports

    /// Those that are kept apart, in the order in which they came.
    func reportsApart() throws(ReportStoreError) -> [Int64] {
        // With the kind there is an index of these few.
        try rows(
            """
            SELECT id FROM reports WHERE is_counted = 0 AND kind IN ('dmarc-aggregate', 'dmarc-failure', 'tlsrpt')
            """
        ) { $0.integer(0) }.sorted()
    }

    /// Drops reports that are kept apart.
    ///
    /// - Returns: how many it looked at, how many of these are gone now, and what they took.
    func dropApart(_ ids: ArraySlice<Int64>) throws(ReportStoreError) -> (tried: Int, gone: Int, octets: Int64) {
        try transaction { () throws(DatabaseError) in
            let end = ContinuousClock.now + DayWalk.time
            var (tried, gone, octets) = (0, 0, Int64(0))
            for id in ids {
                tried += 1
                if let taken = try remove(id) {
                    gone += 1
                    octets += taken
                }
                if ContinuousClock.now > end { break }
            }
            return (tried, gone, octets)
        }
    }

    /// Forgets the reports of the oldest day and its sums together: neither is right without the other.
    ///
    /// - Returns: how many reports; nil where there is no such day before this one.
    func forgetOldestDay(before day: Int64) throws(ReportStoreError) -> Int? {
        try transaction { () throws(DatabaseError) in
            try connection.allow(seconds: Self.secondsMax)
            let oldest = try connection.number("SELECT min(day) FROM reports WHERE day < ?", [.integer(day)])
            guard let oldest else { return nil }
            // Sums lie within the day of their report.
            let end = min(oldest + ReportTally.Span.day.rawValue, day)
            try dropSums(before: end)
            hasUnused = true
            let originals = try connection.rows(
                "SELECT DISTINCT original FROM reports WHERE day < ? AND original IS NOT NULL", [.integer(end)]
            ) { $0.integer(0) }
            // Their records are gone already, but for those of a report that came just now.
            let withRecords = try connection.rows(
                """
                SELECT r.id FROM reports r
                WHERE r.day < ? AND EXISTS (SELECT 1 FROM source_lists l WHERE l.report = r.id)
                """, [.integer(end)]
            ) { $0.integer(0) }
            try dropSources(of: withRecords)
            for table in ["failures", "report_domains", "refills"] {
                try connection.run(
                    "DELETE FROM \(table) WHERE report IN (SELECT id FROM reports WHERE day < ?)", [.integer(end)])
            }
            let count = try connection.run("DELETE FROM reports WHERE day < ?", [.integer(end)])
            for original in originals { try drop(unusedOriginal: original) }
            return count
        }
    }

    /// Drops sums, domain by domain: that is the order of their tables. On a server each statement takes longer than to
    /// look through the table.
    private func dropSums(before end: Int64) throws(DatabaseError) {
        guard connection.dialect == .sqlite else {
            for table in ["tallies", "totals", "tls_tallies"] {
                try connection.run("DELETE FROM \(table) WHERE start < ?", [.integer(end)])
            }
            return
        }
        let spans = [ReportTally.Span.hour, .day].map { " AND span = \($0.rawValue)" }
        for (table, conditions) in [("tallies", spans), ("totals", spans), ("tls_tallies", [""])] {
            let domains = try connection.rows(
                """
                WITH RECURSIVE walk(domain) AS (SELECT min(domain) FROM \(table) UNION ALL
                SELECT (SELECT min(t.domain) FROM \(table) t WHERE t.domain > w.domain) FROM walk w
                WHERE w.domain IS NOT NULL)
                SELECT domain FROM walk WHERE domain IS NOT NULL
                """
            ) { $0.integer(0) }
            for condition in conditions {
                for domain in domains {
                    try connection.run(
                        "DELETE FROM \(table) WHERE domain = ?\(condition) AND start < ?",
                        [.integer(domain), .integer(end)])
                }
            }
        }
    }

    /// Removes reports that are not counted, and the files in which nothing else is.
    ///
    /// - Returns: those that were there.
    @discardableResult
    func remove(_ ids: [Int64]) throws(DatabaseError) -> [Int64] {
        var removed: [Int64] = []
        for id in ids where try remove(id) != nil { removed.append(id) }
        return removed
    }

    /// Removes a report that is not counted, and its file if nothing else is in it.
    ///
    /// - Returns: what they took; nil if there is no such report.
    private func remove(_ id: Int64) throws(DatabaseError) -> Int64? {
        let originals = try connection.rows(
            "SELECT original FROM reports WHERE id = ? AND is_counted = 0", [.integer(id)]
        ) { $0.integerOrNil(0) }
        guard let original = originals.first else { return nil }
        hasUnused = true
        var octets = StoreSize.report + Int64(try dropSources(of: [id])) * StoreSize.source
        octets += try dropFailures(of: id)
        for table in ["report_domains", "refills"] {
            let rows = try connection.run("DELETE FROM \(table) WHERE report = ?", [.integer(id)])
            octets += Int64(rows) * StoreSize.source
        }
        try connection.run("DELETE FROM reports WHERE id = ?", [.integer(id)])
        if let original { octets += try drop(unusedOriginal: original) }
        return octets
    }

    /// Drops a file if no report is in it any more. How many octets it took.
    @discardableResult
    func drop(unusedOriginal id: Int64) throws(DatabaseError) -> Int64 {
        let length = try connection.number(
            """
            DELETE FROM originals WHERE id = ? AND NOT EXISTS (SELECT 1 FROM reports WHERE original = ?)
            RETURNING length(octets)
            """, [.integer(id), .integer(id)])
        return length.map { $0 + StoreSize.original } ?? 0
    }
}
