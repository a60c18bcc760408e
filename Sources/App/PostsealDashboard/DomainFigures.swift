internal import MailBytes
internal import PostsealReports

/// So many days up to now, today included, as reports have them: from midnight to midnight in UTC.
struct ReportDays: Sendable, Hashable {
    /// What can be chosen.
    static let choices = [7, 28, 90, 365]
    static let standard = 28
    /// Limit: days that can be asked for.
    static let countMax = 1100

    let count: Int
    let begin: UnixTime
    let end: UnixTime
    /// Those of them that trends compare, with as many before.
    let compared: ComparedDays

    init(_ count: Int, until now: UnixTime) {
        let day = ReportTally.Span.day.rawValue
        self.count = count
        end = UnixTime(seconds: now.seconds - now.seconds % day).adding(seconds: day)
        begin = end.adding(seconds: -day * Int64(count))
        compared = ComparedDays(begin: begin, end: end, now: now)
    }
}

/// What is known of a domain in a period: everything that its pages show, made of the sums of days in one pass.
struct DomainFigures: Sendable {
    let domain: String
    let period: ReportDays
    let coverage: ReportCoverage
    var summary: SenderSummary
    /// One for each day of the period.
    let days: [DayTotals.Day]
    /// The messages of each day, by who they prove to come from; only with their addresses.
    let daysByVia: [String?: [Int]]
    /// Whether each sender's addresses are known.
    let hasSources: Bool

    /// - Parameters:
    ///   - first: the first day that anything is known of.
    ///   - totals: of the period, and of the days before it that are compared.
    ///   - sources: nil where they are not wanted.
    init(
        domain: String, _ period: ReportDays, _ coverage: ReportCoverage, since first: UnixTime?,
        _ totals: DayTotals, _ sources: [SourceTally]?
    ) {
        hasSources = sources != nil
        self.domain = domain
        self.period = period
        self.coverage = coverage
        summary = SenderSummary(
            domain: domain, begin: period.begin, end: period.end, compared: period.compared,
            totals: totals.tallies, sources: sources ?? [])
        summary.compare(since: first)
        days = totals.days
        daysByVia = totals.daysByVia
    }

    /// How many octets it takes, by estimate.
    var octets: Int {
        1024 + (days.count * 2 + daysByVia.count * (days.count + 10)) * 8
            + summary.senders.reduce(0) { $0 + 400 + $1.sources.count * 80 } + summary.largest.count * 400
    }

    /// What a policy would have done.
    func forecast(_ policy: ForecastPolicy) -> PolicyForecast { PolicyForecast(policy, summary, coverage) }

    /// What the next stricter policy would do, or the one in force where there is none.
    var nextForecast: PolicyForecast {
        switch forecast(.none).current {
        case .quarantine?, .reject?: forecast(.reject)
        case ForecastPolicy.none?, nil: forecast(.quarantine)
        }
    }
}

extension DayTotals.Day {
    var all: Int { pass.addingUpToMax(fail) }
}

extension Int {
    /// The sum, up to the greatest number that every reader of JSON has as a whole one (RFC 8259 §6).
    func addingUpToMax(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? Self.exactMax : Swift.min(sum, Self.exactMax)
    }

    private static let exactMax = 1 << 53 - 1
}
