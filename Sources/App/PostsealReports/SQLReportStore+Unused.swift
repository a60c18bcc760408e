internal import Databases
internal import MailReports

/// Removing names, sources and files that nothing is about any more.
///
/// Which names and sources sums have is seen by looking at all of them alone: an index that leads there would be as
/// large as they are. So it goes in batches, beside whoever writes meanwhile: from the beginning of a sweep on, each
/// transaction notes the numbers that it gives to rows. Then all rows are looked through, and what is neither in them
/// nor noted goes. A sweep that another one has begun after ends, and drops nothing more.
extension SQLReportStore {
    /// Rows that are looked at in one batch, for each row that one may change.
    private static let looksOfRow = 25

    /// What stands in a table of its own, and elsewhere by its number.
    private enum Kind: Int64, CaseIterable {
        case names = 0
        case sources = 1

        var table: String {
            switch self {
            case .names: "names"
            case .sources: "sources"
            }
        }
    }

    /// Rows with numbers of names and sources.
    private struct Holder {
        let table: String
        /// Their key, in whose order they lie.
        let key: [String]
        var names: [String] = []
        var sources: [String] = []

        /// Columns of keys that are texts; all others are numbers.
        static let texts: Set = ["policy", "result"]
    }

    private static let holders = [
        // Sums without sources have the names of those with them, in fewer rows.
        Holder(
            table: "totals",
            key: ["domain", "span", "start", "via", "alignment", "disposition", "exception", "is_subdomain"],
            names: ["domain", "via"]),
        Holder(
            table: "tallies",
            key: ["domain", "span", "start", "source", "via", "alignment", "disposition", "exception", "is_subdomain"],
            sources: ["source"]),
        Holder(
            table: "tls_tallies",
            key: ["domain", "start", "organization", "policy", "outcome", "result", "mx", "sender"],
            names: ["domain", "organization", "mx"], sources: ["sender"]),
        Holder(table: "report_sources", key: ["source", "report"], sources: ["source"]),
        Holder(table: "failures", key: ["domain", "day", "report"], names: ["domain"], sources: ["source"]),
        Holder(table: "reports", key: ["id"], names: ["domain"]),
        Holder(table: "report_domains", key: ["domain", "report"], names: ["domain"]),
    ]

    /// One look for what nothing is about.
    private struct Sweep {
        let number: Int64
        /// The highest numbers that there were at its beginning.
        let last: [Kind: Int64]
        /// Those that rows have.
        var used: [Kind: NumberSet] = [:]
    }

    /// Whether something may be left to do: something went, or a sweep did not come to its end.
    func mayHaveUnused() throws(ReportStoreError) -> Bool {
        guard !hasUnused else { return true }
        return try use { connection throws(DatabaseError) in
            try connection.number("SELECT sweep FROM numbering_state") ?? 0 != 0
        }
    }

    /// Drops names, sources and files that nothing is about any more.
    func dropUnused() async throws(ReportStoreError) {
        // What goes meanwhile is for the next time.
        hasUnused = false
        do throws(ReportStoreError) {
            try await dropUnusedOriginals()
            try await sweep()
        } catch {
            hasUnused = true
            throw error
        }
        if Task.isCancelled { hasUnused = true }
    }

    private func sweep() async throws(ReportStoreError) {
        var begun: Sweep?
        try await inBatches { _ throws(ReportStoreError) in
            begun = try beginSweep()
            return false
        }
        guard var sweep = begun else { return }
        for holder in Self.holders {
            var last: [DatabaseValue] = []
            try await inBatches { count throws(ReportStoreError) in
                try look(through: holder, behind: &last, atMost: count * Self.looksOfRow, &sweep)
            }
        }
        for kind in Kind.allCases {
            var last: Int64 = 0
            try await inBatches { count throws(ReportStoreError) in
                // Without all rows nobody knows what is in use.
                guard !Task.isCancelled else { return false }
                return try drop(kind, behind: &last, atMost: count * Self.looksOfRow, sweep)
            }
        }
        try endSweep(sweep.number)
    }

    // MARK: - Others meanwhile

    /// Notes the numbers that rows get, while somebody looks for those that none has.
    func noteUse(_ reports: [NumberedRows]) throws(DatabaseError) {
        guard isSwept else { return }
        var (names, sources): (Set<Int64>, Set<Int64>) = ([], [])
        for report in reports {
            names.formUnion(report.names)
            report.rows.forEachSource { if let number = self.sources[$0] { sources.insert(number) } }
        }
        for (kind, numbers) in [(Kind.names, names), (.sources, sources)] {
            try connection.insert(
                "INSERT INTO numbers_in_use(kind, number)", width: 2,
                numbers: numbers.sorted().flatMap { [kind.rawValue, $0] }, "ON CONFLICT(kind, number) DO NOTHING")
        }
    }

    private func beginSweep() throws(ReportStoreError) -> Sweep {
        try transaction { () throws(DatabaseError) in
            try connection.run("DELETE FROM numbers_in_use")
            try connection.run("UPDATE numbering_state SET generation = generation + 1, sweep = generation + 1")
            var last: [Kind: Int64] = [:]
            for kind in Kind.allCases { last[kind] = try connection.number("SELECT max(id) FROM \(kind.table)") }
            return Sweep(number: try connection.number("SELECT sweep FROM numbering_state") ?? 0, last: last)
        }
    }

