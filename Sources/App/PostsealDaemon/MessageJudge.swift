internal import Logging
internal import PostsealEngine
internal import PostsealObservability
internal import UnboundResolver

/// One message on its way through the guard, by whichever way it came: it takes a place among those that are in hand,
/// is counted, and has its line in the log.
struct MessageJudge: Sendable {
    let transaction: MailTransaction
    private var message: GuardedMessage
    let filter: GuardFilter
    /// Nil where there were too many messages already.
    private let slot: MessagesInFlight.Slot?

    init(_ transaction: MailTransaction, filter: GuardFilter) {
        self.transaction = transaction
        self.filter = filter
        message = filter.mailGuard.begin(transaction)
        slot = filter.inFlight.enter(max: filter.messagesMax)
    }

    /// Which way the message goes.
    var direction: MailDirection { message.direction }

    /// Whether anything is left for which the body must be seen.
    var needsBody: Bool { slot != nil && message.needsBody }

    /// Takes in the next octets of the body.
    mutating func update(_ octets: ArraySlice<UInt8>) {
        if needsBody { message.update(octets) }
    }

    /// Ends the body, and gives the verdict.
    ///
    /// - Parameter id: what the mail server calls the message.
    mutating func finish(id: String?) async -> GuardVerdict {
        defer { slot?.leave() }
        let start = ContinuousClock.now
        let verdict: GuardVerdict
        if slot == nil {
            filter.metrics.checkFailures.add(.overload)
            verdict = message.unchecked(.overload)
        } else {
            let resolvers = filter.budget.resolvers(filter.resolver)
            verdict = await message.finish(resolver: resolvers.checks, policyResolver: resolvers.policy)
        }
        // Nobody waits for the answer any more: the mail server, or the client, gave the message up.
        if !Task.isCancelled {
            let duration = ContinuousClock.now - start
            filter.metrics.record(verdict, duration)
            let record = MessageRecord(transaction, queueID: id)
            filter.log.info("message", metadata: record.metadata(verdict, duration))
        }
        return verdict
    }

    /// The verdict on a message that can't be checked.
    func unchecked(_ failure: GuardFailure) -> GuardVerdict { message.unchecked(failure) }

    /// The message was given up.
    func abandon(id: String?) {
        slot?.leave()
        filter.metrics.messages.add(MessageDirection(message.direction), .aborted)
        let record = MessageRecord(transaction, queueID: id)
        filter.log.debug("message given up by the mail server", metadata: record.metadata)
    }
}
