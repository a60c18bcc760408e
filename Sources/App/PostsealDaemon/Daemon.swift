internal import Logging
internal import MilterServer
internal import NIOCore
internal import NIOPosix
public import PostsealConfiguration
internal import PostsealHTTP
internal import PostsealObservability
internal import Sockets
internal import Synchronization
internal import UnboundResolver

/// The guard at the mail server: judges, signs and seals what comes over the milter's sockets, and answers over HTTP.
///
///     let daemon = try await Daemon.start(configuration, parts: DaemonParts(version: "1"))
///     await daemon.run()                   // until somebody calls stop(grace:)
///
/// It starts as a whole or not at all, and so takes up another configuration. It knows nothing of files, signals and
/// service managers: see ``DaemonProcess``.
public final class Daemon: Sendable {
    let core: DaemonCore
    private let group: MultiThreadedEventLoopGroup
    private let milter: MilterFilterServer<GuardFilter>
    private let http: HTTPService<GuardHTTP>
    private let transport: TransportDesk
    private let proxy: ProxyDesk
    private let policies: PolicyHostDesk
    let reports: ReportDesk
    private let dashboard: DashboardDesk
    let sending: SendingDesk
    let state: DaemonState
    private let reloads = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    private init(
        core: DaemonCore, group: MultiThreadedEventLoopGroup, milter: MilterFilterServer<GuardFilter>,
        http: HTTPService<GuardHTTP>, transport: TransportDesk, proxy: ProxyDesk, policies: PolicyHostDesk,
        reports: ReportDesk, sending: SendingDesk, dashboard: DashboardDesk, state: DaemonState
    ) {
        self.core = core
        self.group = group
        self.milter = milter
        self.http = http
        self.transport = transport
        self.proxy = proxy
        self.policies = policies
        self.reports = reports
        self.dashboard = dashboard
        self.sending = sending
        self.state = state
    }

