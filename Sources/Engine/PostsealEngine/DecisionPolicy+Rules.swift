internal import DKIM
internal import DMARC
internal import MailFormat
internal import MailNames
internal import SPF

// Each rule looks at one thing, and says nothing about the others.

extension DecisionPolicy {
    /// RFC 5322 §3.6 allows one From field; where there are more, programs show different authors.
    func severalFromFields(_ findings: Findings) -> RuleVerdict? {
        guard findings.authors.fieldCount > 1, onSeveralFromFields != .accept else { return nil }
        return RuleVerdict(
            onSeveralFromFields, "more than one From field: readers would see different authors",
            SMTPReply(
                code: 550, enhancedCode: "5.6.0", text: "message has more than one From field (RFC 5322 section 3.6)"))
    }

    func ambiguity(_ findings: Findings) -> RuleVerdict? {
        let what = findings.authors.ambiguities.first { $0.misleads == .programs && !Self.hasOwnRule($0, findings) }
        guard let what else { return nil }
        return RuleVerdict(
            onAmbiguousAuthor, "programs may read another author out of From: \(what.rawValue)",
            SMTPReply(
                code: 550, enhancedCode: "5.6.0",
                text: "From is written so that programs may read different authors (\(what.rawValue)); "
                    + "write it as RFC 5322 section 3.6.2 has it"))
    }

    /// Whether another rule looks at this one, so that it is not marked where that rule lets it pass.
    private static func hasOwnRule(_ ambiguity: AuthorAmbiguity, _ findings: Findings) -> Bool {
        switch ambiguity {
        case .severalFields: true
        case .severalMailboxes, .repeatedMailbox: findings.authors.fieldCount > 1
        case .noField, .noAddress, .noDomain: findings.authors.domains.isEmpty
        default: false
        }
    }

    /// RFC 7208 §8.4: what a hard failure means is for the receiver to say; it says nothing against a message that
    /// DMARC vouches for (RFC 9989 §8).
    func spfVerdict(_ findings: Findings) -> RuleVerdict? {
        guard let spf = findings.spf, findings.dmarc?.result != .pass, onSPFFail != .accept else { return nil }
        guard spf.result == .fail || spf.result == .temperror else { return nil }
        let exemption = spfExemption(findings)
        if case .granted = exemption { return nil }
        let domain = spf.domain?.text ?? "the sender"
        guard spf.result == .fail else {
            // RFC 7208 §8.6, RFC 7372 §3.2.
            return isGrave(onSPFFail) ? dnsFailure("SPF of \(domain)", enhancedCode: "7.24") : nil
        }
        if case .undecided(let what) = exemption, isGrave(onSPFFail), onDNSFailure == .tempfail {
            return dnsFailure(what, enhancedCode: "7.24")
        }
        let client = findings.clientAddress.map { " \($0.text)" } ?? ""
        // RFC 7208 §6.2 and §8.4: the domain's own explanation, named as such.
        let explanation = spf.explanation.map { "; \(domain) explains: \($0)" } ?? ""
        // RFC 7208 §8.4, RFC 7372 §3.2.
        return RuleVerdict(
            onSPFFail, "SPF fails: \(spf.reason)",
            SMTPReply(
                code: 550, enhancedCode: "5.7.23",
                text: "SPF of \(domain) does not allow client\(client) to send its mail\(explanation)"))
    }

    /// Whether an action keeps a message from the inbox, so that it matters whether it is right.
    private func isGrave(_ action: PolicyAction) -> Bool { action == .quarantine || action == .reject }

    /// What becomes of a message because of DMARC alone.
    func dmarcVerdict(_ findings: Findings) -> RuleVerdict {
        guard let dmarc = findings.dmarc else {
            let obstacle = findings.dmarcObstacle?.explanation ?? "DMARC was not evaluated"
            return RuleVerdict(
                onMissingAuthor, obstacle,
                SMTPReply(
                    code: 550, enhancedCode: "5.7.1",
                    text: "\(obstacle), so that no domain answers for it (RFC 5322 section 3.6.2, RFC 9989)"))
        }
        switch dmarc.result {
        case .pass: return accepted("DMARC passes for \(dmarc.domain.text)")
        case .none: return accepted("\(dmarc.domain.text) publishes no DMARC policy")
        case .permerror: return accepted("the DMARC policy of \(dmarc.domain.text) cannot be applied")
        case .temperror: return temporaryError(dmarc)
        case .fail: return failure(dmarc, findings)
        }
    }

    private func accepted(_ reason: String) -> RuleVerdict {
        RuleVerdict(.accept, reason, SMTPReply(code: 550, enhancedCode: "5.7.1", text: "message refused"))
    }

