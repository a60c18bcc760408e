internal import DANE
public import DNS
internal import MTASTS
public import MailBytes
internal import MailNames
internal import Trace

/// What an administrator chose about the way of outgoing mail.
public struct TransportOptions: Hashable, Sendable {
    /// Whether TLSA records count. Only with a resolver that validates.
    public var usesDANE = true
    /// Whether the TLSA records of a host count where the MX records that lead to it are not signed: they show that
    /// it is that host, not that it is the domain's (RFC 7672 §2.2.1).
    public var usesDANEWithUnprovedRoute = true
    /// Whether MTA-STS policies count.
    public var usesMTASTS = true
    /// For so long mail waits for a domain whose MTA-STS record can't be looked up; from then on it goes as if there
    /// were none. 0: it never waits.
    public var policyWaitSeconds: Int64 = 86_400

    public init() {}
}

/// Makes plans: domain, MX records, what must hold for each host.
///
/// DANE where the chain of proof is complete, else MTA-STS, else whatever TLS there is. DANE is never overridden by
/// MTA-STS (RFC 8461 §2); a look-up that fails or is bogus means "later", never "without".
public struct TransportPlanner<R: Resolver>: Sendable {
    private let resolver: R
    private let keeper: MTASTSKeeper?
    private let options: TransportOptions

    /// - Parameters:
    ///   - resolver: who answers; it holds the budget of one plan.
    ///   - keeper: nil where MTA-STS is not used.
    public init(resolver: R, keeper: MTASTSKeeper?, options: TransportOptions = TransportOptions()) {
        self.resolver = resolver
        self.keeper = keeper
        self.options = options
    }

    /// Makes the plan for a destination.
    public func plan(for destination: MailDestination, at now: UnixTime, tracing: Bool = false) async -> TransportPlan {
        var trace = Trace(isEnabled: tracing)
        switch destination {
        case .domain(let domain): return await plan(domain, destination, now, &trace)
        case .host(let host, let port):
            // RFC 8461 §3.4: with a smart host, its name is the policy domain.
            let route = MailRoute(
                source: .fixed, hops: [.init(host: host, preference: 0)], security: .secure, canonicalName: host,
                ttlSeconds: .max)
            return await plan(destination, route, domain: host, port: port, now, &trace)
        case .literal(let address, let port):
            trace.decided("an address has no name that could prove anything")
            let server = ServerPlan(
                host: .root, port: port, preference: 0, addresses: [address], addressSecurity: .insecure,
                demand: .opportunistic, obstacle: nil, reason: "an address: nothing can be proved")
            let route = MailRoute(source: .fixed, hops: [], security: .insecure, ttlSeconds: .max)
            return TransportPlan(
                destination: destination, route: route, servers: [server], sts: .off, madeAt: now, ttlSeconds: .max,
                reason: server.reason, trace: trace)
        }
    }

    private func plan(
        _ domain: DomainName, _ destination: MailDestination, _ now: UnixTime, _ trace: inout Trace
    ) async -> TransportPlan {
        let route = await MailRouteLookup(resolver: resolver).route(to: domain, &trace)
        return await plan(destination, route, domain: domain, port: 25, now, &trace)
    }

    private func plan(
        _ destination: MailDestination, _ route: MailRoute, domain: DomainName, port: UInt16, _ now: UnixTime,
        _ trace: inout Trace
    ) async -> TransportPlan {
        var plan = TransportPlan(
            destination: destination, route: route, servers: [], sts: .off, madeAt: now, ttlSeconds: route.ttlSeconds,
            reason: "", trace: trace)
        if route.obstacle == nil {
            let isTracing = trace.isEnabled
            async let found = lookUp(route.hops, port, tracing: isTracing)
            var stsTrace = Trace(isEnabled: isTracing)
            if options.usesMTASTS, let keeper {
                plan.sts = await keeper.state(of: domain, resolver: resolver, at: now, &stsTrace)
            }
            trace.append(stsTrace)
            for (hop, outcome) in await found {
                trace.found("host \(hop.host.text), preference \(hop.preference)", .rfc(5321, "5.1"))
                trace.depth += 1
                trace.append(outcome.trace)
                let server = server(hop, outcome, route, plan.sts, now, domain)
                trace.decided(server.reason)
                trace.depth -= 1
                plan.servers.append(server)
                plan.ttlSeconds = min(plan.ttlSeconds, outcome.ttlSeconds)
            }
        }
        plan.ttlSeconds = min(plan.ttlSeconds, stsTTL(plan.sts, now))
        plan.reason = reason(plan)
        trace.decided("\(plan.protection.rawValue): \(plan.reason)")
        plan.trace = trace
        return plan
    }

    private func lookUp(
        _ hops: [MailRoute.Hop], _ port: UInt16, tracing: Bool
    ) async -> [(MailRoute.Hop, DANELookupOutcome)] {
        await withTaskGroup(of: (Int, DANELookupOutcome).self) { group in
            for (index, hop) in hops.enumerated() {
                group.addTask {
                    (index, await DANELookup(resolver: resolver).lookUp(host: hop.host, port: port, tracing: tracing))
                }
            }
            var outcomes: [Int: DANELookupOutcome] = [:]
            for await (index, outcome) in group { outcomes[index] = outcome }
            return hops.enumerated().compactMap { index, hop in outcomes[index].map { (hop, $0) } }
        }
    }

