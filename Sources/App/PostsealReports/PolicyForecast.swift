public import MailBytes
internal import MailReports

/// A policy that a domain could have.
public enum ForecastPolicy: String, Hashable, Sendable, CaseIterable {
    case none
    case quarantine
    case reject
}

/// What a policy would have done to the messages of a period.
public struct PolicyForecast: Hashable, Sendable {
    /// What there is to do next.
    public enum Step: Hashable, Sendable {
        /// Nothing is known: publish an address for reports, and wait.
        case waitForReports
        /// There were reports, and the newest is of this day, too long ago: see whether they still come.
        case checkReporting(since: UnixTime)
        /// These senders belong to the domain, as far as reports tell, and would lose mail: set them up first.
        case setUp([String])
        /// There is too little mail to tell from: wait.
        case waitForMore
        /// These addresses prove nothing, and send so much that they can be servers of the domain which were forgotten:
        /// see first whose they are. None is named where the summary has no sources.
        case checkSources([String])
        /// Publish this policy.
        case publish(ForecastPolicy)
        /// It is published already, and nothing speaks against it.
        case keep
    }

    /// Fewer messages tell too little.
    public static let messagesMin = 100
    /// Fewer reporters tell too little.
    static let reportersMin = 2
    /// Whose newest report is so old has had none for too long, however long or short the period is.
    private static let silentDaysMax: Int64 = 28

    public let policy: ForecastPolicy
    public let summary: SenderSummary
    public let coverage: ReportCoverage

    public init(_ policy: ForecastPolicy, _ summary: SenderSummary, _ coverage: ReportCoverage) {
        self.policy = policy
        self.summary = summary
        self.coverage = coverage
    }

    /// Messages that pass DMARC: no policy touches them.
    public var untouchedMessages: Int { summary.alignedMessages }
    /// Messages that fail, and that the policy asks something to be done with. `none` asks for nothing.
    public var touchedMessages: Int { touchedMessages(of: summary.senders) }
    /// Those of them with which that, or more, was done already.
    public var alreadyTouchedMessages: Int {
        guard policy != .none else { return 0 }
        return summary.senders.reduce(0) { sum, sender in
            sender.failed.reduce(sum) { sum, failed in
                let elsewhere = hasSubdomainPolicy ? sender.failedOfSubdomains[failed.key] ?? 0 : 0
                return failed.key.rank >= policy.rank ? sum.addingUpToMax(failed.value - elsewhere) : sum
            }
        }
    }

    /// Messages of a group that the policy touches.
    public func touchedMessages(of group: SenderGroup) -> Int {
        touched(group.failedMessages, failedSubdomain: group.failedSubdomainMessages)
    }

    /// Messages of these groups that the policy touches.
    public func touchedMessages(of groups: [SenderGroup]) -> Int {
        groups.reduce(0) { $0.addingUpToMax(touchedMessages(of: $1)) }
    }

    func touchedMessages(of source: SenderSource) -> Int {
        touched(source.messages - source.alignedMessages, failedSubdomain: source.failedSubdomainMessages)
    }

    private func touched(_ failed: Int, failedSubdomain: Int) -> Int {
        policy == .none ? 0 : max(0, failed - (hasSubdomainPolicy ? failedSubdomain : 0))
    }

    /// Whether `sp` counts for what has an author below the domain, whatever `p` says (RFC 9989 §4.7). Where the record
    /// has none, reporters write the same as in `p`: one that says something else is surely there.
    public var hasSubdomainPolicy: Bool {
        guard let published = coverage.policy, let subdomains = published.subdomainPolicy else { return false }
        return published.policy != nil && subdomains != published.policy
            && ForecastPolicy(rawValue: subdomains) != nil
    }

    /// Messages that fail and that the policy does not touch, because `sp` counts for them.
    public var messagesUnderSubdomainPolicy: Int {
        hasSubdomainPolicy ? summary.failedSubdomainMessages : 0
    }

    /// Groups that would lose messages, and that may belong to the domain: those that prove who they are.
    public var endangered: [SenderGroup] {
        summary.senders.filter { touchedMessages(of: $0) > 0 && $0.kind != .unproven }
    }

    /// Those of them that are to be set up first, by what each would lose, or where it is much together, all.
    /// Forwarders can't be.
    public var toSetUp: [SenderGroup] {
        let each = endangered.filter(losesMuch)
        // Anybody can sign a message or two as himself.
        let together = endangered.filter {
            $0.kind != .forwarder && ($0.kind != .stranger || touchedMessages(of: $0) >= Self.enoughMin)
        }
        guard each.isEmpty, isMuch(touchedMessages(of: together), of: summary.messages) else { return each }
        return together.sorted {
            (touchedMessages(of: $1), $0.via ?? "") < (touchedMessages(of: $0), $1.via ?? "")
        }
    }

