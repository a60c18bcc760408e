public import Databases
public import MailBytes
public import TLSRPT

/// Our own reports in a database.
public actor DatabaseOutgoingReports: OutgoingReports {
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

    /// As ``OutgoingReports`` promises.
    @discardableResult
    public func add(
        _ report: BuiltReport, to destinations: [ReportDestination], due: UnixTime, at now: UnixTime, by node: String
    ) throws(DatabaseError) -> Bool {
        let connection = try connection()
        return try connection.transaction { () throws(DatabaseError) -> Bool in
            try OutgoingRows.add(report, destinations, due, now, by: node, connection)
        }
    }

    // MARK: - Sending

    /// As ``OutgoingReports`` promises.
    public func claim(
        by node: String, at now: UnixTime, lease: Int64
    ) throws(DatabaseError) -> OutgoingDelivery? {
        let connection = try connection()
        let clock = LeaseSQL.now(connection.dialect)
        let condition = "state IN ('waiting', 'unverified', 'sending') AND due <= ? AND lease <= \(clock)"
        let candidates = try connection.rows(
            """
            SELECT \(OutgoingRows.deliveryColumns) FROM outgoing_deliveries WHERE \(condition) ORDER BY due LIMIT 20
            """, [.integer(now.seconds)], OutgoingRows.delivery)
        for candidate in candidates {
            let taken = try connection.transaction { () throws(DatabaseError) -> OutgoingDelivery? in
                // Before anything is sent: whoever looks afterwards sees that it may have been.
                let state: OutgoingDelivery.State = candidate.state == .unverified ? .unverified : .sending
                let place: [DatabaseValue] = [.integer(candidate.report), .integer(Int64(candidate.place))]
                let owner = LeaseSQL.owner(node)
                let changed = try connection.run(
                    """
                    UPDATE outgoing_deliveries SET state = ?, owner = ?, lease = \(clock) + ?
                    WHERE report = ? AND place = ? AND state = ? AND \(condition)
                    """,
                    [.text(state.rawValue), .text(owner), .integer(lease)] + place
                        + [.text(candidate.state.rawValue), .integer(now.seconds)])
                guard changed == 1 else { return nil }
                let last = try connection.number(
                    "SELECT max(number) FROM outgoing_attempts WHERE report = ? AND place = ?", place)
                let number = (last ?? 0) + 1
                try connection.run(
                    """
                    INSERT INTO outgoing_attempts(report, place, number, node, began, ended, outcome, answer)
                    VALUES(?, ?, ?, ?, ?, NULL, '', '')
                    """, place + [.integer(number), .text(node), .integer(now.seconds)])
                var delivery = candidate
                (delivery.state, delivery.owner, delivery.attempt) = (state, owner, Int(number))
                return delivery
            }
            if let taken { return taken }
        }
        return nil
    }

    /// As ``OutgoingReports`` promises.
    public func renew(_ delivery: OutgoingDelivery, lease: Int64) throws(DatabaseError) -> Bool {
        let connection = try connection()
        return try connection.run(
            """
            UPDATE outgoing_deliveries SET lease = \(LeaseSQL.now(connection.dialect)) + ?
            WHERE report = ? AND place = ? AND owner = ? AND state IN ('sending', 'unverified')
            """,
            [
                .integer(lease), .integer(delivery.report), .integer(Int64(delivery.place)), .text(delivery.owner),
            ]) == 1
    }

    /// As ``OutgoingReports`` promises.
    @discardableResult
    public func end(
        _ delivery: OutgoingDelivery, _ ending: OutgoingDelivery.Ending, at now: UnixTime
    ) throws(DatabaseError) -> Bool {
        let connection = try connection()
        return try connection.transaction { () throws(DatabaseError) -> Bool in
            guard case .verified(let uris, let reason) = ending else {
                return try end(delivery, ending.mark, now, connection)
            }
            // Two destinations of a report can be verified at once, and be of one place.
            try connection.lock(SendingSchema.verifyingLock)
            let others = try connection.rows(
                "SELECT place, uri, state FROM outgoing_deliveries WHERE report = ? AND place <> ?",
                [.integer(delivery.report), .integer(Int64(delivery.place))]
            ) { (place: $0.integer(0), uri: $0.text(1), state: $0.text(2)) }
            let open = [OutgoingDelivery.State.unverified, .refused].map(\.rawValue)
            let there = others.filter { !open.contains($0.state) }
            var known = Set(there.map { ReportDestination.identity(of: $0.uri) })
            var new = uris.filter { known.insert(ReportDestination.identity(of: $0)).inserted }
            guard !new.isEmpty else {
                let reason = "another delivery of the report goes there"
                return try end(delivery, OutgoingDelivery.Ending.refused(reason: reason).mark, now, connection)
            }
            let first = new.removeFirst()
            let mark = OutgoingDelivery.Ending.Mark(.waiting, "verified", reason, uri: first)
            guard try end(delivery, mark, now, connection) else { return false }
            let last = others.map(\.place).reduce(Int64(delivery.place), max)
            try OutgoingRows.add(new, like: delivery, behind: last, reason, connection)
            return true
        }
    }

    private func end(
        _ delivery: OutgoingDelivery, _ mark: OutgoingDelivery.Ending.Mark, _ now: UnixTime,
        _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> Bool {
        let place: [DatabaseValue] = [.integer(delivery.report), .integer(Int64(delivery.place))]
        try connection.run(
            """
            UPDATE outgoing_attempts SET ended = ?, outcome = ?, answer = ?
            WHERE report = ? AND place = ? AND number = ?
            """,
            [.integer(now.seconds), .text(mark.outcome), .text(mark.reason)] + place
                + [.integer(Int64(delivery.attempt))])
        let isEnd = [.sent, .failed, .refused].contains(mark.state)
        let changed = try connection.run(
            """
            UPDATE outgoing_deliveries SET state = ?, reason = ?, uri = ?, due = ?, failures = failures + ?,
            owner = '', lease = 0, ended = ? WHERE report = ? AND place = ? AND owner = ?
            AND state IN ('sending', 'unverified')
            """,
            [
                .text(mark.state.rawValue), .text(mark.reason), .text(mark.uri ?? delivery.uri),
                .integer((mark.due ?? delivery.due).seconds),
                .integer(mark.isFailure ? 1 : 0), isEnd ? .integer(now.seconds) : .null,
            ] + place + [.text(delivery.owner)])
        return changed == 1
    }

    // MARK: - Looking

    private static let columns = """
        SELECT id, kind, day, domain, report_id, file_name, subject, submitter, messages, length(document), length,
        made, node FROM outgoing_reports
        """

    private static func report(_ row: DatabaseRow) -> OutgoingReport {
        OutgoingReport(
            id: row.integer(0), kind: OutgoingReportKind(rawValue: row.text(1)) ?? .dmarcAggregate,
            day: TLSReportDay(number: row.integer(2)), domain: row.text(3), reportID: row.text(4),
            fileName: row.text(5), subject: row.text(6), submitter: row.text(7), messages: Int(row.integer(8)),
            packedLength: Int(row.integer(9)), length: Int(row.integer(10)), made: UnixTime(seconds: row.integer(11)),
            node: row.text(12), deliveries: [])
    }

    /// As ``OutgoingReports`` promises.
    public func reports(_ query: OutgoingQuery) throws(DatabaseError) -> [OutgoingReport] {
        var conditions: [String] = []
        var values: [DatabaseValue] = []
        func add(_ condition: String, _ value: DatabaseValue) {
            conditions.append(condition)
            values.append(value)
        }
        if let domain = query.domain { add("domain = ?", .text(domain)) }
        if let kind = query.kind { add("kind = ?", .text(kind.rawValue)) }
        if let since = query.since { add("day >= ?", .integer(since.number)) }
        if let until = query.until { add("day <= ?", .integer(until.number)) }
        if let reportID = query.reportID { add("report_id = ?", .text(reportID)) }
        if let state = query.state {
            add("id IN (SELECT report FROM outgoing_deliveries WHERE state = ?)", .text(state.rawValue))
        }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        values += [.integer(Int64(query.count)), .integer(Int64(query.offset))]
        let connection = try connection()
        return try connection.snapshot { () throws(DatabaseError) in
            let reports = try connection.rows(
                Self.columns + filter + " ORDER BY day DESC, id DESC LIMIT ? OFFSET ?", values, Self.report)
            return try withDeliveries(reports, connection)
        }
    }

    /// As ``OutgoingReports`` promises.
    public func report(_ id: Int64) throws(DatabaseError) -> OutgoingReport? {
        let connection = try connection()
        return try connection.snapshot { () throws(DatabaseError) in
            let reports = try connection.rows(Self.columns + " WHERE id = ?", [.integer(id)], Self.report)
            return try withDeliveries(reports, connection).first
        }
    }

    private func withDeliveries(
        _ reports: [OutgoingReport], _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> [OutgoingReport] {
        var complete: [OutgoingReport] = []
        for var report in reports {
            report.deliveries = try connection.rows(
                "SELECT \(OutgoingRows.deliveryColumns) FROM outgoing_deliveries WHERE report = ? ORDER BY place",
                [.integer(report.id)], OutgoingRows.delivery)
            complete.append(report)
        }
        return complete
    }

    /// As ``OutgoingReports`` promises.
    public func history(of id: Int64) throws(DatabaseError) -> OutgoingHistory? {
        let connection = try connection()
        return try connection.snapshot { () throws(DatabaseError) -> OutgoingHistory? in
            guard let report = try report(id) else { return nil }
            return OutgoingHistory(
                report: report,
                attempts: try connection.rows(
                    """
                    SELECT place, number, node, began, ended, outcome, answer FROM outgoing_attempts WHERE report = ?
                    ORDER BY began, place, number
                    """, [.integer(id)], Self.attempt))
        }
    }

    private static func attempt(_ row: DatabaseRow) -> OutgoingAttempt {
        OutgoingAttempt(
            place: Int(row.integer(0)), number: Int(row.integer(1)), node: row.text(2),
            began: UnixTime(seconds: row.integer(3)), ended: row.integerOrNil(4).map { UnixTime(seconds: $0) },
            outcome: row.text(5), answer: row.text(6))
    }

    /// As ``OutgoingReports`` promises.
    public func document(of id: Int64) throws(DatabaseError) -> [UInt8]? {
        try connection().rows("SELECT document FROM outgoing_reports WHERE id = ?", [.integer(id)]) { $0.blob(0) }.first
    }

    /// As ``OutgoingReports`` promises.
    public func deliveries() throws(DatabaseError) -> [OutgoingDelivery.State: Int] {
        let rows = try connection().rows("SELECT state, count(*) FROM outgoing_deliveries GROUP BY state") {
            (OutgoingDelivery.State(rawValue: $0.text(0)), Int($0.integer(1)))
        }
        var counts: [OutgoingDelivery.State: Int] = [:]
        for case (let state?, let count) in rows { counts[state] = count }
        return counts
    }

    /// As ``OutgoingReports`` promises.
    public func waitingFailures() throws(DatabaseError) -> WaitingFailures? {
        // Where DNS does not say whether a report is wanted, nothing was tried yet.
        let waiting = "d.state IN ('waiting', 'sending') AND d.failures > 0"
        let retries = """
            outgoing_attempts a WHERE a.report = d.report AND a.place = d.place AND a.outcome = 'retry'
            """
        let connection = try connection()
        return try connection.snapshot { () throws(DatabaseError) -> WaitingFailures? in
            let count = try connection.number(
                """
                SELECT count(DISTINCT d.report) FROM outgoing_deliveries d
                WHERE \(waiting) AND EXISTS (SELECT 1 FROM \(retries))
                """, [])
            guard let count, count > 0 else { return nil }
            let answers = try connection.rows(
                """
                SELECT a.answer FROM outgoing_deliveries d, \(retries) AND \(waiting)
                ORDER BY a.ended DESC, a.began DESC LIMIT 1
                """, []
            ) { $0.text(0) }
            return WaitingFailures(count: Int(count), answer: answers.first ?? "")
        }
    }

    /// As ``OutgoingReports`` promises.
    public func forget(before day: TLSReportDay) throws(DatabaseError) {
        let connection = try connection()
        let old = """
            SELECT id FROM outgoing_reports WHERE day < ? AND NOT EXISTS (SELECT 1 FROM outgoing_deliveries d
            WHERE d.report = outgoing_reports.id AND d.state IN ('waiting', 'unverified', 'sending'))
            """
        try connection.transaction { () throws(DatabaseError) in
            for table in ["outgoing_attempts", "outgoing_deliveries"] {
                try connection.run("DELETE FROM \(table) WHERE report IN (\(old))", [.integer(day.number)])
            }
            try connection.run(
                """
                DELETE FROM outgoing_reports WHERE day < ? AND NOT EXISTS (SELECT 1 FROM outgoing_deliveries d
                WHERE d.report = outgoing_reports.id)
                """, [.integer(day.number)])
        }
    }
}

extension OutgoingDelivery.Ending {
    /// What is noted of it.
    fileprivate var mark: Mark {
        switch self {
        case .sent(let answer): Mark(.sent, "sent", answer)
        case .failed(let answer): Mark(.failed, "failed", answer, isFailure: true)
        case .retry(let due, let answer): Mark(.waiting, "retry", answer, due: due, isFailure: true)
        case .verified(let uris, let reason): Mark(.waiting, "verified", reason, uri: uris.first)
        case .refused(let reason): Mark(.refused, "refused", reason)
        case .unverified(let until, let reason):
            Mark(.unverified, "unverified", reason, due: until, isFailure: true)
        }
    }

    fileprivate struct Mark {
        var state: OutgoingDelivery.State
        var outcome: String
        var reason: String
        var due: UnixTime?
        var uri: String?
        var isFailure = false

        init(
            _ state: OutgoingDelivery.State, _ outcome: String, _ reason: String, due: UnixTime? = nil,
            uri: String? = nil, isFailure: Bool = false
        ) {
            self.state = state
            self.outcome = outcome
            self.reason = reason
            self.due = due
            self.uri = uri
            self.isFailure = isFailure
        }
    }
}
