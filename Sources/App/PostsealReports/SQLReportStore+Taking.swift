internal import Databases
internal import MailBytes
internal import MailFormat
internal import MailReports

extension SQLReportStore {
    /// As ``ReportStore`` promises.
    public func take(_ arrivals: [ReportArrival]) throws(ReportStoreError) -> [[ReportIntake]] {
        try transaction { () throws(DatabaseError) in try put(arrivals) }
    }

    /// A report that is not there yet.
    private struct Newcomer {
        let report: MailReport
        let identity: ReportIdentity
        let quirks: [String]
        let head: ReportHead
        let period: ReportPeriod
        /// Which arrival it is of, and which of its findings.
        let arrival: Int
        let place: Int
        let isCounted: Bool
    }

    private func put(_ arrivals: [ReportArrival]) throws(DatabaseError) -> [[ReportIntake]] {
        let identities = arrivals.flatMap(\.identities).compactMap { try? $0.get().identity }
        var known = try known(identities)
        var newcomers: [Newcomer] = []
        for (index, arrival) in arrivals.enumerated() {
            for (place, identity) in arrival.identities.enumerated() {
                guard case .success(let identity) = identity, known[identity.identity] == nil,
                    let report = arrival.findings[place].report
                else { continue }
                let head = ReportHead(report)
                newcomers.append(
                    Newcomer(
                        report: report, identity: identity, quirks: arrival.findings[place].quirks, head: head,
                        period: ReportPeriod(begin: head.begin, end: head.end, received: arrival.received),
                        // Without a domain there is nothing to count for.
                        arrival: index, place: place, isCounted: arrival.isCounted && head.domain != nil))
                // The same may be in the same call again. It has no number yet.
                known[identity.identity] = (nil, identity.content)
            }
        }
        let ids = try add(newcomers, arrivals)
        return arrivals.enumerated().map { index, arrival in
            arrival.identities.enumerated().map { place, outcome in
                let identity: ReportIdentity
                switch outcome {
                case .success(let found): identity = found
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
        var sums = ReportSums()
        for newcomer in newcomers where newcomer.isCounted {
            sums.add(newcomer.report, received: arrivals[newcomer.arrival].received)
        }
        try learnNames(newcomers, sums)
        // Kept once for all its reports, and only if one of them is new.
        var originals: [Int: Int64] = [:]
        for newcomer in newcomers where originals[newcomer.arrival] == nil {
            originals[newcomer.arrival] = try keep(arrivals[newcomer.arrival])
        }
        let rows = newcomers.map { newcomer -> [DatabaseValue] in
            let head = newcomer.head
            return [
                .blob(newcomer.identity.identity), .blob(newcomer.identity.content), .text(newcomer.report.kind),
                .text(head.organization), .text(head.reportID), DatabaseValue(head.domain.flatMap(number(ofName:))),
                DatabaseValue(head.begin?.seconds), DatabaseValue(head.end?.seconds), .integer(newcomer.period.day),
                .integer(arrivals[newcomer.arrival].received.seconds), .integer(Int64(head.messages)),
                DatabaseValue(newcomer.isCounted), DatabaseValue(head.policy.map { StoredPolicy($0).stored }),
                .text(newcomer.quirks.joined(separator: " ")), DatabaseValue(originals[newcomer.arrival]),
                .integer(Int64(newcomer.place)),
            ]
        }
        let added = try connection.insert(
            """
            INSERT INTO reports(identity, content, kind, organization, report_id, domain, begin, "end", day, received,
            messages, is_counted, policy, quirks, original, finding)
            """, rows, "RETURNING identity, id"
        ) { ($0.blob(0), $0.integer(1)) }
        let numbers = Dictionary(added) { first, _ in first }
        var ids: [[UInt8]: (id: Int64, arrival: Int, place: Int)] = [:]
        var (records, failures, domains): ([[DatabaseValue]], [[DatabaseValue]], [[DatabaseValue]]) = ([], [], [])
        for newcomer in newcomers {
            let identity = newcomer.identity.identity
            guard let id = numbers[identity] else { continue }
            ids[identity] = (id, newcomer.arrival, newcomer.place)
            // The first stands with the report.
            domains += Set(newcomer.head.domains.dropFirst().compactMap(number(ofName:)))
                .subtracting([newcomer.head.domain.flatMap(number(ofName:)) ?? 0])
                .map { [.integer($0), .integer(id)] }
            switch newcomer.report {
            case .aggregate(let report):
                for (place, record) in report.records.enumerated() { records.append(row(record, place, of: id)) }
            case .failure(let report): failures += self.rows(report, newcomer, of: id)
            case .tls: break
            }
        }
        try connection.insert(
            """
            INSERT INTO records(report, place, source, messages, disposition, dkim, spf, header_from, envelope_from,
            envelope_to)
            """, records)
        try connection.insert(
            """
            INSERT INTO failures(domain, day, report, source, feedback_type, auth_failure, delivery_result, alignment,
            mail_from, author)
            """, failures)
        try connection.insert("INSERT INTO report_domains(domain, report)", domains)
        try count(sums)
        return ids
    }

    private func row(_ record: DMARCReportRecord, _ place: Int, of report: Int64) -> [DatabaseValue] {
        let names = [record.headerFrom, record.envelopeFrom, record.envelopeTo].map { name in
            DatabaseValue(name.flatMap(number(ofName:)))
        }
        return [
            .integer(report), .integer(Int64(place)), DatabaseValue(number(of: record.source)),
            .integer(Int64(record.count)), DatabaseValue(record.disposition?.word), DatabaseValue(record.dkimAligned),
            DatabaseValue(record.spfAligned),
        ] + names
    }

    /// A row for each domain that a failure report is about.
    private func rows(_ report: FeedbackReport, _ newcomer: Newcomer, of id: Int64) -> [[DatabaseValue]] {
        let domains = Set(newcomer.head.domains.compactMap(number(ofName:)))
        let source = number(of: report.sourceAddress.map { .address($0) } ?? .missing)
        let author = report.original.flatMap { original -> String? in
            let header = MailMessage(parsing: original.octets).header
            return header.first(named: "From").map { String(lossy: header.unfolded($0)) }
        }
        func text(_ text: String?) -> DatabaseValue { DatabaseValue(text.map { StoredName.form($0) }) }
        return (domains.isEmpty ? [0] : domains).map { domain in
            [
                .integer(domain), .integer(newcomer.period.day), .integer(id), .integer(source ?? 0),
                text(report.feedbackType), text(report.authFailure), text(report.deliveryResult),
                text(report.identityAlignment.map { $0.joined(separator: " ") }),
                text(report.value("Original-Mail-From")), text(author),
            ]
        }
    }

    /// Keeps a file as it came.
    private func keep(_ arrival: ReportArrival) throws(DatabaseError) -> Int64? {
        let hash = arrival.hash
        if let known = try connection.number("SELECT id FROM originals WHERE hash = ?", [.blob(hash)]) { return known }
        return try connection.number(
            "INSERT INTO originals(hash, name, length, is_packed, octets) VALUES(?, ?, ?, ?, ?) RETURNING id",
            [
                .blob(hash), DatabaseValue(arrival.name), .integer(Int64(arrival.octets.count)),
                DatabaseValue(arrival.packed != nil), .blob(arrival.packed ?? arrival.octets),
            ])
    }

    // MARK: - Numbers

    /// Finds or makes the numbers of all names and sources that are about to be written.
    private func learnNames(_ newcomers: [Newcomer], _ sums: ReportSums) throws(DatabaseError) {
        var names = sums.names
        var sources = sums.sources
        for newcomer in newcomers {
            names.formUnion(newcomer.head.domains)
            switch newcomer.report {
            case .aggregate(let report):
                for record in report.records {
                    sources.insert(StoredSource.octets(record.source))
                    for name in [record.headerFrom, record.envelopeFrom, record.envelopeTo] {
                        if let name { names.insert(name) }
                    }
                }
            case .failure(let report):
                sources.insert(StoredSource.octets(report.sourceAddress.map { .address($0) } ?? .missing))
            case .tls: break
            }
        }
        try learn(names, sources)
    }

    /// Finds or makes the numbers of names and sources, in an order that is the same for all who do.
    func learn(_ names: Set<String>, _ sources: Set<[UInt8]>) throws(DatabaseError) {
        let names = Set(names.map { StoredName.form($0) })
        try learn(
            names.filter { self.names[$0] == nil }.sorted().map { .text($0) }, in: "names", "name"
        ) { self.names[$0.text(0)] = $0.integer(1) }
        try learn(
            sources.filter { self.sources[$0] == nil }.sorted { $0.lexicographicallyPrecedes($1) }.map { .blob($0) },
            in: "sources", "address"
        ) { self.sources[$0.blob(0)] = $0.integer(1) }
    }

    private func learn(
        _ values: [DatabaseValue], in table: String, _ column: String, _ read: (DatabaseRow) -> Void
    ) throws(DatabaseError) {
        guard !values.isEmpty else { return }
        try connection.insert(
            "INSERT INTO \(table)(\(column))", values.map { [$0] }, "ON CONFLICT(\(column)) DO NOTHING")
        _ = try connection.rows("SELECT \(column), id FROM \(table) WHERE \(column) IN", anyOf: values, read)
    }

    func number(ofName name: String) -> Int64? { names[StoredName.form(name)] }

    func number(of source: DMARCReportSource) -> Int64? { sources[StoredSource.octets(source)] }
}