    private func losesMuch(_ group: SenderGroup) -> Bool {
        let touched = touchedMessages(of: group)
        return switch group.kind {
        case .forwarder, .unproven: false
        case .own: isMuch(touched, of: group.messages)
        case .service: isMuch(touched, of: group.messages) && (group.isSurelyService || isEnough(group.messages))
        case .stranger: isEnough(touched)
        }
    }

    /// A failure now and then is the network's, or a forwarder's.
    private func isMuch(_ touched: Int, of messages: Int) -> Bool { touched * 100 > messages }

    /// Servers of the domain, by their confirmed host names, of which nothing passes: they are to be set up first.
    public var forgottenServers: [SenderSource] {
        summary.forgottenServers.filter { isEnough(touchedMessages(of: $0)) }
    }

    /// Whether a server of which nothing passes is to be set up first, by its messages. A ``step`` of a summary without
    /// sources is the last word only where none of the domain's is.
    public func isToSetUp(serverOf messages: Int) -> Bool {
        policy != .none && coverage.reports > 0 && isEnough(messages)
    }

    /// Whether messages are so many that they can be a server's of the domain: one message is anybody's who has an
    /// account there.
    private func isEnough(_ messages: Int) -> Bool {
        messages >= Self.enoughMin && messages * 1000 >= summary.messages
    }

    private static let enoughMin = 5

    /// Messages that a policy in force would cost, as far as they can be the domain's own.
    public var endangeredMessages: Int {
        // What proves who it is, is counted with its group.
        let forgotten = forgottenServers.filter { $0.via == nil }
            .reduce(0) { $0.addingUpToMax(touchedMessages(of: $1)) }
        return touchedMessages(of: endangered).addingUpToMax(forgotten)
    }

    /// The policy in force; nil if it is not known.
    public var current: ForecastPolicy? {
        guard let published else { return nil }
        guard !parts.isEmpty else { return published }
        return published == .reject ? .quarantine : ForecastPolicy.none
    }

    /// The policy that is published; nil if it is not known.
    private var published: ForecastPolicy? { coverage.policy?.policy.flatMap { ForecastPolicy(rawValue: $0) } }

    /// The tags of the record that ask for less than ``published``: with `t=y` (RFC 9989 §4.7), and for the part that
    /// `pct` leaves out (RFC 7489 §6.6.4, by which many still go), the policy next below is asked for.
    private var parts: [String] {
        guard let policy = coverage.policy else { return [] }
        let share = policy.percentage.flatMap { (0..<100).contains($0) ? "pct=\($0)" : nil }
        return (policy.isTesting ? ["t=y"] : []) + [share].compactMap(\.self)
    }

    /// What is to go from the record, where it says a policy already and asks for less.
    public func toDrop(for next: ForecastPolicy) -> [String] { published == next ? parts : [] }

    /// What to do next, of what is known.
    public var step: Step {
        if let last = coverage.lastReport, isTooOld(last) { return .checkReporting(since: last) }
        guard coverage.reports > 0 || summary.messages > 0 || coverage.lastReport != nil else { return .waitForReports }
        guard summary.messages > 0 else { return .waitForMore }
        guard policy != .none else { return current == ForecastPolicy.none ? .keep : .publish(.none) }
        let unready = forgottenServers.compactMap { $0.host?.confirmedName } + toSetUp.map { $0.via ?? "" }
        guard unready.isEmpty else { return .setUp(unready) }
        if let current, current.rank >= policy.rank { return .keep }
        guard summary.messages >= Self.messagesMin, coverage.reporters >= Self.reportersMin else {
            return .waitForMore
        }
        let questions = questionableSources
        guard questions.isEmpty else { return .checkSources(questions) }
        if !hasSources, isQuestionable(unprovenMessages) { return .checkSources([]) }
        return .publish(next)
    }

    /// The policy to publish next on the way to ``policy``. Not over a step: what goes to a junk folder can still be
    /// found.
    public var next: ForecastPolicy { policy == .reject && current != .quarantine ? .quarantine : policy }
}

extension PolicyForecast {
    /// Whether a day with reports ended too long before the end of the period for its reports to tell of now.
    private func isTooOld(_ day: UnixTime) -> Bool {
        let end = day.adding(seconds: ReportTally.Span.day.rawValue)
        return summary.end >= end.adding(seconds: Self.silentDaysMax * ReportTally.Span.day.rawValue)
    }
}

extension ForecastPolicy {
    fileprivate var rank: Int {
        switch self {
        case .none: 0
        case .quarantine: 1
        case .reject: 2
        }
    }
}

extension ReportDisposition {
    fileprivate var rank: Int {
        switch self {
        case .unknown, .none, .pass: 0
        case .quarantine: 1
        case .reject: 2
        }
    }
}