    /// Opens all sockets, and starts the resolver. Clients can connect from now on, and are served by ``run()``.
    ///
    /// - Throws: where anything of it does not work; then nothing is left open.
    public static func start(
        _ configuration: DaemonConfiguration, parts: DaemonParts
    ) async throws(DaemonError) -> Daemon {
        let core = try DaemonCore(
            configuration.log, parts,
            messagesMax: configuration.dashboard.keepsMessages ? configuration.dashboard.messagesMax : 1)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: parts.threads ?? NIOCore.System.coreCount)
        do {
            return try await start(configuration, core, on: group)
        } catch {
            try? await group.shutdownGracefully()
            throw DaemonError("\(error)")
        }
    }

    private static func start(
        _ configuration: DaemonConfiguration, _ core: DaemonCore, on group: MultiThreadedEventLoopGroup
    ) async throws -> Daemon {
        let reports = try await ReportDesk(configuration, core: core, on: group)
        let workshop = try Workshop(configuration, core: core, reports: reports)
        reports.take(workshop)
        let state = DaemonState(workshop, faults: core.faults)
        let milter = MilterFilterServer(
            filter: workshop.filter, options: configuration.milter.serverOptions, on: group,
            observer: MilterWatch(metrics: core.metrics, log: core.log))
        let http = HTTPService(
            verifier: GuardHTTP { state.workshop }, reports: { reports.posts },
            metrics: core.metrics, health: { state.health }, group: group, logger: core.log, now: core.now)
        do {
            let transport = try TransportDesk(configuration, workshop.resolver, core: core, on: group)
            let proxy = try ProxyDesk(configuration, workshop, core: core, on: group)
            let policies = try PolicyHostDesk(configuration, workshop.resolver, core: core, on: group)
            let sending = try await SendingDesk(workshop, core: core, on: group)
            let daemon = Daemon(
                core: core, group: group, milter: milter, http: http, transport: transport, proxy: proxy,
                policies: policies, reports: reports, sending: sending,
                dashboard: try DashboardDesk(
                    configuration, reports, sending, state: state, core: core, on: group), state: state)
            try await daemon.listen(on: configuration)
            return daemon
        } catch {
            http.stop()
            await milter.shutdown(grace: .zero)
            await reports.shutdown(grace: .zero)
            throw error
        }
    }

    /// Where the milter listens, with the ports that the system chose: `unix:…` or `tcp:…`.
    public var milterAddresses: [String] { milter.addresses.map(\.description) }

    /// Where the HTTP interface listens, likewise.
    public var httpAddresses: [String] { http.addresses.map(\.description) }

    /// Where the dashboard is served, likewise.
    public var dashboardAddresses: [String] { dashboard.addresses }

    /// Where the proxy listens, likewise.
    public var proxyAddresses: [String] { proxy.addresses }

    /// All interfaces in the order of the configuration, with where each listens.
    private var interfaces: [(name: String, addresses: [String])] {
        [
            ("milter", milterAddresses), ("proxy", proxyAddresses), ("socketmap", transport.addresses),
            ("relay", transport.relayAddresses), ("tlsrpt", transport.reportAddresses), ("reports", reports.addresses),
            ("http", httpAddresses), ("dashboard", dashboardAddresses), ("mta-sts", policies.addresses),
        ]
    }

    /// Where it listens, in one line: `milter unix:/run/postseal/milter.sock, http tcp:127.0.0.1:8025`.
    var summary: String {
        interfaces.filter { !$0.addresses.isEmpty }.map { "\($0.name) " + $0.addresses.joined(separator: " ") }
            .joined(separator: ", ")
    }

    /// Serves until ``stop(grace:)``. To be called once.
    public func run() async {
        core.log.notice(
            "serving",
            metadata: .init(
                uniqueKeysWithValues: interfaces.map { ($0.name, .array($0.addresses.map { .string($0) })) }))
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await self.milter.run()
                return true
            }
            tasks.addTask {
                await self.http.run()
                return true
            }
            tasks.addTask {
                await self.transport.run()
                return true
            }
            tasks.addTask {
                await self.proxy.run()
                return true
            }
            tasks.addTask {
                await self.policies.run()
                return true
            }
            tasks.addTask {
                await self.reports.run()
                return true
            }
            tasks.addTask {
                await self.dashboard.run()
                return true
            }
            tasks.addTask {
                await self.reports.watch()
                return false
            }
            tasks.addTask {
                await self.sending.run()
                return false
            }
            tasks.addTask {
                await self.watchResolver()
                return false
            }
            tasks.addTask {
                await self.watchKeys()
                return false
            }
            tasks.addTask {
                while await Self.pause(.seconds(10)) { FreeMemory.giveBack() }
                return false
            }
            var services = 7
            for await isService in tasks where isService {
                services -= 1
                if services == 0 { tasks.cancelAll() }
            }
        }
        try? await group.shutdownGracefully()
        core.log.notice("stopped")
        _ = core.sink.flush(within: .seconds(2))
    }

    /// Stops: takes no new connections, lets messages on their way come to their end for at most the grace, then closes
    /// what is left. ``run()`` returns then.
    public func stop(grace: Duration) async {
        core.log.notice("stopping", metadata: ["messages": .stringConvertible(core.inFlight.current)])
        state.isStopping = true
        policies.shutdown()
        async let transported: Void = transport.shutdown(grace: grace)
        async let reported: Void = reports.shutdown(grace: grace)
        async let proxied: Void = proxy.shutdown(grace: grace)
        await milter.shutdown(grace: grace)
        await transported
        await proxied
        await reported
        http.stop()
        dashboard.stop()
    }

    /// Takes up another configuration: as a whole, or not at all. Messages on their way finish by the old one.
    ///
    /// - Throws: where something of it does not work, or cannot be changed while it runs. All is as before then.
    public func reload(_ configuration: DaemonConfiguration) async throws(DaemonError) {
        do throws(DaemonError) {
            try await takeUp(configuration)
            core.metrics.reloads.add(.success)
            core.log.notice("configuration taken up")
        } catch {
            core.metrics.reloads.add(.failure)
            core.log.error("configuration not taken up, the old one stays: \(error.description)")
            throw error
        }
    }

    private func takeUp(_ configuration: DaemonConfiguration) async throws(DaemonError) {
        let old = state.workshop
        if let obstacle = configuration.obstacle(since: old.configuration) { throw DaemonError(obstacle) }
        let workshop = try Workshop(configuration, core: core, reports: reports, old: old)
        let parts = try transport.prepare(configuration, workshop.resolver)
        let proxyPlan = try proxy.plan(configuration, workshop)
        let policyChange = try policies.prepare(configuration, workshop.resolver)
        let sendingChange = try sending.prepare(configuration)
        do throws(ListenError) {
            try await listen(on: configuration)
        } catch {
            throw DaemonError(error.description)
        }
        policies.take(policyChange)
        transport.take(parts)
        milter.replaceLimits(configuration.milter.serverOptions)
        milter.replaceFilter(workshop.filter)
        proxy.takeUp(proxyPlan)
        reports.take(workshop)
        sending.take(sendingChange, workshop)
        state.workshop = workshop
        core.sink.minimumLevel = configuration.log.level
        reloads.continuation.yield()
    }

    /// Takes up the sockets of all interfaces, or none of them.
    private func listen(on configuration: DaemonConfiguration) async throws(ListenError) {
        let wanted =
            [
                (milter.listeners, configuration.milter.listeners), (http.listeners, configuration.http.listeners),
                (proxy.listeners, configuration.proxy.listeners),
                (policies.listeners, configuration.policyHosting.listeners),
                (dashboard.listeners, configuration.dashboard.listeners),
            ] + transport.listeners(configuration.transport)
            + (reports.listeners.map { [($0, configuration.reports.lmtpListeners)] } ?? [])
        var changes: [(listeners: ListenerSet, change: ListenerSet.Change)] = []
        do throws(ListenError) {
            for (listeners, sockets) in wanted { changes.append((listeners, try await listeners.prepare(sockets))) }
        } catch {
            for (listeners, change) in changes { await listeners.discard(change) }
            throw error
        }
        for (listeners, change) in changes { try await listeners.take(change) }
    }
}

