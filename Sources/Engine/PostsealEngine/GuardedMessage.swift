internal import AuthenticationResults
internal import DKIM
public import DNS
internal import MailBytes
internal import MailFormat

/// One message in the hands of a guard: its header is there, its body comes in piece by piece.
///
///     var message = mailGuard.begin(transaction)
///     for await chunk in body where message.needsBody { message.update(chunk) }
///     let verdict = await message.finish(resolver: budget, policyResolver: policyBudget)
///
/// Holds the header, and of the body no more than its hashes: a large message takes no more memory than a small one.
public struct GuardedMessage: Sendable {
    /// Which way the message goes.
    public let direction: MailDirection
    private let mailGuard: MailGuard
    private let transaction: MailTransaction
    /// Of an incoming message. In a place of its own, so that pieces of the body are taken in without copying it.
    private var inspection: MessageInspection?
    /// Of an outgoing message: what is to be signed, and as whose.
    private let order: SigningOrder?
    /// Of an incoming message that is going to be passed on.
    private let sealing: SealingRule?
    private var signingBody: DKIMSigningBody?

    init(_ transaction: MailTransaction, of mailGuard: MailGuard, direction: MailDirection? = nil) {
        self.mailGuard = mailGuard
        self.transaction = transaction
        let direction = direction ?? mailGuard.direction(of: transaction.envelope)
        self.direction = direction
        let settings = mailGuard.settings
        switch direction {
        case .incoming:
            order = nil
            sealing = settings.sealing.first { $0.applies(to: transaction.envelope) }
            inspection = MessageInspection(transaction, options: settings.inspectionOptions)
            if sealing != nil { signingBody = DKIMSigningBody(ARCSealingForm.body) }
        case .outgoing:
            sealing = nil
            order = SigningOrder(for: transaction.message, rules: settings.signing)
            if order?.rule != nil { signingBody = DKIMSigningBody(DKIMCanonicalization.relaxed.body) }
        }
    }

    /// Whether anything is left for which the body must be seen.
    public var needsBody: Bool { signingBody != nil || inspection?.needsBody == true }

    /// Takes in the next octets of the body. They may be cut anywhere, and are not kept.
    public mutating func update(_ octets: ArraySlice<UInt8>) {
        signingBody?.update(octets)
        inspection?.update(octets)
    }

    /// Ends the body, and gives the verdict. To be called once.
    ///
    /// - Parameter resolver: who answers for all checks; it holds the budget of the message.
    public mutating func finish(resolver: some Resolver) async -> GuardVerdict {
        await finish(resolver: resolver, policyResolver: resolver)
    }

    /// Ends the body, and gives the verdict. To be called once.
    ///
    /// With a budget of its own for DMARC, no sender can use up the questions or the time that are needed to find the
    /// policy of the domain that they pretend to be: by records of theirs that ask for many look-ups, or by name
    /// servers of theirs that don't answer.
    ///
    /// - Parameters:
    ///   - resolver: who answers for everything else; it holds the budget of the message.
    ///   - policyResolver: who answers for DMARC. Its time should count from when it is first asked, or be longer.
    public mutating func finish(resolver: some Resolver, policyResolver: some Resolver) async -> GuardVerdict {
        guard var inspection else {
            return await OutgoingSeal(transaction, mailGuard).verdict(order, signingBody, resolver)
        }
        self.inspection = nil
        let (sealing, signingBody, keyRing) = (sealing, signingBody, mailGuard.memory.keyRing)
        let now = transaction.envelope.receivedAt
        async let sealingKeyState = Self.state(of: sealing, keyRing, resolver, now)
        let findings = await inspection.finish(
            resolver: resolver, policyResolver: policyResolver, caches: mailGuard.memory.caches)
        let seal = PendingSeal(sealing, signingBody, await sealingKeyState)
        return IncomingVerdict(transaction, findings, mailGuard.settings).verdict(seal)
    }

    private static func state(
        of rule: SealingRule?, _ keyRing: SigningKeyRing, _ resolver: some Resolver, _ now: UnixTime
    ) async -> SigningKeyState {
        guard let rule else { return .unknown }
        return await keyRing.state(of: rule.key, resolver: resolver, at: now)
    }

    /// The verdict on a message that cannot be checked. If it is taken, it loses forged results all the same, and
    /// its own say that nothing was checked.
    public func unchecked(_ failure: GuardFailure) -> GuardVerdict {
        let settings = mailGuard.settings
        var verdict = GuardVerdict(direction: direction, decision: failure.decision(settings, direction))
        guard verdict.decision.disposition == .accept else { return verdict }
        verdict.removeForgeries(from: transaction, settings)
        guard direction == .incoming else { return verdict }
        let results = AuthenticationResultsField(authservID: settings.authservID)
        verdict.authenticationResults = results
        verdict.mark(transaction, settings)
        verdict.addResults(results, transaction)
        return verdict
    }
}

/// Why a message could not be checked at all.
public enum GuardFailure: String, Hashable, Sendable, CaseIterable {
    /// More messages are being checked than may be.
    case overload
    /// The guard itself failed.
    case internalError = "internal-error"

    /// What the settings want done then. In a dry run strangers' mail is taken, with a mark.
    public func decision(_ settings: GuardSettings, _ direction: MailDirection = .incoming) -> Decision {
        let mode = self == .overload ? settings.onOverload : settings.onInternalError
        let what = self == .overload ? "too many messages are being checked" : "the mail filter failed"
        // RFC 3463 §3.4: x.3.2 is a system that takes no messages now, x.3.0 some other trouble of it.
        let detail = self == .overload ? "3.2" : "3.0"
        let decision =
            switch mode {
            case .accept: Decision(disposition: .accept, reason: what + "; accepted unchecked, as configured")
            case .tempfail:
                Decision(
                    disposition: .tempfail,
                    reply: SMTPReply(code: 451, enhancedCode: "4.\(detail)", text: what + "; try again later"),
                    reason: what)
            case .reject:
                Decision(
                    disposition: .reject, reply: SMTPReply(code: 550, enhancedCode: "5.\(detail)", text: what),
                    reason: what)
            }
        return settings.policy.isDryRun && direction == .incoming ? decision.asDryRun : decision
    }
}
