internal import Databases
public import MailBytes
internal import PostsealState

extension SQLReportStore {
    /// Originals, or reports, that go at once, so that others wait for a moment only.
    private static let batch = 200

    /// As ``ReportStore`` promises; pages that are free go back to the system.
    public func tidy(_ retention: ReportRetention, now: UnixTime) throws(ReportStoreError) -> ReportRemoval {
        var removal = ReportRemoval()
        let (time, doubted) = try believedTime(now)
        removal.clockDoubted = doubted
        if let time {
            func before(_ days: Int) -> Int64 { ReportRetention.day(days, before: time) }
            removal.reports = try forget(before: before(retention.tallyDays))
            removal.originals = try dropOriginals(before: before(retention.originalDays)).count
            removal.records = try dropRecords(before: before(retention.recordDays)).count
        }
        var size = try use { connection throws(DatabaseError) in try StoreSize(connection) }
        while size.octets > retention.octetsMax {
            // Anybody can send what is kept apart: it takes nothing else away.
            let apart = try dropApart(atMost: Self.batch)
            removal.reports += apart
            if apart > 0 {
                size = try use { connection throws(DatabaseError) in try StoreSize(connection) }
                continue
            }
            let (originals, released) = try dropOriginals(before: .max, atMost: Self.batch)
            removal.originals += originals
            if originals > 0 {
                try use { connection throws(DatabaseError) in try size.lost(released, connection) }
                continue
            }
            let (records, releasedThen) = try dropRecords(before: .max, atMost: Self.batch)
            removal.records += records
            // What is left are sums, and they stay.
            guard records > 0 else { break }
            try use { connection throws(DatabaseError) in try size.lost(releasedThen, connection) }
        }
        if connection.dialect == .sqlite {
            try use { connection throws(DatabaseError) in try connection.script("PRAGMA incremental_vacuum") }
        }
        return removal
    }

    /// The time by which reports are old; nil where the clock is doubted, and then when it was believed last. The nodes
    /// of a database share what is known: one whose clock is ahead is held to those whose clocks are right.
    private func believedTime(_ now: UnixTime) throws(ReportStoreError) -> (time: UnixTime?, doubted: UnixTime?) {
        try transaction { () throws(DatabaseError) in
            let kept = try connection.rows("SELECT state FROM report_clock") { $0.text(0) }.first ?? ""
            var trust = ClockTrust(text: kept)
            if trust.believed == nil {
                // Nothing was tidied yet: reports came in, at the latest then.
                let newest = try connection.number("SELECT max(received) FROM reports")
                trust = ClockTrust(newest.map { UnixTime(seconds: $0) })
            }
            var time = now
            if connection.dialect == .postgreSQL, !trust.isNear(now),
                let clock = try connection.number("SELECT CAST(floor(extract(epoch FROM now())) AS BIGINT)")
            {
                // Two clocks are seldom wrong together.
                time = min(now, UnixTime(seconds: clock))
            }
            let last = trust.believed
            let isBelieved = trust.look(at: time)
            if trust.text != kept { try connection.run("UPDATE report_clock SET state = ?", [.text(trust.text)]) }
            return isBelieved ? (time, nil) : (nil, last)
        }
    }

    /// Forgets reports and the sums of their days together: neither is right without the other.
    private func forget(before day: Int64) throws(ReportStoreError) -> Int {
        try transaction { () throws(DatabaseError) in
            for table in ["tallies", "totals", "tls_tallies"] {
                try connection.run("DELETE FROM \(table) WHERE start < ?", [.integer(day)])
            }
            let old = try connection.rows(
                "SELECT l.report FROM source_lists l JOIN reports r ON r.id = l.report WHERE r.day < ?", [.integer(day)]
            ) { $0.integer(0) }
            try dropSources(of: old)
            for table in ["failures", "report_domains", "refills"] {
                try connection.run(
                    "DELETE FROM \(table) WHERE report IN (SELECT id FROM reports WHERE day < ?)", [.integer(day)])
            }
            let count = try connection.run("DELETE FROM reports WHERE day < ?", [.integer(day)])
            guard count > 0 else { return 0 }
            try dropUnused()
            return count
        }
    }

    /// Drops reports that are kept apart, the earliest first. How many.
    private func dropApart(atMost count: Int) throws(ReportStoreError) -> Int {
        try transaction { () throws(DatabaseError) in
            let ids = try connection.rows(
                "SELECT id FROM reports WHERE is_counted = 0 ORDER BY id LIMIT ?", [.integer(Int64(count))]
            ) { $0.integer(0) }
            return try remove(ids).count
        }
    }

