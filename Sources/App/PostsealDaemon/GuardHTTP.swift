internal import Logging
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealHTTP
internal import PostsealObservability
internal import Rendering
internal import Synchronization
internal import UnboundResolver

/// Judges messages that are handed in over HTTP: what `postseal verify` says of a file, said by the daemon's guard.
struct GuardHTTP: HTTPVerifier {
    /// The workshop of this moment: a reload changes it.
    let workshop: @Sendable () -> Workshop

    func begin(_ transaction: MailTransaction, explaining: Bool) -> GuardHTTPJudge? {
        GuardHTTPJudge(transaction, workshop(), explaining: explaining)
    }
}

/// One message that is handed in over HTTP.
struct GuardHTTPJudge: HTTPJudge {
    private var inspection: MessageInspection
    private let workshop: Workshop
    /// A trace has to show every question, so nothing is taken from the caches of parsed records then.
    private let caches: InspectionCaches
    private let transaction: MailTransaction
    private let isExplained: Bool

    init(_ transaction: MailTransaction, _ workshop: Workshop, explaining: Bool) {
        var options = workshop.configuration.guardSettings.inspectionOptions
        options.tracing = explaining
        inspection = MessageInspection(transaction, options: options)
        caches = explaining ? InspectionCaches() : workshop.mailGuard.memory.caches
        self.transaction = transaction
        isExplained = explaining
        self.workshop = workshop
    }

    var needsBody: Bool { inspection.needsBody }

    mutating func update(_ octets: ArraySlice<UInt8>) { inspection.update(octets) }

    mutating func finish() async -> HTTPJudgement {
        let filter = workshop.filter
        guard let slot = filter.inFlight.enter(max: filter.messagesMax) else {
            filter.metrics.checkFailures.add(.overload)
            return .overload
        }
        defer { slot.leave() }
        let start = ContinuousClock.now
        let resolvers = filter.budget.resolvers(filter.resolver)
        let answers = filter.journal.map { _ in AnswerLog() }
        let findings: Findings
        if let answers {
            findings = await inspection.finish(
                resolver: LoggingResolver(upstream: resolvers.checks, log: answers),
                policyResolver: LoggingResolver(upstream: resolvers.policy, log: answers), caches: caches)
        } else {
            findings = await inspection.finish(
                resolver: resolvers.checks, policyResolver: resolvers.policy, caches: caches)
        }
        let settings = workshop.configuration.guardSettings
        let decision = settings.policy.decide(findings)
        let duration = ContinuousClock.now - start
        filter.metrics.record(findings)
        filter.metrics.messages.add(.http, MessageDisposition(decision))
        filter.metrics.messageDuration.observe(.http, duration)
        filter.log.info(
            "message", metadata: MessageRecord(transaction).metadata(findings, decision, duration))
        filter.journal?.add(
            VerdictJournal.Record(
                time: filter.now(), way: "http", transaction: transaction, direction: .incoming, decision: decision,
                findings: findings, answers: answers?.answers ?? [], duration: duration))
        // Whoever wants an explanation looks at a message once more.
        if !isExplained { filter.count(transaction, findings, decision) }
        return .report(
            MessageReport(
                name: nil, findings: findings, decision: decision,
                authenticationResults: findings.authenticationResults(authservID: settings.authservID)))
    }

    func abandon() {
        workshop.filter.metrics.messages.add(.http, .aborted)
    }
}
