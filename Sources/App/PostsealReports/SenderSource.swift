internal import MailBytes
public import MailNames
public import MailReports

/// An address that sends in a domain's name, with what is known of it.
public struct SenderSource: Hashable, Sendable {
    /// What is to be said of a source besides its kind.
    public enum Standing: String, Hashable, Sendable, CaseIterable {
        /// Nothing.
        case plain
        /// Its host name is confirmed below the domain, and nothing of it passes: a server that was forgotten.
        case ownServerNotSetUp = "own-server-not-set-up"
        /// It is a known service's, and nothing of it passes: the service is not set up, or somebody else uses it.
        case serviceNotSetUp = "service-not-set-up"
    }

    /// The domain that its messages prove to come from; nil if they prove none.
    public let via: String?
    public let source: DMARCReportSource
    /// Messages of the period.
    public let messages: Int
    /// Those of them that passed DMARC.
    public let alignedMessages: Int
    /// Those that failed with an author below the domain.
    public let failedSubdomainMessages: Int
    /// The messages of the period's days that are compared.
    public internal(set) var comparedMessages: Int
    /// The messages of as many days before.
    public internal(set) var messagesBefore = 0
    /// Those of them that passed DMARC.
    public internal(set) var alignedMessagesBefore = 0
    /// Its host name; nil if it was not looked up.
    public internal(set) var host: SourceHost? {
        didSet { judge() }
    }
    /// What it is: by its host name, where that is confirmed, else what its group is.
    public private(set) var kind: SenderGroup.Kind
    /// What is to be said besides.
    public private(set) var standing = Standing.plain
    /// What its group is.
    fileprivate let groupKind: SenderGroup.Kind
    private let domain: String

    init(_ tally: SourceTally, of group: SenderGroup, domain: String) {
        via = tally.via
        source = tally.source
        messages = tally.messages
        alignedMessages = tally.alignedMessages
        failedSubdomainMessages = tally.failedSubdomainMessages
        comparedMessages = tally.messages
        groupKind = group.kind
        kind = groupKind
        self.domain = domain
    }

    /// The known service that it belongs to, by its confirmed host name.
    public var service: KnownService? { host?.service }

    private mutating func judge() {
        (kind, standing) = (groupKind, .plain)
        if host?.isConfirmed(within: domain) == true {
            kind = .own
            if alignedMessages == 0 { standing = .ownServerNotSetUp }
            return
        }
        guard let service, service.kind != .hosting else { return }
        // What it does says more than what it is: people forward from their mailboxes. Nobody forwards from a service
        // that programs send through.
        if service.kind == .forwarder || groupKind == .forwarder && service.kind != .bulk {
            kind = .forwarder
            return
        }
        kind = .service
        if alignedMessages == 0 { standing = .serviceNotSetUp }
    }
}

/// Sources that are the same: one's own servers, a service, a forwarder, or whoever proves nothing.
public struct SenderOrigin: Hashable, Sendable {
    public var kind: SenderGroup.Kind
    /// What is to be said besides.
    public var standing: SenderSource.Standing
    /// The service's name, or the domain that they prove to come from; nil where they prove nothing.
    public var name: String?
    /// The service, where it is known.
    public var service: KnownService?
    /// Messages of the period.
    public var messages = 0
    /// Those of them that passed DMARC.
    public var alignedMessages = 0
    /// The messages of the period's days that are compared.
    public var comparedMessages = 0
    /// The messages of as many days before.
    public var messagesBefore = 0
    /// Those of them that passed DMARC.
    public var alignedMessagesBefore = 0
    /// How many addresses.
    public var addresses = 0
    /// Those of them with most messages.
    public var sources: [SenderSource] = []

    /// Messages that failed DMARC.
    public var failedMessages: Int { messages - alignedMessages }
}

extension SenderSummary {
    /// Limit: sources whose host names and trends are looked at; impostors can have any number.
    static let largestMax = 400

    /// Those with most messages, in the same order each time.
    static func largest(_ sources: [SourceTally]) -> [SourceTally] {
        func rank(_ source: DMARCReportSource) -> (UInt64, UInt64) {
            switch source {
            case .address(.v4(let value)): (0, UInt64(value))
            case .address(.v6(let high, let low)): (high, low)
            case .other, .missing: (.max, .max)
            }
        }
        let sorted = sources.sorted { left, right in
            guard left.messages == right.messages else { return left.messages > right.messages }
            let (first, second) = (rank(left.source), rank(right.source))
            return first == second ? (left.via ?? "") < (right.via ?? "") : first < second
        }
        return Array(sorted.prefix(largestMax))
    }

    /// Takes the same sources' messages of the time before, and of the days of the period that are not compared.
    mutating func take(before: [SourceTally], later: [SourceTally]) {
        for (place, tally) in places(of: before) {
            largest[place].messagesBefore = tally.messages
            largest[place].alignedMessagesBefore = tally.alignedMessages
        }
        for (place, tally) in places(of: later) {
            largest[place].comparedMessages = max(0, largest[place].messages - tally.messages)
        }
    }

