internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import PostsealObservability

/// Stands behind the decoder of a connection and keeps what HTTP and the settings ask of it: one message ends where the
/// next begins, nothing takes for ever, every refusal says why, and the last answer arrives before the connection ends.
///
/// Lives on the event loop of its connection. ``ConnectionState`` decides; this carries out.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connections: ConnectionRegistry
    private let settings: HTTPServiceSettings
    private let admission: ConnectionRegistry.Admission
    /// Requests whose fields came in and whose answer is not written.
    private var unanswered = 0
    /// The fields of a request are there, its end is not.
    private var isReading = false
    /// The answer that is written next, or is being written, is the last.
    private var isLast = false
    /// What still comes in is thrown away.
    private var discards = false
    /// The last answer is on its way.
    private var isClosing = false
    /// The client may be sending what nobody reads.
    private var hasUnread = false
    private var inputIsClosed = false
    /// Answered when all requests before it are.
    private var refusal: HTTPRefusal?
    /// What that was asked for.
    private var refusedPath: String?
    /// When what is waited for has to be there.
    private var deadline: NIODeadline?
    /// When what is written has to be on its way.
    private var writeDeadline: NIODeadline?
    private var timer: Scheduled<Void>?
    private var timerDeadline: NIODeadline?

    private init(connections: ConnectionRegistry, admission: ConnectionRegistry.Admission) {
        self.connections = connections
        self.admission = admission
        settings = connections.settings
    }

    /// Puts a guard into a connection that has been set up for HTTP. On its event loop.
    static func insert(into channel: any Channel, connections: ConnectionRegistry) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let admission = connections.add(channel)
        channel.closeFuture.whenComplete { _ in connections.remove(channel) }
        try pipeline.addHandler(
            ConnectionGuard(connections: connections, admission: admission), position: .after(decoder))
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        switch admission {
        case .serve: wait(settings.idleTimeout, context)
        case .refuse: refuse(HTTPRefusal.tooManyConnections(settings.retryAfterSeconds), context)
        case .drop: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        deadline = nil
        writeDeadline = nil
        // Half a request must never look like a whole one.
        if isReading, !discards { context.fireErrorCaught(HTTPRefusal.broken) }
        discards = true
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            if unanswered == 0, !isClosing {
                context.close(promise: nil)
            } else {
                isLast = true
                if !isReading { discards = true }
            }
            // Not handed on: the connection is closed from here.
            return
        case ChannelEvent.inputClosed:
            inputIsClosed = true
            if unanswered == 0, isClosing || refusal == nil { context.close(promise: nil) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable {
            waitForWriting(context)
        } else if !isClosing {
            writeDeadline = nil
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !discards else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let refusal = RequestRules.refusal(head, settings: settings) {
                refusedPath = String(HTTPTarget(head.uri).path)
                refuse(refusal, context)
                return
            }
            unanswered += 1
            isReading = true
            // An upgrade ends the decoder's work, whether anybody takes the offer or not.
            if !head.isKeepAlive || head.headers.contains(name: "Upgrade") { isLast = true }
            wait(settings.requestTimeout, context)
            context.fireChannelRead(data)
            if unanswered == 1, RequestRules.wantsContinue(head, settings: settings) {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
            }
        case .body: context.fireChannelRead(data)
        case .end:
            isReading = false
            deadline = nil
            context.fireChannelRead(data)
            if isLast { discards = true }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            context.fireErrorCaught(error)
            context.close(promise: nil)
            return
        }
        guard !discards else { return }
        let refusal = RequestRules.refusal(error as? HTTPParserError)
        if isReading {
            // Whoever reads the body answers.
            discards = true
            context.fireErrorCaught(refusal)
        } else {
            refuse(refusal, context)
        }
    }

    /// Answers in place of those who answer requests, once all requests before are answered.
    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        discards = true
        hasUnread = true
        self.refusal = refusal
        if unanswered == 0 { answerRefusal(context) }
    }

    private func answerRefusal(_ context: ChannelHandlerContext) {
        guard let refusal, !isClosing else { return }
        self.refusal = nil
        isClosing = true
        connections.metrics.httpRequests.add(.other, HTTPStatusLabel(status: refusal.status))
        let reply = refusal.reply(connections.refused, path: refusedPath)
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status))
        for field in reply.fields { head.headers.add(name: field.name.rawName, value: field.value) }
        head.headers.add(name: "Content-Length", value: String(reply.body.count))
        head.headers.add(name: "Connection", value: "close")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        writeLast(wrapOutboundOut(.end(nil)), context, promise: nil)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            // What is not read whole cannot be followed by another request: RFC 9112 §9.3. A client that sends too much
            // is told the same whether all of it has come or not.
            if unanswered == 1, refusal == nil, isLast || isReading || head.status == .payloadTooLarge {
                isClosing = true
                hasUnread = hasUnread || isReading
                discards = true
                head.headers.replaceOrAdd(name: "Connection", value: "close")
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            } else {
                context.write(data, promise: promise)
            }
        case .body: context.write(data, promise: promise)
        case .end:
            unanswered = max(0, unanswered - 1)
            if isClosing {
                writeLast(data, context, promise: promise)
                return
            }
            context.write(data, promise: promise)
            guard unanswered == 0 else { return }
            if refusal != nil {
                context.flush()
                answerRefusal(context)
            } else if inputIsClosed || isLast {
                writeNothingMore(context)
            } else {
                wait(settings.idleTimeout, context)
            }
        }
    }

    private func writeNothingMore(_ context: ChannelHandlerContext) {
        isClosing = true
        discards = true
        context.flush()
        end(context)
    }

    private func writeLast(_ data: NIOAny, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        deadline = nil
        waitForWriting(context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (guardian, context) = bound.value
            guardian.end(context)
        }
        context.writeAndFlush(data, promise: written)
    }

    /// The last answer is out. RFC 9112 §9.6: a client that is still sending must get to read it, so its octets are
    /// taken for a while before the connection is closed.
    private func end(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        if hasUnread, !inputIsClosed {
            writeDeadline = nil
            wait(settings.lingerTimeout, context)
            context.close(mode: .output, promise: nil)
        } else {
            context.close(promise: nil)
        }
    }

    // MARK: Time

    /// One timer for all: it looks at the deadlines when it goes off, and not whenever they change.
    private func wait(_ duration: Duration, _ context: ChannelHandlerContext) {
        let deadline = NIODeadline.now() + TimeAmount(duration)
        self.deadline = deadline
        runTimer(to: deadline, context)
    }

    private func waitForWriting(_ context: ChannelHandlerContext) {
        let deadline = NIODeadline.now() + TimeAmount(settings.writeTimeout)
        writeDeadline = deadline
        runTimer(to: deadline, context)
    }

    private func runTimer(to deadline: NIODeadline, _ context: ChannelHandlerContext) {
        if let timerDeadline, timerDeadline <= deadline { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerWentOff(context) }
    }

    private func timerWentOff(_ context: ChannelHandlerContext) {
        timer = nil
        timerDeadline = nil
        let now = NIODeadline.now()
        if let writeDeadline, writeDeadline <= now {
            context.close(promise: nil)
            return
        }
        if let deadline, deadline <= now {
            self.deadline = nil
            guard isReading, !discards else {
                context.close(promise: nil)
                return
            }
            // Whoever reads the body answers; if there is a request before it, not before long.
            discards = true
            context.fireErrorCaught(HTTPRefusal.tooSlow)
            wait(settings.writeTimeout, context)
        }
        if let next = [deadline, writeDeadline].compactMap({ $0 }).min() { runTimer(to: next, context) }
    }
}