    private func endSweep(_ number: Int64) throws(ReportStoreError) {
        try transaction { () throws(DatabaseError) in
            let isOurs =
                try connection.run("UPDATE numbering_state SET sweep = 0 WHERE sweep = ?", [.integer(number)]) == 1
            if isOurs { try connection.run("DELETE FROM numbers_in_use") }
        }
    }

    // MARK: - Batches

    /// Looks at the next rows.
    ///
    /// - Parameter last: the key of the last one before them; empty before the first, and set to that of the last.
    /// - Returns: whether there can be more.
    private func look(
        through holder: Holder, behind last: inout [DatabaseValue], atMost count: Int, _ sweep: inout Sweep
    ) throws(ReportStoreError) -> Bool {
        let key = holder.key.joined(separator: ", ")
        let places = Array(repeating: "?", count: last.count).joined(separator: ", ")
        let columns = holder.key + holder.names + holder.sources
        let (names, sources) = (holder.key.count, holder.key.count + holder.names.count)
        var used = (names: sweep.used[.names] ?? NumberSet(), sources: sweep.used[.sources] ?? NumberSet())
        sweep.used = [:]
        var looked = 0
        var next = last
        _ = try rows(
            """
            SELECT \(columns.joined(separator: ", ")) FROM \(holder.table)
            \(last.isEmpty ? "" : "WHERE (\(key)) > (\(places))") ORDER BY \(key) LIMIT ?
            """, last + [.integer(Int64(count))]
        ) { row in
            looked += 1
            for column in names..<sources { if let number = row.integerOrNil(column) { used.names.insert(number) } }
            for column in sources..<columns.count {
                if let number = row.integerOrNil(column) { used.sources.insert(number) }
            }
            guard looked == count else { return }
            next = holder.key.indices.map { column in
                Holder.texts.contains(columns[column]) ? .text(row.text(column)) : .integer(row.integer(column))
            }
        }
        last = next
        sweep.used = [.names: used.names, .sources: used.sources]
        return looked == count
    }

    /// Drops names or sources that are not in use, in the order of their numbers.
    ///
    /// - Parameter last: the last one that was looked at.
    /// - Returns: whether there can be more.
    private func drop(
        _ kind: Kind, behind last: inout Int64, atMost count: Int, _ sweep: Sweep
    ) throws(ReportStoreError) -> Bool {
        let ids = try rows(
            "SELECT id FROM \(kind.table) WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            [.integer(last), .integer(sweep.last[kind] ?? 0), .integer(Int64(count))]
        ) { $0.integer(0) }
        let used = sweep.used[kind] ?? NumberSet()
        let unused = ids.filter { !used.contains($0) }
        guard !unused.isEmpty else {
            last = ids.last ?? last
            return ids.count == count
        }
        let done = try transaction { () throws(DatabaseError) -> Int64? in
            guard try connection.number("SELECT sweep FROM numbering_state") == sweep.number else { return nil }
            let end = ContinuousClock.now + DayWalk.time
            var done = ids.last
            for id in unused {
                let noted = try connection.number(
                    "SELECT 1 FROM numbers_in_use WHERE kind = ? AND number = ?",
                    [.integer(kind.rawValue), .integer(id)])
                guard noted == nil else { continue }
                try connection.run("DELETE FROM \(kind.table) WHERE id = ?", [.integer(id)])
                // Its number may be given to another one.
                if kind == .sources { try connection.run("DELETE FROM hosts WHERE source = ?", [.integer(id)]) }
                if ContinuousClock.now > end {
                    done = id
                    break
                }
            }
            // Nobody is to trust the numbers any more that he remembers.
            try connection.run("UPDATE numbering_state SET generation = generation + 1")
            forgetNumbers()
            return done
        }
        guard let done else { return false }
        last = done
        return ids.count == count || done != ids.last
    }

    /// Files whose reports are all gone. They go together, so that there are none, unless somebody was at the tables.
    private func dropUnusedOriginals() async throws(ReportStoreError) {
        var last: [UInt8] = []
        try await inBatches { count throws(ReportStoreError) in
            let most = count * Self.looksOfRow
            // The index of the hashes has all that is looked at.
            let found = try rows(
                """
                SELECT hash, id, CASE WHEN EXISTS (SELECT 1 FROM reports r WHERE r.original = o.id) THEN 1 ELSE 0 END
                FROM originals o WHERE hash > ? ORDER BY hash LIMIT ?
                """, [.blob(last), .integer(Int64(most))]
            ) { (hash: $0.blob(0), id: $0.integer(1), isUsed: $0.integer(2) != 0) }
            let unused = found.filter { !$0.isUsed }.map(\.id)
            if !unused.isEmpty {
                try transaction { () throws(DatabaseError) in
                    for id in unused { try drop(unusedOriginal: id) }
                }
            }
            last = found.last?.hash ?? last
            return found.count == most
        }
    }
}

/// Numbers of rows. They follow each other with few gaps, so that a bit for each takes least.
private struct NumberSet {
    /// Limit: 32 MB. Higher numbers, which nobody has given, are in it.
    private static let numberMax: Int64 = 1 << 28

    private var words: [UInt64] = []

    mutating func insert(_ number: Int64) {
        guard (0..<Self.numberMax).contains(number) else { return }
        let place = Int(number >> 6)
        if place >= words.count { words += Array(repeating: 0, count: place + 1 - words.count) }
        words[place] |= 1 << UInt64(number & 63)
    }

    func contains(_ number: Int64) -> Bool {
        guard (0..<Self.numberMax).contains(number) else { return true }
        let place = Int(number >> 6)
        return place < words.count && words[place] & 1 << UInt64(number & 63) != 0
    }
}
