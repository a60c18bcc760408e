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
        var known = try known(arrivals.flatMap(\.rows).compactMap { try? $0.get().identity.identity })
        var newcomers: [Newcomer] = []
        for (index, arrival) in arrivals.enumerated() {
            for (place, rows) in arrival.rows.enumerated() {
                guard case .success(let rows) = rows, known[rows.identity.identity] == nil else { continue }
                newcomers.append(
                    Newcomer(
                        rows: rows, arrival: index, place: place,
                        // Without a domain there is nothing to count for.
                        isCounted: arrival.isCounted && rows.head.domain != nil,
                        quirks: arrival.findings[place].quirks))
                // The same may be in the same call again. It has no number yet.
                known[rows.identity.identity] = (nil, rows.identity.content)
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
                let (id, content) = known[identity.identity] ?? (nil, [])
                if let id { return content == identity.content ? .known(id) : .conflicting(id) }
                let mine = ids[identity.identity] ?? (0, 0, 0)
                if mine.arrival == index, mine.place == place { return .new(mine.id) }
                return content == identity.content ? .known(mine.id) : .conflicting(mine.id)
            }
        }
    }

    /// The numbers and contents of those reports that are there.
    private func known(_ identities: [[UInt8]]) throws(DatabaseError) -> [[UInt8]: (id: Int64?, content: [UInt8])] {
        var known: [[UInt8]: (id: Int64?, content: [UInt8])] = [:]
        known.reserveCapacity(identities.count)
        let found = try connection.rows(
            "SELECT identity, id, content FROM reports WHERE identity IN", anyOf: identities.map { .blob($0) }
        ) { ($0.blob(0), $0.integer(1), $0.blob(2)) }
        for (identity, id, content) in found { known[identity] = (id, content) }
        return known
    }

    // MARK: - Reports

    /// Puts reports in, with their originals, records and sums.
    ///
    /// - Returns: the number of each, by its identity, and where it came from.
    private func add(
        _ newcomers: [Newcomer], _ arrivals: [ReportArrival]
    ) throws(DatabaseError) -> [[UInt8]: (id: Int64, arrival: Int, place: Int)] {
        guard !newcomers.isEmpty else { return [:] }
        try learn(newcomers.map(\.rows))
        let known = try put(newcomers, arrivals)
        var ids: [[UInt8]: (id: Int64, arrival: Int, place: Int)] = [:]
        var (records, failures, domains): ([DatabaseValue], [DatabaseValue], [DatabaseValue]) = ([], [], [])
        records.reserveCapacity(newcomers.reduce(0) { $0 + $1.rows.records.count } * Self.recordColumnCount)
        for newcomer in newcomers {
            let rows = newcomer.rows
            guard let id = known[rows.identity.identity] else { continue }
            ids[rows.identity.identity] = (id, newcomer.arrival, newcomer.place)
            let names = numbers(of: rows)
            append(rows.records, names, of: id, to: &records)
            append(rows, names, of: id, failures: &failures, domains: &domains)
        }
        try connection.insert(Self.insertRecords, width: Self.recordColumnCount, records)
        try insert(failures: failures, domains: domains)
        try count(newcomers.filter(\.isCounted).map(\.rows))
        return ids
    }

    /// Puts in the reports themselves.
    ///
    /// - Returns: the number of each, by its identity.
    private func put(_ newcomers: [Newcomer], _ arrivals: [ReportArrival]) throws(DatabaseError) -> [[UInt8]: Int64] {
        // Kept once for all its reports, and only if one of them is new.
        let places = Set(newcomers.map(\.arrival)).sorted()
        let originals = try keep(places.map { arrivals[$0] })
        var values: [DatabaseValue] = []
        values.reserveCapacity(newcomers.count * Self.reportColumnCount)
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
                DatabaseValue(originals[arrival.hash]), .integer(Int64(newcomer.place)),
            ]
        }
        try connection.insert(Self.insertReports, width: Self.reportColumnCount, values)
        return try numbers(
            "SELECT identity, id FROM reports WHERE identity IN", newcomers.map(\.rows.identity.identity))
    }

    private static let reportColumnCount = 16
    private static let insertReports = """
        INSERT INTO reports(identity, content, kind, organization, report_id, domain, begin, "end", day, received,
        messages, is_counted, policy, quirks, original, finding)
        """
    private static let recordColumnCount = 10
    private static let insertRecords = """
        INSERT INTO records(report, place, source, messages, disposition, dkim, spf, header_from, envelope_from,
        envelope_to)
        """
    private static let failureColumnCount = 10
    private static let insertFailures = """
        INSERT INTO failures(domain, day, report, source, feedback_type, auth_failure, delivery_result, alignment,
        mail_from, author)
        """

    private func append(
        _ records: [ReportRows.Record], _ names: [Int64], of report: Int64, to values: inout [DatabaseValue]
    ) {
        for (place, record) in records.enumerated() {
            values.append(.integer(report))
            values.append(.integer(Int64(place)))
            values.append(DatabaseValue(sources[record.source]))
            values.append(.integer(Int64(record.messages)))
            values.append(DatabaseValue(record.disposition))
            values.append(DatabaseValue(record.isDKIMAligned))
            values.append(DatabaseValue(record.isSPFAligned))
            values.append(DatabaseValue(record.headerFrom.map { names[$0] }))
            values.append(DatabaseValue(record.envelopeFrom.map { names[$0] }))
            values.append(DatabaseValue(record.envelopeTo.map { names[$0] }))
        }
    }

    /// Rows for the domains that a report is about, and for the message that failed.
    func append(
        _ rows: ReportRows, _ names: [Int64], of id: Int64, failures: inout [DatabaseValue],
        domains: inout [DatabaseValue]
    ) {
        // The first stands with the report.
        let about = rows.domains.map { names[$0] }
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
    /// - Returns: the number of each, by its hash.
    private func keep(_ arrivals: [ReportArrival]) throws(DatabaseError) -> [[UInt8]: Int64] {
        let hashes = Set(arrivals.map(\.hash))
        var values: [DatabaseValue] = []
        for arrival in arrivals {
            values += [
                .blob(arrival.hash), DatabaseValue(arrival.name), .integer(Int64(arrival.octets.count)),
                DatabaseValue(arrival.packed != nil), .blob(arrival.packed ?? arrival.octets),
            ]
        }
        try connection.insert(
            "INSERT INTO originals(hash, name, length, is_packed, octets)", width: 5, values,
            "ON CONFLICT(hash) DO NOTHING")
        return try numbers("SELECT hash, id FROM originals WHERE hash IN", Array(hashes))
    }

    /// The numbers of rows that are told by hashes.
    private func numbers(_ text: String, _ hashes: [[UInt8]]) throws(DatabaseError) -> [[UInt8]: Int64] {
        let found = try connection.rows(text, anyOf: hashes.map { .blob($0) }) { ($0.blob(0), $0.integer(1)) }
        return Dictionary(found) { first, _ in first }
    }
}
