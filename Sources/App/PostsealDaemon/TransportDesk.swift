internal import Certificates
internal import Logging
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import NIOCore
internal import PostsealConfiguration
internal import PostsealObservability
internal import PostsealTransport
internal import Socketmap
internal import Sockets
internal import Synchronization
internal import TransportPolicy

/// Where mail servers ask how to reach others: the socketmap, what is known of policies, and who looks after it.
final class TransportDesk: Sendable {
    fileprivate struct Parts {
        var settings: TransportSettings
        var resolver: CountingResolver
        var cache: MTASTSCacheFile?
        var keeper: MTASTSKeeper?
    }

    /// What another configuration comes to.
    struct Change {
        fileprivate var parts: Parts
        fileprivate var relay: RelayDesk.Plan
        fileprivate var reports: TLSReportDesk.Change
    }

    private let core: DaemonCore
    private let group: any EventLoopGroup
    private let socketmap: SocketmapServer
    private let relay: RelayDesk
    private let reports: TLSReportDesk
    private let parts: Mutex<Parts>

    init(
        _ configuration: DaemonConfiguration, _ resolver: CountingResolver, core: DaemonCore,
        on group: any EventLoopGroup
    ) throws(DaemonError) {
        let parts = try Self.parts(configuration.transport, resolver, core, group, old: nil)
        self.core = core
        self.group = group
        self.parts = Mutex(parts)
        reports = try TLSReportDesk(configuration, resolver, core: core)
        relay = try RelayDesk(configuration, Self.service(parts, core), reports, core: core, on: group)
        socketmap = SocketmapServer(
            table: Self.table(parts, core), on: group, observer: SocketmapWatch(metrics: core.metrics, log: core.log))
    }

    /// Where Postfix is served.
    var addresses: [String] { socketmap.addresses.map(\.description) }

    /// Where mail is handed over.
    var relayAddresses: [String] { relay.addresses.map(\.description) }

    /// Where Postfix tells of its sessions.
    var reportAddresses: [String] { reports.addresses }

    /// Where each of its servers is to listen.
    func listeners(_ settings: TransportSettings) -> [(ListenerSet, [ListenSocket])] {
        [(socketmap.listeners, settings.socketmapListeners), (relay.listeners, settings.relay.listeners)]
    }

    /// Puts together what another configuration asks for.
    func prepare(_ configuration: DaemonConfiguration, _ resolver: CountingResolver) throws(DaemonError) -> Change {
        let new = try Self.parts(configuration.transport, resolver, core, group, old: parts.withLock { $0 })
        return Change(
            parts: new, relay: try relay.prepare(configuration, Self.service(new, core)),
            reports: try reports.prepare(configuration, resolver))
    }

    /// Takes it up; look-ups on their way finish by the old one, and so do connections of the relay.
    func take(_ change: Change) {
        let new = change.parts
        reports.take(change.reports)
        relay.take(change.relay)
        parts.withLock { $0 = new }
        socketmap.replaceTable(Self.table(new, core))
    }

    /// Serves until it is shut down.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.refresh() }
            tasks.addTask { await self.reports.run() }
            await withDiscardingTaskGroup { servers in
                servers.addTask { await self.relay.run() }
                await socketmap.run()
            }
            tasks.cancelAll()
        }
    }

    /// Stops: mail on its way comes to its end within the grace.
    func shutdown(grace: Duration) async {
        async let relayed: Void = relay.shutdown(grace: grace)
        await socketmap.shutdown(grace: min(grace, .seconds(5)))
        await relayed
    }

    // MARK: Parts

    private static func parts(
        _ settings: TransportSettings, _ resolver: CountingResolver, _ core: DaemonCore, _ group: any EventLoopGroup,
        old: Parts?
    ) throws(DaemonError) -> Parts {
        var parts = Parts(settings: settings, resolver: resolver)
        guard settings.isUsed, settings.usesMTASTS else { return parts }
        if let old, old.settings.cachePath == settings.cachePath, let cache = old.cache {
            parts.cache = cache
        } else {
            do throws(MTASTSCacheFileError) {
                parts.cache = try MTASTSCacheFile(path: settings.cachePath) { report in
                    switch report {
                    case .skipped(let lines): core.log.warning("\(lines) lines of the MTA-STS cache were passed over")
                    case .cannotWrite(let why): core.log.error("\(why)")
                    }
                }
            } catch {
                throw DaemonError("\(error); set transport.mta-sts-cache, or 'transport.mta-sts: no'")
            }
        }
        if let cache = parts.cache {
            parts.keeper = MTASTSKeeper(
                store: cache,
                fetcher: PolicyFetcher(
                    resolver: resolver, anchors: settings.authorities ?? .system(),
                    allowedNetworks: settings.allowedNetworks, on: group, now: core.now))
        }
        return parts
    }

    private static func service(_ parts: Parts, _ core: DaemonCore) -> TransportService {
        var settings = TransportService.Settings()
        settings.options.usesDANE = parts.settings.usesDANE
        settings.options.usesMTASTS = parts.settings.usesMTASTS
        settings.options.policyWaitSeconds = parts.settings.policyWait.components.seconds
        settings.hasReportAttributes = parts.settings.hasReportAttributes
        return TransportService(
            resolver: PlanningResolver(parts.resolver), keeper: parts.keeper, settings: settings, now: core.now)
    }

    private static func table(_ parts: Parts, _ core: DaemonCore) -> PolicyTable {
        PolicyTable(service(parts, core)) { destination, plan, reply in
            core.metrics.transportPlans.add(TransportPolicyLabel(plan.protection))
            core.log.info(
                "tls policy",
                metadata: [
                    "next_hop": .string(destination.description), "policy": .string(plan.protection.rawValue),
                    "answer": .octets(reply.payload), "reason": .octets(Array(plan.reason.utf8)),
                ])
        }
    }

    // MARK: Policies that are known

    /// Fetches policies anew ahead of their end, says where that fails, and forgets what is over.
    private func refresh() async {
        while (try? await Task.sleep(for: Self.refreshInterval)) != nil {
            let parts = parts.withLock { $0 }
            guard let cache = parts.cache, let keeper = parts.keeper else { continue }
            await cache.tidy(at: core.now())
            let refresh = PolicyRefresh(cache: cache, keeper: keeper, resolver: parts.resolver, now: core.now)
            for warning in await refresh.run() {
                core.log.warning(
                    "the MTA-STS policy of a domain can't be fetched anew: \(warning.reason)",
                    metadata: [
                        "domain": .string(warning.domain.text), "expires": .string(warning.expiresAt.rfc3339),
                    ])
            }
        }
    }

    /// How often policies are looked through; each is fetched once a day.
    private static let refreshInterval = Duration.seconds(600)
}
