public import DNS
public import MTASTS
public import MailBytes
public import MailNames
internal import Synchronization
public import Trace

/// Knows the MTA-STS policy of a domain at any moment: asks DNS, fetches what has to be fetched, keeps what came.
///
/// Many may ask for one domain at once; it is fetched once.
public final class MTASTSKeeper: Sendable {
    private let store: any MTASTSStore
    private let fetcher: any MTASTSPolicyFetcher
    private let rules: MTASTSCacheRules
    private let underway = Mutex<[DomainName: [CheckedContinuation<Void, Never>]]>([:])
    /// Since when the records of these domains have not been to be had.
    private let silent = Mutex<[DomainName: UnixTime]>([:])

    /// Limit: so many domains whose DNS fails are remembered. If there are more, all are forgotten and wait anew.
    static let silentMax = 10_000

    /// - Parameters:
    ///   - fetcher: takes a bounded time for each fetch; that is how long a message may wait for a first policy.
    public init(
        store: any MTASTSStore, fetcher: any MTASTSPolicyFetcher, rules: MTASTSCacheRules = MTASTSCacheRules()
    ) {
        self.store = store
        self.fetcher = fetcher
        self.rules = rules
    }

    /// What is known of the domain's policy now, after a fetch if one is due.
    ///
    /// A policy that is kept and still holds is in force whatever DNS and the policy host say (RFC 8461 §3.3).
    public func state(
        of domain: DomainName, resolver: some Resolver, at now: UnixTime, _ trace: inout Trace
    ) async -> STSState {
        let finding = await MTASTSLookup(resolver: resolver).finding(at: domain, &trace)
        var entry = await store.entry(for: domain)
        var wasFetched = false
        if case .fetch(let id, let reason) = step(entry, domain, finding, now) {
            trace.found("the policy is fetched: \(reason.rawValue)", .rfc(8461, "3.3"))
            entry = await fetch(domain, id: id, finding, now)
            wasFetched = true
        }
        var state = STSState(finding: finding, entry: entry)
        state.active = entry?.active(at: now)
        state.wasFetched = wasFetched
        if let since = since(domain, finding, now), entry?.valid(at: now) == nil { state.unknownSince = since }
        note(state, &trace)
        return state
    }

    private func step(
        _ entry: MTASTSCacheEntry?, _ domain: DomainName, _ finding: MTASTSRecordFinding, _ now: UnixTime
    ) -> MTASTSCacheStep {
        (entry ?? MTASTSCacheEntry(domain: domain)).step(for: finding, at: now, rules: rules)
    }

    /// Fetches, or waits for somebody else who does.
    private func fetch(
        _ domain: DomainName, id: String, _ finding: MTASTSRecordFinding, _ now: UnixTime
    ) async -> MTASTSCacheEntry? {
        while !claim(domain) {
            await waitFor(domain)
            let entry = await store.entry(for: domain)
            // Somebody else's fetch may have been for another id; what is due then is due still.
            guard case .fetch(let stillDue, _) = step(entry, domain, finding, now), stillDue == id else { return entry }
        }
        defer { release(domain) }
        let before = await store.entry(for: domain)
        guard case .fetch = step(before, domain, finding, now) else { return before }
        let outcome = await fetcher.fetch(domain)
        // A fetch that was cut short by this task's own end says nothing about the domain.
        guard !Task.isCancelled else { return before }
        let after = (before ?? MTASTSCacheEntry(domain: domain)).updated(with: outcome, for: id, at: now, rules: rules)
        await store.keep(after)
        return after
    }

    /// Since when DNS has failed for a domain, without a success between.
    private func since(_ domain: DomainName, _ finding: MTASTSRecordFinding, _ now: UnixTime) -> UnixTime? {
        silent.withLock { silent in
            guard case .failure = finding else {
                silent[domain] = nil
                return nil
            }
            // A clock that was set back makes nobody wait for longer.
            if let since = silent[domain], since <= now { return since }
            if silent.count >= Self.silentMax { silent = [:] }
            silent[domain] = now
            return now
        }
    }

    private func claim(_ domain: DomainName) -> Bool {
        underway.withLock { underway in
            guard underway[domain] == nil else { return false }
            underway[domain] = []
            return true
        }
    }

    private func waitFor(_ domain: DomainName) async {
        // A fetch takes a bounded time, so nobody waits for ever.
        await withCheckedContinuation { continuation in
            let isUnderway = underway.withLock { underway in
                guard underway[domain] != nil else { return false }
                underway[domain]?.append(continuation)
                return true
            }
            if !isUnderway { continuation.resume() }
        }
    }

    private func release(_ domain: DomainName) {
        let waiting = underway.withLock { $0.removeValue(forKey: domain) } ?? []
        for continuation in waiting { continuation.resume() }
    }

    private func note(_ state: STSState, _ trace: inout Trace) {
        if let failure = state.entry?.failure { trace.found("last fetch failed: \(failure.reason)", .rfc(8461, "3.3")) }
        if let active = state.active {
            trace.decided(
                "policy in force: mode \(active.policy.mode.rawValue), until \(active.expiresAt.rfc3339)",
                .rfc(8461, "5"))
        } else if state.entry?.fetched?.policy.mode == MTASTSMode.none {
            trace.decided("the policy's mode is none: there is nothing to hold to", .rfc(8461, "5"))
        } else {
            trace.decided("no MTA-STS policy is in force", .rfc(8461, "5"))
        }
    }
}