    /// Where each of these stands among the largest sources.
    private func places(of tallies: [SourceTally]) -> [(place: Int, tally: SourceTally)] {
        var found: [[String?]: SourceTally] = [:]
        for tally in tallies { found[[tally.via, tally.source.text]] = tally }
        return largest.enumerated().compactMap { place, source in
            found[[source.via, source.source.text]].map { (place, $0) }
        }
    }

    /// Takes host names of sources.
    public mutating func take(_ hosts: [DMARCReportSource: SourceHost]) {
        for place in largest.indices {
            if let host = hosts[largest[place].source] { largest[place].host = host }
        }
    }

    /// The largest addresses without a host name that was looked up, or where DNS failed.
    public var unnamedAddresses: [IPAddress] {
        largest.compactMap { source in
            guard case .address(let address) = source.source else { return nil }
            return source.host == nil || source.host?.outcome == .failed ? address : nil
        }
    }

    /// Whether any host name is known.
    public var hasHosts: Bool { largest.contains { $0.host != nil } }

    /// Sources of ours that were forgotten: their host names are the domain's own, and nothing of them passes.
    public var forgottenServers: [SenderSource] {
        largest.filter { $0.standing == .ownServerNotSetUp }
    }

    /// The host names that are known, by address.
    public var hostsByAddress: [String: SourceHost] {
        Dictionary(largest.compactMap { source in source.host.map { (source.source.text ?? "unnamed", $0) } }) {
            first, _ in first
        }
    }

    /// What a source is called in texts; nil without a host name that leads back to it.
    public func confirmedHost(of source: String) -> String? {
        largest.first { $0.source.text == source }?.host?.confirmedName
    }

    /// The sources by what they are: own servers, services, forwarders, strangers, and those that prove nothing; within
    /// each of these, those with most messages first.
    ///
    /// Sources that are not among the largest are what their messages prove.
    public var origins: [SenderOrigin] {
        var origins: [OriginKey: SenderOrigin] = [:]
        for group in senders {
            let key = OriginKey(kind: group.kind, standing: .plain, name: group.via)
            var rest = origins[key] ?? SenderOrigin(kind: group.kind, standing: .plain, name: group.via)
            rest.messages = rest.messages.addingUpToMax(group.messages)
            rest.alignedMessages = rest.alignedMessages.addingUpToMax(group.alignedMessages)
            rest.comparedMessages = rest.comparedMessages.addingUpToMax(group.comparedMessages)
            rest.messagesBefore = rest.messagesBefore.addingUpToMax(group.messagesBefore)
            rest.alignedMessagesBefore = rest.alignedMessagesBefore.addingUpToMax(group.alignedMessagesBefore)
            rest.addresses += group.sources.count
            origins[key] = rest
        }
        for source in largest {
            let home = OriginKey(kind: source.groupKind, standing: .plain, name: source.via)
            let isService = source.service.map { $0.kind != .hosting } ?? false
            let isOwn = source.kind == .own && source.host?.isConfirmed(within: domain) == true
            let name = isOwn ? domain : isService ? source.service?.name : source.via
            let key = OriginKey(kind: source.kind, standing: source.standing, name: name)
            origins[home]?.move(source, by: -1)
            var origin = origins[key] ?? SenderOrigin(kind: source.kind, standing: source.standing, name: name)
            origin.move(source, by: 1)
            if isService, !isOwn { origin.service = source.service }
            origin.sources.append(source)
            origins[key] = origin
        }
        return origins.values.filter { $0.messages > 0 || $0.messagesBefore > 0 }.sorted { left, right in
            (left.kind.place, right.messages, left.name ?? "", left.standing.rawValue)
                < (right.kind.place, left.messages, right.name ?? "", right.standing.rawValue)
        }
    }
}

private struct OriginKey: Hashable {
    let kind: SenderGroup.Kind
    let standing: SenderSource.Standing
    let name: String?
}

extension SenderOrigin {
    fileprivate mutating func move(_ source: SenderSource, by sign: Int) {
        messages = max(0, messages.addingUpToMax(sign * source.messages))
        alignedMessages = max(0, alignedMessages.addingUpToMax(sign * source.alignedMessages))
        comparedMessages = max(0, comparedMessages.addingUpToMax(sign * source.comparedMessages))
        messagesBefore = max(0, messagesBefore.addingUpToMax(sign * source.messagesBefore))
        alignedMessagesBefore = max(0, alignedMessagesBefore.addingUpToMax(sign * source.alignedMessagesBefore))
        addresses += sign
    }
}

extension SenderGroup.Kind {
    /// In which order they are shown.
    fileprivate var place: Int {
        switch self {
        case .own: 0
        case .service: 1
        case .forwarder: 2
        case .stranger: 3
        case .unproven: 4
        }
    }
}
