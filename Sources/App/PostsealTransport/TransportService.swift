public import MailBytes
internal import Socketmap
public import TransportPolicy
public import UnboundResolver

/// Makes plans for whoever sends mail, and remembers them for as long as they hold.
public final class TransportService: Sendable {
    /// How plans are made.
    public struct Settings: Hashable, Sendable {
        /// What counts.
        public var options = TransportOptions()
        /// Whether answers to Postfix have what it passes on for TLS reports.
        public var hasReportAttributes = false
        /// How long all look-ups of a plan may take.
        public var timeLimit: Duration = .seconds(30)
        /// How many different questions a plan may cost: a domain has some twenty servers at most, each worth four.
        public var questionsMax = 120
        /// No plan is kept for longer, whatever its records say: five minutes.
        public var keptSecondsMax: Int64 = 300
        /// So long an answer "later" is kept, so that a queue full of mail for a dead domain does not ask for each.
        public var failureKeptSeconds: Int64 = 10

        public init() {}
    }

    private let resolver: any TransportResolver
    private let keeper: MTASTSKeeper?
    private let settings: Settings
    private let now: @Sendable () -> UnixTime
    /// By the key that Postfix asked with, which nobody has to read a second time.
    private let replies = PlanCache<[UInt8], SocketmapReply>(entriesMax: 100_000)

    /// - Parameters:
    ///   - keeper: nil where MTA-STS is not used.
    public init(
        resolver: any TransportResolver, keeper: MTASTSKeeper?, settings: Settings,
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.resolver = resolver
        self.keeper = keeper
        self.settings = settings
        self.now = now
    }

    /// The plan for a destination, made anew.
    public func plan(for destination: MailDestination, tracing: Bool = false) async -> TransportPlan {
        await resolver.plan(
            for: destination, at: now(), keeper: keeper, settings: settings, tracing: tracing)
    }

    /// What Postfix is told, if it is known without asking anybody.
    func keptReply(for key: [UInt8]) -> SocketmapReply? {
        replies.value(for: key, at: now())
    }

    /// What Postfix is told.
    func reply(
        for destination: MailDestination, askedBy key: [UInt8]
    ) async -> (reply: SocketmapReply, plan: TransportPlan) {
        let plan = await plan(for: destination)
        let reply = PolicyReply(plan, hasReportAttributes: settings.hasReportAttributes).reply
        let seconds =
            plan.dead == nil
            ? min(Int64(plan.ttlSeconds), settings.keptSecondsMax)
            : min(settings.failureKeptSeconds, settings.keptSecondsMax)
        if seconds > 0, !Task.isCancelled {
            replies.keep(reply, for: key, until: plan.madeAt.adding(seconds: seconds))
        }
        return (reply, plan)
    }
}

/// A resolver that plans are made with, each under a budget of its own.
public protocol TransportResolver: Sendable {
    /// Makes a plan.
    func plan(
        for destination: MailDestination, at now: UnixTime, keeper: MTASTSKeeper?, settings: TransportService.Settings,
        tracing: Bool
    ) async -> TransportPlan
}

/// Any resolver with deadlines, as what ``TransportService`` wants.
public struct PlanningResolver<R: DeadlineResolver>: TransportResolver {
    private let resolver: R

    public init(_ resolver: R) { self.resolver = resolver }

    /// Makes a plan under a budget of its own.
    public func plan(
        for destination: MailDestination, at now: UnixTime, keeper: MTASTSKeeper?, settings: TransportService.Settings,
        tracing: Bool
    ) async -> TransportPlan {
        let budget = BudgetedResolver(
            resolver, questionsMax: settings.questionsMax, timeLimit: settings.timeLimit)
        return await TransportPlanner(resolver: budget, keeper: keeper, options: settings.options)
            .plan(for: destination, at: now, tracing: tracing)
    }
}
