public import MailBytes

/// Which days of a period a trend compares, and with which before it: as many on both sides, on the same days of the
/// week, and only such as most reports have come of.
///
/// Reports of a day come on the day after. A period that ends with today has its last day still before it, and in the
/// morning yesterday, too: against full days they would look as if less were sent. So would a weekend against others.
public struct ComparedDays: Hashable, Sendable {
    /// Where a day stands.
    enum Part {
        case before, compared
        /// In the period, and compared with nothing.
        case later
    }

    /// Reports of a day are taken as having come so long after it.
    private static let reportingSeconds: Int64 = 12 * 3600

    /// The first moment of the days before the period.
    public let before: UnixTime
    /// The first moment of the period.
    public let begin: UnixTime
    /// The moment after the last of its days that is compared; ``begin`` where none is.
    public let end: UnixTime

    /// All of a period that lies back, and as long a time right before it.
    public init(begin: UnixTime, end: UnixTime) {
        let (length, overflow) = end.seconds.subtractingReportingOverflow(begin.seconds)
        before = begin.adding(seconds: overflow ? 0 : -length)
        self.begin = begin
        self.end = end
    }

    /// The days of a period that reports have come of until now, and as many before it, so many whole weeks earlier
    /// that none is on both sides.
    public init(begin: UnixTime, end: UnixTime, now: UnixTime) {
        let day = ReportTally.Span.day.rawValue
        let settled = now.adding(seconds: -Self.reportingSeconds).seconds
        self.begin = begin
        self.end = max(begin, min(end, UnixTime(seconds: settled - settled % day)))
        let weeks = (self.end.seconds - begin.seconds + 7 * day - 1) / (7 * day)
        before = begin.adding(seconds: -7 * day * weeks)
    }

    /// The moment after the days before the period.
    public var beforeEnd: UnixTime { before.adding(seconds: end.seconds - begin.seconds) }

    /// How many days stand on each side.
    public var count: Int { Int((end.seconds - begin.seconds) / ReportTally.Span.day.rawValue) }

    /// Whether reports came all the time, as far as that is known.
    ///
    /// - Parameter first: the first day that anything is known of.
    public func areCovered(since first: UnixTime?) -> Bool {
        begin < end && first.map { $0 <= before } ?? false
    }

    /// Where a day stands; nil if it is before the period and compared with nothing.
    func part(of start: UnixTime) -> Part? {
        guard start < begin else { return start < end ? .compared : .later }
        return start >= before && start < beforeEnd ? .before : nil
    }
}
