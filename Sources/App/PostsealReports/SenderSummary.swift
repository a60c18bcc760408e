public import MailBytes
internal import MailReports

/// Who sends in a domain's name: the messages of a period, by whom they prove to come from.
public struct SenderSummary: Hashable, Sendable {
    /// The policy domain that it is about.
    public var domain: String
    /// The first moment of the period.
    public var begin: UnixTime
    /// The moment after the period.
    public var end: UnixTime
    /// What is compared with what was before.
    public let compared: ComparedDays
    /// Whether enough is known of the time before: otherwise there are no trends.
    public private(set) var isComparable = true
    /// The senders, those with most messages first.
    public var senders: [SenderGroup]
    /// The sources with most messages, with what is known of each; none where the summary was made of sums alone.
    public internal(set) var largest: [SenderSource] = []

    /// Makes a summary of the sums of days.
    ///
    /// - Parameters:
    ///   - compared: what is compared; nil for all of the period, with as long a time before it.
    ///   - tallies: of the period, and of the days before it that are compared.
    public init(
        domain: String, begin: UnixTime, end: UnixTime, compared: ComparedDays? = nil, tallies: [ReportTally]
    ) {
        self.init(domain, begin, end, compared, tallies, haveSources: true)
    }

    private init(
        _ domain: String, _ begin: UnixTime, _ end: UnixTime, _ compared: ComparedDays?, _ tallies: [ReportTally],
        haveSources: Bool
    ) {
        let compared = compared ?? ComparedDays(begin: begin, end: end)
        self.domain = domain
        self.begin = begin
        self.end = end
        self.compared = compared
        var groups: [String?: SenderGroup] = [:]
        for tally in tallies where tally.start < end {
            guard let part = compared.part(of: tally.start) else { continue }
            groups[tally.key.via, default: SenderGroup(via: tally.key.via, isOwn: tally.key.via == domain)]
                .add(tally, part, hasSource: haveSources)
        }
        senders = groups.values.sorted { left, right in
            (right.messages, right.messagesBefore, left.via ?? "")
                < (left.messages, left.messagesBefore, right.via ?? "")
        }
    }

    /// Makes a summary of sums of days that have all sources together, and of the sources.
    ///
    /// - Parameters:
    ///   - compared: what is compared; nil for all of the period, with as long a time before it.
    ///   - totals: of the period, and of the days before it that are compared.
    ///   - sources: of the period.
    public init(
        domain: String, begin: UnixTime, end: UnixTime, compared: ComparedDays? = nil, totals: [ReportTally],
        sources: [SourceTally]
    ) {
        self.init(domain, begin, end, compared, totals, haveSources: false)
        var places: [String?: Int] = [:]
        for (place, sender) in senders.enumerated() {
            places[sender.via] = place
        }
        for tally in sources {
            guard let place = places[tally.via] else { continue }
            let name = tally.source.text ?? "unnamed"
            senders[place].add(name, tally.messages, failedSubdomain: tally.failedSubdomainMessages)
        }
        largest = Self.largest(sources.filter { places[$0.via] != nil }).compactMap { tally in
            places[tally.via].map { SenderSource(tally, of: senders[$0], domain: domain) }
        }
    }

    /// Says since when anything is known of the domain. What was reported of a part of the time alone, or not at all,
    /// is no measure.
    public mutating func compare(since first: UnixTime?) {
        isComparable = compared.areCovered(since: first) && messagesBefore > 0
    }

    /// All messages of the period.
    public var messages: Int { senders.reduce(0) { $0.addingUpToMax($1.messages) } }
    /// Those of them that passed DMARC.
    public var alignedMessages: Int { senders.reduce(0) { $0.addingUpToMax($1.alignedMessages) } }
    /// Those that failed with an author below the domain.
    public var failedSubdomainMessages: Int { senders.reduce(0) { $0.addingUpToMax($1.failedSubdomainMessages) } }
    /// The messages of the period's days that are compared.
    public var comparedMessages: Int { senders.reduce(0) { $0.addingUpToMax($1.comparedMessages) } }
    /// The messages of as many days before.
    public var messagesBefore: Int { senders.reduce(0) { $0.addingUpToMax($1.messagesBefore) } }
    /// Those of them that passed DMARC.
    public var alignedMessagesBefore: Int { senders.reduce(0) { $0.addingUpToMax($1.alignedMessagesBefore) } }
}

/// Messages that prove to come from the same domain, or that prove nothing.
public struct SenderGroup: Hashable, Sendable {
    /// What such a group is, as far as reports tell.
    public enum Kind: String, Hashable, Sendable {
        /// Authenticated by the domain itself, and by nobody else.
        case own
        /// Another domain's, and some of it passes: it is set up to send for the domain, for all that it sends or for a
        /// part.
        case service
        /// Another domain's, and it hands on what others have sent: its receivers say so, or it is known for that.
        case forwarder
        /// Another domain's, and nothing of it passes: it sends in the domain's name and is not set up for it.
        case stranger
        /// Proves nothing: impostors, and servers that were forgotten.
        case unproven
    }

