internal import MailBytes
internal import MailNames
internal import PostsealReports

extension Dashboard {
    /// What somebody sees of the store; nil where there is none, or nobody to see it.
    func scope(_ visit: Visit) -> ScopedReports? {
        guard let reports, let access = visit.access else { return nil }
        return ScopedReports(reports, access, cache: cache)
    }

    /// The domain of the path, as the store has it; nil where it is none, or not seen.
    func domain(_ visit: Visit) -> String? {
        guard let text = visit.parameters.first, let name = try? DomainName(mailDomain: text), name.isHostName,
            visit.access?.sees(name.text) == true
        else { return nil }
        return name.text
    }

    /// What is known of the domain of the path.
    func figures(_ visit: Visit, withSources: Bool = true) async throws -> DomainFigures? {
        guard let domain = domain(visit), let scope = scope(visit) else { return nil }
        return try await scope.figures(of: domain, visit.period, withSources: withSources)
    }

    /// Limit: domains of the overview.
    static let overviewDomainsMax = 200

    /// All domains that are seen, those with most mail first, and whether there are more.
    func overviewFigures(_ visit: Visit) async throws -> (figures: [DomainFigures], isCut: Bool) {
        guard let scope = scope(visit) else { return ([], false) }
        var domains = try await scope.domains()
        let isCut = domains.count > Self.overviewDomainsMax
        if isCut {
            let messages = try await scope.messages(of: domains, visit.period)
            domains.sort { (messages[$1] ?? 0, $0) < (messages[$0] ?? 0, $1) }
        }
        var figures = try await scope.figures(of: Array(domains.prefix(Self.overviewDomainsMax)), visit.period)
        figures.sort { ($1.summary.messages, $0.domain) < ($0.summary.messages, $1.domain) }
        return (figures, isCut)
    }

    /// Reports whose sender nobody has verified: the newest, and how many there are.
    func reportsApart(_ visit: Visit) async throws -> (newest: [StoredReport], count: Int) {
        guard let scope = scope(visit) else { return ([], 0) }
        let query = ReportQuery(isCounted: false, count: 10)
        return (try await scope.reports(query), try await scope.count(query))
    }

    static let noSuchDomain = Reply.problem(404, "There is no such domain, or it is not one of yours.")
}
