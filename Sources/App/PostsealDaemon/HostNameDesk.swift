internal import DNS
internal import Logging
internal import MailBytes
internal import MailNames
internal import PostsealReports
internal import UnboundResolver

/// Looks up the host names of the addresses that reports name, so that pages can say whose they are.
///
/// Nothing waits for it: it asks little at a time, and of the store no more than a page does.
struct HostNameDesk: Sendable {
    typealias Reverse = BudgetedResolver<CountingResolver>

    /// Limit: questions that one address costs, and how long they may take.
    static let questionsMax = SourceHostLookup<Reverse>.questionsMax
    static let timeLimit = Duration.seconds(15)
    /// How often it is looked what is new.
    private static let interval = Duration.seconds(300)
    /// Sources that were seen within this time have names.
    private static let days: Int64 = 28
    /// Limit: addresses of a domain that are looked up at a time, and of all.
    private static let domainAddressesMax = 500
    private static let addressesMax = 2000
    /// Addresses that are looked up side by side, and how long each of these waits before the next: 20 a second.
    private static let width = 4
    private static let pause = Duration.milliseconds(200)
    /// Limit: names that are looked up before they are kept.
    private static let keptAtOnce = 40

    let store: any ReportStore
    let core: DaemonCore
    /// Nil until there is a configuration.
    let resolver: @Sendable () -> Reverse?
    let isWanted: @Sendable () -> Bool

    /// Looks names up until the task is cancelled.
    func run() async {
        var isFailing = false
        repeat {
            guard isWanted() else { continue }
            do throws(ReportStoreError) {
                try await look()
                isFailing = false
            } catch {
                // What is wrong with the store, others say as well.
                if !isFailing { core.log.warning("host names of sources can't be kept: \(error.description)") }
                isFailing = true
            }
        } while (try? await Task.sleep(for: Self.interval)) != nil
    }

    private func look() async throws(ReportStoreError) {
        let day = ReportTally.Span.day.rawValue
        let now = core.now()
        let end = UnixTime(seconds: now.seconds - now.seconds % day).adding(seconds: day)
        var messages: [IPAddress: Int] = [:]
        for domain in try await store.domains() {
            // One domain at a time, so that reports that come in need not wait for all of them.
            let sources = try await store.unnamedSources(
                of: domain, from: end.adding(seconds: -Self.days * day), to: end, at: now,
                count: Self.domainAddressesMax)
            for source in sources { messages[source.address] = max(messages[source.address] ?? 0, source.messages) }
            guard !Task.isCancelled else { return }
        }
        var rest = messages.sorted { $0.value > $1.value }.prefix(Self.addressesMax).map(\.key)[...]
        var count = 0
        while !rest.isEmpty, !Task.isCancelled, isWanted() {
            let addresses = Array(rest.prefix(Self.keptAtOnce))
            rest = rest.dropFirst(addresses.count)
            let hosts = await lookUp(addresses)
            try await store.keep(hosts)
            count += hosts.count
        }
        if count > 0 { core.log.info("host names of sources looked up", metadata: ["addresses": "\(count)"]) }
    }

    private func lookUp(_ addresses: [IPAddress]) async -> [IPAddress: SourceHost] {
        guard resolver() != nil else { return [:] }
        let lookup = SourceHostLookup(resolver: { HostResolver(reverse: resolver()) }, now: core.now)
        return await lookup.hosts(of: addresses, width: Self.width, pause: Self.pause)
    }
}

/// The resolver of the day; without one, nothing is known.
private struct HostResolver: Resolver {
    let reverse: HostNameDesk.Reverse?

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        await reverse?.answer(question) ?? DNSAnswer(question: question, status: .timeout)
    }
}
