public import MailBytes

extension ReportRetention {
    /// Whether reports of this arrival are forgotten when the store is tidied next, for each of its findings.
    public func forgets(_ arrival: ReportArrival, at now: UnixTime) -> [Bool] {
        let first = Self.day(tallyDays, before: now)
        return arrival.rows.map { rows in (try? rows.get()).map { $0.period.day < first } ?? false }
    }

    /// The first day that is kept of so many before today.
    static func day(_ days: Int, before now: UnixTime) -> Int64 {
        let today = ReportPeriod(begin: now, end: nil, received: now).day
        let (seconds, overflow) = Int64(days).multipliedReportingOverflow(by: ReportTally.Span.day.rawValue)
        return overflow ? .min : max(today - seconds, 0)
    }
}
