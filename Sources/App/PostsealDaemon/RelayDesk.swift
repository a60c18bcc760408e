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
internal import TransportPolicy

/// Where mail servers hand over mail to the world, and have it delivered while they wait.
final class RelayDesk: Sendable {
    private let core: DaemonCore
    private let group: any EventLoopGroup
    private let server: SMTPServer<RelayHandler>

    init(
        _ configuration: DaemonConfiguration, _ service: TransportService, core: DaemonCore,
        on group: any EventLoopGroup
    ) throws(DaemonError) {
        self.core = core
        self.group = group
        let relay = configuration.transport.relay
        let mode: SMTPMode = relay.mode == .lmtp ? .lmtp : .smtp
        var smtp = SMTPServerConfiguration(
            name: configuration.guardSettings.authservID,
            extensions: [.pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn])
        smtp.mode = mode
        // How large a message may be is for the servers to say.
        smtp.limits.messageOctets = nil
        server = SMTPServer(
            handler: try Self.handler(configuration, service, core, group),
            options: SMTPServerOptions(configuration: smtp), on: group, observer: RelayWatch(log: core.log))
    }

    var addresses: [ListenAddress] { server.addresses }

    /// Where it listens.
    var listeners: ListenerSet { server.listeners }

    /// What another configuration comes to.
    func prepare(_ configuration: DaemonConfiguration, _ service: TransportService) throws(DaemonError) -> RelayHandler
    {
        try Self.handler(configuration, service, core, group)
    }

    /// Takes it up; connections that are there keep the old one.
    func take(_ handler: RelayHandler) { server.replaceHandler(handler) }

    func run() async { await server.run() }

    func shutdown(grace: Duration) async { await server.shutdown(grace: grace) }

    private static func handler(
        _ configuration: DaemonConfiguration, _ service: TransportService, _ core: DaemonCore,
        _ group: any EventLoopGroup
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
        return RelayHandler(
            service: service, opener: opener, mode: relay.mode == .lmtp ? .lmtp : .smtp,
            connectionsMax: relay.connectionsMax
        ) { facts in
            // A socket in the file system has its own permissions.
            guard let address = facts.clientAddress?.unmapped else { return true }
            return clients.contains { $0.contains(address) }
        } observed: { plan, session in
            let isHeld = session.client != nil
            core.log.log(
                level: isHeld ? .info : .notice, "session with a mail server",
                metadata: [
                    "next_hop": .string(plan.destination.description), "host": .string(session.server.host.text),
                    "address": .string(session.address.text), "policy": .string(plan.protection.rawValue),
                    "outcome": .string(isHeld ? "deliver" : session.judgement == nil ? "unreachable" : "refuse"),
                    "reason": .octets(Array(session.reason.utf8)),
                ])
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
