internal import Databases
internal import MailBytes
internal import MailReports

extension SQLReportStore {
    /// Reports that are read again in one transaction.
    private static let acceptedAtOnce = 50

    /// As ``ReportStore`` promises.
    public func accept(_ ids: [Int64]) throws(ReportStoreError) -> [Int64] {
        var accepted: [Int64] = []
        var rest = Array(Set(ids)).sorted()[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.acceptedAtOnce)
            rest = rest.dropFirst(piece.count)
            accepted += try transaction { () throws(DatabaseError) in try acceptTogether(piece) }
        }
        return accepted
    }

    private func acceptTogether(_ ids: ArraySlice<Int64>) throws(DatabaseError) -> [Int64] {
        var accepted: [Int64] = []
        var reports: [ReportRows] = []
        for id in ids {
            // What is not kept any more, or not to be read, can't be counted.
            guard let rows = try rows(of: id, where: "r.is_counted = 0 AND r.domain IS NOT NULL") else { continue }
            guard try claimIdentity(id, rows.identity) else { continue }
            reports.append(rows)
            // At once: another one of the same identity may follow.
            try connection.run("UPDATE reports SET is_counted = 1 WHERE id = ?", [.integer(id)])
            accepted.append(id)
        }
        try count(try learn(reports.map { ($0, true) }))
        return accepted
    }

    /// Takes a TLS report that counts although nothing proves whose it is out of the sums: it is kept apart then.
    ///
    /// - Returns: false where its original is not kept any more, which says what it brought.
    func uncount(_ id: Int64) throws(DatabaseError) -> Bool {
        let isOne = "r.is_unproven = 1 AND r.kind = '\(Self.tlsKind)'"
        guard let rows = try rows(of: id, where: isOne) else { return false }
        try uncountSessions(try learn([(rows, true)]))
        try connection.run("UPDATE reports SET is_counted = 0, is_unproven = 0 WHERE id = ?", [.integer(id)])
        // Names that only it had.
        hasUnused = true
        return true
    }

    /// Reads a report again, from its original; nil where that is not kept any more, or a condition does not hold.
    private func rows(of id: Int64, where condition: String) throws(DatabaseError) -> ReportRows? {
        let found = try connection.rows(
            """
            SELECT o.length, o.is_packed, o.octets, o.name, r.finding, r.received
            FROM reports r JOIN originals o ON o.id = r.original WHERE r.id = ? AND \(condition)
            """, [.integer(id)]
        ) { row in
            let octets = PackedOriginal.unpack(row.blob(2), row.integer(1), length: row.integer(0))
            return (octets, row.textOrNil(3), Int(row.integer(4)), UnixTime(seconds: row.integer(5)))
        }
        guard case .some((let octets?, let name, let place, let received)) = found.first else { return nil }
        let findings = ReportFile(reading: octets, name: name).findings
        guard findings.indices.contains(place), let report = findings[place].report else { return nil }
        return ReportRows(report, received: received)
    }

    /// As ``ReportStore`` promises.
    public func drop(_ ids: [Int64]) throws(ReportStoreError) -> [Int64] {
        try transaction { () throws(DatabaseError) in try remove(Set(ids).sorted()) }
    }
}
