internal import Logging
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealReportIntake
internal import UnboundResolver

/// One message on its way through the guard, by whichever way it came: once it is complete it takes a place among those
/// that are being judged, is counted, and has its line in the log.
struct MessageJudge: Sendable {
    let transaction: MailTransaction
    private var message: GuardedMessage
    let filter: GuardFilter
    /// Where it goes to an address for reports.
    private var report: ReportMailCollector?
    /// The verdict that nobody has heard of yet who makes reports.
    private var untold: (findings: Findings, decision: Decision)?
    /// By which way it came, for people.
    private let way: String

    init(_ transaction: MailTransaction, filter: GuardFilter, way: String = "milter") {
        self.transaction = transaction
        self.way = way
        self.filter = filter
        message = filter.mailGuard.begin(transaction)
        if message.direction == .incoming { report = filter.reports?.collector(of: transaction) }
    }

    /// Which way the message goes.
    var direction: MailDirection { message.direction }

    /// Whether anything is left for which the body must be seen.
    var needsBody: Bool { message.needsBody || report != nil }

    /// Takes in the next octets of the body.
    mutating func update(_ octets: ArraySlice<UInt8>) {
        if message.needsBody { message.update(octets) }
        report?.add(octets)
    }

    /// Ends the body, and gives the verdict.
    ///
    /// - Parameters:
    ///   - id: what the mail server calls the message.
    ///   - isPassedOn: whether another server has to take the message first, where it may be delivered: reports hear of
    ///     it by ``tell()`` then.
    mutating func finish(id: String?, isPassedOn: Bool = false) async -> GuardVerdict {
        report?.end()
        let slot = filter.inFlight.enter(max: filter.messagesMax)
        defer { slot?.leave() }
        let start = ContinuousClock.now
        var verdict: GuardVerdict
        let answers = filter.journal.map { _ in AnswerLog() }
        if slot == nil {
            filter.metrics.checkFailures.add(.overload)
            verdict = message.unchecked(.overload)
        } else {
            let resolvers = filter.budget.resolvers(filter.resolver)
            if let answers {
                verdict = await message.finish(
                    resolver: LoggingResolver(upstream: resolvers.checks, log: answers),
                    policyResolver: LoggingResolver(upstream: resolvers.policy, log: answers))
            } else {
                verdict = await message.finish(resolver: resolvers.checks, policyResolver: resolvers.policy)
            }
        }
        if var report {
            self.report = nil
            verdict = await report.finish(verdict)
        }
        // Nobody waits for the answer any more: the mail server, or the client, gave the message up.
        if !Task.isCancelled {
            let duration = ContinuousClock.now - start
            filter.metrics.record(verdict, duration)
            let record = MessageRecord(transaction, queueID: id)
            filter.log.info("message", metadata: record.metadata(verdict, duration))
            filter.journal?.add(
                VerdictJournal.Record(
                    time: filter.now(), way: way, queueID: id, transaction: transaction, direction: verdict.direction,
                    decision: verdict.decision, findings: verdict.findings, verdict: verdict,
                    answers: answers?.answers ?? [], duration: duration))
            untold = verdict.findings.map { ($0, verdict.decision) }
            let mayDeliver = [.accept, .quarantine].contains(verdict.decision.disposition) && !verdict.isConsumed
            if !isPassedOn || !mayDeliver { tell() }
        }
        return verdict
    }

    /// Tells of the verdict, once.
    mutating func tell() {
        if let untold { filter.count(transaction, untold.findings, untold.decision) }
        untold = nil
    }

    /// The verdict on a message that can't be checked.
    func unchecked(_ failure: GuardFailure) -> GuardVerdict { message.unchecked(failure) }

    /// The message was given up.
    func abandon(id: String?) {
        filter.metrics.messages.add(MessageDirection(message.direction), .aborted)
        let record = MessageRecord(transaction, queueID: id)
        filter.log.debug("message given up by the mail server", metadata: record.metadata)
    }
}
