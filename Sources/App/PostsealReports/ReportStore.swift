public import MailBytes

/// Where reports are kept: as they came, as records, and as sums by hour and day.
///
/// The same report counts once, however often it comes. What a function returned of is on the disk. All texts are
/// as strangers wrote them: whoever shows them has to treat them so.
public protocol ReportStore: Sendable {
    /// Stores what came in, all of it or, where this throws, nothing: records and sums together with the originals.
    ///
    /// - Returns: what became of each finding of each arrival.
    func take(_ arrivals: [ReportArrival]) async throws(ReportStoreError) -> [[ReportIntake]]

    /// The reports that are wanted, the newest first.
    func reports(_ query: ReportQuery) async throws(ReportStoreError) -> [StoredReport]

    /// A report by its number; nil if there is none.
    func report(_ id: Int64) async throws(ReportStoreError) -> StoredReport?

    /// The file that a report came in; nil if it is not kept any more.
    func original(of id: Int64) async throws(ReportStoreError) -> ReportOriginal?

    /// The domains that there are sums of, in order.
    func domains() async throws(ReportStoreError) -> [String]

    /// The sums of a policy domain whose hour or day begins within a period.
    func tallies(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [ReportTally]

    /// The same with all sources together (their source is missing): for charts and long periods.
    func totals(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [ReportTally]

    /// The sources of a policy domain's messages in a period of whole days.
    func sources(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> [SourceTally]

    /// The sums of TLS sessions with a domain's servers, by day.
    func tlsTallies(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> [TLSTally]

    /// The failures that are wanted, the newest first. A report about several domains is there for each of them.
    func failures(_ query: FailureQuery) async throws(ReportStoreError) -> [StoredFailure]

    /// What is known about a policy domain in a period.
    func coverage(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> ReportCoverage

    /// Lets reports that are kept apart count.
    ///
    /// - Returns: the numbers of those that do now. It takes the original, and a domain.
    func accept(_ ids: [Int64]) async throws(ReportStoreError) -> [Int64]

    /// Removes reports that are kept apart.
    ///
    /// - Returns: the numbers of those that are gone. What is counted can't be dropped.
    func drop(_ ids: [Int64]) async throws(ReportStoreError) -> [Int64]

    /// Removes what is older, or more, than is to be kept.
    func tidy(_ retention: ReportRetention, now: UnixTime) async throws(ReportStoreError) -> ReportRemoval
}

extension ReportStore {
    /// Who sends in a domain's name in a period of whole days, and in as many before it.
    public func summary(
        of domain: String, begin: UnixTime, end: UnixTime
    ) async throws(ReportStoreError) -> SenderSummary {
        let (length, overflow) = end.seconds.subtractingReportingOverflow(begin.seconds)
        let before = begin.adding(seconds: overflow ? 0 : -length)
        return SenderSummary(
            domain: domain, begin: begin, end: end,
            totals: try await totals(of: domain, .day, from: before, to: end),
            sources: try await sources(of: domain, from: begin, to: end))
    }
}
