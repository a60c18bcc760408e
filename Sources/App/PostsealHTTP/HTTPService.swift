internal import Glibc
internal import HTTPTypes
internal import HummingbirdCore
public import Logging
public import MailBytes
public import NIOCore
internal import NIOHTTPTypes
internal import NIOPosix
public import PostsealObservability
public import Sockets
internal import Synchronization

/// The HTTP interface: `/v1/verify`, `/metrics`, `/healthz`, `/openapi.json`.
///
///     let service = HTTPService(settings: settings, verifier: verifier, ...)
///     try await service.listeners.listen(on: sockets)          // clients can connect, and wait
///     await service.run()                                      // until stop()
///
/// It has no passwords and no encryption: whoever reaches it can use it, and it must not be exposed. A proxy in front
/// of it can ask for both.
public final class HTTPService<Verifier: HTTPVerifier>: Sendable {
    /// Where it listens: there is no default, for who can reach the interface can use it. It belongs on the loopback or
    /// on a socket in the file system.
    public let listeners: ListenerSet
    private let accepted: (stream: AsyncStream<AcceptedConnection>, end: AsyncStream<AcceptedConnection>.Continuation)
    private let http: HTTP1Channel
    private let connections: ConnectionRegistry
    private let group: any EventLoopGroup
    private let logger: Logger

    /// A service that does not listen yet.
    ///
    /// - Parameters:
    ///   - settings: its limits.
    ///   - verifier: judges messages.
    ///   - metrics: what `/metrics` shows; requests are counted there.
    ///   - health: what `/healthz` shows. Must not wait.
    ///   - group: serves the connections.
    ///   - logger: hears of each request at `debug`, and of nothing else unless a socket fails.
    ///   - now: the clock.
    public init(
        settings: HTTPServiceSettings = HTTPServiceSettings(), verifier: Verifier, metrics: Metrics,
        health: @escaping @Sendable () -> HTTPHealth, group: any EventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> UnixTime = LogSink.systemTime
    ) {
        self.group = group
        self.logger = logger
        let routes = HTTPRoutes(
            settings: settings, verifier: verifier, metrics: metrics, health: health, logger: logger, now: now)
        let http = Self.channel(settings, routes, HTTPDate(now: now))
        let connections = ConnectionRegistry(settings: settings, metrics: metrics)
        let (stream, end) = AsyncStream.makeStream(of: AcceptedConnection.self)
        self.http = http
        self.connections = connections
        accepted = (stream, end)
        listeners = ListenerSet(on: group) { number, address in
            logger.error(
                "cannot take an HTTP connection",
                metadata: ["socket": "\(address)", "error": "\(String(cString: strerror(number)))"])
        } connected: { channel, _ in
            http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
                try ConnectionGuard.insert(into: channel, connections: connections)
                try channel.pipeline.syncOperations.addHandler(
                    Handover(AcceptedConnection(value), to: end), position: .first)
            }
        }
    }

    private static func channel(
        _ settings: HTTPServiceSettings, _ routes: HTTPRoutes<Verifier>, _ date: HTTPDate
    ) -> HTTP1Channel {
        HTTP1Channel(
            responder: { request, writer, _ in
                let answer = try await routes.answer(request)
                let response = answer.response(date: date.text, isHead: request.method == .head)
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: settings.fieldOctetsMax, maxHeaderListSize: settings.fieldOctetsMax,
                    maxHeaderFieldCount: settings.fieldsMax)))
    }

    /// Where it listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Serves until ``stop()``, or until its task is cancelled: then connections are closed at once. To be called once.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await connection in accepted.stream {
                    group.addTask { await self.http.handle(value: connection.take(), logger: self.logger) }
                }
            }
        } onCancel: {
            listeners.close()
            accepted.end.finish()
            connections.closeAll()
        }
        connections.ended()
        await listeners.closed()
    }

    /// Ends ``run()``: takes no more connections, closes those that wait for a request, and lets requests that are
    /// there finish, for at most ``HTTPServiceSettings/stopTimeout``. Does not wait; may be called from anywhere.
    public func stop() {
        listeners.close()
        connections.stop(on: group.next())
        accepted.end.finish()
    }
}

/// Hands a connection over when it is open. Who serves it may close it at once, and NIO traps if it has not taken it up
/// yet.
private final class Handover: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var connection: AcceptedConnection?
    private let accepted: AsyncStream<AcceptedConnection>.Continuation

    init(_ connection: AcceptedConnection, to accepted: AsyncStream<AcceptedConnection>.Continuation) {
        self.connection = connection
        self.accepted = accepted
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if let connection { accepted.yield(connection) }
        connection = nil
    }

    func handlerRemoved(context: ChannelHandlerContext) { connection = nil }
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
