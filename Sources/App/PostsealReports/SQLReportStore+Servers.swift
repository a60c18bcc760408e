internal import Databases
public import MailBytes

/// Servers of one's own, without reading all sources of a domain.
extension SQLReportStore {
    /// Limit: days that are looked through, the last ones of a period.
    private static let daysMax: Int64 = 400

    private struct Place: Hashable {
        let via: Int64
        let source: Int64
    }

    /// As ``ReportStore`` promises.
    public func forgottenServers(
        of domains: [String], from: UnixTime, to: UnixTime
    ) throws(ReportStoreError) -> [String: Int] {
        let wanted = Set(domains)
        return try use { connection throws(DatabaseError) in
            var own: [String: [Int64]] = [:]
            _ = try connection.rows(
                "SELECT source, name FROM hosts WHERE outcome = ? AND name IS NOT NULL",
                [.integer(SourceHost.Outcome.confirmed.rawValue)]
            ) { row in
                var name = row.text(1)[...]
                while true {
                    if wanted.contains(String(name)) { own[String(name), default: []].append(row.integer(0)) }
                    guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { break }
                    name = name[name.utf8.index(after: dot)...]
                }
            }
            var found: [String: Int] = [:]
            for (domain, sources) in own {
                let messages = try most(of: domain, sources, from, to, connection)
                if messages > 0 { found[domain] = messages }
            }
            return found
        }
    }

    /// The messages of the largest of these sources of which nothing passes. Each day and source has its place in the
    /// table's order, and few are looked at.
    private func most(
        of domain: String, _ sources: [Int64], _ from: UnixTime, _ to: UnixTime, _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> Int {
        let day = ReportTally.Span.day.rawValue
        let end = min(max(to.seconds, 0), 1 << 40)
        let begin = min(max(from.seconds, end - Self.daysMax * day, 0), end)
        let first = (begin + day - 1) / day * day
        guard first < end else { return 0 }
        var sums: [Place: (messages: Int, isAligned: Bool)] = [:]
        var rest = sources[...]
        while let any = rest.first {
            let piece = rest.prefix(64)
            rest = rest.dropFirst(piece.count)
            // Few different statements are prepared: what is missing in a list is named twice.
            let size = piece.count <= 8 ? 8 : 64
            let list = piece + repeatElement(any, count: size - piece.count)
            let places = repeatElement("?", count: size).joined(separator: ",")
            let text = """
                WITH RECURSIVE days(start) AS
                (SELECT CAST(? AS BIGINT) UNION ALL SELECT start + 86400 FROM days WHERE start + 86400 < ?)
                SELECT t.via, t.source, t.messages, t.alignment FROM days d CROSS JOIN tallies t
                WHERE t.domain = (SELECT id FROM names WHERE name = ?) AND t.span = ? AND t.start = d.start
                AND t.source IN (\(places))
                """
            let values: [DatabaseValue] = [
                .integer(first), .integer(end), .text(StoredName.form(domain)), .integer(day),
            ]
            _ = try connection.rows(text, values + list.map { .integer($0) }) { row in
                let place = Place(via: row.integer(0), source: row.integer(1))
                let sum = sums[place] ?? (0, false)
                let messages = min(Int(row.integer(2)), ReportLimits.messagesMax)
                sums[place] = (sum.messages.addingUpToMax(messages), sum.isAligned || row.integer(3) != 0)
            }
        }
        return sums.values.lazy.filter { !$0.isAligned }.map(\.messages).max() ?? 0
    }
}
