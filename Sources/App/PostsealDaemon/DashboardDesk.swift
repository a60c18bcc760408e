internal import Certificates
internal import DKIM
internal import Databases
internal import HTTPSServing
internal import Logging
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import NIOCore
internal import PostsealConfiguration
internal import PostsealDashboard
internal import PostsealEngine
internal import PostsealHTTP
internal import PostsealObservability
internal import PostsealTransport
internal import Sockets
internal import Synchronization
internal import TransportPolicy

/// Where people see what comes of all this: the dashboard's server, its certificate, and what it is fed from.
final class DashboardDesk: Sendable {
    /// How often the certificate's files are looked at.
    private static let certificateInterval = Duration.seconds(30)
    /// How often sessions that are over are forgotten; who logs in has that done as well.
    private static let tidyInterval = Duration.seconds(3600)
    /// Limit: octets of the certificates, and of the key.
    private static let fileOctetsMax = 1 << 20

    private let settings: DashboardSettings
    private let core: DaemonCore
    private let server: HTTPServer
    private let dashboard: Dashboard
    private let accounts: any AccountStore

    /// - Parameter state: what is shown of the daemon.
    init(
        _ configuration: DaemonConfiguration, _ reports: ReportDesk, _ sending: SendingDesk, state: DaemonState,
        core: DaemonCore, on group: any EventLoopGroup
    ) throws(DaemonError) {
        let settings = configuration.dashboard
        self.settings = settings
        self.core = core
        var rules = Dashboard.Rules()
        rules.idleSeconds = settings.idleTime.components.seconds
        rules.lifeSeconds = settings.lifeTime.components.seconds
        rules.trustedProxies = settings.trustedProxies
        rules.servesProxiesAlone = !settings.usesTLS && !settings.trustedProxies.isEmpty
        let (accounts, sessions) = try Self.stores(configuration)
        let dashboard = Dashboard(
            rules, accounts: accounts, sessions: sessions, reports: reports.store,
            sources: Self.sources(configuration, sending, state, core, group), now: core.now,
            audit: { [log = core.log] in Self.log($0, in: log) },
            note: { [log = core.log] text in log.error("dashboard: \(text)") })
        self.dashboard = dashboard
        self.accounts = accounts
        server = HTTPServer(
            settings: Self.limits, metrics: core.metrics, tls: try Self.identity(settings), group: group,
            logger: core.log, now: core.now,
            refused: { [isSecure = settings.usesTLS] in Dashboard.page($0, isSecure: isSecure) },
            responder: { call in try await dashboard.answer(call) })
    }

    /// A line for who logged in, or tried to, and for what was changed.
    static func log(_ notice: DashboardNotice, in log: Logger) {
        var fields: Logger.Metadata = [
            "account": "\(notice.account ?? "none")", "address": "\(notice.address ?? "local")",
        ]
        if let subject = notice.subject { fields["subject"] = "\(subject)" }
        log.notice("dashboard: \(notice.text)", metadata: fields)
    }

    /// Where accounts and sessions are.
    private static func stores(
        _ configuration: DaemonConfiguration
    ) throws(DaemonError) -> (any AccountStore, any SessionStore) {
        // Nobody is served: nothing is made for it.
        guard configuration.dashboard.isUsed else { return (AccountMemory(), SessionMemory()) }
        do throws(DatabaseError) {
            switch (configuration.dashboard.accounts, configuration.reports.store) {
            case (.file(let path), _):
                return (AccountFile(path: path), try DashboardDatabase(path: path + ".sessions"))
            case (.database, .postgreSQL(let text)):
                let database = try DashboardDatabase(PostgreSQLAddress(text))
                return (database, database)
            case (.database, .file): throw DatabaseError(.cannotOpen, "reports.store is no database")
            }
        } catch {
            throw DaemonError("dashboard.accounts: \(error.description)")
        }
    }

    /// What a browser may take.
    private static var limits: HTTPServiceSettings {
        var limits = HTTPServiceSettings()
        limits.fieldOctetsMax = 32 * 1024
        limits.fieldsMax = 100
        limits.targetOctetsMax = 8 * 1024
        limits.connectionsMax = 500
        limits.requestTimeout = .seconds(20)
        limits.stopTimeout = .seconds(5)
        return limits
    }

    private static func sources(
        _ configuration: DaemonConfiguration, _ sending: SendingDesk, _ state: DaemonState, _ core: DaemonCore,
        _ group: any EventLoopGroup
    ) -> Dashboard.Sources {
        // Nobody is served: nothing is made for it.
        guard configuration.dashboard.isUsed else { return Dashboard.Sources() }
        let fetcher = PolicyFetcher(
            resolver: state.workshop.resolver, anchors: configuration.transport.authorities ?? .system(),
            allowedNetworks: configuration.transport.allowedNetworks, timeLimit: .seconds(4), on: group, now: core.now)
        return Dashboard.Sources(
            protections: DashboardProtections(
                resolver: { state.workshop.resolver }, keeper: MTASTSKeeper(store: MTASTSMemory(), fetcher: fetcher),
                ownSelectors: { domain in state.workshop.configuration.guardSettings.selectors(of: domain) },
                now: core.now),
            messages: configuration.dashboard.keepsMessages
                ? DashboardMessages(journal: core.journal, workshop: { state.workshop }) : nil,
            sent: DashboardSent { sending.outgoing }, daemon: DashboardFacts(state: state, core: core))
    }

