public import MailBytes

extension ReportRetention {
    /// Whether reports of this arrival are forgotten when the store is tidied next, for each of its findings.
    public func forgets(_ arrival: ReportArrival, at now: UnixTime) -> [Bool] {
        let today = ReportPeriod(begin: now, end: nil, received: now).day
        let (seconds, overflow) = Int64(tallyDays).multipliedReportingOverflow(by: ReportTally.Span.day.rawValue)
        let first = overflow ? .min : today - seconds
        return arrival.rows.map { rows in (try? rows.get()).map { $0.period.day < first } ?? false }
    }
}
