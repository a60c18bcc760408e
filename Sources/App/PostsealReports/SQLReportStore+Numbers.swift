internal import Databases
internal import MailReports

/// Names and sources stand in tables of their own, and elsewhere by their numbers.
extension SQLReportStore {
    /// Finds or makes the numbers of the names and sources in these reports: of all where sums are made of it, and
    /// otherwise of those by which it is found. Anybody can send what makes no sums, with thousands of names in it.
    func learn(_ reports: [(rows: ReportRows, makesSums: Bool)]) throws(DatabaseError) -> [NumberedRows] {
        var unknownNames: [String] = []
        var unknownSources: [DMARCReportSource] = []
        // Has a number from here on, so that it is asked for once.
        func note(_ name: String) {
            guard names[name] == nil else { return }
            names[name] = 0
            unknownNames.append(name)
        }
        func note(_ source: DMARCReportSource) {
            guard sources[source] == nil else { return }
            sources[source] = 0
            unknownSources.append(source)
        }
        for (rows, makesSums) in reports {
            if makesSums {
                for name in rows.names { note(name) }
                rows.forEachSource { note($0) }
            } else {
                for place in rows.domains { note(rows.names[place]) }
                rows.forEachSearchedSource { note($0) }
            }
        }
        try learn(unknownNames)
        try learn(unknownSources)
        let numbered = reports.map { rows, _ in
            NumberedRows(
                rows: rows, names: rows.names.map { names[$0] ?? 0 }, sources: rows.sources.map { sources[$0] ?? 0 })
        }
        try noteUse(numbered)
        return numbered
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

/// A report with the numbers of its names and of the sources of its records, in their order. A name that no sum is made
/// of can have the number 0.
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
