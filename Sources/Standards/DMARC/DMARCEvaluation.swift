internal import DNS
internal import MailNames
internal import Trace

/// One evaluation in progress: discovery, alignment, policy, in this order (RFC 9989 §5.3).
struct DMARCEvaluation<R: Resolver> {
    let request: DMARCRequest
    let limits: DMARCLimits
    /// Whether the author's organizational domain is wanted even if nothing depends on it.
    let findsOrganization: Bool
    var source: DMARCRecordSource<R>
    /// The walk from the author domain, once it was made.
    var authorWalk: DMARCTreeWalk?

    init(request: DMARCRequest, limits: DMARCLimits, findsOrganization: Bool, source: DMARCRecordSource<R>) {
        self.request = request
        self.limits = limits
        self.findsOrganization = findsOrganization
        self.source = source
    }

    /// Copied into a local wherever a trace's text mentions it: such a text must not read `self`.
    var author: DomainName { request.authorDomain }

    /// Everything but `queries` and `trace`.
    mutating func run() async -> DMARCOutcome {
        let applicable: Applicable
        switch await discover() {
        case .failed(let failure):
            return end(.temperror, "the policy cannot be found out: \(failure.description)", citing: "5.3.6")
        case .nothing:
            // RFC 9989 §4.10.1: without a record DMARC must not be applied.
            var outcome = end(.none, "no policy record applies to \(author.text)", citing: "4.10.1")
            outcome.organizationalDomain = authorWalk?.organizationalDomain
            return outcome
        case .found(let found): applicable = found
        }
        var outcome = DMARCOutcome(.none, domain: author, reason: "")
        outcome.policyDomain = applicable.domain
        outcome.record = applicable.record
        outcome.isTesting = applicable.record.isTesting
        if let obstacle = applicable.record.obstacle {
            outcome.result = obstacle
            outcome.reason =
                "the record of \(applicable.domain.text) has "
                + (obstacle == .permerror ? "a p, sp or np that is no policy" : "no p") + ", and no valid rua"
            if findsOrganization { _ = await walkAuthor() }
            outcome.organizationalDomain = authorWalk?.organizationalDomain
            source.trace.decided(outcome.reason, .dmarc("4.10.1"))
            return outcome
        }
        let alignment = await align(applicable.record)
        outcome.spfAlignedDomain = alignment.spf.aligned
        outcome.dkimAlignedDomain = alignment.dkim.aligned
        outcome.organizationalDomain = alignment.organizationalDomain
        let policy = await requestedPolicy(applicable)
        conclude(&outcome, alignment, policy)
        return outcome
    }

    private mutating func end(_ result: DMARCResult, _ reason: String, citing section: String) -> DMARCOutcome {
        source.trace.decided("\(result.rawValue): \(reason)", .dmarc(section))
        return DMARCOutcome(result, domain: author, reason: reason)
    }
}

// MARK: - The result

extension DMARCEvaluation {
    private mutating func conclude(
        _ outcome: inout DMARCOutcome, _ alignment: Alignment, _ policy: Result<DMARCRequestedPolicy, DMARCFailure>
    ) {
        if case .success(let requested) = policy {
            outcome.policy = requested.policy
            outcome.policyTag = requested.tag
            source.trace.decided(
                "policy \(requested.policy.rawValue), by tag \(requested.tag.rawValue)", .dmarc("4.10.1"))
        }
        let section: String
        if alignment.isAligned {
            // RFC 9989 §5.3.5: one aligned identifier is enough, whatever became of the others.
            (outcome.result, outcome.applied, section) = (.pass, DMARCPolicy.none, "5.3.5")
            outcome.reason = passReason(alignment)
        } else if let doubt = doubt(alignment) {
            // RFC 9989 §5.3.6: after a DNS failure the message neither passes nor fails, and no policy is applied.
            (outcome.result, section) = (.temperror, "5.3.6")
            outcome.reason = "neither pass nor fail: \(doubt)"
        } else if case .failure(let failure) = policy {
            (outcome.result, section) = (.temperror, "5.3.6")
            outcome.reason = "which policy counts is not known: \(failure.description)"
        } else {
            (outcome.result, section) = (.fail, "5.3.5")
            outcome.reason = failReason()
            // RFC 9989 §4.7, tag t: one level less while the owner is testing.
            outcome.applied = outcome.isTesting ? outcome.policy?.whileTesting : outcome.policy
        }
        source.trace.decided("\(outcome.result.rawValue): \(outcome.reason)", .dmarc(section))
    }

    private func doubt(_ alignment: Alignment) -> String? {
        if let doubt = alignment.dkim.doubt ?? alignment.spf.doubt { return doubt }
        if request.dkimTempError { return "DKIM ended in a temporary error" }
        return request.spfTempError ? "SPF ended in a temporary error" : nil
    }

    /// Written for every message that passes, so without the detour of interpolation and arrays.
    private func passReason(_ alignment: Alignment) -> String {
        let authorText = author.text
        func text(_ domain: DomainName) -> String { domain == author ? authorText : domain.text }
        var reason = ""
        reason.reserveCapacity(128)
        if let domain = alignment.dkim.aligned {
            reason += "DKIM passes for "
            reason += text(domain)
            if alignment.spf.aligned != nil { reason += " and " }
        }
        if let domain = alignment.spf.aligned {
            reason += "SPF passes for "
            reason += text(domain)
        }
        reason += ", aligned with "
        reason += authorText
        return reason
    }

    private func failReason() -> String {
        var parts: [String] = []
        if let domain = request.dkimPass.first { parts.append("DKIM for \(domain.text)" + others(request.dkimPass)) }
        if let domain = request.spfPass.first { parts.append("SPF for \(domain.text)" + others(request.spfPass)) }
        guard !parts.isEmpty else { return "neither SPF nor DKIM passes" }
        return "passing " + parts.joined(separator: " and ") + " is not aligned with \(author.text)"
    }

    private func others(_ domains: [DomainName]) -> String {
        domains.count > 1 ? " and \(domains.count - 1) more" : ""
    }
}
