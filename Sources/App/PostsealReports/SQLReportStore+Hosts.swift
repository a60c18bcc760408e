internal import Databases
public import MailBytes
public import MailNames
public import MailReports

/// Host names of sources.
extension SQLReportStore {
    /// Limit: sources whose names are asked for in one look at the database.
    private static let sourcesAtOnce = 512

    /// As ``ReportStore`` promises.
    public func hosts(of sources: [DMARCReportSource]) throws(ReportStoreError) -> [DMARCReportSource: SourceHost] {
        let wanted = Set(sources).map { DatabaseValue.blob(StoredSource.octets($0)) }
        let text = """
            SELECT s.address, h.outcome, h.name, h.looked_up FROM sources s JOIN hosts h ON h.source = s.id
            WHERE s.address IN
            """
        return try use { connection throws(DatabaseError) in
            var hosts: [DMARCReportSource: SourceHost] = [:]
            _ = try connection.rows(text, anyOf: wanted) { row in
                guard let outcome = SourceHost.Outcome(rawValue: row.integer(1)) else { return }
                hosts[StoredSource.source(row.blob(0))] = SourceHost(
                    outcome, name: row.textOrNil(2), lookedUp: UnixTime(seconds: row.integer(3)))
            }
            return hosts
        }
    }

    /// As ``ReportStore`` promises.
    public func keep(_ hosts: [IPAddress: SourceHost]) throws(ReportStoreError) {
        struct Known {
            let source: Int64
            let outcome: SourceHost.Outcome?
            let name: String?
            let lookedUp: Int64
            let failures: Int64
        }
        let addresses = hosts.keys.map { DatabaseValue.blob(StoredSource.octets(.address($0))) }
        let text = """
            SELECT s.address, s.id, h.outcome, h.name, h.looked_up, h.failures FROM sources s
            LEFT JOIN hosts h ON h.source = s.id WHERE s.address IN
            """
        try transaction { () throws(DatabaseError) in
            // Sources that are forgotten meanwhile have no number, and need no name.
            let known = try connection.rows(text, anyOf: addresses) { row in
                (
                    StoredSource.source(row.blob(0)),
                    Known(
                        source: row.integer(1), outcome: SourceHost.Outcome(rawValue: row.integer(2)),
                        name: row.textOrNil(3), lookedUp: row.integer(4), failures: row.integer(5))
                )
            }
            let rows = known.compactMap { source, known -> [DatabaseValue]? in
                guard case .address(let address) = source, let host = hosts[address] else { return nil }
                let failures = host.outcome == .failed ? known.failures + 1 : 0
                let due = host.lookedUp.adding(seconds: SourceHost.seconds(host.outcome, failures: failures))
                // A name that was confirmed does not go because DNS is silent for a while.
                let keepsOld = host.outcome == .failed && known.outcome != nil && known.outcome != .failed
                return [
                    .integer(known.source),
                    .integer(keepsOld ? known.outcome?.rawValue ?? 0 : host.outcome.rawValue),
                    DatabaseValue((keepsOld ? known.name : host.name).map { StoredName.form($0) }),
                    .integer(keepsOld ? known.lookedUp : host.lookedUp.seconds), .integer(due.seconds),
                    .integer(failures),
                ]
            }
            try connection.insert(
                "INSERT INTO hosts(source, outcome, name, looked_up, due, failures)", rows,
                """
                ON CONFLICT(source) DO UPDATE SET outcome = excluded.outcome, name = excluded.name,
                looked_up = excluded.looked_up, due = excluded.due, failures = excluded.failures
                """)
        }
    }

    /// As ``ReportStore`` promises.
    public func sources(
        of domain: String, from: UnixTime, to: UnixTime, among wanted: [DMARCReportSource]
    ) throws(ReportStoreError) -> [SourceTally] {
        struct Place: Hashable {
            let via: Int64
            let source: Int64
        }
        guard !wanted.isEmpty else { return [] }
        return try use { connection throws(DatabaseError) in
            var sources: [Int64: DMARCReportSource] = [:]
            let octets = Set(wanted).map { DatabaseValue.blob(StoredSource.octets($0)) }
            _ = try connection.rows("SELECT id, address FROM sources WHERE address IN", anyOf: octets) { row in
                sources[row.integer(0)] = StoredSource.source(row.blob(1))
            }
            var sums: [Place: SourceCounts] = [:]
            try eachSum(of: domain, from: from, to: to) { via, source, counts in
                guard sources[source] != nil else { return }
                sums[Place(via: via, source: source), default: SourceCounts()].add(counts)
            }
            let names = try Self.names(Set(sums.keys.map(\.via)), connection)
            return sums.map { place, sum in
                SourceTally(via: names[place.via], source: sources[place.source] ?? .missing, sum)
            }
        }
    }

    /// As ``ReportStore`` promises.
    public func unnamedSources(
        of domain: String, from: UnixTime, to: UnixTime, at now: UnixTime, count: Int
    ) throws(ReportStoreError) -> [UnnamedSource] {
        try use { connection throws(DatabaseError) in
            var messages: [Int64: Int] = [:]
            try eachSum(of: domain, from: from, to: to) { _, source, counts in
                messages[source, default: 0] = messages[source, default: 0].addingUpToMax(counts.messages)
            }
            var found: [UnnamedSource] = []
            var rest = messages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }[...]
            while found.count < count, !rest.isEmpty {
                let piece = rest.prefix(Self.sourcesAtOnce)
                rest = rest.dropFirst(piece.count)
                let ids = piece.map { DatabaseValue.integer($0.key) }
                let named = Set(
                    try connection.rows("SELECT source, due FROM hosts WHERE source IN", anyOf: ids) { row in
                        row.integer(1) > now.seconds ? row.integer(0) : 0
                    })
                var sources: [Int64: DMARCReportSource] = [:]
                _ = try connection.rows("SELECT id, address FROM sources WHERE id IN", anyOf: ids) { row in
                    sources[row.integer(0)] = StoredSource.source(row.blob(1))
                }
                for (source, messages) in piece where !named.contains(source) {
                    guard case .address(let address)? = sources[source] else { continue }
                    found.append(UnnamedSource(address: address, messages: messages))
                }
            }
            return Array(found.prefix(max(count, 0)))
        }
    }
}
