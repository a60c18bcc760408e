public import MailNames

/// What this receiver does about findings.
///
/// The defaults follow RFC 9989 §7.4: `p=reject` alone never rejects. It does where nothing suggests that a
/// list or forwarder broke the message's authentication; otherwise such a message is quarantined.
public struct DecisionPolicy: Sendable, Hashable {
    /// DMARC fails, and the author's domain asks for rejection.
    public var onRejectRequest: RejectRequestAction = .careful
    /// DMARC fails, and the author's domain asks for quarantine.
    public var onQuarantineRequest: QuarantineRequestAction = .quarantine
    /// DMARC fails, and the author's domain asks for no action.
    public var onMonitoring: MonitoringAction = .accept
    /// SPF says `fail`, and DMARC does not pass.
    public var onSPFFail: PolicyAction = .accept
    /// No author domain, or too many, so that nobody's policy can protect the reader.
    public var onMissingAuthor: PolicyAction = .quarantine
    /// More than one From field.
    public var onSeveralFromFields: PolicyAction = .reject
    /// Programs may read another author out of From than the one that was checked.
    public var onAmbiguousAuthor: PolicyAction = .tag
    /// DNS did not answer, and the verdict depends on the answer.
    public var onDNSFailure: FailMode = .tempfail
    /// Domains whose ARC seals are believed: an intact chain sealed by one of them that saw DMARC pass
    /// overrides a failure (RFC 8617 §7.2).
    public var trustedSealers: [DomainName] = []
    /// Who may forward mail whose SPF that breaks: DMARC failures that come from them are let through.
    public var forwarders: [ListedForwarder] = []
    /// Looked at before everything else, in their order.
    public var exceptions: [PolicyException] = []
    /// Whether messages are only marked with what would have been done.
    public var isDryRun = false

    public init(trustedSealers: [DomainName] = []) { self.trustedSealers = trustedSealers }

    /// Decides; the same findings always give the same decision.
    public func decide(_ findings: Findings) -> Decision {
        let decision = verdict(findings).decision
        return isDryRun ? decision.asDryRun : decision
    }

    /// What an exception says, or else the gravest of what the rules say.
    private func verdict(_ findings: Findings) -> RuleVerdict {
        for exception in exceptions {
            let fit = exception.fit(findings)
            guard fit != .none else { continue }
            let verdict = RuleVerdict(
                exception.action, "an exception for this client or author says \(exception.action.rawValue)",
                SMTPReply(code: 550, enhancedCode: "5.7.1", text: "message refused by local policy"))
            return fit == .whole ? verdict : Self.graver(rules(findings), verdict)
        }
        return rules(findings)
    }

    private func rules(_ findings: Findings) -> RuleVerdict {
        let dmarc = dmarcVerdict(findings)
        let spf = spfVerdict(findings)
        let others = [spf, ambiguity(findings)].compactMap(\.self)
        // Where two are equally grave, the one that is looked at first says why.
        guard let form = severalFromFields(findings) else {
            var verdict = others.reduce(dmarc, Self.graver)
            // RFC 7372 §3.4: more than one check says no.
            if dmarc.isRejection, spf?.isRejection == true { verdict.reply.enhancedCode = "5.7.26" }
            return verdict
        }
        return ([dmarc] + others).reduce(form, Self.graver)
    }

    private static func graver(_ one: RuleVerdict, _ other: RuleVerdict) -> RuleVerdict {
        other.gravity > one.gravity ? other : one
    }
}

/// What one rule says about a message.
struct RuleVerdict {
    /// What becomes of the message.
    enum Outcome {
        case action(PolicyAction)
        case tempfail
    }

    var outcome: Outcome
    var reason: String
    /// The reply, where the message is not taken.
    var reply: SMTPReply

    init(_ action: PolicyAction, _ reason: String, _ reply: SMTPReply) {
        outcome = .action(action)
        self.reason = reason
        self.reply = reply
    }

    init(_ outcome: Outcome, _ reason: String, _ reply: SMTPReply) {
        self.outcome = outcome
        self.reason = reason
        self.reply = reply
    }

    /// Whether the message is refused for good.
    var isRejection: Bool { if case .action(.reject) = outcome { true } else { false } }

    /// Which of two verdicts holds: what keeps a message out is graver than what marks it.
    var gravity: Int {
        switch outcome {
        case .action(.accept): 0
        case .action(.tag): 1
        case .action(.quarantine): 2
        // What cannot be told now may be worse than a quarantine, and is told at the next try.
        case .tempfail: 3
        case .action(.reject): 4
        }
    }

    var decision: Decision {
        switch outcome {
        case .action(.accept): Decision(disposition: .accept, reason: reason)
        case .action(.tag): Decision(disposition: .accept, reason: reason, isTagged: true)
        case .action(.quarantine): Decision(disposition: .quarantine, reason: reason)
        case .action(.reject): Decision(disposition: .reject, reply: reply, reason: reason)
        case .tempfail: Decision(disposition: .tempfail, reply: reply, reason: reason)
        }
    }
}
