internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports

/// The store of reports, as far as somebody may see it. Pages and interface have no other way to it.
struct ScopedReports: Sendable {
    /// Limit: domains that the store is asked about at once; between two of these, others have their turn.
    private static let domainsAtOnce = 1000

    let store: any ReportStore
    let access: Access
    let desk: ReadingDesk
    private let cache: FigureCache

    init(_ store: any ReportStore, _ access: Access, cache: FigureCache, desk: ReadingDesk) {
        self.store = store
        self.access = access
        self.cache = cache
        self.desk = desk
    }

    /// The domains that there are sums of.
    func domains() async throws -> [String] { try await store.domains().filter { access.sees($0) } }

    /// Whether there are sums of a name that is seen, however it is written: reporters name what is no domain, too.
    func has(_ name: String) async throws -> Bool {
        guard access.sees(name) else { return false }
        if try await store.domains().contains(name) { return true }
        return try await store.tlsDomains().contains(name)
    }

    /// The messages of these domains in a period, as far as they are seen.
    func messages(of domains: [String], _ period: ReportDays) async throws -> [String: MessageCount] {
        try await store.messages(of: domains.filter { access.sees($0) }, from: period.begin, to: period.end)
    }

    /// The messages of those of these domains that are seen and can be compared: in the days of a period that trends
    /// compare, and in as many before.
    func comparison(
        of domains: [String], _ period: ReportDays
    ) async throws -> (messages: [String: Int], before: [String: Int]) {
        let days = period.compared
        let seen = domains.filter { access.sees($0) }
        let before = try await store.messages(of: seen, from: days.before, to: days.beforeEnd).mapValues(\.messages)
        let first = try await store.firstDays(of: before.keys.sorted())
        let known = before.filter { days.areCovered(since: first[$0.key]) }
        let messages = try await store.messages(of: known.keys.sorted(), from: days.begin, to: days.end)
        return (messages.mapValues(\.messages), known)
    }

    /// Whether there are reports behind one in the list.
    func hasReports(behind report: StoredReport, _ query: ReportQuery) async throws -> Bool {
        var query = query
        (query.before, query.count) = (report.id, 1)
        return try await !reports(query).isEmpty
    }

    /// Whether there are failures behind those of a report in the list.
    func hasFailures(behind report: Int64) async throws -> Bool {
        try await !failures(FailureQuery(before: report, count: 1)).isEmpty
    }

    /// As the store's, of domains that are seen.
    func reports(_ query: ReportQuery) async throws -> [StoredReport] {
        try await checkPlace(query.before)
        guard !access.seesEverything else { return try await store.reports(query) }
        var found: [Int64: StoredReport] = [:]
        for part in try await parts(of: query) {
            for report in try await store.reports(part) where found[report.id] == nil {
                guard let seen = try await cut(report), seen.shows(query.search) else { continue }
                found[report.id] = seen
            }
        }
        // As the store sorts them: the page behind this one begins where it ends.
        return Array(found.values.sorted { ($1.day, $1.id) < ($0.day, $0.id) }.prefix(query.count))
    }

    /// Throws where the page before ended with a report that is gone: the list would seem to end there. Where a report
    /// of others stands in it is theirs alone to know.
    private func checkPlace(_ before: Int64?) async throws {
        guard let before, try await report(before) == nil else { return }
        throw Refusal(404, "The report that the list is to go on behind is not there any more: begin again.")
    }

    /// The questions that one comes to where only some domains are seen.
    private func parts(of query: ReportQuery) async throws -> [ReportQuery] {
        if let domain = query.domain { return access.sees(domain) ? [query] : [] }
        return try await store.reportedDomains().filter { access.sees($0) }.map { domain in
            var part = query
            part.domain = domain
            return part
        }
    }

    /// How many reports there are, of domains that are seen: each once, however many of them it is about.
    func count(_ query: ReportQuery) async throws -> Int {
        guard !access.seesEverything else { return try await store.count(query) }
        if let domain = query.domain { return access.sees(domain) ? try await store.count(query) : 0 }
        let domains = if let domains = query.domains { domains } else { try await store.reportedDomains() }
        var rest = domains.filter { access.sees($0) }[...]
        var count = 0
        while !rest.isEmpty {
            var part = query
            part.domains = Array(rest.prefix(ReportQuery.domainsMax))
            rest = rest.dropFirst(ReportQuery.domainsMax)
            count += try await store.count(part)
        }
        return count
    }

    /// A report; nil if there is none that is seen.
    func report(_ id: Int64) async throws -> StoredReport? {
        guard let report = try await store.report(id) else { return nil }
        return try await cut(report)
    }

