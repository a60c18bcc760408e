internal import DANE
internal import MTASTS
internal import MailNames
public import TLSRPT
public import TransportPolicy

extension TLSSessionOutcome {
    /// What a session counts for: nil where it says nothing about TLS, because there was no server to talk to, nobody
    /// was held to a policy, or the destination is an address and so no domain's.
    public init?(_ plan: TransportPlan, _ session: OpenedSession) {
        guard !plan.isWaived, let domain = plan.destination.reportDomain, let judgement = session.judgement else {
            return nil
        }
        var policies = judgement.policies
        if let failure = plan.fetchFailure {
            let detail = TLSSessionFailure(TLSRPTResultType(failure.kind.rawValue), reasonCode: failure.reason)
            if let index = policies.firstIndex(where: { $0.policy.type == .sts }) {
                // The policy that is known goes on holding; that there is no newer one is told all the same.
                policies[index].failures.append(detail)
            } else {
                // RFC 8460 §4.3.2.2: there is a policy, and nobody knows it.
                let unknown = TLSSessionPolicyOutcome(
                    policy: TLSAppliedPolicy(type: .sts), isSuccess: false, failures: [detail])
                policies.removeAll { $0.policy.type == .noPolicyFound }
                policies.append(unknown)
            }
        }
        self.init(domain: domain, policies: policies)
    }

    /// What it counts for that a server was passed over, because of what it has to prove: nil where it was for another
    /// reason. Nobody would learn else that a policy keeps mail from a server.
    public init?(_ plan: TransportPlan, passedOver server: ServerPlan) {
        guard let domain = plan.destination.reportDomain else { return nil }
        switch server.obstacle {
        case .notInPolicy?:
            guard let policy = plan.sts.active?.policy else { return nil }
            let detail = TLSSessionFailure(
                .validationFailure, receivingHost: server.host.text,
                reasonCode: "the policy does not name \(server.host.text)")
            let applied = TLSAppliedPolicy(
                type: .sts, strings: policy.lines, mxHosts: policy.mxPatterns.map(\.text))
            self.init(
                domain: domain,
                policies: [TLSSessionPolicyOutcome(policy: applied, isSuccess: false, failures: [detail])])
        case .lookupFailed(let failure)? where failure.isDNSSEC:
            // RFC 8460 §4.3.2.1: a time-out of DNS is no result of a policy; a failed validation is.
            let detail = TLSSessionFailure(
                .dnssecInvalid, receivingHost: server.host.text, reasonCode: failure.description)
            self.init(
                domain: domain,
                policies: [
                    TLSSessionPolicyOutcome(
                        policy: TLSAppliedPolicy(type: .tlsa, domain: server.host), isSuccess: false,
                        failures: [detail])
                ])
        default: return nil
        }
    }
}

extension MailDestination {
    /// The domain whose report has the sessions: that of the recipients, or the smart host (RFC 8460 §3).
    fileprivate var reportDomain: DomainName? {
        switch self {
        case .domain(let name): name
        case .host(let name, _): name
        case .literal: nil
        }
    }
}

extension TransportPlan {
    /// How the last fetch of the destination's policy failed; nil if it did not.
    fileprivate var fetchFailure: MTASTSCacheEntry.Failure? {
        guard sts.active != nil || sts.finding?.record != nil else { return nil }
        return sts.entry?.failure
    }
}