    // MARK: TLS

    private static func identity(_ settings: DashboardSettings) throws(DaemonError) -> HTTPSServerTLS? {
        guard settings.isUsed, settings.usesTLS else { return nil }
        let files = SystemFiles()
        var path = settings.certificatePath
        do throws(FileError) {
            let chain = try files.read(path, octetsMax: fileOctetsMax).octets
            path = settings.keyPath
            let key = try files.read(path, octetsMax: fileOctetsMax).octets
            do throws(HTTPSServerError) {
                return try HTTPSServerTLS(HTTPSIdentity(chain: chain, key: key))
            } catch {
                throw FileError("\(error)")
            }
        } catch {
            throw DaemonError("dashboard: \(path): \(error.description)")
        }
    }

    /// Takes up a certificate whose files have changed, until the task is cancelled. One that can't be used is said,
    /// and the old one stays.
    private func watchCertificate() async {
        guard settings.usesTLS else { return }
        var stamps = [FileStamp(settings.certificatePath), FileStamp(settings.keyPath)]
        while (try? await Task.sleep(for: Self.certificateInterval)) != nil {
            let new = [FileStamp(settings.certificatePath), FileStamp(settings.keyPath)]
            guard new != stamps else { continue }
            stamps = new
            do throws(DaemonError) {
                guard let identity = try Self.identity(settings) else { continue }
                server.replace(identity)
                core.log.notice("certificate of the dashboard taken up anew")
            } catch {
                core.log.error("certificate of the dashboard can't be used, the old one stays: \(error)")
            }
        }
    }

    /// Forgets sessions that are over, until the task is cancelled.
    private func tidy() async {
        guard settings.isUsed else { return }
        repeat {
            do throws(AccountError) {
                try await dashboard.tidy()
            } catch {
                core.log.error("dashboard: sessions can't be tidied: \(error.description)")
            }
        } while (try? await Task.sleep(for: Self.tidyInterval)) != nil
    }

    /// Says at the start where nobody can log in, and why.
    private func lookForAccounts() async {
        guard settings.isUsed else { return }
        do throws(AccountError) {
            guard try await accounts.list().accounts.isEmpty else { return }
            let place =
                switch settings.accounts {
                case .file(let path): " --accounts \(path)"
                case .database: ""
                }
            let command = "postseal account add\(place) NAME --role administrator"
            core.log.notice("dashboard: nobody can log in, for there is no account: make one by '\(command)'")
        } catch {
            core.log.error("dashboard: nobody can log in: \(error.description)")
        }
    }

    // MARK: Service

    /// The sockets that people are served on.
    var listeners: ListenerSet { server.listeners }

    /// Likewise, as text.
    var addresses: [String] { server.addresses.map(\.description) }

    /// Serves until it is stopped.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.watchCertificate() }
            tasks.addTask { await self.tidy() }
            tasks.addTask { await self.lookForAccounts() }
            await server.run()
            tasks.cancelAll()
        }
    }

    /// Takes no more requests; those that there are have some seconds.
    func stop() { server.stop() }
}

extension GuardSettings {
    /// The selectors that a domain is signed with.
    fileprivate func selectors(of domain: DomainName) -> [DomainName] {
        guard let rule = signing.first(where: { $0.pattern.matches(domain) }) else { return [] }
        return (rule.signAs ?? domain) == domain ? rule.keys.map(\.selector) : []
    }
}

/// How the daemon is, for people.
private struct DashboardFacts: DaemonSource {
    let state: DaemonState
    let core: DaemonCore

    var facts: DaemonFacts {
        let settings = state.workshop.configuration.summary.map { name, text in DaemonFacts.Fact(name, text) }
        return DaemonFacts(faults: state.everyFault, settings: settings, figures: figures)
    }

    private var figures: [DaemonFacts.Fact] {
        let metrics = core.metrics
        var facts: [DaemonFacts.Fact] = []
        for direction in MessageDirection.allCases {
            let counts = MessageDisposition.allCases.compactMap { disposition -> String? in
                let count = metrics.messages.current(direction, disposition)
                return count > 0 ? "\(count) \(disposition.rawValue)" : nil
            }
            guard !counts.isEmpty else { continue }
            facts.append(DaemonFacts.Fact("Messages, \(direction.rawValue)", counts.joined(separator: ", ")))
        }
        facts.append(DaemonFacts.Fact("Messages being checked", "\(core.inFlight.current)"))
        let lookups = LookupOutcome.allCases.compactMap { outcome -> String? in
            let count = metrics.lookups.current(outcome)
            return count > 0 ? "\(count) \(outcome.rawValue)" : nil
        }
        if !lookups.isEmpty { facts.append(DaemonFacts.Fact("DNS look-ups", lookups.joined(separator: ", "))) }
        let proofs = DNSSECLabel.allCases.first { metrics.dnssec.current($0, .none) > 0 }
        facts.append(DaemonFacts.Fact("DNSSEC", proofs?.rawValue ?? "not known"))
        return facts
    }
}
