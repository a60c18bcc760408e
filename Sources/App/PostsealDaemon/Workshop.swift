internal import Logging
internal import MilterProtocol
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealObservability
internal import UnboundResolver

/// What a configuration comes to: the guard, the resolver and the filter that work by it.
struct Workshop: Sendable {
    let configuration: DaemonConfiguration
    let mailGuard: MailGuard
    let resolver: CountingResolver
    let filter: GuardFilter

    /// Puts together what a configuration asks for.
    ///
    /// - Parameter old: what there is; what was learnt goes over, and the resolver does if nothing about it changed.
    init(
        _ configuration: DaemonConfiguration, core: DaemonCore, reports: ReportDesk, old: Workshop? = nil
    ) throws(DaemonError) {
        self.configuration = configuration
        mailGuard = MailGuard(
            settings: configuration.guardSettings, memory: old?.mailGuard.memory ?? GuardMemory())
        if let old, old.configuration.dns.isSameLiveResolver(as: configuration.dns) {
            resolver = old.resolver
        } else {
            resolver = CountingResolver(source: try Self.source(configuration.dns), metrics: core.metrics)
        }
        filter = GuardFilter(
            mailGuard: mailGuard, resolver: resolver,
            budget: DNSBudget(questionsMax: configuration.dns.questionsMax, timeLimit: configuration.dns.budget),
            inFlight: core.inFlight, messagesMax: configuration.milter.messagesMax,
            overdue: Self.overdue(configuration.guardSettings), reports: reports.watch(configuration),
            journal: configuration.dashboard.keepsMessages ? core.journal : nil, verdicts: core.verdicts,
            metrics: core.metrics, log: core.log, now: core.now)
    }

    private static func overdue(_ settings: GuardSettings) -> (incoming: MilterVerdict, outgoing: MilterVerdict) {
        let failure = GuardFailure.internalError
        return (
            MilterVerdict(failure.decision(settings, .incoming)), MilterVerdict(failure.decision(settings, .outgoing))
        )
    }

    private static func source(_ settings: DNSSettings) throws(DaemonError) -> AnswerSource {
        switch settings.source {
        case .recorded(let answers): return .recorded(answers)
        case .live(var configuration):
            configuration.lookupLimit = settings.lookupLimit
            do throws(UnboundResolverError) {
                let resolver = try UnboundResolver(configuration: configuration)
                return settings.overlay.map { .overlay($0, on: resolver) } ?? .live(resolver)
            } catch {
                throw DaemonError("cannot start the DNS resolver: \(error.description)")
            }
        }
    }
}

extension DNSSettings {
    /// Whether both ask the same servers in the same way, so that one resolver with its cache serves both. A recorded
    /// file may have changed, and is always read anew.
    func isSameLiveResolver(as other: DNSSettings) -> Bool {
        guard case .live(let own) = source, case .live(let others) = other.source else { return false }
        return own == others && lookupLimit == other.lookupLimit && overlay == nil && other.overlay == nil
    }
}
