internal import Databases
internal import MailBytes
internal import MailReports

/// Reports that an earlier version stored, without the sums and rows that there are today.
extension SQLReportStore {
    /// Limit: reports that are read again in one transaction.
    private static let reportsAtOnce = 50
    /// Limit: octets of their files; one file may have more.
    private static let octetsAtOnce = 4 << 20

    /// A report that is to be read again.
    private struct Refill {
        let id: Int64
        let lacksSums: Bool
        let original: Int64?
        let place: Int
        let received: UnixTime
    }

    /// As ``ReportStore`` promises.
    public func catchUp() throws(ReportStoreError) -> Int {
        // Most of the time there is nothing, and nobody is to wait for that.
        let left = try use { connection throws(DatabaseError) in
            try connection.number("SELECT count(*) FROM refills") ?? 0
        }
        guard left > 0 else { return 0 }
        return try transaction { () throws(DatabaseError) in
            try readAgain()
            return Int(try connection.number("SELECT count(*) FROM refills") ?? 0)
        }
    }

    private func readAgain() throws(DatabaseError) {
        let refills = try connection.rows(
            """
            SELECT f.report, f.lacks_sums, r.original, r.finding, r.received FROM refills f
            JOIN reports r ON r.id = f.report ORDER BY f.report LIMIT ?
            """, [.integer(Int64(Self.reportsAtOnce))]
        ) { row in
            Refill(
                id: row.integer(0), lacksSums: row.integer(1) != 0, original: row.integerOrNil(2),
                place: Int(row.integer(3)), received: UnixTime(seconds: row.integer(4)))
        }
        var found: [(refill: Refill, rows: ReportRows)] = []
        var done: [Int64] = []
        var octets = 0
        for refill in refills where octets < Self.octetsAtOnce {
            done.append(refill.id)
            guard let report = try read(refill, &octets) else { continue }
            found.append((refill, ReportRows(report, received: refill.received)))
        }
        let numbered = try learn(found.map { ($0.rows, $0.refill.lacksSums) })
        var (failures, domains): ([DatabaseValue], [DatabaseValue]) = ([], [])
        for (refill, report) in zip(found.map(\.refill), numbered) {
            append(report, of: refill.id, failures: &failures, domains: &domains)
            // What was taken in since the third step has them.
            try connection.run("DELETE FROM report_domains WHERE report = ?", [.integer(refill.id)])
        }
        try insert(failures: failures, domains: domains)
        try count(zip(found, numbered).filter(\.0.refill.lacksSums).map(\.1))
        for id in done { try connection.run("DELETE FROM refills WHERE report = ?", [.integer(id)]) }
        // What is left without a report is of no use.
        if refills.isEmpty { try connection.run("DELETE FROM refills") }
    }

    private func read(_ refill: Refill, _ octets: inout Int) throws(DatabaseError) -> MailReport? {
        guard let original = refill.original else { return nil }
        let file = try connection.rows(
            "SELECT length, is_packed, octets, name FROM originals WHERE id = ?", [.integer(original)]
        ) { row in
            (PackedOriginal.unpack(row.blob(2), row.integer(1), length: row.integer(0)), row.textOrNil(3))
        }.first
        guard case .some((let content?, let name)) = file else { return nil }
        octets += content.count
        let findings = ReportFile(reading: content, name: name).findings
        return findings.indices.contains(refill.place) ? findings[refill.place].report : nil
    }
}
