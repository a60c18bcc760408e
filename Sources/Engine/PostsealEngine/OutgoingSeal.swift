internal import DKIM
internal import DNS
internal import MailFormat
internal import MailNames

/// Who is to sign a message of our own, or why nobody can.
struct SigningOrder {
    private(set) var author: DomainName?
    private(set) var rule: SigningRule?
    /// Why nobody can be signed for.
    private(set) var obstacle: String?

    /// The rule for the author of a message. With several authors nobody's signature would be right, and with several
    /// From fields nobody's author (RFC 5322 §3.6).
    init(for message: MailMessage, rules: [SigningRule]) {
        guard !rules.isEmpty else { return }
        let authors = AuthorField.read(message)
        guard authors.fieldCount == 1 else {
            obstacle =
                authors.fieldCount == 0
                ? "the message has no From field" : "the message has \(authors.fieldCount) From fields"
            return
        }
        guard authors.domains.count == 1, let author = authors.domains.first else {
            obstacle = authors.domains.isEmpty ? "From names no domain" : "From names several domains"
            return
        }
        self.author = author
        rule = rules.first { $0.pattern.matches(author) }
    }
}

/// Makes the verdict on our own mail: signs it.
struct OutgoingSeal {
    private let transaction: MailTransaction
    private let settings: GuardSettings
    private let keyRing: SigningKeyRing

    init(_ transaction: MailTransaction, _ mailGuard: MailGuard) {
        self.transaction = transaction
        settings = mailGuard.settings
        keyRing = mailGuard.memory.keyRing
    }

    func verdict(_ order: SigningOrder?, _ body: DKIMSigningBody?, _ resolver: some Resolver) async -> GuardVerdict {
        var verdict = GuardVerdict(
            direction: .outgoing, decision: Decision(disposition: .accept, reason: "our own mail"))
        // RFC 8601 §5: a user's program could write results in our name as well as a stranger's.
        verdict.removeForgeries(from: transaction, settings)
        if let obstacle = order?.obstacle { verdict.notes.append(.unsigned(.message, reason: obstacle)) }
        guard let rule = order?.rule, let author = order?.author, let body else { return verdict }
        let choice = await keyRing.choose(
            from: rule.signingKeys(for: author), resolver: resolver, at: transaction.envelope.receivedAt)
        for (key, misfit) in choice.refused {
            verdict.notes.append(.keyRefused(domain: key.domain, selector: key.selector, misfit))
        }
        guard !choice.keys.isEmpty else {
            let obstacle = choice.refused.first.map { SigningObstacle.key($0.misfit) } ?? .failure
            return unsigned(verdict, obstacle, "no key for mail of \(author.text) can be used")
        }
        let header =
            verdict.changes.isEmpty
            ? transaction.message : MailMessage(parsing: verdict.changes.applied(to: transaction.message.header))
        do throws(DKIMSigningError) {
            let fields = try DKIMSigner(keys: choice.keys).sign(
                header, body: body, at: transaction.envelope.receivedAt)
            verdict.changes.addOnTop(lines: fields)
            verdict.signatures = choice.keys.map { GuardVerdict.Signature(by: $0) }
            verdict.decision.reason = "our own mail, signed"
            return verdict
        } catch {
            return unsigned(verdict, error.obstacle, error.description)
        }
    }

    private func unsigned(_ verdict: GuardVerdict, _ obstacle: SigningObstacle, _ reason: String) -> GuardVerdict {
        var verdict = verdict
        verdict.notes.append(.unsigned(obstacle, reason: reason))
        guard settings.onUnsigned == .tempfail else { return verdict }
        verdict.changes = MessageChanges()
        let why = "not signed: \(reason)"
        // Unless it is for what the message is, the same message may be signed at another time.
        verdict.decision =
            obstacle != .message
            ? Decision(
                disposition: .tempfail,
                reply: SMTPReply(
                    code: 451, enhancedCode: "4.7.5", text: "the message cannot be signed now; try again later"),
                reason: why)
            : Decision(
                disposition: .reject,
                reply: SMTPReply(
                    code: 550, enhancedCode: "5.6.0", text: "the message must be signed and cannot be: \(reason)"),
                reason: why)
        return verdict
    }
}

extension DKIMSigningError {
    /// Whose fault it is.
    fileprivate var obstacle: SigningObstacle {
        switch self {
        case .noFromField, .severalFromFields, .malformedHeader, .bareLineBreak, .headerTooLarge: .message
        case .noKeys, .unusableNames, .fromNotAmongFields, .unusableFieldNames, .malformedIdentity,
            .identityOutsideDomain, .badLifetime, .bodyInAnotherForm, .keyFailed:
            .failure
        }
    }
}
