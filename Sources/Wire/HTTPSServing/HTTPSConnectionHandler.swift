internal import MailNames
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import NIOTLS
internal import Sockets

/// One connection: a request, an answer, the end.
final class HTTPSConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let shared: HTTPSServerShared
    private let address: ListenAddress
    private var head: HTTPRequestHead?
    private var isSecured = false
    private var isOver = false
    private var timer: Scheduled<Void>?

    init(_ shared: HTTPSServerShared, _ address: ListenAddress) {
        self.shared = shared
        self.address = address
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        let limit = TimeAmount(shared.options.connectionTimeout)
        // Whatever it does meanwhile: an octet now and then does not make it longer.
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
            self.observe(.cutOff)
            self.end(channel)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { isSecured = true }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where self.head == nil && !isOver: self.head = head
        case .end:
            guard let head, !isOver else { return }
            answer(head, context)
        case .head, .body: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isOver else { return end(context.channel) }
        guard isSecured else {
            observe(.handshakeFailed)
            return end(context.channel)
        }
        if error is RequestTooLong || error as? HTTPParserError == .headerOverflow {
            observe(.cutOff)
            send(HTTPSAnswer(status: 431, body: []), isHead: false, context)
        } else if error is HTTPParserError {
            send(HTTPSAnswer(status: 400, body: []), isHead: false, context)
        } else {
            end(context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        isOver = true
        context.fireChannelInactive()
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let isHead = head.method == .HEAD
        guard head.method == .GET || isHead else {
            return send(HTTPSAnswer(status: 405, body: []), isHead: false, context)
        }
        // RFC 9112 §3.2: exactly one Host; and it names no page of another.
        guard let host = Self.host(head.headers["Host"]) else {
            return send(HTTPSAnswer(status: 400, body: []), isHead: isHead, context)
        }
        let path = String(head.uri.prefix { $0 != "?" })
        send(shared.responder(HTTPSRequest(isHead: isHead, host: host, path: path)), isHead: isHead, context)
    }

    private static func host(_ fields: [String]) -> DomainName? {
        guard fields.count == 1, let field = fields.first else { return nil }
        let parts = field.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let name = parts.first, let host = try? DomainName(mailDomain: String(name))
        else { return nil }
        return host
    }

    private func send(_ answer: HTTPSAnswer, isHead: Bool, _ context: ChannelHandlerContext) {
        isOver = true
        observe(.answered(status: answer.status))
        var headers: HTTPHeaders = [
            "Content-Type": answer.mediaType, "Content-Length": "\(answer.body.count)", "Connection": "close",
        ]
        if answer.status == 405 { headers.add(name: "Allow", value: "GET, HEAD") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead, !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        // TLS says good-bye, so that the client knows that it has all.
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Closes at once, past the TLS handler, which would wait for the client to say good-bye.
    private func end(_ channel: any Channel) {
        isOver = true
        timer?.cancel()
        timer = nil
        if let context = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) {
            context.close(promise: nil)
        } else {
            channel.close(promise: nil)
        }
    }

    private func observe(_ event: HTTPSServerEvent) { shared.observer?.observe(event, on: address) }
}
