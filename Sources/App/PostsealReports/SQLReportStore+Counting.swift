internal import Databases
internal import MailReports

/// Adding to the sums that charts and answers are made of.
extension SQLReportStore {
    /// A domain's hour or day.
    private struct Period: Hashable, Comparable {
        let domain: Int64
        let span: Int64
        let start: Int64

        static func < (left: Period, right: Period) -> Bool {
            (left.domain, left.span, left.start) < (right.domain, right.span, right.start)
        }
    }

    /// A sum's place, and what is added to it. Small, for many of them are sorted.
    private struct Sum {
        /// The place of the period among all, which are in their order.
        let period: Int
        /// 0 where sources are not told from each other: none has that number.
        var source: Int64
        /// The number of the name, and the outcome below it. 0 where nothing is proven: no name has that number.
        let rest: Int64
        var messages: Int

        init(period: Int, source: Int64, via: Int64, outcome: ReportRows.Outcome, messages: Int) {
            self.period = period
            self.source = source
            rest = via << ReportRows.Outcome.bits | outcome.number
            self.messages = messages
        }

        var via: Int64 { rest >> ReportRows.Outcome.bits }
        var outcome: ReportRows.Outcome { ReportRows.Outcome(number: rest & (1 << ReportRows.Outcome.bits - 1)) }

        func hasPlace(of other: Sum) -> Bool {
            period == other.period && source == other.source && rest == other.rest
        }

        static func < (left: Sum, right: Sum) -> Bool {
            if left.period != right.period { return left.period < right.period }
            if left.source != right.source { return left.source < right.source }
            return left.rest < right.rest
        }
    }

    /// Adds to the sums, in an order that is the same for all who do. All names and sources have their numbers.
    func count(_ reports: [NumberedRows]) throws(DatabaseError) {
        let found = reports.map { report -> [Period] in
            guard let domain = report.rows.domains.first.map({ report.names[$0] }) else { return [] }
            return report.rows.period.starts.map { Period(domain: domain, span: $0.span.rawValue, start: $0.start) }
        }
        let periods = Set(found.joined()).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(periods, periods.indices))
        var sums: [Sum] = []
        sums.reserveCapacity(zip(reports, found).reduce(0) { $0 + $1.0.rows.counts.count * $1.1.count })
        for (report, mine) in zip(reports, found) where !mine.isEmpty {
            let spans = mine.map { places[$0] ?? 0 }
            for count in report.rows.counts where count.messages > 0 {
                for place in spans {
                    sums.append(
                        Sum(
                            period: place, source: report.sources[count.source],
                            via: count.via.map { report.names[$0] } ?? 0,
                            outcome: count.outcome, messages: count.messages))
                }
            }
        }
        let tallies = Self.together(&sums)
        let columns = "via, alignment, disposition, exception, is_subdomain"
        try add(
            "tallies", "domain, span, start, source, \(columns)", "messages", width: 10,
            numbers: Self.numbers(tallies, periods, hasSource: true))
        var all = tallies
        for index in all.indices { all[index].source = 0 }
        try add(
            "totals", "domain, span, start, \(columns)", "messages", width: 9,
            numbers: Self.numbers(Self.together(&all), periods, hasSource: false))
        try countSessions(reports)
    }

    /// One sum for each place, in the order of their places.
    private static func together(_ sums: inout [Sum]) -> [Sum] {
        sums.sort(by: <)
        var all: [Sum] = []
        all.reserveCapacity(sums.count)
        for sum in sums {
            if let last = all.last, last.hasPlace(of: sum) {
                all[all.count - 1].messages = last.messages.addingUpToMax(sum.messages)
            } else {
                all.append(sum)
            }
        }
        return all
    }

    private static func numbers(_ sums: [Sum], _ periods: [Period], hasSource: Bool) -> [Int64] {
        var numbers: [Int64] = []
        numbers.reserveCapacity(sums.count * 10)
        for sum in sums {
            let (period, outcome) = (periods[sum.period], sum.outcome)
            numbers.append(period.domain)
            numbers.append(period.span)
            numbers.append(period.start)
            if hasSource { numbers.append(sum.source) }
            numbers.append(sum.via)
            numbers.append(outcome.alignment)
            numbers.append(outcome.disposition)
            numbers.append(outcome.exception)
            numbers.append(outcome.isSubdomain)
            numbers.append(Int64(sum.messages))
        }
        return numbers
    }

    // MARK: - Sessions

    /// A sum's place: domain, start, organization, outcome, mx and sender, and policy and result.
    private struct SessionPlace: Hashable {
        let numbers: [Int64]
        let words: [String]

        var values: [DatabaseValue] { numbers.map { .integer($0) } + words.map { .text($0) } }
    }

    private func countSessions(_ reports: [NumberedRows]) throws(DatabaseError) {
        var values: [DatabaseValue] = []
        for (place, count) in sessions(of: reports) { values += place.values + [.integer(Int64(count))] }
        let (key, sum) = ("domain, start, organization, outcome, mx, sender, policy, result", "sessions")
        try connection.insert(
            "INSERT INTO tls_tallies(\(key), \(sum))", width: 9, values, Self.adding("tls_tallies", key, sum))
    }

    /// Takes sessions out of the sums again. A sum that had reached its limit says less than there were then.
    func uncountSessions(_ reports: [NumberedRows]) throws(DatabaseError) {
        let place = """
            WHERE domain = ? AND start = ? AND organization = ? AND outcome = ? AND mx = ? AND sender = ?
            AND policy = ? AND result = ?
            """
        for (key, count) in sessions(of: reports) {
            let count = DatabaseValue.integer(Int64(count))
            try connection.run("DELETE FROM tls_tallies \(place) AND sessions <= ?", key.values + [count])
            try connection.run("UPDATE tls_tallies SET sessions = sessions - ? \(place)", [count] + key.values)
        }
    }

    /// What reports add to each sum, in an order that is the same for all.
    private func sessions(of reports: [NumberedRows]) -> [(key: SessionPlace, value: Int)] {
        var sessions: [SessionPlace: Int] = [:]
        for report in reports where !report.rows.sessions.isEmpty {
            let (rows, names) = (report.rows, report.names)
            for (alike, count) in rows.sessions {
                let place = SessionPlace(
                    numbers: [
                        names[alike.domain], rows.period.day, names[alike.organization], alike.outcome,
                        alike.mx.map { names[$0] } ?? 0, alike.sender.flatMap { sources[$0] } ?? 0,
                    ], words: [alike.policyType, alike.result])
                sessions[place, default: 0] = sessions[place, default: 0].addingUpToMax(count)
            }
        }
        return sessions.sorted { left, right in
            left.key.numbers == right.key.numbers
                ? left.key.words.lexicographicallyPrecedes(right.key.words)
                : left.key.numbers.lexicographicallyPrecedes(right.key.numbers)
        }
    }

    private func add(
        _ table: String, _ key: String, _ sum: String, width: Int, numbers: [Int64]
    ) throws(DatabaseError) {
        try connection.insert(
            "INSERT INTO \(table)(\(key), \(sum))", width: width, numbers: numbers, Self.adding(table, key, sum))
    }

    /// What makes of a row that is there already one that has this one's count as well.
    private static func adding(_ table: String, _ key: String, _ sum: String) -> String {
        let most = ReportLimits.messagesMax
        return """
            ON CONFLICT(\(key)) DO UPDATE SET \(sum) =
            CASE WHEN \(table).\(sum) > \(most) - excluded.\(sum) THEN \(most)
            ELSE \(table).\(sum) + excluded.\(sum) END
            """
    }
}
