internal import Glibc
public import HTTPSServing
internal import HTTPTypes
internal import HummingbirdCore
public import Logging
public import MailBytes
internal import MailNames
public import NIOCore
internal import NIOHTTPTypes
internal import NIOPosix
public import PostsealObservability
public import Sockets
internal import Synchronization

/// Serves HTTP/1.1 with bounds on what one client takes of memory and time, in the clear or by TLS.
///
///     let server = HTTPServer(settings: settings, metrics: metrics, group: group, logger: log) { call in ... }
///     try await server.listeners.listen(on: sockets)           // clients can connect, and wait
///     await server.run()                                       // until stop()
public final class HTTPServer: Sendable {
    /// Makes the answer to a request.
    public typealias Responder = @Sendable (HTTPCall) async throws -> HTTPReply

    /// Where it listens.
    public let listeners: ListenerSet
    private let accepted: (stream: AsyncStream<AcceptedConnection>, end: AsyncStream<AcceptedConnection>.Continuation)
    private let http: HTTP1Channel
    private let connections: ConnectionRegistry
    private let identity: TLSHolder?
    private let group: any EventLoopGroup
    private let logger: Logger

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - settings: its limits.
    ///   - metrics: refused requests are counted there.
    ///   - tls: shown to clients; nil to serve in the clear.
    ///   - group: serves the connections.
    ///   - logger: hears where a socket fails.
    ///   - now: the clock.
    ///   - refused: what is told to who is refused by the server itself; by default an object of JSON.
    ///   - responder: answers. Octets that it asks of the body are read while it waits.
    public convenience init(
        settings: HTTPServiceSettings, metrics: Metrics, tls: HTTPSServerTLS? = nil, group: any EventLoopGroup,
        logger: Logger, now: @escaping @Sendable () -> UnixTime = LogSink.systemTime,
        refused: @escaping HTTPRefused.Page = { _ in nil }, responder: @escaping Responder
    ) {
        let date = HTTPDate(now: now)
        self.init(
            settings: settings, metrics: metrics, tls: tls, group: group, logger: logger, refused: refused
        ) { request, channel in
            let call = HTTPCall(
                request, peer: channel.remoteAddress.flatMap { IPAddress(socket: $0) }, isSecure: tls != nil)
            do {
                return try await responder(call).response(date: date.text, isHead: request.method == .head)
            } catch let refusal as HTTPRefusal {
                return refusal.reply(refused, path: call.path)
                    .response(date: date.text, isHead: request.method == .head)
            }
        }
    }

    /// - Parameter answer: the answer to a request; throws what the connection threw, where it is gone.
    init(
        settings: HTTPServiceSettings, metrics: Metrics, tls: HTTPSServerTLS? = nil, group: any EventLoopGroup,
        logger: Logger, refused: @escaping HTTPRefused.Page = { _ in nil },
        answer: @escaping @Sendable (Request, any Channel) async throws -> Response
    ) {
        self.group = group
        self.logger = logger
        let http = Self.channel(settings, answer)
        let connections = ConnectionRegistry(settings: settings, metrics: metrics, refused: refused)
        let (stream, end) = AsyncStream.makeStream(of: AcceptedConnection.self)
        let identity = tls.map { TLSHolder($0) }
        self.http = http
        self.connections = connections
        self.identity = identity
        accepted = (stream, end)
        listeners = ListenerSet(on: group) { number, address in
            logger.error(
                "cannot take an HTTP connection",
                metadata: ["socket": "\(address)", "error": "\(String(cString: strerror(number)))"])
        } connected: { channel, _ in
            channel.eventLoop.makeCompletedFuture { try identity?.current.addHandler(to: channel) }.flatMap {
                http.setup(channel: channel, logger: logger)
            }.flatMapThrowing { value in
                try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
                try ConnectionGuard.insert(into: channel, connections: connections)
                try channel.pipeline.syncOperations.addHandler(
                    Handover(AcceptedConnection(value), to: end), position: .first)
            }
        }
    }

    private static func channel(
        _ settings: HTTPServiceSettings, _ answer: @escaping @Sendable (Request, any Channel) async throws -> Response
    ) -> HTTP1Channel {
        HTTP1Channel(
            responder: { request, writer, channel in
                let response = try await answer(request, channel)
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: settings.fieldOctetsMax, maxHeaderListSize: settings.fieldOctetsMax,
                    maxHeaderFieldCount: settings.fieldsMax)))
    }

    /// Where it listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Shows another certificate to who comes from now on. A server in the clear stays one.
    public func replace(_ tls: HTTPSServerTLS) { identity?.current = tls }

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

/// The certificate of this moment.
private final class TLSHolder: Sendable {
    private let tls: Mutex<HTTPSServerTLS>

    init(_ tls: HTTPSServerTLS) { self.tls = Mutex(tls) }

    var current: HTTPSServerTLS {
        get { tls.withLock { $0 } }
        set { tls.withLock { $0 = newValue } }
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