    /// Drops files. How many, and how many octets they took.
    private func dropOriginals(
        before day: Int64, atMost count: Int = .max
    ) throws(ReportStoreError) -> (count: Int, octets: Int64) {
        try transaction { () throws(DatabaseError) in
            // A file goes with the newest of its reports.
            let ids = try connection.rows(
                """
                SELECT original FROM reports WHERE original IS NOT NULL GROUP BY original
                HAVING max(day) < ? ORDER BY max(day), original LIMIT ?
                """, [.integer(day), .integer(Int64(clamping: count))]
            ) { $0.integer(0) }
            var octets: Int64 = 0
            for id in ids {
                try connection.run("UPDATE reports SET original = NULL WHERE original = ?", [.integer(id)])
                octets +=
                    try connection.number(
                        "DELETE FROM originals WHERE id = ? RETURNING length(octets)", [.integer(id)]) ?? 0
            }
            return (ids.count, octets + Int64(ids.count) * StoreSize.original)
        }
    }

    /// Drops the records of reports. How many reports, and how many octets they took.
    private func dropRecords(
        before day: Int64, atMost count: Int = .max
    ) throws(ReportStoreError) -> (count: Int, octets: Int64) {
        try transaction { () throws(DatabaseError) in
            let ids = try connection.rows(
                """
                SELECT id FROM reports r WHERE day < ? AND EXISTS (SELECT 1 FROM source_lists WHERE report = r.id)
                ORDER BY day, id LIMIT ?
                """, [.integer(day), .integer(Int64(clamping: count))]
            ) { $0.integer(0) }
            // A sample of a failure says as much of a person as a record.
            if count == .max { try connection.run("DELETE FROM failures WHERE day < ?", [.integer(day)]) }
            return (ids.count, Int64(try dropSources(of: ids)) * StoreSize.source)
        }
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

    /// Names, sources and originals that nothing is about any more.
    private func dropUnused() throws(DatabaseError) {
        try connection.run(
            "DELETE FROM originals WHERE NOT EXISTS (SELECT 1 FROM reports WHERE original = originals.id)")
        // With EXCEPT each database goes through each table once.
        try connection.run(
            """
            DELETE FROM sources WHERE id IN (
              SELECT id FROM sources EXCEPT SELECT source FROM tallies EXCEPT SELECT source FROM report_sources
              EXCEPT SELECT source FROM failures EXCEPT SELECT sender FROM tls_tallies)
            """)
        // Their numbers may be given to others.
        try connection.run(
            "DELETE FROM hosts WHERE source IN (SELECT source FROM hosts EXCEPT SELECT id FROM sources)")
        try connection.run(
            """
            DELETE FROM names WHERE id IN (
              SELECT id FROM names EXCEPT SELECT domain FROM tallies EXCEPT SELECT via FROM tallies
              EXCEPT SELECT domain FROM reports EXCEPT SELECT domain FROM report_domains
              EXCEPT SELECT domain FROM failures
              EXCEPT SELECT domain FROM tls_tallies EXCEPT SELECT organization FROM tls_tallies
              EXCEPT SELECT mx FROM tls_tallies)
            """)
        try connection.run("UPDATE numbering SET generation = generation + 1")
        forgetNumbers()
    }
}

/// How much is kept, in octets.
private struct StoreSize {
    // What a row takes with its place in the indexes, about.
    static let original: Int64 = 200
    static let source: Int64 = 120
    private static let tally: Int64 = 200
    private static let report: Int64 = 600

    private(set) var octets: Int

    /// The pages in use of a file. Tables of a server never shrink by themselves: there it is what is in them.
    init(_ connection: any DatabaseConnection) throws(DatabaseError) {
        switch connection.dialect {
        case .sqlite:
            let pages = try connection.number("PRAGMA page_count") ?? 0
            let free = try connection.number("PRAGMA freelist_count") ?? 0
            octets = Int((pages - free) * (try connection.number("PRAGMA page_size") ?? 0))
        case .postgreSQL:
            let all = try connection.number(
                """
                SELECT (SELECT coalesce(sum(octet_length(octets) + \(Self.original)), 0) FROM originals)
                + (SELECT count(*) * \(Self.source) FROM report_sources)
                + (SELECT count(*) * \(Self.tally) FROM tallies)
                + (SELECT count(*) * \(Self.report) FROM reports)
                """)
            octets = Int(all ?? 0)
        }
    }

    mutating func lost(_ octets: Int64, _ connection: any DatabaseConnection) throws(DatabaseError) {
        if connection.dialect == .sqlite {
            self = try StoreSize(connection)
        } else {
            self.octets -= Int(octets)
        }
    }
}
