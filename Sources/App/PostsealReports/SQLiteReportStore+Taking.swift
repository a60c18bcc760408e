internal import MailBytes
internal import MailCrypto
internal import MailReports

extension SQLiteReportStore {
    /// As ``ReportStore`` promises.
    public func take(_ arrivals: [ReportArrival]) throws(ReportStoreError) -> [[ReportIntake]] {
        try transaction { () throws(ReportStoreError) in
            var results: [[ReportIntake]] = []
            for arrival in arrivals { results.append(try take(arrival)) }
            return results
        }
    }

    private func take(_ arrival: ReportArrival) throws(ReportStoreError) -> [ReportIntake] {
        var original: Int64?
        var results: [ReportIntake] = []
        for (place, finding) in arrival.findings.enumerated() {
            let report: MailReport
            switch finding.outcome {
            case .success(let read): report = read
            case .failure(let error):
                results.append(.refused(error))
                continue
            }
            let identity = ReportIdentity(report)
            let known = try connection.rows(
                "SELECT id, content FROM reports WHERE identity = ?", [.blob(identity.identity)]
            ) { (id: $0.integer(0), content: $0.blob(1)) }.first
            if let known {
                results.append(known.content == identity.content ? .known(known.id) : .conflicting(known.id))
                continue
            }
            // Kept once for all its reports, and only if one of them is new.
            let kept: Int64
            if let original { kept = original } else { kept = try keep(arrival) }
            original = kept
            results.append(.new(try add(report, identity, finding.quirks, arrival, original: kept, place)))
        }
        return results
    }

    // MARK: - Originals

    private func keep(_ arrival: ReportArrival) throws(ReportStoreError) -> Int64 {
        let hash = SHA256Hasher.hash(arrival.octets).bytes
        if let known = try connection.number("SELECT id FROM originals WHERE hash = ?", [.blob(hash)]) { return known }
        let packed = ReportPacking.gzip(arrival.octets)
        let isPacked = !packed.isEmpty && packed.count < arrival.octets.count
        try connection.run(
            "INSERT INTO originals(hash, name, length, is_packed, octets) VALUES(?, ?, ?, ?, ?)",
            [
                .blob(hash), SQLiteValue(arrival.name), .integer(Int64(arrival.octets.count)), SQLiteValue(isPacked),
                .blob(isPacked ? packed : arrival.octets),
            ])
        return connection.lastRow
    }

    // MARK: - Reports

    private func add(
        _ report: MailReport, _ identity: ReportIdentity, _ quirks: [String], _ arrival: ReportArrival,
        original: Int64, _ place: Int
    ) throws(ReportStoreError) -> Int64 {
        let head = ReportHead(report)
        let period = ReportPeriod(begin: head.begin, end: head.end, received: arrival.received)
        var domain: Int64?
        if let text = head.domain { domain = try number(ofName: text) }
        // Without a domain there is nothing to count for.
        let isCounted = arrival.isCounted && domain != nil
        try connection.run(
            """
            INSERT INTO reports(identity, content, kind, organization, report_id, domain, begin, "end", day, received,
            messages, is_counted, policy, quirks, original, finding) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
            """,
            [
                .blob(identity.identity), .blob(identity.content), .text(report.kind), .text(head.organization),
                .text(head.reportID), SQLiteValue(domain), SQLiteValue(head.begin?.seconds),
                SQLiteValue(head.end?.seconds), .integer(period.day), .integer(arrival.received.seconds),
                .integer(Int64(head.messages)), SQLiteValue(isCounted),
                SQLiteValue(head.policy.map { StoredPolicy($0).stored }), .text(quirks.joined(separator: " ")),
                .integer(original), .integer(Int64(place)),
            ])
        let id = connection.lastRow
        guard case .aggregate(let aggregate) = report else { return id }
        try addRecords(aggregate.records, of: id)
        if isCounted, let domain, let name = head.domain { try count(aggregate.records, domain, name, period) }
        return id
    }

    private func addRecords(_ records: [DMARCReportRecord], of report: Int64) throws(ReportStoreError) {
        for (place, record) in records.enumerated() {
            var names: [SQLiteValue] = []
            for name in [record.headerFrom, record.envelopeFrom, record.envelopeTo] {
                if let name { names.append(.integer(try number(ofName: name))) } else { names.append(.null) }
            }
            let source = try number(of: record.source)
            try connection.run(
                """
                INSERT INTO records(report, place, source, messages, disposition, dkim, spf, header_from, envelope_from,
                envelope_to) VALUES(?,?,?,?,?,?,?,?,?,?)
                """,
                [
                    .integer(report), .integer(Int64(place)), .integer(source), .integer(Int64(record.count)),
                    SQLiteValue(record.disposition?.word), SQLiteValue(record.dkimAligned),
                    SQLiteValue(record.spfAligned),
                ] + names)
        }
    }

    // MARK: - Sums

    private func count(
        _ records: [DMARCReportRecord], _ domain: Int64, _ name: String, _ period: ReportPeriod
    ) throws(ReportStoreError) {
        var sums: [ReportTallyKey: Int] = [:]
        for record in records where record.count > 0 {
            let key = ReportTallyKey(record, of: name)
            sums[key] = min((sums[key] ?? 0) + min(record.count, ReportLimits.messagesMax), ReportLimits.messagesMax)
        }
        for (key, messages) in sums {
            let source = try number(of: key.source)
            // No name has the number 0.
            var via: Int64 = 0
            if let name = key.via { via = try number(ofName: name) }
            for (span, start) in period.starts {
                try connection.run(
                    """
                    INSERT INTO tallies(domain, span, start, source, via, alignment, disposition, exception,
                    is_subdomain, messages) VALUES(?,?,?,?,?,?,?,?,?,?)
                    ON CONFLICT DO UPDATE SET messages = min(messages + excluded.messages, \(ReportLimits.messagesMax))
                    """,
                    [
                        .integer(domain), .integer(span.rawValue), .integer(start), .integer(source), .integer(via),
                        .integer((key.isDKIMAligned ? 1 : 0) | (key.isSPFAligned ? 2 : 0)),
                        .integer(key.disposition.rawValue), .integer(key.exception.rawValue),
                        SQLiteValue(key.isSubdomain), .integer(Int64(messages)),
                    ])
            }
        }
    }

    // MARK: - Numbers

    private func number(ofName name: String) throws(ReportStoreError) -> Int64 {
        if let known = names[name] { return known }
        let id: Int64
        if let known = try connection.number("SELECT id FROM names WHERE name = ?", [.text(name)]) {
            id = known
        } else {
            try connection.run("INSERT INTO names(name) VALUES(?)", [.text(name)])
            id = connection.lastRow
        }
        names[name] = id
        return id
    }

    private func number(of source: DMARCReportSource) throws(ReportStoreError) -> Int64 {
        let octets = StoredSource.octets(source)
        if let known = sources[octets] { return known }
        let id: Int64
        if let known = try connection.number("SELECT id FROM sources WHERE address = ?", [.blob(octets)]) {
            id = known
        } else {
            try connection.run("INSERT INTO sources(address) VALUES(?)", [.blob(octets)])
            id = connection.lastRow
        }
        sources[octets] = id
        return id
    }
}
