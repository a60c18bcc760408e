internal import Logging
internal import MailBytes
internal import MailFormat
internal import MilterProtocol
internal import MilterServer
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealReportIntake
internal import UnboundResolver

/// Judges the messages of mail servers with a guard.
///
/// Everything that messages share. It never changes: a changed configuration makes a new one, and messages on their way
/// keep the one that they began with.
final class GuardFilter: MilterFilter {
    let mailGuard: MailGuard
    let resolver: CountingResolver
    let budget: DNSBudget
    /// Messages that are being checked; shared by all filters of a daemon.
    let inFlight: MessagesInFlight
    let messagesMax: Int
    /// What is said of a message on which the verdict takes too long, by its way.
    let overdue: (incoming: MilterVerdict, outgoing: MilterVerdict)
    /// Looks through mail to the addresses for reports; nil where there are none.
    let reports: ReportMailWatch?
    /// Keeps what was judged last; nil where nobody looks at it.
    let journal: VerdictJournal?
    /// Who hears of verdicts.
    let verdicts: VerdictTap
    let metrics: Metrics
    let log: Logger
    let now: @Sendable () -> UnixTime

    init(
        mailGuard: MailGuard, resolver: CountingResolver, budget: DNSBudget, inFlight: MessagesInFlight,
        messagesMax: Int, overdue: (incoming: MilterVerdict, outgoing: MilterVerdict), reports: ReportMailWatch?,
        journal: VerdictJournal?, verdicts: VerdictTap, metrics: Metrics, log: Logger,
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.mailGuard = mailGuard
        self.resolver = resolver
        self.budget = budget
        self.inFlight = inFlight
        self.messagesMax = messagesMax
        self.overdue = overdue
        self.reports = reports
        self.journal = journal
        self.verdicts = verdicts
        self.metrics = metrics
        self.log = log
        self.now = now
    }

    /// Tells of a verdict on a message from a stranger.
    func count(_ transaction: MailTransaction, _ findings: Findings, _ decision: Decision) {
        verdicts.hear(
            JudgedMessage(
                transaction: transaction, findings: findings, decision: decision, policy: mailGuard.settings.policy))
    }

    func begin(_ message: MilterMessage) -> GuardJudge {
        GuardJudge(MessageJudge(MailTransaction(message, receivedAt: now()), filter: self))
    }
}

/// One message of a mail server, on its way through the guard.
struct GuardJudge: MilterJudge {
    private var judge: MessageJudge
    private var queueID: String?

    init(_ judge: MessageJudge) { self.judge = judge }

    var needsBody: Bool { judge.needsBody }

    var overdue: MilterVerdict {
        judge.direction == .incoming ? judge.filter.overdue.incoming : judge.filter.overdue.outgoing
    }

    mutating func update(_ octets: ArraySlice<UInt8>) { judge.update(octets) }

    mutating func finish(macros: MilterMacros) async -> MilterJudgement {
        queueID = macros.text("i")
        let verdict = await judge.finish(id: queueID)
        return MilterJudgement(
            verdict, header: judge.transaction.message.header, unchanged: judge.unchecked(.internalError))
    }

    func abandon() { judge.abandon(id: queueID) }
}
