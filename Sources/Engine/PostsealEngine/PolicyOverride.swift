internal import ARC
internal import DMARC
internal import MailFormat

/// Why something else was done with a message than its author's domain asks for, as reports have it (RFC 9990 §3.1.6).
public struct PolicyOverride: Hashable, Sendable {
    /// The kinds of reasons.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// This receiver's own rules.
        case localPolicy = "local_policy"
        /// It came by way of a mailing list.
        case mailingList = "mailing_list"
        /// The domain is testing: tag `t`.
        case testMode = "policy_test_mode"
        /// Somebody on a list of forwarders brought it.
        case trustedForwarder = "trusted_forwarder"
    }

    public var kind: Kind
    /// More about it: one of few texts, which never quote the message.
    public var comment: String?

    init(_ kind: Kind, _ comment: String? = nil) {
        self.kind = kind
        self.comment = comment
    }
}

extension DecisionPolicy {
    /// Why the decision differs from what the author's domain publishes; empty where it does not, or where the domain
    /// asks for nothing because the message passed.
    public func overrides(of findings: Findings, by decision: Decision) -> [PolicyOverride] {
        guard let dmarc = findings.dmarc, dmarc.result != .pass, let published = dmarc.policy else { return [] }
        // Where DNS did not say whether it failed, nothing was applied of what is published.
        let asked = dmarc.applied ?? (dmarc.result == .fail ? .none : published)
        var reasons: [PolicyOverride] = []
        // RFC 9990 §3.1.6: for as much as the domain itself has taken away.
        if dmarc.isTesting, published != asked { reasons.append(PolicyOverride(.testMode)) }
        guard decision.disposition != Disposition(asked) else { return reasons }
        return reasons + [override(dmarc, findings, decision, asked)]
    }

    private func override(
        _ dmarc: DMARCOutcome, _ findings: Findings, _ decision: Decision, _ asked: DMARCPolicy
    ) -> PolicyOverride {
        if decision.dryRun != nil { return PolicyOverride(.localPolicy, "dry run: messages are only marked") }
        if exceptions.contains(where: { $0.fit(findings) != .none }) {
            return PolicyOverride(.localPolicy, "an exception for this client or author")
        }
        guard dmarc.result == .fail else { return PolicyOverride(.localPolicy, "DNS failed, so that nothing was told") }
        if case .granted = dmarcExemption(findings) {
            // RFC 8617 §7.2.2 has such a chain under this word.
            return findings.arc.result == .pass && !forwarders.contains(where: { $0.matches(findings) })
                ? PolicyOverride(.localPolicy, "arc=pass: a trusted sealer saw DMARC pass")
                : PolicyOverride(.trustedForwarder)
        }
        if decision.disposition == .quarantine, asked == .reject, onRejectRequest == .careful,
            let sign = findings.indirectFlow.first
        {
            return PolicyOverride(sign == .listFields ? .mailingList : .localPolicy, sign.explanation)
        }
        return PolicyOverride(.localPolicy)
    }
}

extension Disposition {
    /// What a policy asks for.
    fileprivate init(_ policy: DMARCPolicy) {
        switch policy {
        case .none: self = .accept
        case .quarantine: self = .quarantine
        case .reject: self = .reject
        }
    }
}
