public import Databases
public import MailBytes
internal import MailCrypto
internal import MailReports
internal import PostsealState
public import TLSRPT

/// Counts in a database.
public actor DatabaseVerdictLedger: VerdictLedger {
    private let thread: DatabaseThread
    private var session: SendingSession

    /// A thread that may wait for the database.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Connects at its first use.
    public init(_ database: SendingDatabase, isReadOnly: Bool = false) throws(DatabaseError) {
        thread = try DatabaseThread()
        session = SendingSession(database, isReadOnly: isReadOnly)
    }

    private func connection() throws(DatabaseError) -> any DatabaseConnection { try session.connection() }

    /// Connects now, so that what is wrong is known.
    public func open() throws(DatabaseError) { _ = try connection() }

    // MARK: - Counting

    /// As ``VerdictLedger`` promises.
    public func write(_ batch: VerdictBatch, at now: UnixTime) throws(DatabaseError) -> VerdictWriting {
        let connection = try connection()
        return try connection.transaction { () throws(DatabaseError) -> VerdictWriting in
            // Also waits for the end of a transaction with this batch of which nobody heard.
            try connection.lock(SendingSchema.countingLock)
            let written = try connection.number(
                "SELECT sequence FROM counting_runs WHERE run = ?", [.text(batch.run)])
            if let written, written >= batch.sequence { return .known }
            try connection.run(
                """
                INSERT INTO counting_runs(run, node, sequence, written) VALUES(?, ?, ?, ?)
                ON CONFLICT(run) DO UPDATE SET sequence = excluded.sequence, written = excluded.written
                """,
                [.text(batch.run), .text(batch.node), .integer(batch.sequence), .integer(now.seconds)])
            let closed = Set(try connection.rows("SELECT day FROM closed_days") { $0.integer(0) })
            return try add(batch, closed, now, connection)
        }
    }

    private func add(
        _ batch: VerdictBatch, _ closed: Set<Int64>, _ now: UnixTime, _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> VerdictWriting {
        var moved = 0
        // By their keys: two rows must not meet in a statement.
        var rows: [[UInt8]: [DatabaseValue]] = [:]
        var sums: [[UInt8]: Int64] = [:]
        for count in batch.counts {
            var day = count.verdict.day
            if closed.contains(day.number) {
                // This clock may be behind, or the one by which a day was closed ahead.
                day = max(day, TLSReportDay(containing: now))
                while closed.contains(day.number) { day = TLSReportDay(number: day.number + 1) }
                moved += count.messages
            }
            let (policy, record) = (count.verdict.policy.stored, count.verdict.record.stored)
            let text = "\(day.number)\n\(count.verdict.domain)\n\(policy)\n\(record)"
            let hash = Array(SHA256Hasher.hash(Array(text.utf8)).bytes.prefix(16))
            sums[hash, default: 0] += Int64(count.messages)
            rows[hash] = [
                .blob(hash), .integer(day.number), .text(count.verdict.domain), .text(policy), .text(record),
                .integer(sums[hash] ?? 0),
            ]
        }
        try connection.insert(
            "INSERT INTO verdict_rows(hash, day, domain, policy, record, messages)", Array(rows.values),
            "ON CONFLICT(hash) DO UPDATE SET messages = verdict_rows.messages + excluded.messages")
        return .written(moved: moved)
    }

    // MARK: - Days

    /// As ``VerdictLedger`` promises.
    public func time(_ now: UnixTime) throws(DatabaseError) -> UnixTime { try time(now, connection()) }

    private func time(_ now: UnixTime, _ connection: any DatabaseConnection) throws(DatabaseError) -> UnixTime {
        let clock = try connection.number("SELECT \(LeaseSQL.now(connection.dialect))", [])
        return clock.map { min(now, UnixTime(seconds: $0)) } ?? now
    }

    /// As ``VerdictLedger`` promises.
    public func doubt(of clock: UnixTime) throws(DatabaseError) -> UnixTime? {
        let connection = try connection()
        let time = try time(clock, connection)
        let kept = try connection.rows("SELECT state FROM sending_clock") { $0.text(0) }.first ?? ""
        var trust = ClockTrust(text: kept)
        let last = trust.believed
        let isBelieved = trust.look(at: time)
        if trust.text != kept {
            // Where another node looked in between, what it saw is looked for again.
            try connection.run(
                "UPDATE sending_clock SET state = ? WHERE state = ?", [.text(trust.text), .text(kept)])
        }
        guard isBelieved else { return last }
        let limit = time.adding(seconds: ClockTrust.leapSeconds)
        return connection.dialect == .postgreSQL && clock > limit ? time : nil
    }

    /// As ``VerdictLedger`` promises.
    public func close(_ schedule: SendingSchedule, at now: UnixTime) throws(DatabaseError) -> [TLSReportDay] {
        let connection = try connection()
        let time = try time(now, connection)
        let days = try openDays(connection).filter { schedule.closing(of: $0) <= time }
        guard !days.isEmpty else { return [] }
        return try connection.transaction { () throws(DatabaseError) -> [TLSReportDay] in
            try connection.lock(SendingSchema.countingLock)
            // Another node can have been faster.
            let open = try openDays(connection).filter(days.contains)
            for day in open {
                try connection.run(
                    "INSERT INTO closed_days(day, closed) VALUES(?, ?)", [.integer(day.number), .integer(now.seconds)])
                let domains = try connection.rows(
                    "SELECT DISTINCT domain FROM verdict_rows WHERE day = ?", [.integer(day.number)]
                ) { $0.text(0) }
                try connection.insert(
                    "INSERT INTO report_periods(day, domain, state, due, failures, owner, lease, reason)",
                    domains.map { domain in
                        [
                            .integer(day.number), .text(domain), .text("waiting"),
                            .integer(schedule.due(domain, of: day).seconds), .integer(0), .text(""), .integer(0),
                            .text(""),
                        ]
                    })
            }
            return open
        }
    }

    private func openDays(_ connection: any DatabaseConnection) throws(DatabaseError) -> [TLSReportDay] {
        try connection.rows(
            "SELECT DISTINCT day FROM verdict_rows WHERE day NOT IN (SELECT day FROM closed_days) ORDER BY day"
        ) { TLSReportDay(number: $0.integer(0)) }
    }

    /// As ``VerdictLedger`` promises.
    public func counts(of domain: String, on day: TLSReportDay) throws(DatabaseError) -> [VerdictCount] {
        var policies: [String: DMARCReportedPolicy] = [:]
        let rows = try connection().rows(
            "SELECT policy, record, messages FROM verdict_rows WHERE day = ? AND domain = ?",
            [.integer(day.number), .text(domain)]
        ) { ($0.text(0), $0.text(1), Int($0.integer(2))) }
        var counts: [VerdictCount] = []
        for (policyText, recordText, messages) in rows {
            let policy = policies[policyText] ?? DMARCReportedPolicy(stored: policyText, domain: domain)
            guard let policy, let record = DMARCReportRecord(stored: recordText, count: 0) else {
                throw DatabaseError(.damaged, "a row of counts can't be read")
            }
            policies[policyText] = policy
            counts.append(
                VerdictCount(CountedVerdict(day: day, domain: domain, policy: policy, record: record), messages))
        }
        return counts
    }

    /// As ``VerdictLedger`` promises.
    public func domains(on day: TLSReportDay) throws(DatabaseError) -> [(domain: String, messages: Int)] {
        try connection().rows(
            "SELECT domain, sum(messages) FROM verdict_rows WHERE day = ? GROUP BY domain ORDER BY domain",
            [.integer(day.number)]
        ) { ($0.text(0), Int($0.integer(1))) }
    }

    // MARK: - Periods

    /// As ``VerdictLedger`` promises.
    public func claimPeriod(
        by node: String, at now: UnixTime, lease: Int64
    ) throws(DatabaseError) -> ReportPeriod? {
        let connection = try connection()
        let clock = LeaseSQL.now(connection.dialect)
        let condition = "state = 'waiting' AND due <= ? AND lease <= \(clock)"
        let candidates = try connection.rows(
            """
            SELECT day, domain, failures, first_failure FROM report_periods WHERE \(condition) ORDER BY due LIMIT 20
            """, [.integer(now.seconds)]
        ) { row in
            ReportPeriod(
                day: TLSReportDay(number: row.integer(0)), domain: row.text(1), failures: Int(row.integer(2)),
                firstFailure: row.integerOrNil(3).map { UnixTime(seconds: $0) }, node: node,
                owner: LeaseSQL.owner(node))
        }
        for period in candidates {
            let changed = try connection.run(
                """
                UPDATE report_periods SET owner = ?, lease = \(clock) + ?
                WHERE day = ? AND domain = ? AND \(condition)
                """,
                [
                    .text(period.owner), .integer(lease), .integer(period.day.number), .text(period.domain),
                    .integer(now.seconds),
                ])
            if changed == 1 { return period }
        }
        return nil
    }

    /// As ``VerdictLedger`` promises.
    public func renew(_ period: ReportPeriod, lease: Int64) throws(DatabaseError) -> Bool {
        let connection = try connection()
        return try connection.run(
            """
            UPDATE report_periods SET lease = \(LeaseSQL.now(connection.dialect)) + ?
            WHERE day = ? AND domain = ? AND state = 'waiting' AND owner = ?
            """,
            [.integer(lease), .integer(period.day.number), .text(period.domain), .text(period.owner)]) == 1
    }

    /// As ``VerdictLedger`` promises.
    public func retry(
        _ period: ReportPeriod, at due: UnixTime, reason: String, now: UnixTime
    ) throws(DatabaseError) {
        try connection().run(
            """
            UPDATE report_periods SET due = ?, failures = failures + 1,
            first_failure = coalesce(first_failure, ?), owner = '', lease = 0, reason = ?
            WHERE day = ? AND domain = ? AND state = 'waiting' AND owner = ?
            """,
            [
                .integer(due.seconds), .integer(now.seconds), .text(reason), .integer(period.day.number),
                .text(period.domain), .text(period.owner),
            ])
    }

    /// As ``VerdictLedger`` promises.
    @discardableResult
    public func finish(
        _ period: ReportPeriod, _ ending: ReportPeriod.Ending, at now: UnixTime
    ) throws(DatabaseError) -> Bool {
        let connection = try connection()
        return try connection.transaction { () throws(DatabaseError) -> Bool in
            let changed = try connection.run(
                """
                UPDATE report_periods SET state = ?, owner = '', lease = 0, reason = ?
                WHERE day = ? AND domain = ? AND state = 'waiting' AND owner = ?
                """,
                [
                    .text(ending.state), .text(ending.reason), .integer(period.day.number), .text(period.domain),
                    .text(period.owner),
                ])
            guard changed == 1 else { return false }
            if case .reports(let reports, let destinations, let due) = ending {
                for report in reports {
                    _ = try OutgoingRows.add(report, destinations, due, now, by: period.node, connection)
                }
            }
            return true
        }
    }

    /// As ``VerdictLedger`` promises.
    public func forgetCounts(before day: TLSReportDay) throws(DatabaseError) {
        let connection = try connection()
        try connection.run(
            """
            DELETE FROM verdict_rows WHERE day < ? AND day IN (SELECT day FROM closed_days) AND NOT EXISTS
            (SELECT 1 FROM report_periods p WHERE p.day = verdict_rows.day AND p.domain = verdict_rows.domain
            AND p.state = 'waiting')
            """, [.integer(day.number)])
        try connection.run(
            "DELETE FROM report_periods WHERE day < ? AND state <> 'waiting'", [.integer(day.number)])
        // A batch is not tried for as long as this.
        try connection.run("DELETE FROM counting_runs WHERE written < ?", [.integer(day.begin.seconds)])
    }
}
