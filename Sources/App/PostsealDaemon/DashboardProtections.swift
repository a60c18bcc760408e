internal import DANE
internal import DKIM
internal import DNS
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import PostsealDashboard
internal import Rendering
internal import TLSRPT
internal import Trace
internal import TransportPolicy
internal import UnboundResolver

/// Looks up how a domain is protected, side by side and within some seconds.
struct DashboardProtections: ProtectionSource {
    let resolver: @Sendable () -> CountingResolver
    let keeper: MTASTSKeeper
    /// The selectors that we sign a domain with.
    let ownSelectors: @Sendable (DomainName) -> [DomainName]
    let now: @Sendable () -> UnixTime

    /// All of it takes no longer.
    private static let timeLimit = Duration.seconds(5)
    /// RFC 7208 §4.6.4: ten terms may lead to ten servers each.
    private static let questionsMax = 120
    private static let questionTime = Duration.seconds(4)

    func protections(of domain: String, selectors: [String]) async -> [ProtectionState] {
        guard let name = try? DomainName(mailDomain: domain) else { return [] }
        var keys = ownSelectors(name)
        for selector in selectors {
            if let selector = try? DomainName(selector), !keys.contains(selector) { keys.append(selector) }
        }
        let all = keys
        var states: [Int: [ProtectionState]] = [:]
        await withTaskGroup(of: (Int, [ProtectionState])?.self) { group in
            group.addTask { (0, [await Self.dmarc(name, self.checks)]) }
            group.addTask { (1, [await Self.spf(name, at: self.now(), self.checks)]) }
            group.addTask { (2, [await self.dkim(name, all)]) }
            group.addTask { (3, await self.transport(name)) }
            group.addTask { (4, [await self.tlsReports(name)]) }
            group.addTask {
                try? await Task.sleep(for: Self.timeLimit)
                return nil
            }
            for await found in group {
                guard let found else { break }
                states[found.0] = found.1
                if states.count == Self.names.count { break }
            }
            group.cancelAll()
        }
        return Self.names.enumerated().flatMap { index, names in
            states[index] ?? names.map { ProtectionState($0, .unknown, "DNS did not answer in time.") }
        }
    }

    private static let names = [["DMARC"], ["SPF"], ["DKIM"], ["MTA-STS", "DANE"], ["TLS reports"]]

    private var checks: BudgetedResolver<CountingResolver> {
        BudgetedResolver(resolver(), questionsMax: Self.questionsMax, timeLimit: Self.questionTime)
    }

    static func lines(_ check: String, _ trace: Trace) -> [String] {
        TraceText.render([(check, trace)]).split(separator: "\n").map(String.init)
    }

    // MARK: Keys

    private func dkim(_ domain: DomainName, _ selectors: [DomainName]) async -> ProtectionState {
        guard !selectors.isEmpty else {
            return ProtectionState(
                "DKIM", .unknown, "No key is known by name: none is in the configuration or in the newest reports.")
        }
        var evidence: [String] = []
        var good = 0
        var failures = 0
        let resolver = checks
        for selector in selectors.prefix(10) {
            var trace = Trace(isEnabled: true)
            let keys = await DKIMKeyLookup(resolver: resolver).keys(
                selector: selector, domain: domain, at: now(), trace: &trace)
            evidence += Self.lines("dkim", trace)
            switch keys.keys {
            case .success(let records) where records.contains { !$0.record.isRevoked }: good += 1
            case .success: evidence.append("  \(selector.text): revoked")
            case .failure(let failure):
                if failure.result == .temperror { failures += 1 }
                evidence.append("  \(selector.text): \(failure.reason)")
            }
        }
        let count = min(selectors.count, 10)
        if good == count {
            return ProtectionState(
                "DKIM", .good,
                count == 1
                    ? "The key that is in use is published." : "All \(count) keys that are in use are published.",
                evidence: evidence)
        }
        if failures > 0 { return ProtectionState("DKIM", .unknown, "DNS failed for some keys.", evidence: evidence) }
        return ProtectionState(
            "DKIM", good > 0 ? .partial : .broken,
            "\(count - good) of \(count) keys that were seen are not published any more.",
            evidence: evidence)
    }

    // MARK: The way to the servers

    private func transport(_ domain: DomainName) async -> [ProtectionState] {
        let plan = await TransportPlanner(resolver: checks, keeper: keeper).plan(
            for: .domain(domain), at: now(), tracing: true)
        let evidence = TransportPage.text(plan).split(separator: "\n").map(String.init)
        return [sts(plan, evidence), dane(plan, evidence)]
    }

    private func sts(_ plan: TransportPlan, _ evidence: [String]) -> ProtectionState {
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("MTA-STS", rating, text, evidence: evidence)
        }
        if let policy = plan.sts.active?.policy {
            return policy.mode == .enforce
                ? state(.good, "Senders are told to insist on TLS with servers that prove who they are.")
                : state(
                    .partial, "The policy is in mode \(policy.mode.rawValue): senders report, and deliver all the same."
                )
        }
        switch plan.sts.finding {
        case .record?: return state(.broken, "There is a record, but the policy can't be had.")
        case .unusable(let error)?: return state(.broken, "The record can't be used: \(error).")
        case .failure(let status)?: return state(.unknown, "DNS failed: \(status).")
        case .nothing?: return state(.missing, "There is no MTA-STS policy.")
        case nil: return state(.unknown, "It was not looked up.")
        }
    }

    private func dane(_ plan: TransportPlan, _ evidence: [String]) -> ProtectionState {
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("DANE", rating, text, evidence: evidence)
        }
        guard !plan.servers.isEmpty else { return state(.unknown, plan.reason.sentenceCase + ".") }
        let proved = plan.servers.count { $0.demand.dane?.level == .authenticated }
        if plan.servers.contains(where: { $0.obstacle != nil }), proved == 0 {
            return state(.unknown, "Some servers could not be looked up.")
        }
        if proved == plan.servers.count {
            return state(.good, "All servers are bound to their certificates by signed TLSA records.")
        }
        if proved > 0 { return state(.partial, "\(proved) of \(plan.servers.count) servers have TLSA records.") }
        return state(.missing, "No server has signed TLSA records.")
    }

    func mailServers(of domain: String) async -> [String]? {
        guard let name = try? DomainName(mailDomain: domain) else { return nil }
        let answer = await checks.answer(DNSQuestion(name, .mx))
        guard !answer.status.isFailure else { return nil }
        let servers = answer.data.compactMap { if case .mx(_, let exchange) = $0 { exchange } else { nil } }
        // RFC 5321 §5.1: without MX records the domain is its own server. RFC 7505 §3: the root means that there is
        // none.
        return servers.isEmpty ? [name.text] : servers.filter { !$0.isRoot }.map(\.text)
    }

    private func tlsReports(_ domain: DomainName) async -> ProtectionState {
        var trace = Trace(isEnabled: true)
        let finding = await TLSRPTLookup(resolver: checks).finding(at: domain, &trace)
        let evidence = Self.lines("tlsrpt", trace)
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("TLS reports", rating, text, evidence: evidence)
        }
        switch finding {
        case .record: return state(.good, "Senders are asked to report how TLS went.")
        case .nothing: return state(.missing, "Nobody is asked to report how TLS went.")
        case .unusable(let error): return state(.broken, "The record can't be used: \(error).")
        case .failure(let status): return state(.unknown, "DNS failed: \(status).")
        }
    }
}

extension String {
    fileprivate var sentenceCase: String { prefix(1).uppercased() + dropFirst() }
}