    private func temporaryError(_ dmarc: DMARCOutcome) -> RuleVerdict {
        // RFC 9989 §5.4: a policy of none never changes what happens to a message, so it must not delay it either.
        if dmarc.policy == DMARCPolicy.none {
            return accepted("DNS failed, but \(dmarc.domain.text) asks for no action in any case")
        }
        return dnsFailure("DMARC of \(dmarc.domain.text)", enhancedCode: "7.1")
    }

    /// - Parameter enhancedCode: behind the class, which the fail mode settles.
    private func dnsFailure(_ what: String, enhancedCode: String) -> RuleVerdict {
        let reason = "DNS failed, so that \(what) can neither pass nor fail"
        let text = "\(what) cannot be evaluated now: a DNS query failed"
        switch onDNSFailure {
        case .accept: return accepted(reason + "; accepted unjudged, as configured")
        case .tempfail:
            return RuleVerdict(
                .tempfail, reason,
                SMTPReply(code: 451, enhancedCode: "4.\(enhancedCode)", text: text + "; try again later"))
        case .reject:
            return RuleVerdict(
                .reject, reason, SMTPReply(code: 550, enhancedCode: "5.\(enhancedCode)", text: text))
        }
    }

    private func failure(_ dmarc: DMARCOutcome, _ findings: Findings) -> RuleVerdict {
        let exemption = dmarcExemption(findings)
        if case .granted(let why) = exemption { return accepted("DMARC fails, but \(why)") }
        let verdict = request(dmarc, findings)
        // Only where the message is kept back meanwhile: who cannot show that they are listed must not be let through.
        guard case .undecided(let what) = exemption, case .action(let action) = verdict.outcome, isGrave(action),
            onDNSFailure == .tempfail
        else { return verdict }
        return dnsFailure(what, enhancedCode: "7.1")
    }

    /// What the author's domain asks for, and what comes of it here.
    private func request(_ dmarc: DMARCOutcome, _ findings: Findings) -> RuleVerdict {
        let domain = dmarc.policyDomain?.text ?? dmarc.domain.text
        let refusal = rejection(dmarc, findings)
        switch dmarc.applied {
        case nil, .some(.none):
            return RuleVerdict(
                PolicyAction(onMonitoring), "DMARC fails for \(domain), whose policy asks for no action", refusal)
        case .quarantine:
            return RuleVerdict(
                PolicyAction(onQuarantineRequest), "DMARC fails and \(domain) asks for quarantine", refusal)
        case .reject: return rejectRequest(domain, findings, refusal)
        }
    }

    private func rejectRequest(_ domain: String, _ findings: Findings, _ refusal: SMTPReply) -> RuleVerdict {
        let asked = "DMARC fails and \(domain) asks for rejection"
        switch onRejectRequest {
        case .accept: return RuleVerdict(.accept, asked, refusal)
        case .tag: return RuleVerdict(.tag, asked, refusal)
        case .quarantine: return RuleVerdict(.quarantine, asked, refusal)
        case .reject: return RuleVerdict(.reject, asked, refusal)
        case .careful:
            // RFC 9989 §7.4: without other knowledge a failing message of a p=reject domain is quarantined.
            if let sign = findings.indirectFlow.first {
                return RuleVerdict(.quarantine, "\(asked), but \(sign.explanation)", refusal)
            }
            return RuleVerdict(
                .reject, "DMARC fails, \(domain) asks for rejection, and nothing suggests a list or forwarder", refusal)
        }
    }

    /// Says what was found, because one of it is what the sender's administrator has to mend.
    private func rejection(_ dmarc: DMARCOutcome, _ findings: Findings) -> SMTPReply {
        let policy = dmarc.policyDomain.map { " of \($0.text)" } ?? ""
        let tag = dmarc.policyTag.map { " (\($0.rawValue)=reject)" } ?? ""
        var found: [String] = []
        if let spf = findings.spf { found.append("SPF \(spf.result.rawValue)" + Self.of(spf.domain)) }
        if let dkim = findings.dkim.outcomes.first {
            found.append("DKIM \(dkim.result.rawValue)" + Self.of(dkim.domain))
        } else {
            found.append("no DKIM signature")
        }
        return SMTPReply(
            code: 550, enhancedCode: "5.7.1",
            text: "rejected by DMARC policy\(policy)\(tag): neither SPF nor DKIM passes for a domain aligned with "
                + "\(dmarc.domain.text): \(found.joined(separator: ", "))")
    }

    private static func of(_ domain: DomainName?) -> String { domain.map { " for \($0.text)" } ?? "" }
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
