internal import Databases
public import MailBytes
internal import MailReports

/// What is found by a name, or a part of one. Names and hosts are few, and looked through; sums are many.
extension SQLReportStore {
    /// As ``ReportStore`` promises.
    public func tallies(
        named text: String, of domains: [String], from: UnixTime, to: UnixTime, count: Int
    ) throws(ReportStoreError) -> [String: [SourceTally]] {
        guard let search = NameSearch(text, domains, from, to, count: count) else { return [:] }
        return try use { connection throws(DatabaseError) in
            let found = try search.places(.via, connection)
            let names = try Self.names(Set(found.map(\.number)), connection)
            var tallies: [String: [SourceTally]] = [:]
            for (domain, via) in found {
                let sum = try search.messages(of: domain, via: via, connection)
                tallies[domain, default: []].append(
                    SourceTally(
                        via: names[via], source: .missing, messages: sum.messages, alignedMessages: sum.passed))
            }
            return tallies
        }
    }

    /// As ``ReportStore`` promises.
    public func hosts(
        named text: String, of domains: [String], from: UnixTime, to: UnixTime, count: Int
    ) throws(ReportStoreError) -> [NamedSource] {
        guard let search = NameSearch(text, domains, from, to, count: count) else { return [] }
        return try use { connection throws(DatabaseError) in
            let found = try search.places(.source, connection)
            let hosts = try Self.hosts(Set(found.map(\.number)), connection)
            return found.compactMap { domain, source in
                hosts[source].map { NamedSource(domain: domain, source: $0.source, host: $0.host) }
            }
        }
    }

    private static func hosts(
        _ sources: Set<Int64>, _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> [Int64: (source: DMARCReportSource, host: SourceHost)] {
        let text = """
            SELECT s.id, s.address, h.outcome, h.name, h.looked_up FROM sources s JOIN hosts h ON h.source = s.id
            WHERE s.id IN
            """
        var hosts: [Int64: (DMARCReportSource, SourceHost)] = [:]
        _ = try connection.rows(text, anyOf: sources.sorted().map { .integer($0) }) { row in
            guard let outcome = SourceHost.Outcome(rawValue: row.integer(2)) else { return }
            hosts[row.integer(0)] = (
                StoredSource.source(row.blob(1)),
                SourceHost(outcome, name: row.textOrNil(3), lookedUp: UnixTime(seconds: row.integer(4)))
            )
        }
        return hosts
    }
}

/// Looks for names in the sums of some domains.
private struct NameSearch {
    /// Limit: so often it is looked in the sums whether a name is there, which takes about 40 ms; where it were more
    /// often, sums are read one after the other until enough are found.
    private static let looksMax = 40_000
    /// Limit: days that are looked through, the last ones of a period.
    private static let daysMax: Int64 = 400
    /// Limit: of these days, where sums are read one after the other.
    private static let readDaysMax: Int64 = 28
    private static let day = ReportTally.Span.day.rawValue

    /// What has a name.
    enum Column {
        /// Who proves to send.
        case via
        /// The host of a source.
        case source

        fileprivate var sums: String { self == .via ? "totals" : "tallies" }
        fileprivate var name: String { self == .via ? "via" : "source" }
        fileprivate var named: String {
            switch self {
            case .via: "SELECT id FROM names WHERE name LIKE ? ESCAPE '!'"
            case .source: "SELECT source FROM hosts WHERE name LIKE ? ESCAPE '!'"
            }
        }
    }

    private let pattern: DatabaseValue
    private let domains: [DatabaseValue]
    private let count: Int
    /// The first days' beginnings, and the end of the last one.
    private let first: Int64
    private let end: Int64

    /// Nil where nothing can be found.
    init?(_ text: String, _ domains: [String], _ from: UnixTime, _ to: UnixTime, count: Int) {
        pattern = .text(SearchPattern.anywhere(text))
        self.domains = domains.prefix(ReportQuery.domainsMax).map { .text(StoredName.form($0)) }
        self.count = count
        end = min(max(to.seconds, 0), 1 << 40)
        let begin = min(max(from.seconds, end - Self.daysMax * Self.day, 0), end)
        first = (begin + Self.day - 1) / Self.day * Self.day
        guard !text.isEmpty, !domains.isEmpty, count > 0, first < end else { return nil }
    }

    private static let days = """
        WITH RECURSIVE days(start) AS
        (SELECT CAST(? AS BIGINT) UNION ALL SELECT start + \(day) FROM days WHERE start + \(day) < ?)
        """

    /// The domains, each with the numbers of names that it has sums of.
    func places(
        _ column: Column, _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> [(domain: String, number: Int64)] {
        let days = Int((end - first + Self.day - 1) / Self.day)
        let most = Self.looksMax / (days * domains.count) + 1
        let named = try connection.rows("\(column.named) LIMIT ?", [pattern, .integer(Int64(most))]) { _ in }.count
        // Most of what is looked for is no name at all.
        guard named > 0 else { return [] }
        let list = Array(repeating: "?", count: domains.count).joined(separator: ",")
        let (begin, join, condition): (String, String, String)
        let before: [DatabaseValue]
        let behind: [DatabaseValue]
        if named < most {
            // Each day and name has its place in the table's order.
            (begin, join, condition) = (Self.days, "days d CROSS JOIN", "t.start = d.start")
            (before, behind) = ([.integer(first), .integer(end)], [])
        } else {
            (begin, join, condition) = ("", "", "t.start >= ? AND t.start < ?")
            let last = max(first, end - Self.readDaysMax * Self.day)
            (before, behind) = ([], [.integer(last), .integer(end)])
        }
        let text = """
            \(begin) SELECT DISTINCT n.name, t.\(column.name) FROM names n CROSS JOIN \(join) \(column.sums) t
            WHERE n.name IN (\(list)) AND t.domain = n.id AND t.span = \(Self.day) AND \(condition)
            AND t.\(column.name) IN (\(column.named)) LIMIT ?
            """
        return try connection.rows(text, before + domains + behind + [pattern, .integer(Int64(count))]) {
            (domain: $0.text(0), number: $0.integer(1))
        }
    }

    /// The messages of a name that was found, of the whole period.
    func messages(
        of domain: String, via: Int64, _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> (messages: Int, passed: Int) {
        let sum = connection.dialect.sum
        let text = """
            \(Self.days) SELECT \(sum("t.messages")), \(sum("CASE WHEN t.alignment = 0 THEN 0 ELSE t.messages END"))
            FROM days d CROSS JOIN totals t WHERE t.domain = (SELECT id FROM names WHERE name = ?)
            AND t.span = \(Self.day) AND t.start = d.start AND t.via = ?
            """
        let values: [DatabaseValue] = [.integer(first), .integer(end), .text(domain), .integer(via)]
        let sums = try connection.rows(text, values) { row in
            (
                messages: min(Int(row.integer(0)), ReportLimits.messagesMax),
                passed: min(Int(row.integer(1)), ReportLimits.messagesMax)
            )
        }
        return sums.first ?? (0, 0)
    }
}

/// Text that is looked for, as a pattern of LIKE whose sign of escape is `!`.
enum SearchPattern {
    /// Anywhere in a text. Both databases fold the letters of ASCII alone here.
    static func anywhere(_ text: String) -> String {
        // By scalars: a sign of a pattern with an accent on it is one still.
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "!" || scalar == "%" || scalar == "_" { escaped.append("!") }
            escaped.append(("A"..."Z").contains(scalar) ? Unicode.Scalar(scalar.value + 32) ?? scalar : scalar)
        }
        return "%\(String(escaped))%"
    }
}
