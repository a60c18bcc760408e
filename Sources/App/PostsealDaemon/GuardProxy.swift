internal import Logging
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealProxy
internal import SMTPTransport

/// Judges the messages that pass through the proxy.
struct GuardProxy: ProxyGuard {
    let filter: GuardFilter
    /// For the log.
    let server: String

    /// - Parameter filter: the milter's. A proxy can't ask anybody to hold a message, so that what is quarantined is
    ///   marked for the delivery agent.
    init(_ filter: GuardFilter, server: String) {
        var settings = filter.mailGuard.settings
        settings.quarantine = .header
        self.filter = filter.with(MailGuard(settings: settings, memory: filter.mailGuard.memory))
        self.server = server
    }

    func begin(_ transaction: MailTransaction, id: String) -> GuardProxyJudge {
        GuardProxyJudge(judge: MessageJudge(transaction, filter: filter, way: "proxy"), id: id)
    }

    func observe(_ event: ProxyEvent) {
        switch event {
        case .unreachable(let error):
            filter.log.warning(
                "the server behind the proxy does not answer: \(error.description)",
                metadata: ["server": .string(server)])
        case .spoolFailed(let code):
            filter.log.error("a large message can't be kept in proxy.spool: \(systemText(code))")
        case .passedOn(let id, let outcome, let answer):
            filter.metrics.proxyDeliveries.add(ProxyDeliveryLabel(outcome))
            filter.log.info(
                "passed on",
                metadata: [
                    "queue_id": .string(id), "outcome": .string(outcome.rawValue),
                    "answer": .octets(Array(answer.utf8)),
                ])
        }
    }
}

/// One message that passes through the proxy.
struct GuardProxyJudge: ProxyJudge {
    fileprivate var judge: MessageJudge
    fileprivate let id: String

    var needsBody: Bool { judge.needsBody }

    mutating func update(_ octets: ArraySlice<UInt8>) { judge.update(octets) }

    mutating func finish() async -> GuardVerdict { await judge.finish(id: id, isPassedOn: true) }

    mutating func passedOn(_ outcome: ProxyOutcome) {
        switch outcome {
        case .delivered, .refused, .unknowable: judge.tell()
        // The client comes again with it.
        case .deferred, .lost: break
        }
    }

    func abandon() { judge.abandon(id: id) }
}

extension GuardFilter {
    /// The same with another guard.
    fileprivate func with(_ mailGuard: MailGuard) -> GuardFilter {
        GuardFilter(
            mailGuard: mailGuard, resolver: resolver, budget: budget, inFlight: inFlight, messagesMax: messagesMax,
            overdue: overdue, reports: reports, journal: journal, verdicts: verdicts, metrics: metrics, log: log,
            now: now)
    }
}

extension ProxyDeliveryLabel {
    init(_ outcome: ProxyOutcome) {
        switch outcome {
        case .delivered: self = .delivered
        case .refused: self = .refused
        case .deferred: self = .deferred
        case .lost: self = .lost
        case .unknowable: self = .unknowable
        }
    }
}
