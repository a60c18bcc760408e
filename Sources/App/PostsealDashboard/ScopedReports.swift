internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import TLSRPT

/// The store of reports, as far as somebody may see it. Pages and interface have no other way to it.
struct ScopedReports: Sendable {
    /// Limit: octets of a file that is read again for a page.
    static let originalOctetsMax = 32 << 20

    private let store: any ReportStore
    private let access: Access
    private let cache: FigureCache

    init(_ store: any ReportStore, _ access: Access, cache: FigureCache) {
        self.store = store
        self.access = access
        self.cache = cache
    }

    /// The domains that there are sums of.
    func domains() async throws -> [String] { try await store.domains().filter { access.sees($0) } }

    /// As the store's, of domains that are seen.
    func reports(_ query: ReportQuery) async throws -> [StoredReport] {
        if let domain = query.domain {
            guard access.sees(domain) else { return [] }
            return try await store.reports(query)
        }
        guard let scope = access.domains else { return try await store.reports(query) }
        var names = Set(scope)
        for domain in try await store.domains() where access.sees(domain) { names.insert(domain) }
        var found: [StoredReport] = []
        for name in names.sorted() {
            var part = query
            part.domain = name
            found += try await store.reports(part)
        }
        found.sort { ($1.end ?? $1.received, $1.id) < ($0.end ?? $0.received, $0.id) }
        return Array(found.prefix(query.count))
    }

    /// A report; nil if there is none that is seen.
    func report(_ id: Int64) async throws -> StoredReport? {
        try await store.report(id).flatMap { access.sees($0.domain) ? $0 : nil }
    }

    /// The file of a report, where all that is in it may be seen.
    func original(of report: StoredReport) async throws -> ReportOriginal? {
        guard access.sees(report.domain), let original = try await store.original(of: report.id) else { return nil }
        guard !access.seesEverything else { return original }
        let findings = ReportFile(reading: original.octets, name: original.name).findings
        return findings.allSatisfy { $0.report?.subjects.allSatisfy { access.sees($0) } ?? true } ? original : nil
    }

    /// What a report says, as far as it may be seen, read again from its file; nil where that is not kept any more.
    func finding(of report: StoredReport) async throws -> ReportFinding? {
        guard access.sees(report.domain), let original = try await store.original(of: report.id),
            original.octets.count <= Self.originalOctetsMax
        else { return nil }
        let findings = ReportFile(reading: original.octets, name: original.name).findings
        guard findings.indices.contains(report.place) else { return nil }
        var finding = findings[report.place]
        if !access.seesEverything, case .success(.tls(var tls)) = finding.outcome {
            // One report can be about domains of several owners.
            tls.policies = tls.policies.filter { access.sees($0.domain?.text) }
            finding.outcome = .success(.tls(tls))
        }
        return finding
    }

    /// What is known of a domain; nil where it is not seen.
    func figures(of domain: String, _ period: ReportDays) async throws -> DomainFigures? {
        guard access.sees(domain) else { return nil }
        if let known = cache.figures(of: domain, period) { return known }
        let coverage = try await store.coverage(of: domain, from: period.begin, to: period.end)
        let totals = try await store.totals(of: domain, .day, from: period.before, to: period.end)
        let sources = try await store.sources(of: domain, from: period.begin, to: period.end)
        let figures = DomainFigures(domain: domain, period, coverage, totals, sources)
        cache.keep(figures)
        return figures
    }

    /// The sources of a domain's messages; none where it is not seen.
    func sources(of domain: String, _ period: ReportDays) async throws -> [SourceTally] {
        guard access.sees(domain) else { return [] }
        return try await store.sources(of: domain, from: period.begin, to: period.end)
    }

    /// The TLS sessions with a domain's servers; none where it is not seen.
    func tlsTallies(of domain: String, _ period: ReportDays) async throws -> [TLSTally] {
        guard access.sees(domain) else { return [] }
        return try await store.tlsTallies(of: domain, from: period.begin, to: period.end)
    }

    /// The failures that are wanted, of domains that are seen, the newest first.
    func failures(_ query: FailureQuery) async throws -> [StoredFailure] {
        guard query.domain == nil, let scope = access.domains else {
            guard access.sees(query.domain) else { return [] }
            return try await store.failures(query)
        }
        var names = Set(scope)
        for domain in try await store.domains() where access.sees(domain) { names.insert(domain) }
        var found: [StoredFailure] = []
        for name in names.sorted() {
            var part = query
            part.domain = name
            found += try await store.failures(part)
        }
        found.sort { ($1.received, $1.report) < ($0.received, $0.report) }
        return Array(found.prefix(query.count))
    }

    /// Lets a report that is kept apart count, or removes it. For who sees everything alone.
    func settle(_ id: Int64, accepting: Bool) async throws -> Bool {
        guard access.seesEverything else { return false }
        return try await accepting ? store.accept([id]) == [id] : store.drop([id]) == [id]
    }
}

extension MailReport {
    /// The domains that it is about.
    fileprivate var subjects: [String?] {
        switch self {
        case .aggregate(let report): [report.policy.domain ?? report.records.lazy.compactMap(\.headerFrom).first]
        case .failure(let report): [report.reportedDomains.first]
        case .tls(let report): report.policies.map { $0.domain?.text }
        }
    }
}
