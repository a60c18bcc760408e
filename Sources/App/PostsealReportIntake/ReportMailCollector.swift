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

    public init(addresses: [RecipientPattern], discards: Bool) {
        self.addresses = addresses
        self.discards = discards
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
            transaction, receiver, memory, mayDiscard: rules.discards && hits == recipients.count)
    }
}

/// The memory that all reports take together while they come in, by whichever way.
public final class ReportMailMemory: Sendable {
    /// Limit: octets.
    public static let octetsMax = 96 << 20
    private let used = Mutex(0)

    public init() {}

    /// A part of it, which is given back when it is gone.
    public final class Share: Sendable {
        private let memory: ReportMailMemory
        private let octets = Mutex(0)

        public init(of memory: ReportMailMemory) { self.memory = memory }

        deinit {
            let octets = octets.withLock(\.self)
            memory.used.withLock { $0 -= octets }
        }

        /// Takes so much more, if it is there.
        public func take(_ more: Int) -> Bool {
            let isThere = memory.used.withLock { used in
                guard used + more <= ReportMailMemory.octetsMax else { return false }
                used += more
                return true
            }
            if isThere { octets.withLock { $0 += more } }
            return isThere
        }
    }
}

/// One message to a report address: it is kept in memory until its verdict is there.
public struct ReportMailCollector: Sendable {
    /// Why it can't be looked through.
    private enum Obstacle { case tooLarge, noMemory }

    private let receiver: ReportReceiver
    private let share: ReportMailMemory.Share
    private let mayDiscard: Bool
    private var octets: [UInt8]
    private var obstacle: Obstacle?

    init(
        _ transaction: MailTransaction, _ receiver: ReportReceiver, _ memory: ReportMailMemory, mayDiscard: Bool
    ) {
        self.receiver = receiver
        self.mayDiscard = mayDiscard
        share = ReportMailMemory.Share(of: memory)
        octets = []
        add(MessageChanges().applied(to: transaction.message.header)[...])
    }

    /// Takes in the next octets of the body.
    public mutating func add(_ more: ArraySlice<UInt8>) {
        guard obstacle == nil else { return }
        if octets.count + more.count > ReportArrival.octetsMax {
            obstacle = .tooLarge
        } else if !share.take(more.count) {
            obstacle = .noMemory
        } else {
            octets.append(contentsOf: more)
            return
        }
        octets = []
    }

    /// Looks through the message, if its verdict lets it in, and has its reports stored.
    ///
    /// - Returns: the verdict as it is then: a message whose reports can't be stored has to come again.
    public mutating func finish(_ verdict: GuardVerdict) async -> GuardVerdict {
        let isTaken = [.accept, .quarantine].contains(verdict.decision.disposition)
        guard isTaken, let findings = verdict.findings else { return verdict }
        let octets = self.octets
        self.octets = []
        switch obstacle {
        case .tooLarge: return verdict
        case .noMemory: return Self.later(verdict)
        case nil: break
        }
        switch await receiver.receive(octets, from: ReportOrigin(findings)) {
        case .busy, .failed: return Self.later(verdict)
        case .tooLarge: return verdict
        case .done(let taking):
            guard mayDiscard, verdict.decision.disposition == .accept, taking.reports > 0, taking.refusals.isEmpty
            else { return verdict }
            var verdict = verdict
            verdict.isConsumed = true
            return verdict
        }
    }

    private static func later(_ verdict: GuardVerdict) -> GuardVerdict {
        var verdict = verdict
        verdict.decision = Decision(
            disposition: .tempfail,
            reply: SMTPReply(code: 451, enhancedCode: "4.3.0", text: "The report can't be stored now"),
            reason: "the report in it can't be stored now")
        return verdict
    }
}
