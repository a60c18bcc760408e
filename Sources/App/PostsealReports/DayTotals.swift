internal import MailBytes
internal import MailReports

/// What a domain's sums of days come to, put together while they are read: a year has many of them, and pages show few
/// numbers.
public struct DayTotals: Hashable, Sendable {
    /// Messages of a day.
    public struct Day: Hashable, Sendable {
        /// Those that passed DMARC.
        public var pass = 0
        /// Those that did not.
        public var fail = 0

        public init(pass: Int = 0, fail: Int = 0) {
            self.pass = pass
            self.fail = fail
        }
    }

    /// One sum for each key and each side of the comparison, with some day of that side as its own, and no source.
    public internal(set) var tallies: [ReportTally]
    /// One for each day of the period.
    public internal(set) var days: [Day]
    /// The messages of each day, by who they prove to come from; none where they are not wanted.
    public internal(set) var daysByVia: [String?: [Int]]
}

/// Puts sums of days together, with names by their numbers. Sums come in the order of their days.
struct DayTotalsGatherer {
    private struct Cell {
        let start: Int64
        let via: Int64
        let outcome: ReportRows.Outcome
        var messages: Int
    }

    /// Bits for the side of the comparison.
    private static let partBits = 2

    private let begin: Int64
    private let compared: ComparedDays
    private let isByVia: Bool
    private var days: [DayTotals.Day]
    private var daysByVia: [Int64: [Int]] = [:]
    private var cells: [Cell] = []
    /// The place of each name, outcome and side among the cells.
    private var places: [Int64: Int] = [:]
    // Of the day of the sum before.
    private var start: Int64?
    private var part: ComparedDays.Part?
    private var index: Int?

    init(begin: UnixTime, end: UnixTime, _ compared: ComparedDays, isByVia: Bool) {
        self.begin = begin.seconds
        self.compared = compared
        self.isByVia = isByVia
        let (length, overflow) = end.seconds.subtractingReportingOverflow(begin.seconds)
        let count = overflow ? 0 : max(length / ReportTally.Span.day.rawValue, 0)
        days = [DayTotals.Day](repeating: DayTotals.Day(), count: Int(min(count, Self.daysMax)))
    }

    /// Limit: days that are told from each other.
    private static let daysMax: Int64 = 4000

    mutating func add(start: Int64, via: Int64, _ outcome: ReportRows.Outcome, _ messages: Int) {
        if start != self.start {
            self.start = start
            part = compared.part(of: UnixTime(seconds: start))
            let (seconds, overflow) = start.subtractingReportingOverflow(begin)
            let place = seconds / ReportTally.Span.day.rawValue
            index = start >= begin && !overflow && place < Int64(days.count) ? Int(place) : nil
        }
        if let index {
            if outcome.alignment != 0 {
                days[index].pass = days[index].pass.addingUpToMax(messages)
            } else {
                days[index].fail = days[index].fail.addingUpToMax(messages)
            }
            if isByVia { add(messages, at: index, via: via) }
        }
        guard let part else { return }
        let side: Int64 =
            switch part {
            case .before: 0
            case .compared: 1
            case .later: 2
            }
        let key = (via << ReportRows.Outcome.bits | outcome.number) << Self.partBits | side
        if let place = places[key] {
            cells[place].messages = cells[place].messages.addingUpToMax(messages)
        } else {
            places[key] = cells.count
            cells.append(Cell(start: start, via: via, outcome: outcome, messages: messages))
        }
    }

    private mutating func add(_ messages: Int, at index: Int, via: Int64) {
        // In its place: what is taken out and put back is copied each time.
        Self.add(messages, at: index, to: &daysByVia[via, default: [Int](repeating: 0, count: days.count)])
    }

    private static func add(_ messages: Int, at index: Int, to days: inout [Int]) {
        days[index] = days[index].addingUpToMax(messages)
    }

    /// The numbers of all names.
    var names: Set<Int64> { Set(cells.map(\.via)).union(daysByVia.keys) }

    /// What it came to, by names; a number that has none proves nobody.
    func totals(_ names: [Int64: String]) -> DayTotals {
        DayTotals(
            tallies: cells.map { cell in
                ReportTally(
                    start: UnixTime(seconds: cell.start),
                    key: ReportTallyKey(via: names[cell.via], cell.outcome), messages: cell.messages)
            }, days: days, daysByVia: Dictionary(daysByVia.map { (names[$0], $1) }) { first, _ in first })
    }
}

extension ReportTallyKey {
    /// Of all sources together.
    init(via: String?, _ outcome: ReportRows.Outcome) {
        self.init(
            source: .missing, via: via, isDKIMAligned: outcome.alignment & 1 != 0,
            isSPFAligned: outcome.alignment & 2 != 0,
            disposition: ReportDisposition(rawValue: outcome.disposition) ?? .unknown,
            exception: ReportException(rawValue: outcome.exception) ?? .local, isSubdomain: outcome.isSubdomain != 0)
    }
}
