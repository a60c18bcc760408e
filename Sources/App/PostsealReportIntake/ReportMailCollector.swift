internal import MailFormat
public import PostsealEngine
internal import PostsealReports
internal import Synchronization

/// Which mail is looked through for reports, and what becomes of it then.
public struct ReportMailRules: Sendable {
    /// Where reports are sent to.
    public var addresses: [RecipientPattern]
    /// Whether mail in which reports were found ends here.
    public var discards: Bool
    /// Whether mail has to come again in which reports were found of which DNS does not say whose they are; else these
    /// are kept apart.
    public var waitsForDNS: Bool

    public init(addresses: [RecipientPattern], discards: Bool, waitsForDNS: Bool) {
        self.addresses = addresses
        self.discards = discards
        self.waitsForDNS = waitsForDNS
    }
}

/// Looks through mail to the report addresses, on its way through milter or proxy.
public struct ReportMailWatch: Sendable {
    private let rules: ReportMailRules
    private let receiver: ReportReceiver
    private let memory: ReportMailMemory

    public init(rules: ReportMailRules, receiver: ReportReceiver, memory: ReportMailMemory) {
        self.rules = rules
        self.receiver = receiver
        self.memory = memory
    }

    /// Takes up a message; nil where it goes to none of the addresses.
    public func collector(of transaction: MailTransaction) -> ReportMailCollector? {
        let recipients = transaction.envelope.recipients
        let hits = recipients.count { path in rules.addresses.contains { $0.fits(path[...]) } }
        guard hits > 0 else { return nil }
        return ReportMailCollector(
            transaction, receiver, memory, mayDiscard: rules.discards && hits == recipients.count,
            waitsForDNS: rules.waitsForDNS)
    }
}

/// One message to a report address: it is kept in memory until its verdict is there.
public struct ReportMailCollector: Sendable {
    /// Why it can't be looked through.
    private enum Obstacle { case tooLarge, noMemory }

    private let receiver: ReportReceiver
    private let share: ReportMailMemory.Share
    private let mayDiscard: Bool
    private let waitsForDNS: Bool
    private var octetCount = 0
    private var obstacle: Obstacle?
    /// The whole message, once it has come to its end.
    private var whole: [UInt8]?

    init(
        _ transaction: MailTransaction, _ receiver: ReportReceiver, _ memory: ReportMailMemory, mayDiscard: Bool,
        waitsForDNS: Bool
    ) {
        self.receiver = receiver
        self.mayDiscard = mayDiscard
        self.waitsForDNS = waitsForDNS
        share = ReportMailMemory.Share(of: memory, from: transaction.envelope.clientAddress)
        add(MessageChanges().applied(to: transaction.message.header)[...])
    }

    /// Takes in the next octets of the body.
    public mutating func add(_ more: ArraySlice<UInt8>) {
        guard obstacle == nil else { return }
        octetCount += more.count
        if octetCount > ReportArrival.octetsMax {
            obstacle = .tooLarge
            share.giveBack()
        } else if !share.add(more) {
            obstacle = .noMemory
        }
    }

    /// The message is at its end: from here on it makes room for none, however long its verdict takes.
    public mutating func end() {
        guard obstacle == nil, whole == nil else { return }
        whole = share.complete()
        if whole == nil { obstacle = .noMemory }
    }

    /// Looks through the message, if its verdict lets it in, and has its reports stored.
    ///
    /// - Returns: the verdict as it is then: a message whose reports can't be stored has to come again.
    public mutating func finish(_ verdict: GuardVerdict) async -> GuardVerdict {
        end()
        let octets = whole
        whole = nil
        defer { share.giveBack() }
        let isTaken = [.accept, .quarantine].contains(verdict.decision.disposition)
        guard isTaken, let findings = verdict.findings else { return verdict }
        let origin = ReportOrigin(findings)
        guard obstacle != .tooLarge else { return verdict }
        guard let octets else {
            receiver.noteBusy(from: origin)
            return Self.later(verdict)
        }
        switch await receiver.receive(octets, from: waitsForDNS ? origin : origin.settled) {
        case .busy, .failed: return Self.later(verdict)
        case .undecided: return Self.undecided(verdict)
        case .tooLarge: return verdict
        case .done(let taking):
            guard mayDiscard, verdict.decision.disposition == .accept, taking.reports > 0, taking.refusals.isEmpty,
                // What is kept apart for want of DNS alone must not be the only copy.
                taking.isCounted || origin == origin.settled
            else { return verdict }
            var verdict = verdict
            verdict.isConsumed = true
            return verdict
        }
    }

    private static func later(_ verdict: GuardVerdict) -> GuardVerdict {
        deferred(verdict, "4.3.0", "The report can't be stored now", because: "the report in it can't be stored now")
    }

    // RFC 3463 §3.5: x.4.3 is a directory that does not answer, such as DNS.
    private static func undecided(_ verdict: GuardVerdict) -> GuardVerdict {
        deferred(
            verdict, "4.4.3", "DNS does not say now whose the report is",
            because: "DNS failed, so that nobody knows whose the report in it is")
    }

    private static func deferred(
        _ verdict: GuardVerdict, _ code: String, _ text: String, because reason: String
    ) -> GuardVerdict {
        var verdict = verdict
        verdict.decision = Decision(
            disposition: .tempfail, reply: SMTPReply(code: 451, enhancedCode: code, text: text), reason: reason)
        return verdict
    }
}
