internal import Logging
internal import MailBytes
internal import MailFormat
internal import MilterProtocol
internal import MilterServer
internal import PostsealEngine
internal import PostsealObservability
internal import UnboundResolver

/// Judges the messages of mail servers with a guard.
///
/// A value of everything that messages share. It never changes: a changed configuration makes a new one, and messages
/// on their way keep the one that they began with.
struct GuardFilter: MilterFilter {
    let mailGuard: MailGuard
    let resolver: CountingResolver
    let budget: DNSBudget
    /// Messages that are being checked; shared by all filters of a daemon.
    let inFlight: MessagesInFlight
    let messagesMax: Int
    /// What is said of a message on which the verdict takes too long, by its way.
    let overdue: (incoming: MilterVerdict, outgoing: MilterVerdict)
    let metrics: Metrics
    let log: Logger
    let now: @Sendable () -> UnixTime

    func begin(_ message: MilterMessage) -> GuardJudge {
        let transaction = MailTransaction(message, receivedAt: now())
        return GuardJudge(
            transaction, message: mailGuard.begin(transaction), filter: self,
            slot: inFlight.enter(max: messagesMax))
    }
}

/// One message of a mail server, on its way through the guard.
struct GuardJudge: MilterJudge {
    private var message: GuardedMessage
    private let filter: GuardFilter
    /// Nil where there were too many messages already.
    private let slot: MessagesInFlight.Slot?
    private let transaction: MailTransaction
    private var queueID: String?

    init(
        _ transaction: MailTransaction, message: GuardedMessage, filter: GuardFilter, slot: MessagesInFlight.Slot?
    ) {
        self.transaction = transaction
        self.message = message
        self.filter = filter
        self.slot = slot
    }

    var needsBody: Bool { slot != nil && message.needsBody }

    var overdue: MilterVerdict {
        message.direction == .incoming ? filter.overdue.incoming : filter.overdue.outgoing
    }

    mutating func update(_ octets: ArraySlice<UInt8>) {
        if needsBody { message.update(octets) }
    }

    mutating func finish(macros: MilterMacros) async -> MilterJudgement {
        defer { slot?.leave() }
        let start = ContinuousClock.now
        queueID = macros.text("i")
        let verdict: GuardVerdict
        if slot == nil {
            filter.metrics.checkFailures.add(.overload)
            verdict = message.unchecked(.overload)
        } else {
            let resolvers = filter.budget.resolvers(filter.resolver)
            verdict = await message.finish(resolver: resolvers.checks, policyResolver: resolvers.policy)
        }
        // Nobody waits for the answer any more: the server says so by `abandon`.
        if !Task.isCancelled {
            let duration = ContinuousClock.now - start
            filter.metrics.record(verdict, duration)
            filter.log.info("message", metadata: record.metadata(verdict, duration))
        }
        return MilterJudgement(
            verdict, header: transaction.message.header, unchanged: message.unchecked(.internalError))
    }

    private var record: MessageRecord { MessageRecord(transaction, queueID: queueID) }

    func abandon() {
        slot?.leave()
        filter.metrics.messages.add(MessageDirection(message.direction), .aborted)
        filter.log.debug("message given up by the mail server", metadata: record.metadata)
    }
}
