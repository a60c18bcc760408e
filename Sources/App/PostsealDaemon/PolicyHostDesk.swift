internal import Certificates
internal import HTTPSServing
internal import Logging
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import NIOCore
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealTransport
internal import SMTPTransport
internal import Sockets
internal import Synchronization
internal import TransportPolicy

/// Where senders get the MTA-STS policies of our domains: what is served, by which certificates, and whether the
/// servers hold to it.
final class PolicyHostDesk: Sendable {
    fileprivate struct Parts: Sendable {
        var configuration: DaemonConfiguration
        var resolver: CountingResolver
        var settings: PolicyHostingSettings { configuration.policyHosting }
    }

    /// What another configuration comes to.
    struct Change: Sendable {
        fileprivate var parts: Parts
        fileprivate var certificates: PolicyCertificates
        fileprivate var identities: [DomainName: HTTPSIdentity]
        fileprivate var opener: SessionOpener
    }

    /// How often certificates are looked at; a changed file is taken up then.
    private static let certificateInterval = Duration.seconds(30)
    /// What can't be verified is tried again so soon, if not sooner.
    private static let retryInterval = Duration.seconds(300)

    private let core: DaemonCore
    private let group: any EventLoopGroup
    private let host: PolicyHost
    private let server: HTTPSPageServer
    private let state: Mutex<Change>
    /// Rings when there is another configuration to look at.
    private let changes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(
        _ configuration: DaemonConfiguration, _ resolver: CountingResolver, core: DaemonCore,
        on group: any EventLoopGroup
    ) throws(DaemonError) {
        self.core = core
        self.group = group
        let host = PolicyHost(
            path: configuration.policyHosting.statePath, now: core.now, note: PolicyHostNotes(core: core).tell)
        self.host = host
        server = HTTPSPageServer(
            on: group, observer: PolicyHostWatch(metrics: core.metrics, log: core.log)
        ) { request in host.answer(request) }
        let change = try Self.prepare(configuration, resolver, core, group)
        state = Mutex(change)
        take(change)
    }

    /// Where clients are served.
    var addresses: [String] { server.addresses.map(\.description) }

    /// The sockets that clients are served on.
    var listeners: ListenerSet { server.listeners }

    /// Puts together what another configuration asks for.
    func prepare(_ configuration: DaemonConfiguration, _ resolver: CountingResolver) throws(DaemonError) -> Change {
        try Self.prepare(configuration, resolver, core, group)
    }

    /// Takes it up.
    func take(_ change: Change) {
        do throws(HTTPSServerError) {
            try server.replaceIdentities(change.identities)
        } catch {
            // Each was tried when it was read.
            core.log.error("certificates of the policy hosts can't be used: \(error)")
        }
        state.withLock { $0 = change }
        if change.parts.settings.listeners.isEmpty {
            host.replace([])
        } else {
            host.replace(change.parts.settings.domains.map { HostedPolicy(domain: $0.domain, policy: $0.policy) })
        }
        changes.continuation.yield()
    }

    private static func prepare(
        _ configuration: DaemonConfiguration, _ resolver: CountingResolver, _ core: DaemonCore,
        _ group: any EventLoopGroup
    ) throws(DaemonError) -> Change {
        let certificates = PolicyCertificates(configuration.policyHosting)
        var identities: [DomainName: HTTPSIdentity] = [:]
        if !configuration.policyHosting.listeners.isEmpty {
            do throws(DaemonError) {
                identities = try certificates.read()
            } catch {
                throw DaemonError("mta-sts-hosting: \(error)")
            }
        }
        var settings = SessionOpener.Settings(name: configuration.guardSettings.authservID)
        settings.times.connect = .seconds(20)
        settings.times.greeting = .seconds(60)
        settings.times.handshake = .seconds(20)
        do throws(SMTPTLSError) {
            let opener = try SessionOpener(
                settings: settings, anchors: configuration.transport.authorities ?? .system(), on: group, now: core.now)
            return Change(
                parts: Parts(configuration: configuration, resolver: resolver), certificates: certificates,
                identities: identities, opener: opener)
        } catch {
            throw DaemonError("TLS can't be set up: \(error)")
        }
    }

