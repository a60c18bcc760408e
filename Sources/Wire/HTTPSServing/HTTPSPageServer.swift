public import MailNames
public import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
public import Sockets
internal import Synchronization

/// Answers strangers by HTTPS, with a certificate for each name: a page or two, from memory.
///
///     let server = HTTPSPageServer(on: group, observer: nil) { request in pages[request.host] ?? .notFound }
///     server.replaceIdentities([host: identity])
///     try await server.listeners.listen(on: [ListenSocket(.tcp(any, port: 443))])
///     await server.run()                        // until somebody calls shutdown()
///
/// TLS 1.2 and 1.3 with forward secrecy; a client must ask for a name that there is a certificate for (SNI). A
/// connection has one request and one answer, so many octets and so much time (``HTTPSServerOptions``).
public final class HTTPSPageServer: Sendable {
    /// Makes an answer. Called on an event loop; must not wait.
    public typealias Responder = @Sendable (HTTPSRequest) -> HTTPSAnswer

    private let shared: HTTPSServerShared
    private let stopped = AsyncStream.makeStream(of: Void.self)
    /// Where the server listens.
    public let listeners: ListenerSet

    /// A server that does not listen yet, and has no certificates.
    public init(
        options: HTTPSServerOptions = HTTPSServerOptions(), on group: any EventLoopGroup,
        observer: (any HTTPSServerObserver)?, responder: @escaping Responder
    ) {
        let shared = HTTPSServerShared(options: options, observer: observer, responder: responder)
        self.shared = shared
        listeners = ListenerSet(on: group) { number, address in
            observer?.observe(.acceptFailed(number), on: address)
        } connected: { channel, address in
            guard shared.admission.enter() else {
                if !shared.admission.isShut { observer?.observe(.refused, on: address) }
                return channel.close()
            }
            channel.closeFuture.whenComplete { _ in shared.admission.leave() }
            return channel.eventLoop.makeCompletedFuture { try shared.setUp(channel, address) }
        }
    }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Shows other certificates from now on, each to who asks for its name.
    ///
    /// - Throws: where the library does not take one. Then everything is as before.
    public func replaceIdentities(_ identities: [DomainName: HTTPSIdentity]) throws(HTTPSServerError) {
        try shared.replaceIdentities(identities)
    }

    /// Serves until the server is shut down, or the task is cancelled. To be called once.
    public func run() async {
        for await _ in stopped.stream {}
        listeners.close()
        shared.admission.shut()
        await listeners.closed()
    }

    /// Takes no more connections. Those that there are end by themselves, soon.
    public func shutdown() {
        shared.admission.shut()
        listeners.close()
        stopped.continuation.finish()
    }
}

/// What connections have in common.
final class HTTPSServerShared: Sendable {
    let options: HTTPSServerOptions
    let observer: (any HTTPSServerObserver)?
    let responder: HTTPSPageServer.Responder
    let admission: Admission
    private let context = Mutex<NIOSSLContext?>(nil)

    init(
        options: HTTPSServerOptions, observer: (any HTTPSServerObserver)?,
        responder: @escaping HTTPSPageServer.Responder
    ) {
        self.options = options
        self.observer = observer
        self.responder = responder
        admission = Admission(connectionsMax: options.connectionsMax)
    }

    private struct UnknownName: Error {}

    func replaceIdentities(_ identities: [DomainName: HTTPSIdentity]) throws(HTTPSServerError) {
        // The library wants one from the start; who asks for no name that is known never gets to see it.
        guard let any = identities.values.first else { return context.withLock { $0 = nil } }
        var configuration = TLSConfiguration.strict(any)
        configuration.sslContextCallback = { values, promise in
            // RFC 6066 §3: a name that is not known may end the handshake.
            guard let text = values.serverHostname, let name = try? DomainName(mailDomain: text),
                let identity = identities[name]
            else { return promise.fail(UnknownName()) }
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = identity.source
            override.privateKey = identity.key
            promise.succeed(override)
        }
        do {
            let new = try NIOSSLContext(configuration: configuration)
            context.withLock { $0 = new }
        } catch {
            throw HTTPSServerError("TLS can't be set up")
        }
    }

    /// Sets a connection up, on its event loop.
    func setUp(_ channel: any Channel, _ address: ListenAddress) throws {
        guard let context = context.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = options.fieldOctetsMax
        limits.maxHeaderListSize = options.requestOctetsMax
        limits.maxHeaderFieldCount = options.fieldsMax
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        try pipeline.addHandler(OctetLimiter(options.requestOctetsMax))
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(HTTPSConnectionHandler(self, address))
    }
}

/// Bears so many octets of a connection.
private final class OctetLimiter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var left: Int

    init(_ octetsMax: Int) { left = octetsMax }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        left -= unwrapInboundIn(data).readableBytes
        if left >= 0 { context.fireChannelRead(data) } else { context.fireErrorCaught(RequestTooLong()) }
    }
}

/// More octets than a request may have.
struct RequestTooLong: Error {}
