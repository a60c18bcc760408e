internal import Databases
internal import MailBytes
internal import MailNames
internal import MailReports
internal import TLSRPT

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
        guard let rows = try rows(of: id, where: Self.isUnproven) else { return false }
        try uncountSessions(try learn([(rows, true)]))
        try connection.run("UPDATE reports SET is_counted = 0, is_unproven = 0 WHERE id = ?", [.integer(id)])
        // Names that only it had.
        hasUnused = true
        return true
    }

    private static let isUnproven = "r.is_unproven = 1 AND r.kind = '\(tlsKind)'"

    /// Whether whose signature vouches for one report may put it in the place of a stored one that nothing proves: only
    /// he whom that one itself names for questions (RFC 8460 §4.4, `contact-info`). Anybody has a domain to sign with,
    /// and identifiers can be guessed.
    ///
    /// - Parameter signer: nil where an administrator vouches.
    func mayReplace(_ id: Int64, by signer: DomainName?) throws(DatabaseError) -> Bool {
        guard let signer else { return true }
        guard case .tls(let report)? = try report(of: id, where: Self.isUnproven)?.report,
            let at = report.contactInfo?.lastIndex(of: "@"), let contact = report.contactInfo?[at...].dropFirst(),
            let domain = try? DomainName(mailDomain: String(contact))
        else { return false }
        // No top-level domain vouches for all below it.
        return signer.isEqualOrSubdomain(of: domain) || signer.labelCount > 1 && domain.isEqualOrSubdomain(of: signer)
    }

    private func rows(of id: Int64, where condition: String) throws(DatabaseError) -> ReportRows? {
        try report(of: id, where: condition).map { ReportRows($0.report, received: $0.received) }
    }

    /// Reads a report again, from its original; nil where that is not kept any more, or a condition does not hold.
    private func report(
        of id: Int64, where condition: String
    ) throws(DatabaseError) -> (report: MailReport, received: UnixTime)? {
        let found = try connection.rows(
            """
            SELECT o.length, o.is_packed, o.octets, o.name, r.finding, r.received, r.kind, r.organization, r.report_id,
            r.begin FROM reports r JOIN originals o ON o.id = r.original WHERE r.id = ? AND \(condition)
            """, [.integer(id)]
        ) { row in
            let octets = PackedOriginal.unpack(row.blob(2), row.integer(1), length: row.integer(0))
            let mark = ReportMark(
                kind: row.text(6), organization: row.text(7), reportID: row.text(8),
                begin: row.integerOrNil(9).map { UnixTime(seconds: $0) }, place: Int(row.integer(4)))
            return (octets, row.textOrNil(3), mark, UnixTime(seconds: row.integer(5)))
        }
        guard case .some((let octets?, let name, let mark, let received)) = found.first else { return nil }
        let findings = ReportFile(reading: octets, name: name).findings
        guard let place = mark.place(in: findings), let report = findings[place].report else { return nil }
        return (report, received)
    }

    /// As ``ReportStore`` promises.
    public func drop(_ ids: [Int64]) throws(ReportStoreError) -> [Int64] {
        try transaction { () throws(DatabaseError) in try remove(Set(ids).sorted()) }
    }
}
