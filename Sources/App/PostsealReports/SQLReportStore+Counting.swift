internal import Databases
internal import MailReports

/// Adding to the sums that charts and answers are made of.
extension SQLReportStore {
    /// A sum's place, and what is added to it.
    private struct Sum {
        let domain: Int64
        let span: Int64
        let start: Int64
        /// 0 where sources are not told from each other: none has that number.
        let source: Int64
        /// 0 where nothing is proven: no name has that number.
        let via: Int64
        let outcome: ReportRows.Outcome
        var messages: Int

        private var head: (Int64, Int64, Int64, Int64, Int64) { (domain, span, start, source, via) }
        private var rest: (Int64, Int64, Int64, Int64) {
            (outcome.alignment, outcome.disposition, outcome.exception, outcome.isSubdomain)
        }

        func hasPlace(of other: Sum) -> Bool { head == other.head && rest == other.rest }

        static func < (left: Sum, right: Sum) -> Bool {
            left.head == right.head ? left.rest < right.rest : left.head < right.head
        }

        var withoutSource: Sum {
            Sum(
                domain: domain, span: span, start: start, source: 0, via: via, outcome: outcome, messages: messages)
        }
    }

    /// Adds to the sums, in an order that is the same for all who do. All names and sources have their numbers.
    func count(_ reports: [ReportRows]) throws(DatabaseError) {
        var sums: [Sum] = []
        for rows in reports {
            guard let domain = rows.domains.first else { continue }
            let names = numbers(of: rows)
            let starts = rows.period.starts
            for record in rows.records where record.messages > 0 {
                for (span, start) in starts {
                    sums.append(
                        Sum(
                            domain: names[domain], span: span.rawValue, start: start,
                            source: sources[record.source] ?? 0, via: record.via.map { names[$0] } ?? 0,
                            outcome: record.outcome, messages: record.messages))
                }
            }
        }
        let tallies = Self.together(sums)
        let totals = Self.together(tallies.map(\.withoutSource))
        let columns = "via, alignment, disposition, exception, is_subdomain"
        try add("tallies", "domain, span, start, source, \(columns)", "messages", width: 10, Self.values(tallies, true))
        try add("totals", "domain, span, start, \(columns)", "messages", width: 9, Self.values(totals, false))
        try countSessions(reports)
    }

    /// One sum for each place, in the order of their places.
    private static func together(_ sums: [Sum]) -> [Sum] {
        var all: [Sum] = []
        for sum in sums.sorted(by: <) {
            if let last = all.last, last.hasPlace(of: sum) {
                all[all.count - 1].messages = last.messages.addingUpToMax(sum.messages)
            } else {
                all.append(sum)
            }
        }
        return all
    }

    private static func values(_ sums: [Sum], _ hasSource: Bool) -> [DatabaseValue] {
        var values: [DatabaseValue] = []
        values.reserveCapacity(sums.count * 10)
        for sum in sums {
            values.append(.integer(sum.domain))
            values.append(.integer(sum.span))
            values.append(.integer(sum.start))
            if hasSource { values.append(.integer(sum.source)) }
            values.append(.integer(sum.via))
            values.append(.integer(sum.outcome.alignment))
            values.append(.integer(sum.outcome.disposition))
            values.append(.integer(sum.outcome.exception))
            values.append(.integer(sum.outcome.isSubdomain))
            values.append(.integer(Int64(sum.messages)))
        }
        return values
    }

    private func countSessions(_ reports: [ReportRows]) throws(DatabaseError) {
        struct Place: Hashable {
            let numbers: [Int64]
            let words: [String]
        }
        var sessions: [Place: Int] = [:]
        for rows in reports where !rows.sessions.isEmpty {
            let names = numbers(of: rows)
            for (alike, count) in rows.sessions {
                let place = Place(
                    numbers: [
                        names[alike.domain], rows.period.day, names[alike.organization], alike.outcome,
                        alike.mx.map { names[$0] } ?? 0, alike.sender.flatMap { sources[$0] } ?? 0,
                    ], words: [alike.policyType, alike.result])
                sessions[place, default: 0] = sessions[place, default: 0].addingUpToMax(count)
            }
        }
        let sorted = sessions.sorted { left, right in
            left.key.numbers == right.key.numbers
                ? left.key.words.lexicographicallyPrecedes(right.key.words)
                : left.key.numbers.lexicographicallyPrecedes(right.key.numbers)
        }
        var values: [DatabaseValue] = []
        for (place, count) in sorted {
            values += place.numbers.map { .integer($0) } + place.words.map { .text($0) } + [.integer(Int64(count))]
        }
        try add(
            "tls_tallies", "domain, start, organization, outcome, mx, sender, policy, result", "sessions", width: 9,
            values)
    }

    private func add(
        _ table: String, _ key: String, _ sum: String, width: Int, _ values: [DatabaseValue]
    ) throws(DatabaseError) {
        let most = ReportLimits.messagesMax
        try connection.insert(
            "INSERT INTO \(table)(\(key), \(sum))", width: width, values,
            """
            ON CONFLICT(\(key)) DO UPDATE SET \(sum) =
            CASE WHEN \(table).\(sum) > \(most) - excluded.\(sum) THEN \(most)
            ELSE \(table).\(sum) + excluded.\(sum) END
            """)
    }
}