    /// The domain that they prove to come from; nil if they prove nothing.
    public var via: String?
    /// Whether that is the domain that the summary is about.
    public var isOwn: Bool
    /// Messages of the period.
    public var messages = 0
    /// Those of them that passed DMARC.
    public var alignedMessages = 0
    /// Those that passed by DKIM alone.
    public var signedMessages = 0
    /// Those that failed, by what was done with them.
    public var failed: [ReportDisposition: Int] = [:]
    /// Those that failed and that their receivers know to be forwarded.
    public var forwardedMessages = 0
    /// Those that failed with an author below the domain, for which `sp` counts, by what was done with them.
    public var failedOfSubdomains: [ReportDisposition: Int] = [:]
    /// The messages of the period's days that are compared.
    public var comparedMessages = 0
    /// The messages of as many days before.
    public var messagesBefore = 0
    /// Those of them that passed DMARC.
    public var alignedMessagesBefore = 0
    /// Messages of the period, by source.
    public var sources: [String: Int] = [:]
    /// Those that failed with an author below the domain, by source.
    private var failedOfSubdomainsBySource: [String: Int] = [:]

    init(via: String?, isOwn: Bool) {
        self.via = via
        self.isOwn = isOwn
    }

    /// Messages that failed DMARC.
    public var failedMessages: Int { messages - alignedMessages }
    /// Those of them with an author below the domain.
    public var failedSubdomainMessages: Int { failedOfSubdomains.values.reduce(0) { $0.addingUpToMax($1) } }

    /// What it is: a guess, by what passed and what was forwarded.
    public var kind: Kind {
        guard via != nil else { return .unproven }
        if isOwn { return .own }
        if handsOn { return .forwarder }
        return alignedMessages > 0 ? .service : .stranger
    }

    /// Whether it hands on what others have sent.
    ///
    /// That some passes by its signature alone, and some fails, does not tell: so does a service with a return path of
    /// its own that was set up for a part of what it sends.
    private var handsOn: Bool {
        switch service {
        case .forwarder?: return true
        case .bulk?: return false
        case .mailboxes?, .filter?, .hosting?, nil: break
        }
        if forwardedMessages * 2 > messages { return true }
        // A part of what it handed on has kept its signature. SPF of the domain nobody hands on.
        return passesBySignatureAlone && failedMessages * 20 > messages && forwardedMessages * 2 > failedMessages
    }

    /// What the domain that they prove to come from is known for.
    private var service: KnownService.Kind? { via.flatMap { KnownService(host: $0) }?.kind }

    private var passesBySignatureAlone: Bool { signedMessages == alignedMessages }

    /// Whether it sends for the domain, beyond doubt. What passes by its signature alone may have been handed on by
    /// somebody whom no report names as a forwarder.
    var isSurelyService: Bool { kind == .service && (!passesBySignatureAlone || service == .bulk) }

    /// The sources with most messages.
    public func largestSources(_ count: Int) -> [(source: String, messages: Int)] {
        sources.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count).map { ($0.key, $0.value) }
    }

    /// Its sources, and of each the messages without those that failed with an author below the domain.
    var withoutFailuresOfSubdomains: SenderGroup {
        var group = self
        for (source, failed) in failedOfSubdomainsBySource {
            group.sources[source] = max(0, (sources[source] ?? 0) - failed)
        }
        return group
    }

    fileprivate mutating func add(_ source: String, _ messages: Int, failedSubdomain: Int) {
        sources[source, default: 0] = sources[source, default: 0].addingUpToMax(messages)
        guard failedSubdomain > 0 else { return }
        failedOfSubdomainsBySource[source, default: 0] =
            failedOfSubdomainsBySource[source, default: 0].addingUpToMax(failedSubdomain)
    }

    mutating func add(_ tally: ReportTally, _ part: ComparedDays.Part, hasSource: Bool) {
        let (key, count) = (tally.key, tally.messages)
        if part == .before {
            messagesBefore = messagesBefore.addingUpToMax(count)
            if key.isAligned { alignedMessagesBefore = alignedMessagesBefore.addingUpToMax(count) }
            return
        }
        messages = messages.addingUpToMax(count)
        if part == .compared { comparedMessages = comparedMessages.addingUpToMax(count) }
        if hasSource {
            add(key.source.text ?? "unnamed", count, failedSubdomain: !key.isAligned && key.isSubdomain ? count : 0)
        }
        if key.isAligned {
            alignedMessages = alignedMessages.addingUpToMax(count)
            if !key.isSPFAligned { signedMessages = signedMessages.addingUpToMax(count) }
            return
        }
        failed[key.disposition, default: 0] = failed[key.disposition, default: 0].addingUpToMax(count)
        if key.exception == .forwarder || key.exception == .mailingList {
            forwardedMessages = forwardedMessages.addingUpToMax(count)
        }
        guard key.isSubdomain else { return }
        failedOfSubdomains[key.disposition, default: 0] =
            failedOfSubdomains[key.disposition, default: 0].addingUpToMax(count)
    }
}

extension Int {
    /// The sum, up to a number that can be multiplied by a hundred: reports can say anything.
    package func addingUpToMax(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? ReportLimits.messagesMax : Swift.min(sum, ReportLimits.messagesMax)
    }
}
