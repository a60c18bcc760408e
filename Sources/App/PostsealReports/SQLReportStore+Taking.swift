internal import Databases
internal import MailBytes
internal import MailReports

extension SQLReportStore {
    /// As ``ReportStore`` promises.
    public func take(_ arrivals: [ReportArrival]) throws(ReportStoreError) -> [[ReportIntake]] {
        try transaction { () throws(DatabaseError) in try put(arrivals) }
    }

    /// A report that is not there yet.
    private struct Newcomer {
        let rows: ReportRows
        /// Which arrival it is of, and which of its findings.
        let arrival: Int
        let place: Int
        let isCounted: Bool
        let quirks: [String]
    }

    private func put(_ arrivals: [ReportArrival]) throws(DatabaseError) -> [[ReportIntake]] {
        var known = try known(arrivals.flatMap(\.rows).compactMap { try? $0.get().identity })
        var newcomers: [Newcomer] = []
        for (index, arrival) in arrivals.enumerated() {
            for (place, rows) in arrival.rows.enumerated() {
                guard case .success(let rows) = rows, known[rows.identity.key] == nil else { continue }
                newcomers.append(
                    Newcomer(
                        rows: rows, arrival: index, place: place,
                        // Without a domain there is nothing to count for.
                        isCounted: arrival.isCounted && rows.head.domain != nil,
                        quirks: arrival.quirks[place]))
                // The same may be in the same call again. It has no number yet.
                known[rows.identity.key] = (nil, rows.identity.content)
            }
        }
        let ids = try add(newcomers, arrivals)
        return arrivals.enumerated().map { index, arrival in
            arrival.rows.enumerated().map { place, outcome in
                let identity: ReportIdentity
                switch outcome {
                case .success(let found): identity = found.identity
                case .failure(let error): return .refused(error)
                }
                let (id, content) = known[identity.key] ?? (nil, [])
                if let id { return content == identity.content ? .known(id) : .conflicting(id) }
                let mine = ids[identity.key] ?? (0, 0, 0)
                if mine.arrival == index, mine.place == place { return .new(mine.id) }
                return content == identity.content ? .known(mine.id) : .conflicting(mine.id)
            }
        }
    }

    /// The numbers and contents of those reports that are there.
    private func known(
        _ identities: [ReportIdentity]
    ) throws(DatabaseError) -> [ReportHash: (id: Int64?, content: [UInt8])] {
        var known: [ReportHash: (id: Int64?, content: [UInt8])] = [:]
        known.reserveCapacity(identities.count)
        let found = try connection.rows(
            "SELECT identity, id, content FROM reports WHERE identity IN",
            anyOf: identities.map { .blob($0.identity) }
        ) { (ReportHash($0.blob(0)), $0.integer(1), $0.blob(2)) }
        for (key, id, content) in found { known[key] = (id, content) }
        return known
    }

    // MARK: - Reports

    /// Puts reports in, with their originals, records and sums.
    ///
    /// - Returns: the number of each, by its identity, and where it came from.
    private func add(
        _ newcomers: [Newcomer], _ arrivals: [ReportArrival]
    ) throws(DatabaseError) -> [ReportHash: (id: Int64, arrival: Int, place: Int)] {
        guard !newcomers.isEmpty else { return [:] }
        let reports = try learn(newcomers.map(\.rows))
        let numbers = try put(newcomers, arrivals)
        var ids: [ReportHash: (id: Int64, arrival: Int, place: Int)] = [:]
        ids.reserveCapacity(newcomers.count)
        var (lists, failures, domains): ([DatabaseValue], [DatabaseValue], [DatabaseValue]) = ([], [], [])
        var found: [SourceOfReport] = []
        found.reserveCapacity(reports.reduce(0) { $0 + $1.sources.count })
        for ((newcomer, report), id) in zip(zip(newcomers, reports), numbers) {
            ids[newcomer.rows.identity.key] = (id, newcomer.arrival, newcomer.place)
            append(report, of: id, failures: &failures, domains: &domains)
            guard !report.sources.isEmpty else { continue }
            let sources = SourceList(report.sources)
            for source in sources.numbers { found.append(SourceOfReport(source: source, report: id)) }
            lists.append(.integer(id))
            lists.append(.text(sources.text))
        }
        try connection.insert("INSERT INTO source_lists(report, sources)", width: 2, lists)
        found.sort()
        var values: [Int64] = []
        values.reserveCapacity(2 * found.count)
        for item in found {
            values.append(item.source)
            values.append(item.report)
        }
        try connection.insert("INSERT INTO report_sources(source, report)", width: 2, numbers: values, "")
        try insert(failures: failures, domains: domains)
        try count(zip(newcomers, reports).filter(\.0.isCounted).map(\.1))
        return ids
    }

