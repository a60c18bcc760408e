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

    /// What is known about a policy domain in a period.
    func coverage(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> ReportCoverage

    /// Removes what is older, or more, than is to be kept.
    func tidy(_ retention: ReportRetention, now: UnixTime) async throws(ReportStoreError) -> ReportRemoval
}