extension Daemon {
    /// Looks after the signing keys: at once, after each reload, and from time to time, for records come and go.
    private func watchKeys() async {
        await withTaskGroup(of: Void.self) { tasks in
            let trigger = reloads.continuation
            tasks.addTask {
                repeat { trigger.yield() } while await Self.pause(.seconds(3600))
                trigger.finish()
            }
            for await _ in reloads.stream where !Task.isCancelled {
                await KeyWatch(workshop: state.workshop, core: core).look()
            }
        }
    }

    /// Finds out whether DNS works, and says so when that changes.
    private func watchResolver() async {
        var last: String?
        core.metrics.dnssec.show(.unknown)
        repeat {
            guard let test = await state.workshop.resolver.source.selfTest() else { continue }
            state.resolverFault = test.isReachable ? nil : test.warning
            core.metrics.dnssec.show(DNSSECLabel(test.validation))
            if test.warning != last {
                if let warning = test.warning {
                    core.log.warning("DNS: \(warning)", metadata: ["reason": .string(test.reason ?? "")])
                } else if last != nil {
                    core.log.notice("DNS works, with proofs")
                }
            }
            last = test.warning
        } while await Self.pause(state.resolverFault == nil ? .seconds(300) : .seconds(10))
    }

    /// Waits; false where the task was cancelled meanwhile.
    private static func pause(_ duration: Duration) async -> Bool {
        (try? await Task.sleep(for: duration)) != nil
    }
}
