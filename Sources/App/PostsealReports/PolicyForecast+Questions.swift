internal import MailBytes
internal import MailNames
internal import MailReports

/// What proves nothing: it can be forged, or of a server that was forgotten, and no report tells which.
extension PolicyForecast {
    /// Addresses that are named.
    private static let sourcesMax = 5
    /// Messages below which nobody asks whose they are.
    private static let questionableMin = 20

    /// Addresses that prove nothing and send so much that they can be servers of the domain which were forgotten: one
    /// in a hundred of all messages, by themselves or with the others of their network, which is then named by the
    /// largest of them.
    public var questionableSources: [String] {
        guard policy != .none, let unproven else { return [] }
        let forgotten = Set(forgottenServers.compactMap(\.source.text))
        let sources = hasSubdomainPolicy ? unproven.withoutFailuresOfSubdomains : unproven
        let alone = sources.largestSources(Self.sourcesMax)
            .filter { isQuestionable($0.messages) }.map(\.source)
            // What reporters wrote in the place of an address nobody can look for.
            .filter { IPAddress($0) != nil && !forgotten.contains($0) }
        return Array((alone + questionableNetworks(besides: alone + forgotten)).prefix(Self.sourcesMax))
    }

    /// The largest address of each network that sends so much, where none of its addresses is named.
    private func questionableNetworks(besides named: [String]) -> [String] {
        var networks: [Network: (largest: SenderSource, messages: Int)] = [:]
        for source in summary.largest where source.via == nil {
            guard let network = Network(of: source.source) else { continue }
            let touched = touchedMessages(of: source)
            guard touched > 0 else { continue }
            // They come in the order of their messages.
            let known = networks[network] ?? (source, 0)
            networks[network] = (known.largest, known.messages.addingUpToMax(touched))
        }
        for case .address(let address) in named.map({ IPAddress($0).map(DMARCReportSource.address) ?? .missing }) {
            networks[Network(of: address)] = nil
        }
        return networks.values.filter { isQuestionable($0.messages) }
            .sorted { ($1.messages, $0.largest.source.text ?? "") < ($0.messages, $1.largest.source.text ?? "") }
            .compactMap(\.largest.source.text)
    }

    /// Whether so many messages can be of a server that was forgotten.
    func isQuestionable(_ messages: Int) -> Bool {
        messages >= Self.questionableMin && messages * 100 >= summary.messages
    }

    /// Messages that prove nothing and that the policy touches.
    public var unprovenMessages: Int { unproven.map { touchedMessages(of: $0) } ?? 0 }

    /// Whether what proves nothing is more than one message in twenty.
    public var isUnprovenMuch: Bool { unprovenMessages * 20 > summary.messages }

    /// Whether the summary tells sources from each other.
    var hasSources: Bool { unproven.map { !$0.sources.isEmpty } ?? true }

    private var unproven: SenderGroup? { summary.senders.first { $0.kind == .unproven } }
}

/// What one hoster gives to one customer at least, so that its addresses are one sender's.
private struct Network: Hashable {
    private let family: Int
    private let prefix: UInt64

    init?(of source: DMARCReportSource) {
        guard case .address(let address) = source else { return nil }
        self.init(of: address)
    }

    init(of address: IPAddress) {
        switch address {
        case .v4(let value): (family, prefix) = (4, UInt64(value >> 8))
        case .v6(let high, _): (family, prefix) = (6, high)
        }
    }
}
