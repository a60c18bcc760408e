internal import ARC
internal import DKIM
internal import DMARC
internal import DNS
internal import PostsealEngine
internal import PostsealObservability
internal import SPF

extension Metrics {
    /// Counts a message with its verdict.
    func record(_ verdict: GuardVerdict, _ duration: Duration) {
        let direction = MessageDirection(verdict.direction)
        messages.add(direction, MessageDisposition(verdict.decision))
        messageDuration.observe(direction, duration)
        if let would = verdict.decision.dryRun { dryRunMessages.add(MessageDisposition(would)) }
        if let findings = verdict.findings { record(findings) }
        for signature in verdict.signatures { signatures.add(.dkim, SignatureAlgorithm(signature.algorithm)) }
        for note in verdict.notes { record(note) }
    }

    /// Counts the results of checks.
    func record(_ findings: Findings) {
        if let spf = findings.spf { count(.spf, spf.result.rawValue) }
        if findings.dkim.outcomes.isEmpty { count(.dkim, "none") }
        for outcome in findings.dkim.outcomes { count(.dkim, outcome.result.rawValue) }
        count(.arc, findings.arc.result.rawValue)
        count(.dmarc, findings.dmarcResultWord)
        if let iprev = findings.iprev { count(.iprev, iprev.result.rawValue) }
        if findings.dmarc?.result == .temperror { checkFailures.add(.dns) }
    }

    private func count(_ method: VerdictMethod, _ word: String) {
        if let result = VerdictResult(rawValue: word) { verdicts.add(method, result) }
    }

    private func record(_ note: GuardNote) {
        switch note {
        case .unsigned(let obstacle, _): signingRefusals.add(.dkim, SigningRefusal(obstacle))
        case .unsealed(let obstacle, _): signingRefusals.add(.arc, SigningRefusal(obstacle))
        case .sealed(let seal): signatures.add(.arc, SignatureAlgorithm(seal.algorithm))
        // A message counts once; what is known of each key is in the gauge of signing keys.
        case .removedForgedResults, .keyRefused: break
        }
    }

    /// Counts how a look-up ended.
    func record(_ answer: DNSAnswer) {
        lookups.add(LookupOutcome(answer))
    }
}

extension MessageDirection {
    init(_ direction: MailDirection) {
        switch direction {
        case .incoming: self = .incoming
        case .outgoing: self = .outgoing
        }
    }
}

extension MessageDisposition {
    init(_ decision: Decision) {
        self = decision.isTagged && decision.disposition == .accept ? .tag : MessageDisposition(decision.disposition)
    }

    init(_ disposition: Disposition) {
        switch disposition {
        case .accept: self = .accept
        case .quarantine: self = .quarantine
        case .reject: self = .reject
        case .tempfail: self = .tempfail
        }
    }
}

extension SignatureAlgorithm {
    init(_ algorithm: DKIMAlgorithm) { self = algorithm == .ed25519SHA256 ? .ed25519 : .rsa }
}

extension LookupOutcome {
    init(_ answer: DNSAnswer) {
        switch answer.status {
        case .noError: self = answer.data.isEmpty ? .negative : .answered
        case .nxDomain: self = .negative
        case .timeout: self = .timeout
        case .bogus: self = .bogus
        case .budgetSpent: self = .budget
        case .serverFailure, .otherCode: self = .failed
        }
    }
}

extension SigningRefusal {
    init(_ obstacle: SigningObstacle) {
        switch obstacle {
        case .message: self = .message
        case .dns, .key(.unknown): self = .dns
        case .key(.unpublished): self = .notPublished
        case .key(.severalRecords), .key(.unusable), .key(.anotherKey): self = .mismatch
        case .failure: self = .internalError
        }
    }
}
