internal import Certificates
internal import Logging
internal import MailNames
internal import NIOCore
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealObservability
internal import PostsealTransport
internal import SMTPProtocol
internal import SMTPTransport
internal import Sockets
internal import Synchronization
internal import TransportPolicy

/// Where mail servers hand over mail to the world, and have it delivered while they wait.
final class RelayDesk: Sendable {
    private let core: DaemonCore
    private let group: any EventLoopGroup
    private let server: SMTPServer<RelayHandler>
    private let reports: TLSReportDesk
    /// What new connections are served by.
    private let current: Mutex<RelayHandler>

    /// What a configuration comes to.
    struct Plan: Sendable {
        fileprivate var handler: RelayHandler
        fileprivate var tls: SMTPServerTLS?
    }

    init(
        _ configuration: DaemonConfiguration, _ service: TransportService, _ reports: TLSReportDesk, core: DaemonCore,
        on group: any EventLoopGroup
    ) throws(DaemonError) {
        self.core = core
        self.reports = reports
        self.group = group
        let relay = configuration.transport.relay
        let mode: SMTPMode = relay.mode == .lmtp ? .lmtp : .smtp
        var smtp = SMTPServerConfiguration(
            name: configuration.guardSettings.authservID,
            extensions: [
                .pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn, .startTLS,
                .requireTLS,
            ])
        smtp.mode = mode
        // How large a message may be is for the servers to say.
        smtp.limits.messageOctets = nil
        let handler = try Self.handler(configuration, service, reports, core, group, old: nil)
        current = Mutex(handler)
        server = SMTPServer(
            handler: handler, options: SMTPServerOptions(configuration: smtp), on: group,
            observer: RelayWatch(log: core.log))
        server.replaceTLS(try Self.tls(configuration))
    }

    var addresses: [ListenAddress] { server.addresses }

    /// Where it listens.
    var listeners: ListenerSet { server.listeners }

    /// What another configuration comes to.
    func prepare(_ configuration: DaemonConfiguration, _ service: TransportService) throws(DaemonError) -> Plan {
        Plan(
            handler: try Self.handler(configuration, service, reports, core, group, old: current.withLock { $0 }),
            tls: try Self.tls(configuration))
    }

    /// Takes it up; connections that are there keep the old one, and no session with a server goes over to the new.
    func take(_ plan: Plan) {
        server.replaceHandler(plan.handler)
        server.replaceTLS(plan.tls)
        let old = current.withLock { current in
            defer { current = plan.handler }
            return current
        }
        old.retire()
    }

    func run() async { await server.run() }

    func shutdown(grace: Duration) async {
        await server.shutdown(grace: grace)
        current.withLock { $0 }.retire()
    }

    private static func tls(_ configuration: DaemonConfiguration) throws(DaemonError) -> SMTPServerTLS? {
        guard let identity = configuration.transport.relay.identity else { return nil }
        do throws(SMTPTLSError) {
            return try SMTPServerTLS(chain: identity.chain, key: identity.key)
        } catch {
            throw DaemonError("transport.relay.certificate and transport.relay.key: \(error.description)")
        }
    }

    private static func handler(
        _ configuration: DaemonConfiguration, _ service: TransportService, _ reports: TLSReportDesk,
        _ core: DaemonCore, _ group: any EventLoopGroup, old: RelayHandler?
    ) throws(DaemonError) -> RelayHandler {
        let relay = configuration.transport.relay
        var settings = SessionOpener.Settings(name: configuration.guardSettings.authservID)
        settings.source4 = relay.sources.first(where: \.isV4)
        settings.source6 = relay.sources.first { !$0.isV4 }
        // The mail server that waits gives up after five minutes, and there may be several servers to try.
        settings.times.connect = .seconds(20)
        settings.times.greeting = .seconds(60)
        let opener: SessionOpener
        do throws(SMTPTLSError) {
            opener = try SessionOpener(
                settings: settings, anchors: configuration.transport.authorities ?? .system(), on: group, now: core.now)
        } catch {
            throw DaemonError("TLS can't be set up: \(error)")
        }
        let clients = relay.clients + ["127.0.0.0/8", "::1"].compactMap { IPPrefix($0) }
        var options = RelayOptions()
        options.mode = relay.mode == .lmtp ? .lmtp : .smtp
        options.connectionsMax = relay.connectionsMax
        options.idleTime = relay.idleTime
        options.sessionMessages = relay.sessionMessages
        options.honoursTLSRequired = relay.honoursTLSRequired
        return RelayHandler(service: service, opener: opener, options: options, succeeding: old) { facts in
            // A socket in the file system has its own permissions.
            guard let address = facts.clientAddress?.unmapped else { return true }
            return clients.contains { $0.contains(address) }
        } observed: { plan, session in
            let isHeld = session.client != nil
            core.metrics.relaySessions.add(isHeld ? .opened : session.judgement == nil ? .unreachable : .refused)
            core.log.log(
                level: isHeld ? .info : .notice, "session with a mail server",
                metadata: [
                    "next_hop": .string(plan.destination.description), "host": .string(session.server.host.text),
                    "address": .string(session.address.text), "policy": .string(plan.protection.rawValue),
                    "outcome": .string(isHeld ? "deliver" : session.judgement == nil ? "unreachable" : "refuse"),
                    "reason": .octets(Array(session.reason.utf8)),
                ])
        } counted: { outcome in
            reports.count(outcome)
        } reused: {
            core.metrics.relaySessions.add(.reused)
        }
    }
}

/// Logs what happens at the relay's sockets.
private struct RelayWatch: SMTPServerObserver {
    let log: Logger

    func observe(_ event: SMTPServerNote, _ facts: SMTPConnectionFacts) {
        let socket: Logger.Metadata = ["socket": .string(facts.listener.description)]
        switch event {
        case .opened, .secured: break
        case .refused: log.warning("relay connection refused: there are too many", metadata: socket)
        case .acceptFailed(let code): log.error("cannot take a relay connection: \(systemText(code))", metadata: socket)
        case .messageRefused(let defect): log.notice("message refused by the relay: \(defect)", metadata: socket)
        case .closed(.session), .closed(.lost), .closed(.shutdown): break
        case .closed(let reason): log.notice("relay connection closed: \(reason)", metadata: socket)
        }
    }
}
