public import MailBytes
public import MailNames
public import MailReports

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

    /// How many reports are wanted; ``ReportQuery/count`` does not bound it.
    func count(_ query: ReportQuery) async throws(ReportStoreError) -> Int

    /// A report by its number; nil if there is none.
    func report(_ id: Int64) async throws(ReportStoreError) -> StoredReport?

    /// The file that a report came in; nil if it is not kept any more.
    func original(of id: Int64) async throws(ReportStoreError) -> ReportOriginal?

    /// The domains that there are sums of, in order, without the mail servers below them that have reports about DANE
    /// alone.
    func domains() async throws(ReportStoreError) -> [String]

    /// The domains that there are reports about, counted or not, in order.
    func reportedDomains() async throws(ReportStoreError) -> [String]

    /// The domains whose servers TLS sessions are counted of, in order.
    func tlsDomains() async throws(ReportStoreError) -> [String]

    /// The domains that a report is about, the first of them first.
    func domains(of id: Int64) async throws(ReportStoreError) -> [String]

    /// The messages of each of these domains in a period of whole days; those without any are left out.
    func messages(
        of domains: [String], from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [String: MessageCount]

    /// The first day that there are sums of, of each of these domains; those without any are left out.
    func firstDays(of domains: [String]) async throws(ReportStoreError) -> [String: UnixTime]

    /// The sums of a policy domain whose hour or day begins within a period.
    func tallies(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [ReportTally]

    /// The same with all sources together (their source is missing): for charts and long periods.
    func totals(
        of domain: String, _ span: ReportTally.Span, from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [ReportTally]

    /// The same of days, put together as far as charts and comparisons ask for them.
    ///
    /// - Parameters:
    ///   - begin: the first moment of the period; sums of the days before it that are compared are there, too.
    ///   - isByVia: whether each day's messages are wanted by who they prove to come from.
    func dayTotals(
        of domain: String, begin: UnixTime, end: UnixTime, compared: ComparedDays, isByVia: Bool
    ) async throws(ReportStoreError) -> DayTotals

    /// The sources of a policy domain's messages in a period of whole days.
    func sources(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> [SourceTally]

    /// The messages of one source in a period of whole days, of those of the domains that have any.
    func tallies(
        at source: DMARCReportSource, of domains: [String], from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [String: [SourceTally]]

    /// Who proves to send as these domains in a period of whole days, of those whose names have a text in them,
    /// whatever the source (it is missing): no more than so many. Of ``ReportQuery/domainsMax`` domains and 400 days at
    /// most; where many domains are asked for, or many names of the store have the text in them, those alone that sent
    /// in the last 28 days.
    func tallies(
        named text: String, of domains: [String], from: UnixTime, to: UnixTime, count: Int
    ) async throws(ReportStoreError) -> [String: [SourceTally]]

    /// The sources of these domains' messages whose host names have a text in them, once for each domain: likewise.
    func hosts(
        named text: String, of domains: [String], from: UnixTime, to: UnixTime, count: Int
    ) async throws(ReportStoreError) -> [NamedSource]

    /// The sums of TLS sessions with a domain's servers, of all days of a period and all reporters together.
    func tlsSums(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> [TLSSum]

    /// The same of all these domains together, no more than ``ReportQuery/domainsMax``.
    ///
    /// - Parameter failures: so many at most, those with most sessions.
    func tlsOverview(
        of domains: [String], from: UnixTime, to: UnixTime, failures: Int
    ) async throws(ReportStoreError) -> TLSOverview

    /// The sums of TLS sessions with a domain's servers, by day.
    func tlsTallies(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> [TLSTally]

    /// The failures that are wanted, the newest first. A report about several domains is there for each of them.
    func failures(_ query: FailureQuery) async throws(ReportStoreError) -> [StoredFailure]

    /// What is known about a policy domain in a period.
    func coverage(of domain: String, from: UnixTime, to: UnixTime) async throws(ReportStoreError) -> ReportCoverage

    /// As ``sources(of:from:to:)``, of these sources alone.
    func sources(
        of domain: String, from: UnixTime, to: UnixTime, among: [DMARCReportSource]
    ) async throws(ReportStoreError) -> [SourceTally]

    /// The host names of those sources that were looked up.
    func hosts(of sources: [DMARCReportSource]) async throws(ReportStoreError) -> [DMARCReportSource: SourceHost]

    /// Keeps host names that were looked up now. Where DNS failed, what was known before stays.
    func keep(_ hosts: [IPAddress: SourceHost]) async throws(ReportStoreError)

    /// Of these domains, those with sources whose confirmed host names are below them, and of which nothing passes in a
    /// period of whole days, 400 at most: the messages of the largest. It takes little, however many sources there are.
    func forgottenServers(
        of domains: [String], from: UnixTime, to: UnixTime
    ) async throws(ReportStoreError) -> [String: Int]

    /// The sources of a policy domain's messages whose host names were never looked up, or too long ago, those with
    /// most messages first.
    func unnamedSources(
        of domain: String, from: UnixTime, to: UnixTime, at now: UnixTime, count: Int
    ) async throws(ReportStoreError) -> [UnnamedSource]

    /// Lets reports that are kept apart count.
    ///
    /// - Returns: the numbers of those that do now. It takes the original, and a domain.
    func accept(_ ids: [Int64]) async throws(ReportStoreError) -> [Int64]

    /// Removes reports that are kept apart.
    ///
    /// - Returns: the numbers of those that are gone. What is counted can't be dropped.
    func drop(_ ids: [Int64]) async throws(ReportStoreError) -> [Int64]

    /// Reads some reports again that an earlier version stored without all that is made of them today.
    ///
    /// - Returns: how many are left; nothing is, once it was 0.
    func catchUp() async throws(ReportStoreError) -> Int

    /// Removes what is older, or more, than is to be kept: some of it at a time, so that whoever comes meanwhile has
    /// its turn soon. It ends early where its task is cancelled, and goes on the next time. By a clock that has leapt
    /// nothing is old, until it has gone on for a day: it may be wrong, and what is removed does not come back.
    func tidy(_ retention: ReportRetention, now: UnixTime) async throws(ReportStoreError) -> ReportRemoval
}

extension ReportStore {
    /// Who sends in a domain's name in a period of whole days, and in the time before that it is compared with.
    ///
    /// - Parameter compared: what is compared; nil for all of the period, with as long a time before it.
    public func summary(
        of domain: String, begin: UnixTime, end: UnixTime, compared: ComparedDays? = nil
    ) async throws(ReportStoreError) -> SenderSummary {
        let compared = compared ?? ComparedDays(begin: begin, end: end)
        let totals = try await totals(of: domain, .day, from: compared.before, to: end)
        let sources = try await sources(of: domain, from: begin, to: end)
        var summary = SenderSummary(
            domain: domain, begin: begin, end: end, compared: compared, totals: totals, sources: sources)
        try await complete(&summary)
        return summary
    }

    /// Puts into a summary since when the domain is known, and what is known of its largest sources: their host names,
    /// and their messages of the days that are compared.
    public func complete(_ summary: inout SenderSummary) async throws(ReportStoreError) {
        let (domain, compared) = (summary.domain, summary.compared)
        summary.compare(since: try await firstDays(of: [domain])[domain])
        let largest = summary.largest.map(\.source)
        guard !largest.isEmpty else { return }
        let before = try await sources(of: domain, from: compared.before, to: compared.beforeEnd, among: largest)
        let later =
            compared.end < summary.end
            ? try await sources(of: domain, from: compared.end, to: summary.end, among: largest) : []
        summary.take(before: before, later: later)
        summary.take(try await hosts(of: largest))
    }
}
