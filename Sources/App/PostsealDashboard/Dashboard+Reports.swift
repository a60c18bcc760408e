internal import MailBytes
internal import MailNames
internal import PostsealReports
internal import Rendering

extension Dashboard {
    /// What somebody sees of the store; nil where there is none, or nobody to see it.
    func scope(_ visit: Visit) -> ScopedReports? {
        guard let reports, let access = visit.access else { return nil }
        return ScopedReports(reports, access, cache: cache, desk: desk)
    }

    /// The domain of the path, as the store has it; nil where it is none, or not seen. Of what no host can be called
    /// there has to be something in the store: reporters name it, and lists lead there.
    func domain(_ visit: Visit) async throws -> String? {
        guard let text = visit.parameters.first else { return nil }
        if let name = Self.hostName(text) { return visit.access?.sees(name) == true ? name : nil }
        return try await scope(visit)?.has(text) == true ? text : nil
    }

    /// The domain that the query asks for, of those that are seen; likewise.
    func wantedDomain(_ visit: Visit) async throws -> String? {
        do {
            return try visit.wantedDomain()
        } catch let refusal {
            guard let text = visit.query.text("domain"), try await scope(visit)?.has(text) == true else {
                throw refusal
            }
            return text
        }
    }

    /// A name of which DNS can be asked as of a host's; nil where it is none.
    static func hostName(_ text: String) -> String? {
        guard let name = try? DomainName(mailDomain: text), name.isHostName else { return nil }
        return name.text
    }

    /// What is known of the domain of the path.
    func figures(_ visit: Visit, withSources: Bool = true) async throws -> DomainFigures? {
        guard let domain = try await domain(visit), let scope = scope(visit) else { return nil }
        return try await scope.figures(of: domain, visit.period, withSources: withSources)
    }

    /// What the overview shows: the domains of a page, and what all domains that are seen come to.
    struct Overview: Sendable {
        /// Limit: domains of a page.
        static let pageMax = 200

        /// Those with most mail first.
        var figures: [DomainFigures] = []
        /// How many domains stand on pages before this one.
        var skipped = 0
        /// Of all domains.
        var domains = 0
        var messages = 0
        var passed = 0
        /// Of the domains that can be compared, in the days that are compared, and in as many before.
        var compared: (messages: Int, before: Int)?

        /// How the messages changed; nil where too little is known of the time before.
        var trend: String? { compared.map { $0.messages.trend(since: $0.before) } }

        fileprivate mutating func compare(_ messages: Int, with before: Int) {
            let sum = compared ?? (0, 0)
            compared = (sum.messages.addingUpToMax(messages), sum.before.addingUpToMax(before))
        }

        /// The number of the last page.
        var lastPage: Int { max((domains + Self.pageMax - 1) / Self.pageMax, 1) }
        /// Whether there are domains on other pages.
        var isCut: Bool { figures.count < domains }
    }

    func overviewFigures(_ visit: Visit) async throws -> Overview {
        var overview = Overview()
        guard let scope = scope(visit) else { return overview }
        var domains = try await scope.domains()
        overview.domains = domains.count
        var here = domains[...]
        if domains.count > Overview.pageMax {
            let messages = try await scope.messages(of: domains, visit.period)
            domains.sort { (messages[$1]?.messages ?? 0, $0) < (messages[$0]?.messages ?? 0, $1) }
            overview.skipped = min((visit.page - 1).multipliedReportingOverflow(by: Overview.pageMax).0, domains.count)
            here = domains.dropFirst(overview.skipped).prefix(Overview.pageMax)
            let shown = Set(here)
            // Those without mail have nothing to add.
            let others = domains.filter { !shown.contains($0) }
            for domain in others {
                guard let count = messages[domain] else { continue }
                overview.messages = overview.messages.addingUpToMax(count.messages)
                overview.passed = overview.passed.addingUpToMax(count.passed)
            }
            let comparison = try await scope.comparison(of: others, visit.period)
            for (domain, before) in comparison.before {
                overview.compare(comparison.messages[domain] ?? 0, with: before)
            }
        }
        overview.figures = try await scope.figures(of: Array(here), visit.period)
        overview.figures.sort { ($1.summary.messages, $0.domain) < ($0.summary.messages, $1.domain) }
        for domain in overview.figures {
            overview.messages = overview.messages.addingUpToMax(domain.summary.messages)
            overview.passed = overview.passed.addingUpToMax(domain.summary.alignedMessages)
            if domain.summary.isComparable {
                overview.compare(domain.summary.comparedMessages, with: domain.summary.messagesBefore)
            }
        }
        return overview
    }

    /// Reports whose sender nobody has verified: the newest, and how many there are.
    func reportsApart(_ visit: Visit) async throws -> (newest: [StoredReport], count: Int) {
        guard let scope = scope(visit) else { return ([], 0) }
        let query = ReportQuery(isCounted: false, count: 10)
        return (try await scope.reports(query), try await scope.count(query))
    }

    static let noSuchDomain = Reply.problem(404, "There is no such domain, or it is not one of yours.")
}
