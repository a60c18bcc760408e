internal import Databases
internal import MailReports

/// Names and sources stand in tables of their own, and elsewhere by their numbers.
extension SQLReportStore {
    /// Finds or makes the numbers of all names and sources in these reports.
    func learn(_ reports: [ReportRows]) throws(DatabaseError) {
        var unknown: (names: Set<String>, sources: Set<DMARCReportSource>) = ([], [])
        for rows in reports {
            for name in rows.names where names[name] == nil { unknown.names.insert(name) }
            rows.forEachSource { source in if sources[source] == nil { unknown.sources.insert(source) } }
        }
        try learn(unknown.names)
        try learn(unknown.sources)
    }

    /// The numbers of a report's names, in their order.
    func numbers(of rows: ReportRows) -> [Int64] { rows.names.map { names[$0] ?? 0 } }

    // All are put in, in an order that is the same for all who do; what is there already stays.

    private func learn(_ unknown: Set<String>) throws(DatabaseError) {
        let values = unknown.sorted().map { DatabaseValue.text($0) }
        try connection.insert("INSERT INTO names(name)", width: 1, values, "ON CONFLICT(name) DO NOTHING")
        _ = try connection.rows("SELECT name, id FROM names WHERE name IN", anyOf: values) { row in
            names[row.text(0)] = row.integer(1)
        }
    }

    private func learn(_ unknown: Set<DMARCReportSource>) throws(DatabaseError) {
        // Different texts in the place of an address may be kept as the same octets.
        var kept: [[UInt8]: [DMARCReportSource]] = [:]
        kept.reserveCapacity(unknown.count)
        for source in unknown { kept[StoredSource.octets(source), default: []].append(source) }
        let values = kept.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { DatabaseValue.blob($0) }
        try connection.insert("INSERT INTO sources(address)", width: 1, values, "ON CONFLICT(address) DO NOTHING")
        _ = try connection.rows("SELECT address, id FROM sources WHERE address IN", anyOf: values) { row in
            for source in kept[row.blob(0)] ?? [] { sources[source] = row.integer(1) }
        }
    }
}
