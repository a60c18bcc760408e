internal import NIOCore
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealProxy
internal import SMTPProtocol
internal import SMTPTransport
internal import Sockets
internal import Synchronization

/// The incoming proxy as the daemon runs it.
final class ProxyDesk: Sendable {
    /// What a configuration comes to.
    struct Plan: Sendable {
        fileprivate var handler: ProxyHandler<GuardProxy>
        fileprivate var tls: SMTPServerTLS?
    }

    private let core: DaemonCore
    private let group: any EventLoopGroup
    private let server: SMTPServer<ProxyHandler<GuardProxy>>
    private let known: KnownOffers
    /// What new connections are served with.
    private let handler: Mutex<ProxyHandler<GuardProxy>>

    init(
        _ configuration: DaemonConfiguration, _ workshop: Workshop, core: DaemonCore, on group: any EventLoopGroup
    ) throws(DaemonError) {
        self.core = core
        self.group = group
        known = KnownOffers()
        let plan = try Self.plan(configuration, workshop, core, known, group)
        handler = Mutex(plan.handler)
        server = SMTPServer(
            handler: plan.handler, options: Self.options(configuration), on: group,
            observer: ProxyWatch(metrics: core.metrics, log: core.log))
        server.replaceTLS(plan.tls)
    }

    /// Where clients are served.
    var addresses: [String] { server.addresses.map(\.description) }

    /// The sockets that clients are served on.
    var listeners: ListenerSet { server.listeners }

    /// Makes of another configuration what new connections will be served with.
    ///
    /// - Throws: where something of it does not work; nothing has changed then.
    func plan(_ configuration: DaemonConfiguration, _ workshop: Workshop) throws(DaemonError) -> Plan {
        try Self.plan(configuration, workshop, core, known, group)
    }

    /// Serves new connections by another plan; those that there are keep theirs.
    func takeUp(_ plan: Plan) {
        server.replaceHandler(plan.handler)
        let old = handler.withLock { handler in
            defer { handler = plan.handler }
            return handler
        }
        old.retire()
        server.replaceTLS(plan.tls)
    }

    /// Serves until it is shut down.
    func run() async {
        async let greeted: Void = handler.withLock(\.self).greet()
        await server.run()
        await greeted
    }

    func shutdown(grace: Duration) async {
        await server.shutdown(grace: grace)
        handler.withLock(\.self).retire()
    }

    // MARK: Parts

    private static func plan(
        _ configuration: DaemonConfiguration, _ workshop: Workshop, _ core: DaemonCore, _ known: KnownOffers,
        _ group: any EventLoopGroup
    ) throws(DaemonError) -> Plan {
        let settings = configuration.proxy
        var tls: SMTPServerTLS?
        if let identity = settings.identity {
            do throws(SMTPTLSError) {
                tls = try SMTPServerTLS(chain: identity.chain, key: identity.key)
            } catch {
                throw DaemonError("proxy.certificate and proxy.key: \(error.description)")
            }
        }
        var route = ProxyRoute(server: settings.isUsed ? settings.server : nil, name: name(configuration))
        route.mode = settings.speaksLMTP ? .lmtp : .smtp
        route.spoolFolder = settings.spoolFolder
        let handler = ProxyHandler(
            guard: GuardProxy(workshop.filter, server: settings.server.description), route: route, known: known,
            on: group, now: core.now)
        return Plan(handler: handler, tls: tls)
    }

    private static func options(_ configuration: DaemonConfiguration) -> SMTPServerOptions {
        let settings = configuration.proxy
        // REQUIRETLS is a promise for all of the way; the server behind is spoken to in the clear.
        var server = SMTPServerConfiguration(
            name: name(configuration),
            extensions: [
                .pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn,
                .startTLS,
            ])
        server.limits.messageOctets = settings.messageOctetsMax
        var options = SMTPServerOptions(configuration: server)
        options.expectsProxyHeader = settings.expectsProxyHeader
        options.xclientFrom = settings.xclientFrom
        options.connectionsMax = settings.connectionsMax
        return options
    }

    /// What the proxy calls itself: the name in Authentication-Results, which may have other letters than a host's.
    private static func name(_ configuration: DaemonConfiguration) -> String {
        let name = configuration.guardSettings.authservID
        let isPlain = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain ? name : "localhost"
    }
}
