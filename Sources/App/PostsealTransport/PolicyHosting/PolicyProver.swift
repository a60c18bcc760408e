internal import DANE
internal import DNS
public import MTASTS
public import MailBytes
internal import MailNames
internal import SMTPTransport
internal import Trace
internal import TransportPolicy
public import UnboundResolver

/// Holds the servers of a domain to a policy, as a sender in the wide world would: their names, and the certificates
/// that they show by STARTTLS.
public struct PolicyProver<R: DeadlineResolver>: Sendable {
    /// Limit: of a host with more addresses, these are tried. Each must be good: senders choose one.
    static var addressesMax: Int { 8 }
    /// Limit: more servers than any domain has.
    static var hostsMax: Int { 50 }

    private let resolver: R
    private let opener: SessionOpener
    /// Of all look-ups for one domain.
    private let timeLimit: Duration
    private let now: @Sendable () -> UnixTime

    /// - Parameter timeLimit: how long the look-ups for a domain may take together.
    public init(
        resolver: R, opener: SessionOpener, timeLimit: Duration = .seconds(30), now: @escaping @Sendable () -> UnixTime
    ) {
        self.resolver = resolver
        self.opener = opener
        self.timeLimit = timeLimit
        self.now = now
    }

    /// Finds out what stands against publishing this policy in the mode `enforce`.
    public func proof(of hosted: HostedPolicy) async -> PolicyProof {
        let plan = await plan(for: hosted)
        let hosts = plan.servers.map(\.host)
        func whole(_ text: String, isCertain: Bool) -> PolicyProof {
            PolicyProof(problems: [PolicyProof.Problem(text, isCertain: isCertain)], hosts: hosts)
        }
        switch plan.route.obstacle {
        case .failure(let status, _)?: return whole("the MX records can't be looked up: \(status)", isCertain: false)
        case .nullMX?: return whole("the domain takes no mail (null MX)", isCertain: true)
        case .noSuchDomain?: return whole("there is no such domain", isCertain: true)
        case nil: break
        }
        guard !plan.servers.isEmpty else { return whole("the domain has no mail servers", isCertain: true) }
        guard plan.servers.count <= Self.hostsMax else { return whole("too many MX records", isCertain: true) }
        let problems = await withTaskGroup(of: (Int, [PolicyProof.Problem]).self) { tasks in
            for (index, server) in plan.servers.enumerated() {
                tasks.addTask { (index, await faults(of: server, in: plan)) }
            }
            var all = [[PolicyProof.Problem]](repeating: [], count: plan.servers.count)
            for await (index, some) in tasks { all[index] = some }
            return all.flatMap(\.self)
        }
        return PolicyProof(problems: problems, hosts: hosts)
    }

    /// The `id` that DNS has for the domain's policy, and whether DNS could tell.
    public func publishedID(of hosted: HostedPolicy) async -> MTASTSRecordFinding {
        var trace = Trace.disabled
        let budget = BudgetedResolver(resolver, questionsMax: 4, timeLimit: timeLimit)
        return await MTASTSLookup(resolver: budget).finding(at: hosted.domain, &trace)
    }

    /// The plan of a sender that knows this policy, and nothing of DANE.
    private func plan(for hosted: HostedPolicy) async -> TransportPlan {
        let policy = hosted.policy.with(mode: .enforce)
        let entry = MTASTSCacheEntry(
            domain: hosted.domain, fetched: .init(policy: policy, id: policy.recordID, fetchedAt: now()))
        let keeper = MTASTSKeeper(store: MTASTSMemory([entry]), fetcher: OwnPolicy(policy: policy))
        var options = TransportOptions()
        options.usesDANE = false
        let budget = BudgetedResolver(resolver, questionsMax: 200, timeLimit: timeLimit)
        return await TransportPlanner(resolver: budget, keeper: keeper, options: options)
            .plan(for: .domain(hosted.domain), at: now())
    }

    private func faults(of server: ServerPlan, in plan: TransportPlan) async -> [PolicyProof.Problem] {
        let host = server.host.text
        switch server.obstacle {
        case .notInPolicy?:
            return [PolicyProof.Problem("the policy does not name the MX host \(host)", isCertain: true)]
        case .noAddress?:
            // Mail never goes there, under whatever policy.
            return []
        case .lookupFailed(let failure)?:
            return [PolicyProof.Problem("the MX host \(host) can't be looked up: \(failure.status)", isCertain: false)]
        case .policyUnknown?, .notProved?:
            // Neither comes of a policy that is known, and of no sender's demand.
            return [PolicyProof.Problem("the MX host \(host) can't be planned for", isCertain: false)]
        case nil: break
        }
        var problems: [PolicyProof.Problem] = []
        for address in server.addresses.prefix(Self.addressesMax) {
            let session = await opener.open(server, of: plan, at: address)
            await session.client?.quit()
            guard session.judgement?.mayDeliver != true else { continue }
            problems.append(
                PolicyProof.Problem(
                    "\(host) (\(address.text)): \(session.reason)", isCertain: session.judgement != nil))
        }
        return problems
    }
}

/// The policy whose servers are looked at, whoever asks.
private struct OwnPolicy: MTASTSPolicyFetcher {
    let policy: MTASTSPolicy

    func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome {
        .policy(text: Array(policy.text.utf8), mediaType: "text/plain")
    }
}
