internal import Databases
internal import MailReports

/// Names and sources stand in tables of their own, and elsewhere by their numbers.
extension SQLReportStore {
    /// Finds or makes the numbers of all names and sources in these reports.
    func learn(_ reports: [ReportRows]) throws(DatabaseError) -> [NumberedRows] {
        var unknownNames: [String] = []
        var unknownSources: [DMARCReportSource] = []
        for rows in reports {
            // Has a number from here on, so that it is asked for once.
            for name in rows.names where names[name] == nil {
                names[name] = 0
                unknownNames.append(name)
            }
            rows.forEachSource { source in
                guard sources[source] == nil else { return }
                sources[source] = 0
                unknownSources.append(source)
            }
        }
        try learn(unknownNames)
        try learn(unknownSources)
        return reports.map { rows in
            NumberedRows(
                rows: rows, names: rows.names.map { names[$0] ?? 0 }, sources: rows.sources.map { sources[$0] ?? 0 })
        }
    }

    // All are put in, in an order that is the same for all who do; what is there already stays. Whatever fails ends the
    // transaction, and all numbers are forgotten.

    private func learn(_ unknown: [String]) throws(DatabaseError) {
        let sorted = unknown.sorted()
        let numbers = try connection.insertNumbered("names", ["name"], key: 0, sorted.map { .text($0) })
        for (name, number) in zip(sorted, numbers) { names[name] = number }
    }

    private func learn(_ unknown: [DMARCReportSource]) throws(DatabaseError) {
        // Different texts in the place of an address may be kept as the same octets, and have the same number then.
        let kept = unknown.map { KeptSource($0) }.sorted()
        let numbers = try connection.insertNumbered("sources", ["address"], key: 0, kept.map { .blob($0.octets) })
        for (source, number) in zip(kept, numbers) { sources[source.source] = number }
    }
}

/// A report with the numbers of its names and of the sources of its records, in their order.
struct NumberedRows {
    let rows: ReportRows
    let names: [Int64]
    let sources: [Int64]
}

/// A source beside its octets, in whose order they are put in.
private struct KeptSource: Comparable {
    let source: DMARCReportSource
    let octets: [UInt8]
    /// The first octets, with which nearly all are compared.
    private let first: UInt64

    init(_ source: DMARCReportSource) {
        self.source = source
        octets = StoredSource.octets(source)
        var first: UInt64 = 0
        for index in 0..<8 { first = first << 8 | (index < octets.count ? UInt64(octets[index]) : 0) }
        self.first = first
    }

    static func == (left: KeptSource, right: KeptSource) -> Bool { left.octets == right.octets }

    static func < (left: KeptSource, right: KeptSource) -> Bool {
        left.first == right.first ? left.octets.lexicographicallyPrecedes(right.octets) : left.first < right.first
    }
}
