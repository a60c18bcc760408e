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
        /// Its failures and domains; otherwise it lacks whom it is about alone.
        let lacksRows: Bool
        let original: Int64?
        let mark: ReportMark
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
            SELECT f.report, f.lacks_sums, f.lacks_rows, r.original, r.finding, r.received, r.kind, r.organization,
            r.report_id, r.begin FROM refills f
            JOIN reports r ON r.id = f.report ORDER BY f.report LIMIT ?
            """, [.integer(Int64(Self.reportsAtOnce))]
        ) { row in
            Refill(
                id: row.integer(0), lacksSums: row.integer(1) != 0, lacksRows: row.integer(2) != 0,
                original: row.integerOrNil(3),
                mark: ReportMark(
                    kind: row.text(6), organization: row.text(7), reportID: row.text(8),
                    begin: row.integerOrNil(9).map { UnixTime(seconds: $0) }, place: Int(row.integer(4))),
                received: UnixTime(seconds: row.integer(5)))
        }
        var found: [(refill: Refill, rows: ReportRows)] = []
        var done: [Int64] = []
        var octets = 0
        // Reports of one file mostly come one after the other.
        var file: (original: Int64, findings: [ReportFinding], subjects: ReportSubjects?)?
        for refill in refills where octets < Self.octetsAtOnce {
            done.append(refill.id)
            guard let original = refill.original else { continue }
            if file?.original != original {
                let findings = try read(original, &octets)
                let subjects = ReportSubjects(of: findings.map { $0.report.flatMap { ReportSubjects($0) } })
                file = (original, findings, subjects)
            }
            guard let file, let place = refill.mark.place(in: file.findings), let report = file.findings[place].report
            else { continue }
            let rows = ReportRows(report, received: refill.received)
            try connection.run(
                "UPDATE reports SET subjects = ?, file_subjects = ?, finding = ? WHERE id = ?",
                Self.subjects(of: rows, in: file.subjects) + [.integer(Int64(place)), .integer(refill.id)])
            if refill.lacksRows { found.append((refill, rows)) }
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

    /// What is in a file; nothing where it is not kept, or damaged.
    private func read(_ original: Int64, _ octets: inout Int) throws(DatabaseError) -> [ReportFinding] {
        let file = try connection.rows(
            "SELECT length, is_packed, octets, name FROM originals WHERE id = ?", [.integer(original)]
        ) { row in
            (PackedOriginal.unpack(row.blob(2), row.integer(1), length: row.integer(0)), row.textOrNil(3))
        }.first
        guard case .some((let content?, let name)) = file else { return [] }
        octets += content.count
        return ReportFile(reading: content, name: name).findings
    }
}
