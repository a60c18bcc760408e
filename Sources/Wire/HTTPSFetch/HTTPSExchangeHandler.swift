internal import Certificates
internal import MailNames
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// One connection: TCP, TLS, a request, a response. It ends once, with the connection closed.
final class HTTPSExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let plan: HTTPSExchangePlan
    private let promise: EventLoopPromise<HTTPSExchange>
    private var channel: (any Channel)?
    private var stage = HTTPSFetchStage.connect
    private var isOver = false
    private var timer: Scheduled<Void>?
    private var peer: HTTPSPeer
    private var document = HTTPSDocument(body: [], mediaType: nil)
    private var certificateFailure: HTTPSTLSFailure?
    /// Whether the server has said that it has taken what was handed over: nothing can change that afterwards.
    private var isTaken = false

    init(_ plan: HTTPSExchangePlan, _ promise: EventLoopPromise<HTTPSExchange>) {
        self.plan = plan
        self.promise = promise
        peer = HTTPSPeer(address: plan.address)
    }

    // MARK: Beginning and end

    /// Begins. On the event loop.
    func connect(on loop: any EventLoop) {
        guard !isOver else { return }
        let this = NIOLoopBound(self, eventLoop: loop)
        begin(.connect, on: loop)
        do {
            let address = try SocketAddress(ipAddress: plan.address.text, port: Int(plan.options.port))
            ClientBootstrap(group: loop)
                // The time is kept here.
                .connectTimeout(plan.timeout(.connect) + .seconds(1))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try this.value.setUp(channel) }
                }
                .connect(to: address)
                .whenFailure { this.value.fail(.connect(Self.text(ofConnecting: $0))) }
        } catch {
            fail(.connect(Self.text(ofConnecting: error)))
        }
    }

    /// Gives up. On the event loop.
    func cancel() { fail(.cancelled) }

    private func setUp(_ channel: any Channel) throws {
        guard !isOver else { throw ChannelError.ioOnClosedChannel }
        self.channel = channel
        let this = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let tls = try NIOSSLClientHandler(context: plan.tls, serverHostname: plan.resource.host.text) { chain, end in
            end.succeed(this.value.verify(chain) ? .certificateVerified : .failed)
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = plan.options.headerOctetsMax
        limits.maxHeaderListSize = plan.options.headerOctetsMax
        limits.maxHeaderFieldCount = plan.options.fieldsMax
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(tls)
        try pipeline.addHandler(OctetLimiter(plan.options.responseOctetsMax))
        try pipeline.addHandler(HTTPRequestEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(self)
    }

    private func begin(_ stage: HTTPSFetchStage, on loop: any EventLoop) {
        self.stage = stage
        timer?.cancel()
        let end = min(.now() + plan.timeout(stage), plan.deadline)
        timer = loop.assumeIsolated().scheduleTask(deadline: end) { self.fail(.timeout(self.stage)) }
    }

    private func fail(_ failure: HTTPSFetchFailure) { finish(isTaken ? .fetched(document) : .failed(failure)) }

    private func finish(_ result: HTTPSFetchOutcome.Result) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        let exchange = HTTPSExchange(result, peer)
        guard let channel else { return promise.succeed(exchange) }
        self.channel = nil
        channel.closeFuture.whenComplete { [promise] _ in promise.succeed(exchange) }
        // Past the TLS handler, which would wait for the server to say good-bye.
        if let context = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self) {
            context.close(promise: nil)
        } else {
            channel.close(promise: nil)
        }
    }

    // MARK: TLS

    /// Whether the server is the host, as its certificates prove.
    private func verify(_ certificates: [NIOSSLCertificate]) -> Bool {
        do throws(CertificateError) {
            let chain = try PresentedChain(der: certificates.map { (try? $0.toDERBytes()) ?? [] })
            let verdict = plan.check.verdict(for: chain, at: plan.time)
            peer.chain = chain
            peer.verdict = verdict
            if !verdict.isTrusted { certificateFailure = .certificate(verdict) }
            return verdict.isTrusted
        } catch {
            certificateFailure = .unreadableCertificate(error)
            return false
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        if !isOver { begin(.handshake, on: context.eventLoop) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent, !isOver {
            let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
            peer.tlsVersion = handler?.tlsVersion.map { Self.name(of: $0) }
            // What BoringSSL says does not count without our own verdict.
            guard peer.verdict?.isTrusted == true else {
                return fail(.tls(certificateFailure ?? .handshake("no certificate was verified")))
            }
            begin(.response, on: context.eventLoop)
            ask(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: HTTP

    private func ask(_ context: ChannelHandlerContext) {
        let host = plan.resource.host.text
        let port = plan.options.port
        var headers: HTTPHeaders = [
            "Host": port == 443 ? host : "\(host):\(port)", "User-Agent": "postseal", "Accept": "*/*",
            "Connection": "close",
        ]
        if let upload = plan.upload {
            headers.add(name: "Content-Type", value: upload.mediaType)
            headers.add(name: "Content-Length", value: "\(upload.body.count)")
        }
        let method: HTTPMethod = plan.upload == nil ? .GET : .POST
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: plan.resource.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let upload = plan.upload {
            let body = context.channel.allocator.buffer(bytes: upload.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let failure = HTTPSResponseRules(plan.options, isUpload: plan.upload != nil).failure(of: head) {
                return fail(failure)
            }
            isTaken = plan.upload != nil
            document.status = Int(head.status.code)
            document.mediaType = HTTPSResponseRules.mediaType(head.headers["Content-Type"])
            begin(.body, on: context.eventLoop)
        case .body(let piece):
            guard document.body.count + piece.readableBytes <= plan.options.bodyOctetsMax else {
                return fail(.tooLong(.body))
            }
            document.body += piece.readableBytesView
        case .end: finish(.fetched(document))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(failure(for: error)) }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed(stage))
        context.fireChannelInactive()
    }
}

extension HTTPSExchangeHandler {
    private func failure(for error: any Error) -> HTTPSFetchFailure {
        if error is OctetLimiter.Exceeded { return .tooLong(stage) }
        if stage == .handshake || stage == .connect {
            if let certificateFailure { return .tls(certificateFailure) }
            return error is IOError ? .closed(.handshake) : .tls(.handshake(TLSErrorText.clause(for: error)))
        }
        switch error as? HTTPParserError {
        case .headerOverflow: return .tooLong(.response)
        case .invalidEOFState: return .closed(stage)
        case let error?: return .malformed("\(error)")
        // A connection that ends without the good-bye of TLS may have been cut by anybody: what came is not whole.
        case nil: return .closed(stage)
        }
    }

    private static func name(of version: TLSVersion) -> String {
        switch version {
        case .tlsv13: "TLSv1.3"
        case .tlsv12: "TLSv1.2"
        default: "older than TLSv1.2"
        }
    }

    private static func text(ofConnecting error: any Error) -> String {
        guard let error = error as? IOError else { return "it took too long, or can't be had at all" }
        return TLSErrorText.system(error.errnoCode)
    }
}

/// Bears so many octets of a connection.
private final class OctetLimiter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Exceeded: Error {}

    private var left: Int

    init(_ octetsMax: Int) { left = octetsMax }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        left -= unwrapInboundIn(data).readableBytes
        if left >= 0 { context.fireChannelRead(data) } else { context.fireErrorCaught(Exceeded()) }
    }
}