    /// A report as it is seen. One can be about domains of several owners: each sees its own, and not what all of them
    /// together come to.
    private func cut(_ report: StoredReport) async throws -> StoredReport? {
        guard !access.seesEverything else { return report }
        let names = report.isAboutSeveral ? try await store.domains(of: report.id) : [report.domain].compactMap(\.self)
        guard let first = names.first(where: { access.sees($0) }) else { return nil }
        var report = report
        if !access.sees(report.domain) { report.domain = first }
        report.isCut = !access.sees(report.subjects)
        report.hasOriginal = report.hasOriginal && access.sees(report.fileSubjects)
        return report
    }

    /// What is known of these domains, without the addresses of their senders; those that are not seen are left out.
    func figures(of domains: [String], _ period: ReportDays) async throws -> [DomainFigures] {
        let unknown = domains.filter { access.sees($0) && cache.figures(of: $0, period) == nil }
        // In one look for all of them.
        let forgotten =
            unknown.isEmpty
            ? [:] : try await store.forgottenServers(of: unknown, from: period.begin, to: period.end)
        let first = try await store.firstDays(of: unknown)
        var figures: [DomainFigures] = []
        for domain in domains {
            let found = try await self.figures(
                of: domain, period, withSources: false, since: first, forgotten: forgotten)
            if let found { figures.append(found) }
        }
        return figures
    }

    /// What is known of a domain; nil where it is not seen.
    ///
    /// - Parameters:
    ///   - withSources: whether each sender's addresses are wanted: of a large domain they take longest.
    ///   - since: the first day that anything is known of, if the store was asked; likewise.
    ///   - forgotten: what the store says of servers that were forgotten.
    func figures(
        of domain: String, _ period: ReportDays, withSources: Bool, since days: [String: UnixTime]? = nil,
        forgotten: [String: Int]? = nil
    ) async throws -> DomainFigures? {
        guard access.sees(domain) else { return nil }
        if let known = cache.figures(of: domain, period), known.hasSources || !withSources { return known }
        let coverage = try await store.coverage(of: domain, from: period.begin, to: period.end)
        let totals = try await store.dayTotals(
            of: domain, begin: period.begin, end: period.end, compared: period.compared, isByVia: withSources)
        let first = if let days { days[domain] } else { try await store.firstDays(of: [domain])[domain] }
        let sources =
            withSources ? try await store.sources(of: domain, from: period.begin, to: period.end) : nil
        var figures = DomainFigures(domain: domain, period, coverage, since: first, totals, sources)
        if withSources { try await store.complete(&figures.summary) }
        // Servers that were forgotten come before every other step, and only addresses tell of them: otherwise one page
        // would propose what another one warns of.
        if !withSources, try await lacksServers(figures, forgotten) {
            return try await self.figures(of: domain, period, withSources: true)
        }
        cache.keep(figures)
        return figures
    }

    /// Whether servers are to be set up first that are not among the figures, because these have no sources.
    private func lacksServers(_ figures: DomainFigures, _ forgotten: [String: Int]?) async throws -> Bool {
        let (next, period) = (figures.nextForecast, figures.period)
        guard next.isToSetUp(serverOf: next.touchedMessages) else { return false }
        let domain = figures.domain
        let found =
            if let forgotten { forgotten } else {
                try await store.forgottenServers(of: [domain], from: period.begin, to: period.end)
            }
        return next.isToSetUp(serverOf: found[domain] ?? 0)
    }

    /// Who sends from an address, by domain, of those that are seen.
    func tallies(
        at address: IPAddress, of domains: [String], _ period: ReportDays
    ) async throws -> [String: [SourceTally]] {
        var tallies: [String: [SourceTally]] = [:]
        for some in Self.portions(of: domains.filter { access.sees($0) }) {
            let found = try await store.tallies(at: .address(address), of: some, from: period.begin, to: period.end)
            tallies.merge(found) { first, _ in first }
        }
        return tallies
    }

    /// Who sends by a name that has this text in it, by domain, of those that are seen; no more than so many.
    func tallies(
        named text: String, of domains: [String], _ period: ReportDays, count: Int
    ) async throws -> [String: [SourceTally]] {
        var tallies: [String: [SourceTally]] = [:]
        var left = count
        for some in Self.portions(of: domains.filter { access.sees($0) }) where left > 0 {
            let found = try await store.tallies(
                named: text, of: some, from: period.begin, to: period.end, count: left)
            tallies.merge(found) { first, _ in first }
            left -= found.values.reduce(0) { $0 + $1.count }
        }
        return tallies
    }