    /// Puts in the reports themselves.
    ///
    /// - Returns: the number of each.
    private func put(_ newcomers: [Newcomer], _ arrivals: [ReportArrival]) throws(DatabaseError) -> [Int64] {
        // Kept once for all its reports, and only if one of them is new.
        let places = Set(newcomers.map(\.arrival)).sorted()
        let originals = Dictionary(
            uniqueKeysWithValues: zip(places, try keep(places.map { arrivals[$0] })))
        var values: [DatabaseValue] = []
        values.reserveCapacity(newcomers.count * Self.reportColumns.count)
        for newcomer in newcomers {
            let (rows, arrival) = (newcomer.rows, arrivals[newcomer.arrival])
            let head = rows.head
            values += [
                .blob(rows.identity.identity), .blob(rows.identity.content), .text(rows.kind),
                .text(head.organization), .text(head.reportID),
                DatabaseValue(rows.domains.first.flatMap { self.names[rows.names[$0]] }),
                DatabaseValue(head.begin?.seconds), DatabaseValue(head.end?.seconds), .integer(rows.period.day),
                .integer(arrival.received.seconds), .integer(Int64(head.messages)), DatabaseValue(newcomer.isCounted),
                DatabaseValue(rows.policy), .text(newcomer.quirks.joined(separator: " ")),
                DatabaseValue(originals[newcomer.arrival]), .integer(Int64(newcomer.place)),
            ]
        }
        return try connection.insertNumbered("reports", Self.reportColumns, key: 0, values)
    }

    private static let reportColumns = [
        "identity", "content", "kind", "organization", "report_id", "domain", "begin", "\"end\"", "day", "received",
        "messages", "is_counted", "policy", "quirks", "original", "finding",
    ]
    private static let failureColumnCount = 10
    private static let insertFailures = """
        INSERT INTO failures(domain, day, report, source, feedback_type, auth_failure, delivery_result, alignment,
        mail_from, author)
        """

    /// Rows for the domains that a report is about, and for the message that failed.
    func append(
        _ report: NumberedRows, of id: Int64, failures: inout [DatabaseValue], domains: inout [DatabaseValue]
    ) {
        let rows = report.rows
        guard rows.failure != nil || rows.domains.count > 1 else { return }
        // The first stands with the report.
        let about = rows.domains.map { report.names[$0] }
        for domain in Set(about.dropFirst()).subtracting(about.prefix(1)) {
            domains += [.integer(domain), .integer(id)]
        }
        if let failure = rows.failure {
            append(failure, about.isEmpty ? [0] : Set(about), day: rows.period.day, of: id, to: &failures)
        }
    }

    /// Puts such rows in.
    func insert(failures: [DatabaseValue], domains: [DatabaseValue]) throws(DatabaseError) {
        try connection.insert(Self.insertFailures, width: Self.failureColumnCount, failures)
        try connection.insert("INSERT INTO report_domains(domain, report)", width: 2, domains)
    }

    /// A row for each domain that a failure report is about.
    private func append(
        _ failure: ReportRows.Failure, _ domains: Set<Int64>, day: Int64, of report: Int64,
        to values: inout [DatabaseValue]
    ) {
        for domain in domains {
            values += [
                .integer(domain), .integer(day), .integer(report), .integer(sources[failure.source] ?? 0),
                DatabaseValue(failure.feedbackType), DatabaseValue(failure.authFailure),
                DatabaseValue(failure.deliveryResult), DatabaseValue(failure.alignment),
                DatabaseValue(failure.mailFrom), DatabaseValue(failure.author),
            ]
        }
    }

    /// Keeps files as they came.
    ///
    /// - Returns: the number of each.
    private func keep(_ arrivals: [ReportArrival]) throws(DatabaseError) -> [Int64] {
        var values: [DatabaseValue] = []
        values.reserveCapacity(arrivals.count * 5)
        for arrival in arrivals {
            values += [
                .blob(arrival.hash), DatabaseValue(arrival.name), .integer(Int64(arrival.length)),
                .integer(arrival.original.packing.rawValue), .blob(arrival.original.octets),
            ]
        }
        return try connection.insertNumbered(
            "originals", ["hash", "name", "length", "is_packed", "octets"], key: 0, values)
    }
}

/// That a report has records of a source.
private struct SourceOfReport: Comparable {
    let source: Int64
    let report: Int64

    static func < (left: SourceOfReport, right: SourceOfReport) -> Bool {
        left.source == right.source ? left.report < right.report : left.source < right.source
    }
}