    /// Serves, and looks after policies and certificates, until it is shut down.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.watchCertificates() }
            tasks.addTask { await self.watchServers() }
            await server.run()
            changes.continuation.finish()
            tasks.cancelAll()
        }
    }

    func shutdown() { server.shutdown() }

    // MARK: Certificates

    private func watchCertificates() async {
        var told: [DomainName: String] = [:]
        repeat {
            renewCertificates()
            tellCertificates(&told)
        } while (try? await Task.sleep(for: Self.certificateInterval)) != nil
    }

    /// Takes up certificates whose files have changed. What can't be used is said, and the old ones stay.
    private func renewCertificates() {
        let now = state.withLock { $0 }
        guard !now.parts.settings.listeners.isEmpty else { return }
        let new = PolicyCertificates(now.parts.settings)
        guard new.stamps != now.certificates.stamps else { return }
        // Said once for each change of the files, whatever comes of it.
        state.withLock { $0.certificates = new }
        do throws(DaemonError) {
            let identities = try new.read()
            do throws(HTTPSServerError) {
                try server.replaceIdentities(identities)
            } catch {
                throw DaemonError("\(error)")
            }
            state.withLock { $0.identities = identities }
            core.log.notice("certificates of the policy hosts taken up anew")
        } catch {
            core.log.error("certificates of the policy hosts can't be used, the old ones stay: \(error)")
        }
    }

    /// Counts certificates, and says what senders would object to: when it changes, and once a day.
    private func tellCertificates(_ told: inout [DomainName: String]) {
        let now = state.withLock { $0 }
        let time = core.now()
        var counts: [PolicyCertificateLabel: Int] = [:]
        let anchors = now.parts.configuration.transport.authorities ?? .system()
        for (name, identity) in now.identities.sorted(by: { $0.key < $1.key }) {
            let verdict = ChainCheck(anchors: anchors, references: [name]).verdict(for: identity.chain, at: time)
            let daysLeft = identity.chain.leaf.notAfter.map { ($0.seconds - time.seconds) / 86_400 } ?? 0
            let label: PolicyCertificateLabel = !verdict.isTrusted ? .bad : daysLeft < 7 ? .expiring : .good
            counts[label, default: 0] += 1
            let text = "\(label.rawValue) \(verdict) \(time.seconds / 86_400)"
            guard told[name] != text else { continue }
            told[name] = text
            let fields: Logger.Metadata = ["host": .string(name.text)]
            switch label {
            case .good: core.log.debug("certificate of a policy host is good for \(daysLeft) days", metadata: fields)
            case .expiring: core.log.warning("certificate of a policy host ends in \(daysLeft) days", metadata: fields)
            case .bad:
                core.log.error(
                    "certificate of a policy host is none that senders accept: \(verdict)", metadata: fields)
            }
        }
        for label in PolicyCertificateLabel.allCases {
            core.metrics.policyCertificates.set(label, .none, to: counts[label] ?? 0)
        }
    }

    // MARK: Servers

    private func watchServers() async {
        await withTaskGroup(of: Void.self) { tasks in
            let trigger = changes.continuation
            tasks.addTask {
                while true {
                    let isHeld = self.host.published.values.contains { $0.state != .asWanted }
                    let interval = self.state.withLock { $0.parts.settings.checkInterval }
                    let pause = isHeld ? min(interval, Self.retryInterval) : interval
                    guard (try? await Task.sleep(for: pause)) != nil else { return }
                    trigger.yield()
                }
            }
            for await _ in changes.stream where !Task.isCancelled { await checkServers() }
            tasks.cancelAll()
        }
    }

    private func checkServers() async {
        let now = state.withLock { $0 }
        let prover = PolicyProver(resolver: now.parts.resolver, opener: now.opener, now: core.now)
        for hosted in host.wanted {
            if Task.isCancelled { return }
            if hosted.policy.mode != .none { host.take(await prover.proof(of: hosted), of: hosted) }
            host.take(await prover.publishedID(of: hosted), of: hosted)
        }
        count()
    }

    private func count() {
        let published = host.published.values
        for label in PublishedPolicyLabel.allCases {
            core.metrics.hostedPolicies.set(
                label, .none, to: published.count { PublishedPolicyLabel($0.state) == label })
        }
        let records = host.records
        core.metrics.policyRecords.set(.agrees, .none, to: records.agreeing)
        core.metrics.policyRecords.set(.differs, .none, to: records.differing)
        core.metrics.policyRecords.set(.unknown, .none, to: records.unknown)
    }
}
