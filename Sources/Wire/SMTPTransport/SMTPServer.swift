internal import MailNames
public import NIOCore
internal import SMTPProtocol
public import Sockets

/// Takes connections of SMTP or LMTP clients, and has a handler talk to them.
///
///     let server = SMTPServer(handler: handler, options: options, on: group)
///     server.replaceTLS(try SMTPServerTLS(chain: pem, key: pem))
///     try await server.listen(on: [ListenSocket(.tcp(address, port: 25))])
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// Each call of a conversation has a task of its own below ``run()``; a connection that waits for its client has none.
public final class SMTPServer<Handler: SMTPMailHandler>: Sendable {
    private let server: ConnectionServer<SMTPConnectionHandler<Handler>>
    private let shared: SMTPServerShared<Handler>

    /// A server that does not listen yet, and has no certificate.
    ///
    /// - Parameter group: where connections are read and written, and calls begin. It outlives the server.
    public init(
        handler: Handler, options: SMTPServerOptions, on group: any EventLoopGroup,
        observer: (any SMTPServerObserver)? = nil
    ) {
        shared = SMTPServerShared(
            options: options, handler: Replaceable(handler), tls: Replaceable(nil),
            clients: ClientCount(connectionsMax: options.connectionsPerClientMax), observer: observer)
        server = ConnectionServer(
            shared, times: SMTPServerTimes(options), connectionsMax: options.connectionsMax, on: group
        ) { number, address in
            observer?.observe(.acceptFailed(number), SMTPConnectionFacts(listener: address))
        } refused: { channel, address, isStopping in
            if !isStopping { observer?.observe(.refused, Self.facts(of: channel, address)) }
            return Self.turnAway(channel)
        } connected: { keeper, channel, address in
            SMTPConnectionHandler(keeper, Self.facts(of: channel, address))
        }
    }

    /// Connections at this moment, those included whose conversation is not closed yet.
    public var connections: Int { server.admission.count }

    /// Where the server listens.
    public var listeners: ListenerSet { server.listeners }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Puts another handler in the place of the one that there is. Connections keep theirs.
    public func replaceHandler(_ handler: Handler) { shared.handler.value = handler }

    /// Puts another certificate in the place of the one that there is, if any: for handshakes that begin from now on.
    /// With none, TLS is not offered any more.
    public func replaceTLS(_ tls: SMTPServerTLS?) { shared.tls.value = tls }

    /// Listens on these sockets, and on no others any more; see `ListenerSet`.
    ///
    /// - Throws: where one of the sockets can't be had, or the server stops. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) { try await listeners.listen(on: sockets) }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero, and calls that are made are cancelled.
    public func run() async { await server.run() }

    /// Stops: takes no new connections, closes those between messages at once with 421, lets messages on their way come
    /// to their end, and after the grace closes what is left.
    ///
    /// - Returns: when all connections, conversations and sockets are closed.
    public func shutdown(grace: Duration) async { await server.shutdown(grace: grace) }

    /// A connection too many hears so, as far as it listens at once.
    private static func turnAway(_ channel: any Channel) -> EventLoopFuture<Void> {
        let reply = SMTPReply(421, SMTPEnhancedCode(4, 7, 0), "too many connections")
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(TurnAwayHandler(reply.wire()))
        }
    }

    private static func facts(of channel: any Channel, _ address: ListenAddress) -> SMTPConnectionFacts {
        var facts = SMTPConnectionFacts(listener: address)
        facts.clientAddress = channel.remoteAddress.flatMap { IPAddress(socket: $0) }
        facts.clientPort = channel.remoteAddress?.port.flatMap { UInt16(exactly: $0) }
        facts.serverAddress = channel.localAddress.flatMap { IPAddress(socket: $0) }
        facts.serverPort = channel.localAddress?.port.flatMap { UInt16(exactly: $0) }
        return facts
    }
}

/// Says something and closes.
private final class TurnAwayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(bytes: octets))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
