internal import ARC
internal import AuthenticationResults
internal import DMARC
internal import MailFormat
public import MailNames

/// What this receiver does about findings.
///
/// The defaults follow RFC 9989 §7.4: `p=reject` alone never rejects. It does where nothing suggests that a
/// list or forwarder broke the message's authentication; otherwise such a message is quarantined.
public struct DecisionPolicy: Sendable {
    /// Domains whose ARC seals are believed: an intact chain sealed by one of them that saw DMARC pass
    /// overrides a failure (RFC 8617 §7.2).
    public var trustedSealers: [DomainName]

    public init(trustedSealers: [DomainName] = []) { self.trustedSealers = trustedSealers }

    /// Decides; the same findings always give the same decision.
    public func decide(_ findings: Findings) -> Decision {
        if let refusal = refusalOfForm(findings) { return refusal }
        guard let dmarc = findings.dmarc else {
            // Without an author nobody's policy can protect the reader, so the message must not pass as ordinary mail.
            return Decision(
                disposition: .quarantine, reason: findings.dmarcObstacle?.explanation ?? "DMARC was not evaluated")
        }
        switch dmarc.result {
        case .pass: return Decision(disposition: .accept, reason: "DMARC passes for \(dmarc.domain.text)")
        case .none: return Decision(disposition: .accept, reason: "\(dmarc.domain.text) publishes no DMARC policy")
        case .permerror:
            return Decision(disposition: .accept, reason: "the DMARC policy of \(dmarc.domain.text) cannot be applied")
        case .temperror: return temporaryError(dmarc)
        case .fail: return failure(dmarc, findings)
        }
    }

    /// RFC 5322 §3.6 allows one From field; where there are more, programs show different authors.
    private func refusalOfForm(_ findings: Findings) -> Decision? {
        guard findings.authors.fieldCount > 1 else { return nil }
        return Decision(
            disposition: .reject,
            reply: SMTPReply(
                code: 550, enhancedCode: "5.6.0", text: "message has more than one From field (RFC 5322 section 3.6)"),
            reason: "more than one From field: readers would see different authors")
    }

    private func temporaryError(_ dmarc: DMARCOutcome) -> Decision {
        // RFC 9989 §5.4: a policy of none never changes what happens to a message, so it must not delay it either.
        if dmarc.policy == DMARCPolicy.none {
            return Decision(
                disposition: .accept, reason: "DNS failed, but \(dmarc.domain.text) asks for no action in any case")
        }
        return Decision(
            disposition: .tempfail,
            reply: SMTPReply(
                code: 451, enhancedCode: "4.7.1",
                text: "DMARC of \(dmarc.domain.text) cannot be evaluated now: a DNS query failed; try again later"),
            reason: "DNS failed, so that DMARC can neither pass nor fail")
    }

    private func failure(_ dmarc: DMARCOutcome, _ findings: Findings) -> Decision {
        let domain = dmarc.policyDomain?.text ?? dmarc.domain.text
        if let sealer = trustedSealer(findings) {
            return Decision(
                disposition: .accept,
                reason: "DMARC fails, but the intact ARC chain of trusted sealer \(sealer.text) saw it pass")
        }
        switch dmarc.applied {
        case nil, .some(.none):
            return Decision(disposition: .accept, reason: "DMARC fails for \(domain), whose policy asks for no action")
        case .quarantine:
            return Decision(
                disposition: .quarantine, reply: nil, reason: "DMARC fails and \(domain) asks for quarantine")
        case .reject:
            // RFC 9989 §7.4: without other knowledge a failing message of a p=reject domain is quarantined.
            if let sign = findings.indirectFlow.first {
                return Decision(
                    disposition: .quarantine,
                    reason: "DMARC fails and \(domain) asks for rejection, but \(sign.explanation)")
            }
            return Decision(
                disposition: .reject, reply: rejection(dmarc),
                reason: "DMARC fails, \(domain) asks for rejection, and nothing suggests a list or forwarder")
        }
    }

    private func rejection(_ dmarc: DMARCOutcome) -> SMTPReply {
        let policy = dmarc.policyDomain.map { " of \($0.text)" } ?? ""
        let tag = dmarc.policyTag.map { " (\($0.rawValue)=reject)" } ?? ""
        return SMTPReply(
            code: 550, enhancedCode: "5.7.1",
            text: "rejected by DMARC policy\(policy)\(tag): neither SPF nor DKIM passes for a domain aligned with "
                + dmarc.domain.text)
    }

    /// The trusted sealer that saw DMARC pass for this author, if only trusted ones handled the message after it.
    private func trustedSealer(_ findings: Findings) -> DomainName? {
        guard findings.arc.result == .pass, let author = findings.authorDomain else { return nil }
        for set in findings.arc.sets.reversed() {
            guard let sealer = set.sealer, trustedSealers.contains(sealer) else { return nil }
            if let results = set.results, Self.showsDMARCPass(results, author: author) { return sealer }
        }
        return nil
    }

    /// The author must be the one of today: a list that writes another From proves nothing about it.
    private static func showsDMARCPass(_ field: AuthenticationResultsField, author: DomainName) -> Bool {
        field.results.contains { result in
            result.method == "dmarc" && result.result == "pass"
                && result.properties.contains {
                    $0.type == .header && $0.name == "from" && (try? DomainName(mailDomain: $0.value)) == author
                }
        }
    }
}

extension IndirectFlowSign {
    /// The sign as a clause.
    public var explanation: String {
        switch self {
        case .listFields: "it carries the fields of a mailing list"
        case .resentFields: "it was resent by a person"
        case .arcSets: "a forwarder sealed it"
        case .brokenAuthorSignature:
            "it carries a signature of the author's domain that a change on the way may have broken"
        case .otherSignature: "another domain's signature on it verifies"
        }
    }
}
