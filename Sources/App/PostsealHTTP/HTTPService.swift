internal import HTTPTypes
internal import HummingbirdCore
public import Logging
public import MailBytes
internal import MailNames
public import NIOCore
internal import NIOHTTPTypes
internal import NIOPosix
public import PostsealObservability
internal import Synchronization

/// The HTTP interface: `/v1/verify`, `/metrics`, `/healthz`, `/openapi.json`.
///
///     let service = try HTTPService(settings: settings, verifier: verifier, ...)   // listens
///     await service.run()                                                          // until stop()
///
/// It has no passwords and no encryption: whoever reaches it can use it, and it must not be exposed. A proxy in front
/// of it can ask for both.
public final class HTTPService<Verifier: HTTPVerifier>: Sendable {
    private let settings: HTTPServiceSettings
    private let routes: HTTPRoutes<Verifier>
    private let sockets: [ListeningSocket]
    private let connections: ConnectionRegistry
    private let group: any EventLoopGroup
    private let logger: Logger
    private let date: HTTPDate

    /// Opens the sockets: from now on clients can connect, and wait until ``run()``.
    ///
    /// - Parameters:
    ///   - settings: where it listens, and its limits.
    ///   - verifier: judges messages.
    ///   - metrics: what `/metrics` shows; requests are counted there.
    ///   - health: what `/healthz` shows. Must not wait.
    ///   - group: serves the connections.
    ///   - logger: hears of each request at `debug`, and of nothing else unless a socket fails.
    ///   - now: the clock.
    /// - Throws: where a socket cannot be opened; those before it are closed again.
    public init(
        settings: HTTPServiceSettings, verifier: Verifier, metrics: Metrics,
        health: @escaping @Sendable () -> HTTPHealth, group: any EventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> UnixTime = LogSink.systemTime
    ) throws(HTTPListenError) {
        self.settings = settings
        self.group = group
        self.logger = logger
        routes = HTTPRoutes(
            settings: settings, verifier: verifier, metrics: metrics, health: health, logger: logger, now: now)
        date = HTTPDate(now: now)
        connections = ConnectionRegistry(settings: settings, metrics: metrics)
        var sockets: [ListeningSocket] = []
        for socket in settings.sockets { sockets.append(try ListeningSocket(socket)) }
        self.sockets = sockets
    }

    /// The sockets as they came out: with the port where any free one was asked for.
    public var addresses: [HTTPSocket] { sockets.map(\.socket) }

    /// Serves until ``stop()``, or until its task is cancelled: then connections are closed at once. To be called once.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for socket in sockets { group.addTask { await self.serve(socket) } }
            }
        } onCancel: {
            connections.closeAll()
        }
        connections.ended()
    }

    /// Ends ``run()``: takes no more connections, closes those that wait for a request, and lets requests that are
    /// there finish, for at most ``HTTPServiceSettings/stopTimeout``. Does not wait; may be called from anywhere.
    public func stop() { connections.stop(on: group.next()) }

    private func serve(_ socket: ListeningSocket) async {
        defer { socket.removeFile() }
        guard let descriptor = socket.take() else { return }
        let http = HTTP1Channel(
            responder: { request, writer, _ in
                let answer = try await self.routes.answer(request)
                let response = answer.response(date: self.date.text, isHead: request.method == .head)
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: settings.fieldOctetsMax, maxHeaderListSize: settings.fieldOctetsMax,
                    maxHeaderFieldCount: settings.fieldsMax)))
        do {
            let listener = try await bootstrap.bind(descriptor) { [connections, logger] channel in
                http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                    try ConnectionGuard.insert(into: channel, connections: connections)
                    return AcceptedConnection(value)
                }
            }
            connections.add(listener: listener.channel)
            try await listener.executeThenClose { inbound in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in inbound {
                        group.addTask { await http.handle(value: connection.take(), logger: self.logger) }
                    }
                }
            }
        } catch {
            if !connections.isStopping {
                logger.error("HTTP socket failed", metadata: ["socket": "\(socket.socket)", "error": "\(error)"])
            }
        }
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group).childChannelOption(.allowRemoteHalfClosure, value: true)
    }
}

/// A connection on its way to who serves it.
///
/// NIO's channel traps if it goes away before it was served or closed, and a cancelled service takes no more of the
/// connections that were accepted for it. So one that nobody takes is closed, and lives until it is.
private final class AcceptedConnection: Sendable {
    private let channel: HTTP1Channel.Value
    private let isTaken = Atomic(false)

    init(_ channel: HTTP1Channel.Value) { self.channel = channel }

    /// The channel, for who serves it to its end.
    func take() -> HTTP1Channel.Value {
        isTaken.store(true, ordering: .relaxed)
        return channel
    }

    deinit {
        guard !isTaken.load(ordering: .relaxed) else { return }
        channel.channel.closeFuture.whenComplete { [channel] _ in _ = channel }
        channel.channel.close(promise: nil)
    }
}
