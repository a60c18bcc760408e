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
    func figures(_ visit: Visit) async throws -> DomainFigures? {
        guard let domain = domain(visit), let scope = scope(visit) else { return nil }
        return try await scope.figures(of: domain, visit.period)
    }

    /// Limit: domains of the overview.
    static let overviewDomainsMax = 200

    /// All domains that are seen, those with most mail first, and whether there are more.
    func overviewFigures(_ visit: Visit) async throws -> (figures: [DomainFigures], isCut: Bool) {
        guard let scope = scope(visit) else { return ([], false) }
        let domains = try await scope.domains()
        var figures: [DomainFigures] = []
        for domain in domains.prefix(Self.overviewDomainsMax) {
            if let found = try await scope.figures(of: domain, visit.period) { figures.append(found) }
        }
        figures.sort { ($1.summary.messages, $0.domain) < ($0.summary.messages, $1.domain) }
        return (figures, domains.count > Self.overviewDomainsMax)
    }

    /// Reports whose sender nobody has verified, of the newest that came in.
    func reportsApart(_ visit: Visit) async throws -> [StoredReport] {
        guard let scope = scope(visit) else { return [] }
        return try await scope.reports(ReportQuery(kind: "dmarc-aggregate", isCounted: false, count: 1000))
    }

    static let noSuchDomain = Reply.problem(404, "There is no such domain, or it is not one of yours.")
}