    private func server(
        _ hop: MailRoute.Hop, _ outcome: DANELookupOutcome, _ route: MailRoute, _ sts: STSState, _ now: UnixTime,
        _ domain: DomainName
    ) -> ServerPlan {
        var server = ServerPlan(
            host: hop.host, port: outcome.port, preference: hop.preference, addresses: outcome.addresses,
            addressSecurity: outcome.addressSecurity, demand: .opportunistic, obstacle: nil, reason: outcome.reason)
        let isProved = route.security == .secure
        switch outcome.finding {
        case .unreachable: server.obstacle = .noAddress
        case .failure(let failure):
            // With DANE off, a failed TLSA question does not matter where there are addresses.
            if options.usesDANE || outcome.addresses.isEmpty { server.obstacle = .lookupFailed(failure) }
        case .usable(let records, let base), .unusable(let records, let base):
            guard options.usesDANE, isProved || options.usesDANEWithUnprovedRoute else { break }
            server.demand.dane = DANEDemand(
                level: records.isUsable ? .authenticated : .encrypted, records: records,
                references: references(base, route, domain), serverName: base, isRouteProved: isProved)
        case .none: break
        }
        if let policy = sts.active?.policy { apply(policy, to: &server) }
        if mustWait(for: sts, now), server.demand.dane?.decides != true, server.obstacle == nil {
            server.obstacle = .policyUnknown
            server.reason = "it could not be looked up whether the domain has an MTA-STS policy"
        }
        return server
    }

    /// Unspecified: RFC 8461 §3.1 says what no record means, and not what no answer means. Whoever can keep a record
    /// from us could send mail in the clear by that; so it waits. But it does not wait for ever: there are domains
    /// whose name servers can't say that a name is not there.
    private func mustWait(for sts: STSState, _ now: UnixTime) -> Bool {
        guard let since = sts.unknownSince else { return false }
        return now.seconds - since.seconds < options.policyWaitSeconds
    }

    /// RFC 7672 §3.2.2: the next hop's own name counts only where it is proved that it leads here.
    private func references(_ base: DomainName, _ route: MailRoute, _ domain: DomainName) -> DANEReferenceNames {
        guard route.source != .fixed, route.security == .secure else { return DANEReferenceNames(baseDomain: base) }
        let expanded = route.canonicalName.flatMap { $0 == domain ? nil : $0 }
        return DANEReferenceNames(baseDomain: base, nextHop: domain, expandedNextHop: expanded)
    }

    private func apply(_ policy: MTASTSPolicy, to server: inout ServerPlan) {
        let pattern = policy.pattern(matching: server.host)
        var effect = policy.mode == .enforce ? STSDemand.Effect.enforce : .testing
        // RFC 8461 §2 does not let a policy lower what DANE asks for. That DANE, with proof from the domain down to the
        // certificate, needs no second opinion is our reading: a policy can't be better proved than that. Without
        // proof of the MX records both have to hold, for an attacker's host can have TLSA records of its own.
        if server.demand.dane?.decides == true { effect = .observed }
        server.demand.sts = STSDemand(effect: effect, pattern: pattern, host: server.host)
        if pattern == nil, effect == .enforce {
            server.obstacle = server.obstacle ?? .notInPolicy
            server.reason = "the MTA-STS policy does not name \(server.host.text)"
        } else if server.demand.dane == nil, server.obstacle == nil {
            server.reason =
                switch (effect, pattern) {
                case (.enforce, let pattern?):
                    "MTA-STS: a certificate for \(server.host.text) is needed (\(pattern.text))"
                case (_, let pattern?): "MTA-STS is being tested: \(server.host.text) is named (\(pattern.text))"
                case (_, nil): "MTA-STS is being tested: \(server.host.text) is not named"
                }
        }
    }

    private func stsTTL(_ state: STSState, _ now: UnixTime) -> UInt32 {
        guard let active = state.active else { return .max }
        return UInt32(clamping: active.expiresAt.seconds - now.seconds)
    }

    private func reason(_ plan: TransportPlan) -> String {
        if let dead = plan.dead {
            switch dead {
            case .later(let why): return "later: \(why)"
            case .never(let why, _): return why
            }
        }
        switch plan.protection {
        case .dane:
            let open = plan.servers.filter { $0.obstacle == nil }
            let count = open.count { $0.demand.dane != nil }
            let how = plan.route.security == .secure ? "" : "; the MX records that lead there are not signed"
            return "\(count) of \(plan.servers.count) servers have signed TLSA records" + how
        case .sts:
            let mode = plan.sts.active?.policy.mode.rawValue ?? ""
            return "MTA-STS policy in mode \(mode)"
        case .opportunistic, .none:
            return "no proof is offered: TLS is used where the server has it"
        }
    }
}