    /// Sources whose host names have this text in them, of domains that are seen; no more than so many.
    func hosts(
        named text: String, of domains: [String], _ period: ReportDays, count: Int
    ) async throws -> [NamedSource] {
        var hosts: [NamedSource] = []
        for some in Self.portions(of: domains.filter { access.sees($0) }) where hosts.count < count {
            hosts += try await store.hosts(
                named: text, of: some, from: period.begin, to: period.end, count: count - hosts.count)
        }
        return hosts
    }

    private static func portions(of domains: [String]) -> [[String]] {
        stride(from: 0, to: domains.count, by: domainsAtOnce).map { start in
            Array(domains.dropFirst(start).prefix(domainsAtOnce))
        }
    }

    /// The domains that TLS sessions are counted of.
    func tlsDomains() async throws -> [String] { try await store.tlsDomains().filter { access.sees($0) } }

    /// The TLS sessions with a domain's servers; none where it is not seen.
    func tlsSums(of domain: String, _ period: ReportDays) async throws -> [TLSSum] {
        guard access.sees(domain) else { return [] }
        return try await store.tlsSums(of: domain, from: period.begin, to: period.end)
    }

    /// The TLS sessions with the servers of all domains that are seen, and no more than so many failures.
    func tlsOverview(_ period: ReportDays, failures: Int) async throws -> TLSOverview {
        var overview = TLSOverview()
        for some in Self.portions(of: try await tlsDomains()) {
            overview.add(
                try await store.tlsOverview(of: some, from: period.begin, to: period.end, failures: failures),
                failures: failures)
        }
        return overview
    }

    /// The TLS sessions with a mail server, by reports about DANE; none where its name is not seen. What is reported of
    /// a server is of all domains that have their mail there.
    func daneSums(of host: String, _ period: ReportDays) async throws -> [TLSSum] {
        guard access.sees(host) else { return [] }
        var sums: [TLSTally.Outcome: Int] = [:]
        for tally in try await store.tlsTallies(of: host, from: period.begin, to: period.end)
        where tally.policyType == "tlsa" {
            sums[tally.outcome] = sums[tally.outcome, default: 0].addingUpToMax(tally.sessions)
        }
        return sums.map { TLSSum(outcome: $0.key, sessions: $0.value) }
    }

    /// The failures that are wanted, of domains that are seen, the newest first. The rows of a report stay together.
    func failures(_ query: FailureQuery) async throws -> [StoredFailure] {
        try await checkPlace(query.before)
        guard !access.seesEverything else { return try await store.failures(query) }
        let domains = if let domain = query.domain { [domain] } else { try await store.reportedDomains() }
        var found: [StoredFailure] = []
        for domain in domains where access.sees(domain) {
            var part = query
            part.domain = domain
            found += try await store.failures(part)
        }
        // As the store sorts them: the page behind this one begins where it ends.
        found.sort { ($1.day, $1.report, $0.domain ?? "") < ($0.day, $0.report, $1.domain ?? "") }
        let page = found.prefix(query.count)
        let rest = found.dropFirst(query.count).prefix { $0.report == page.last?.report }
        var seen: [StoredFailure] = []
        for failure in page + rest { seen.append(try await cut(failure)) }
        return seen
    }

    /// A failure as it is seen: of a message that others are concerned with, too, nobody is named.
    private func cut(_ failure: StoredFailure) async throws -> StoredFailure {
        guard failure.isAboutSeveral else { return failure }
        guard !access.sees(try await store.report(failure.report)?.subjects) else { return failure }
        var failure = failure
        (failure.mailFrom, failure.author) = (nil, nil)
        return failure
    }

    /// Why a report is kept apart; nil if it is not.
    func reasonApart(of report: StoredReport) async throws -> ApartReason? {
        // As the store has it: what is shown of it can be about fewer domains.
        guard access.sees(report.domain), let whole = try await store.report(report.id) else { return nil }
        return try await store.reasonApart(of: whole)
    }

    /// Lets a report that is kept apart count, or removes it. For who sees everything alone.
    func settle(_ id: Int64, accepting: Bool) async throws -> Bool {
        guard access.seesEverything else { return false }
        let domains = try await store.domains(of: id)
        let isDone = try await accepting ? store.accept([id]) == [id] : store.drop([id]) == [id]
        // Whoever looks now is to see what was done.
        for domain in domains { cache.forget(domain) }
        return isDone
    }
}

extension StoredReport {
    /// Whether what was looked for is in what is shown of it: in what is kept back it would tell of others.
    fileprivate func shows(_ search: String?) -> Bool {
        guard isCut, let search else { return true }
        // The message that failed is the same for all; a record can be about others.
        guard IPAddress(search) == nil else { return kind == "dmarc-failure" }
        let text = search.lowercased()
        return [organization, reportID, domain ?? ""].contains { $0.lowercased().contains(text) }
    }
}
