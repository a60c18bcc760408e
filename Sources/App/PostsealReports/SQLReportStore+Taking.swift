internal import Databases
internal import MailBytes
internal import MailReports

extension SQLReportStore {
    /// As ``ReportStore`` promises.
    public func take(_ arrivals: [ReportArrival]) throws(ReportStoreError) -> [[ReportIntake]] {
        try transaction { () throws(DatabaseError) in try put(arrivals) }
    }

    private func put(_ arrivals: [ReportArrival]) throws(DatabaseError) -> [[ReportIntake]] {
        let sorted = try sort(arrivals)
        let numbers = try add(sorted.newcomers, arrivals)
        return sorted.places.map { $0.map { sorted.intake($0, numbers: numbers) } }
    }

    // MARK: - Reports

    /// Puts reports in, with their originals, records and sums.
    ///
    /// - Returns: the number of each.
    private func add(_ newcomers: [Newcomer], _ arrivals: [ReportArrival]) throws(DatabaseError) -> [Int64] {
        guard !newcomers.isEmpty else { return [] }
        let reports = try learn(newcomers.map { ($0.rows, $0.isCounted) })
        let numbers = try put(newcomers, arrivals)
        var (lists, failures, domains): ([DatabaseValue], [DatabaseValue], [DatabaseValue]) = ([], [], [])
        var found: [SourceOfReport] = []
        found.reserveCapacity(reports.reduce(0) { $0 + $1.sources.count })
        for (report, id) in zip(reports, numbers) {
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
        return numbers
    }

    /// Puts in the reports themselves.
    ///
    /// - Returns: the number of each.
    private func put(_ newcomers: [Newcomer], _ arrivals: [ReportArrival]) throws(DatabaseError) -> [Int64] {
        // Kept once for all its reports, and only if one of them is new.
        let places = Set(newcomers.map(\.arrival)).sorted()
        let originals = Dictionary(
            uniqueKeysWithValues: zip(places, try keep(places.map { arrivals[$0] })))
        let first = try connection.giveNumbers(newcomers.count, for: "reports")
        var values: [DatabaseValue] = []
        values.reserveCapacity(newcomers.count * (Self.reportColumns.count + 1))
        for (index, newcomer) in newcomers.enumerated() {
            if let first { values.append(.integer(first + Int64(index))) }
            let (rows, arrival) = (newcomer.rows, arrivals[newcomer.arrival])
            let head = rows.head
            values += [
                .blob(newcomer.identity), .blob(rows.identity.content), .text(rows.kind),
                .text(head.organization), .text(head.reportID),
                DatabaseValue(rows.domains.first.flatMap { self.names[rows.names[$0]] }),
                DatabaseValue(head.begin?.seconds), DatabaseValue(head.end?.seconds), .integer(rows.period.day),
                .integer(arrival.received.seconds), .integer(Int64(head.messages)), DatabaseValue(newcomer.isCounted),
                DatabaseValue(newcomer.standing == .unproven), DatabaseValue(rows.policy),
                .text(newcomer.quirks.joined(separator: " ")),
                DatabaseValue(originals[newcomer.arrival]), .integer(Int64(newcomer.place)),
            ]
            values += Self.subjects(of: rows, in: arrival.subjects)
        }
        return first == nil
            ? try connection.insertNumbered("reports", Self.reportColumns, key: 0, values)
            : try connection.insertNumbered("reports", ["id"] + Self.reportColumns, key: 1, values)
    }

    private static let reportColumns = [
        "identity", "content", "kind", "organization", "report_id", "domain", "begin", "\"end\"", "day", "received",
        "messages", "is_counted", "is_unproven", "policy", "quirks", "original", "finding", "subjects", "file_subjects",
    ]

    /// The columns that say whom a report, and the file that it came in, are about.
    static func subjects(of rows: ReportRows, in file: ReportSubjects?) -> [DatabaseValue] {
        [
            DatabaseValue(rows.subjects?.stored(besides: rows.head.domain.map { [StoredName.form($0)] })),
            DatabaseValue(file?.stored(besides: rows.subjects?.domains)),
        ]
    }

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
