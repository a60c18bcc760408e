internal import MTASTS
public import MailBytes
public import MailNames
internal import Trace
public import TransportPolicy
public import UnboundResolver

/// Fetches policies that are in force anew ahead of their end, so that a domain whose policy host is down for a day is
/// still protected (RFC 8461 §10.2).
public struct PolicyRefresh<R: DeadlineResolver>: Sendable {
    /// A policy that is in force, and whose refresh keeps failing.
    public struct Warning: Sendable, Hashable {
        public var domain: DomainName
        /// Why the last fetch failed, as a clause.
        public var reason: String
        /// When nothing protects the domain any more.
        public var expiresAt: UnixTime
    }

    private let cache: MTASTSCacheFile
    private let keeper: MTASTSKeeper
    private let resolver: R
    private let now: @Sendable () -> UnixTime

    public init(
        cache: MTASTSCacheFile, keeper: MTASTSKeeper, resolver: R, now: @escaping @Sendable () -> UnixTime
    ) {
        self.cache = cache
        self.keeper = keeper
        self.resolver = resolver
        self.now = now
    }

    /// Goes through all domains once. Each warning is told once a day, on the failure that makes the day full.
    public func run() async -> [Warning] {
        let domains = await cache.domains
        return await withTaskGroup(of: Warning?.self) { tasks in
            var warnings: [Warning] = []
            for (index, domain) in domains.enumerated() {
                guard !Task.isCancelled else { break }
                if index >= Self.atOnce, let done = await tasks.next(), let warning = done { warnings.append(warning) }
                tasks.addTask { await look(after: domain) }
            }
            for await case let warning? in tasks { warnings.append(warning) }
            return warnings
        }
    }

    /// So many domains are looked after side by side; it has time.
    private static var atOnce: Int { 8 }

    private func look(after domain: DomainName) async -> Warning? {
        let time = now()
        guard let before = await cache.entry(for: domain), let held = before.valid(at: time),
            time.seconds - held.fetchedAt.seconds >= Self.ageSeconds(held.policy.maxAgeSeconds)
        else { return nil }
        var trace = Trace.disabled
        let budget = BudgetedResolver(resolver, questionsMax: 8, timeLimit: .seconds(30))
        let state = await keeper.state(of: domain, resolver: budget, at: time, &trace)
        guard state.wasFetched, let warning = state.entry?.refreshWarning(at: time) else { return nil }
        // Failures come every hour or so: one of them a day is told.
        guard warning.failure.count % 24 == 2 else { return nil }
        return Warning(domain: domain, reason: warning.failure.reason, expiresAt: warning.expiresAt)
    }

    /// Nobody needs to be asked about a policy younger than this.
    private static func ageSeconds(_ maxAge: Int) -> Int64 { Int64(min(86_400, max(1, maxAge / 2))) }
}
