internal import ARC
internal import AuthenticationResults
internal import DKIM
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import SPF

/// The form in which bodies are hashed for an ARC set.
enum ARCSealingForm {
    static let body = ARCSealer.bodyForm
}

/// The ARC set that a message is to get, if it is passed on.
struct PendingSeal {
    let rule: SealingRule
    let body: DKIMSigningBody
    /// What DNS says of the rule's key.
    let state: SigningKeyState

    init?(_ rule: SealingRule?, _ body: DKIMSigningBody?, _ state: SigningKeyState) {
        guard let rule, let body else { return nil }
        self.rule = rule
        self.body = body
        self.state = state
    }
}

/// Makes the verdict on a stranger's mail out of what was found.
struct IncomingVerdict {
    private let transaction: MailTransaction
    private let findings: Findings
    private let settings: GuardSettings

    init(_ transaction: MailTransaction, _ findings: Findings, _ settings: GuardSettings) {
        self.transaction = transaction
        self.findings = findings
        self.settings = settings
    }

    func verdict(_ seal: PendingSeal?) -> GuardVerdict {
        let decision = settings.policy.decide(findings)
        var verdict = GuardVerdict(direction: .incoming, decision: decision)
        verdict.findings = findings
        let results = findings.authenticationResults(authservID: settings.authservID)
        verdict.authenticationResults = results
        // What is not taken needs no changes.
        guard decision.disposition == .accept || decision.disposition == .quarantine else { return verdict }
        verdict.removeForgeries(from: transaction, settings)
        verdict.isHeld = decision.disposition == .quarantine && settings.quarantine == .hold
        verdict.mark(transaction, settings)
        verdict.addResults(results, transaction, receivedSPF: receivedSPF)
        // What is kept from the inbox is not vouched for elsewhere.
        if let seal, decision.disposition == .accept { put(seal, on: &verdict, results) }
        return verdict
    }

    /// RFC 7208 §9.1: above the Received field, too.
    private var receivedSPF: NewHeaderField? {
        guard settings.addsReceivedSPF, let spf = findings.spf else { return nil }
        let envelope = transaction.envelope
        return NewHeaderField(
            SPFOutcome.receivedFieldName,
            spf.receivedFieldValue(
                receiver: settings.authservID, clientAddress: envelope.clientAddress?.unmapped, helo: envelope.helo,
                mailFrom: envelope.mailFrom))
    }

    private func put(
        _ seal: PendingSeal, on verdict: inout GuardVerdict, _ results: AuthenticationResultsField
    ) {
        let key = seal.rule.key
        if case .misfit(let misfit) = seal.state {
            verdict.notes.append(.keyRefused(domain: key.domain, selector: key.selector, misfit))
            verdict.notes.append(.unsealed(.key(misfit), reason: "validators would not find the key"))
            return
        }
        // RFC 8617 §5.1.2: a seal over a failed chain is final, so it must not come from DNS being silent.
        guard !findings.arc.isTemporary else {
            verdict.notes.append(
                .unsealed(.dns, reason: "DNS failed, so that the chain so far could not be validated"))
            return
        }
        // RFC 8617 §5.1: sealed last, over the header as it will leave.
        let header = MailMessage(parsing: verdict.changes.applied(to: transaction.message.header))
        do throws(ARCSealingError) {
            let fields = try ARCSealer(key: key, authservID: settings.authservID).seal(
                header, body: seal.body, results: results, chain: findings.arc, at: transaction.envelope.receivedAt)
            verdict.changes.addOnTop(lines: fields)
            verdict.notes.append(.sealed(GuardVerdict.Signature(by: key)))
        } catch {
            verdict.notes.append(.unsealed(error.obstacle, reason: error.description))
        }
    }
}

extension ARCSealingError {
    /// Whose fault it is.
    fileprivate var obstacle: SigningObstacle {
        switch self {
        case .chainDeclaredBroken, .chainFull, .malformedHeader, .bareLineBreak, .headerTooLarge: .message
        case .chainOfAnotherMessage, .fieldNotSignable, .unusableNames, .bodyInAnotherForm, .key: .failure
        }
    }
}
