public import MailBytes

extension SQLiteReportStore {
    /// Originals, or reports, that go at once, so that others wait for a moment only.
    private static let batch = 200

    /// As ``ReportStore`` promises; pages that are free go back to the system.
    public func tidy(_ retention: ReportRetention, now: UnixTime) throws(ReportStoreError) -> ReportRemoval {
        var removal = ReportRemoval()
        let today = ReportPeriod(begin: now, end: nil, received: now).day
        func before(_ days: Int) -> Int64 {
            let (seconds, overflow) = Int64(days).multipliedReportingOverflow(by: ReportTally.Span.day.rawValue)
            return overflow ? .min : max(today - seconds, 0)
        }
        removal.reports = try forget(before: before(retention.tallyDays))
        removal.originals = try dropOriginals(before: before(retention.originalDays))
        removal.records = try dropRecords(before: before(retention.recordDays))
        while try octets() > retention.octetsMax {
            let originals = try dropOriginals(before: .max, atMost: Self.batch)
            removal.originals += originals
            if originals > 0 { continue }
            let records = try dropRecords(before: .max, atMost: Self.batch)
            removal.records += records
            // What is left are sums, and they stay.
            guard records > 0 else { break }
        }
        try connection.script("PRAGMA incremental_vacuum")
        return removal
    }

    /// How many octets are in use.
    private func octets() throws(ReportStoreError) -> Int {
        let pages = try connection.number("PRAGMA page_count") ?? 0
        let free = try connection.number("PRAGMA freelist_count") ?? 0
        return Int((pages - free) * (try connection.number("PRAGMA page_size") ?? 0))
    }

    /// Forgets reports and the sums of their days together: neither is right without the other.
    private func forget(before day: Int64) throws(ReportStoreError) -> Int {
        try transaction { () throws(ReportStoreError) in
            try connection.run("DELETE FROM tallies WHERE start < ?", [.integer(day)])
            try connection.run(
                "DELETE FROM records WHERE report IN (SELECT id FROM reports WHERE day < ?)", [.integer(day)])
            let count = try connection.run("DELETE FROM reports WHERE day < ?", [.integer(day)])
            guard count > 0 else { return 0 }
            try dropUnused()
            return count
        }
    }

    private func dropOriginals(before day: Int64, atMost count: Int = .max) throws(ReportStoreError) -> Int {
        try transaction { () throws(ReportStoreError) in
            // A file goes with the newest of its reports.
            let ids = try connection.rows(
                """
                SELECT original FROM reports WHERE original IS NOT NULL GROUP BY original
                HAVING max(day) < ? ORDER BY max(day), original LIMIT ?
                """, [.integer(day), .integer(Int64(clamping: count))]
            ) { $0.integer(0) }
            for id in ids {
                try connection.run("UPDATE reports SET original = NULL WHERE original = ?", [.integer(id)])
                try connection.run("DELETE FROM originals WHERE id = ?", [.integer(id)])
            }
            return ids.count
        }
    }

    private func dropRecords(before day: Int64, atMost count: Int = .max) throws(ReportStoreError) -> Int {
        try transaction { () throws(ReportStoreError) in
            let ids = try connection.rows(
                """
                SELECT id FROM reports r WHERE day < ? AND EXISTS (SELECT 1 FROM records WHERE report = r.id)
                ORDER BY day, id LIMIT ?
                """, [.integer(day), .integer(Int64(clamping: count))]
            ) { $0.integer(0) }
            for id in ids { try connection.run("DELETE FROM records WHERE report = ?", [.integer(id)]) }
            return ids.count
        }
    }

    /// Names, sources and originals that nothing is about any more.
    private func dropUnused() throws(ReportStoreError) {
        try connection.run(
            "DELETE FROM originals WHERE id NOT IN (SELECT original FROM reports WHERE original IS NOT NULL)")
        try connection.run(
            """
            DELETE FROM sources WHERE id NOT IN (SELECT source FROM tallies)
            AND id NOT IN (SELECT source FROM records WHERE source IS NOT NULL)
            """)
        try connection.run(
            """
            DELETE FROM names WHERE id NOT IN (
              SELECT domain FROM tallies UNION SELECT via FROM tallies
              UNION SELECT domain FROM reports WHERE domain IS NOT NULL
              UNION SELECT header_from FROM records WHERE header_from IS NOT NULL
              UNION SELECT envelope_from FROM records WHERE envelope_from IS NOT NULL
              UNION SELECT envelope_to FROM records WHERE envelope_to IS NOT NULL)
            """)
        forgetNumbers()
    }
}
