internal import ARC
public import AuthenticationResults
internal import DKIM
internal import DMARC
internal import MailNames
internal import SPF

extension Findings {
    /// The findings as the Authentication-Results field of this receiver (RFC 8601), to go on top of the message.
    ///
    /// What was not checked is not in it; what was checked and found nothing says `none`.
    public func authenticationResults(authservID: String) -> AuthenticationResultsField {
        var results: [MethodResult] = []
        if let iprev, let clientAddress {
            results.append(
                .iprev(
                    iprev.result.rawValue, address: clientAddress.text,
                    reason: iprev.result == .pass ? nil : iprev.reason, comment: iprev.verifiedName?.text))
        }
        if let spf {
            results.append(
                .spf(
                    spf.result.rawValue, spf.identity == .helo ? .helo : .mailFrom, domain: spf.domain?.text,
                    reason: spf.result == .pass ? nil : spf.reason))
        }
        results += dkimResults
        results.append(
            .arc(
                arc.result.rawValue, remoteAddress: clientAddress?.text,
                oldestPass: arc.result == .pass ? arc.oldestPass : nil,
                reason: arc.result == .fail ? arc.reason : nil))
        results.append(
            .dmarc(
                dmarcResultWord, authorDomain: authorDomain?.text, policy: dmarc?.applied?.rawValue,
                reason: dmarc == nil ? dmarcObstacle?.explanation : nil, comment: publishedPolicy))
        return AuthenticationResultsField(authservID: authservID, results: results)
    }

    private var dkimResults: [MethodResult] {
        guard !dkim.outcomes.isEmpty else { return [.dkim("none")] }
        return dkim.outcomes.map { outcome in
            .dkim(
                outcome.result.rawValue, domain: outcome.domain?.text, identity: outcome.identity,
                selector: outcome.selector?.text, algorithm: outcome.algorithm,
                signaturePrefix: outcome.signaturePrefix, reason: outcome.result == .pass ? nil : outcome.reason)
        }
    }

    /// The policy as published, such as `p=reject`: what other filters read out of this comment.
    private var publishedPolicy: String? {
        guard let dmarc, let policy = dmarc.policy, let tag = dmarc.policyTag else { return nil }
        return "\(tag.rawValue)=\(policy.rawValue)"
    }

    /// The result word for DMARC (RFC 8601 §2.7, RFC 9989 §9.1): `permerror` where there is no author domain.
    public var dmarcResultWord: String { dmarc?.result.rawValue ?? "permerror" }
}

extension DMARCObstacle {
    /// The obstacle as a clause.
    public var explanation: String {
        switch self {
        case .noFromField: "the message has no From field"
        case .noAuthorDomain: "the From field names no domain"
        case .tooManyAuthorDomains: "the From field names too many domains"
        }
    }
}
