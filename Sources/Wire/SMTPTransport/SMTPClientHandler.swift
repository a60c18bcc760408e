internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import SMTPProtocol

/// Drives a ``SMTPClientSession`` on the event loop of its connection.
final class SMTPClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var session: SMTPClientSession
    let options: SMTPClientOptions
    var context: ChannelHandlerContext?
    var facts: SMTPTLSFacts?
    var failure: SMTPClientError?
    var stage = SMTPClientStage.greeting

    var ready: EventLoopPromise<Void>?
    /// Whether the server was greeted, and TLS is as it is to be.
    private(set) var isReady = false
    /// The answer to MAIL, RSET, NOOP or QUIT.
    var reply: EventLoopPromise<SMTPReply>?
    var recipients: [Int: EventLoopPromise<SMTPReply>] = [:]
    /// Nil where the text may be sent.
    var start: EventLoopPromise<SMTPDeliveryOutcome?>?
    var room: EventLoopPromise<Bool>?
    var end: EventLoopPromise<SMTPDeliveryOutcome>?
    /// What became of the message, before somebody asked.
    var outcome: SMTPDeliveryOutcome?

    private var hello: ServerHelloReader?
    /// Why the server's certificate is refused.
    private var refusal: String?
    /// When the server has been silent for too long, or the next message has been too long in coming.
    private var deadline = NIODeadline.distantFuture
    /// Whether the next message is awaited, and not the server.
    private var isParked = false

    init(_ options: SMTPClientOptions) {
        self.options = options
        session = SMTPClientSession(configuration: options.configuration, isTLS: options.tlsUse == .implicit)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        fail(.closed(stage))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed(stage))
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        session.append(buffer.readableBytesSpan)
        pull()
    }

    /// Takes what came.
    func pull() {
        do throws(SMTPClientProtocolError) {
            while failure == nil, let event = try session.next() { take(event) }
        } catch {
            fail(.protocolError(error, stage))
        }
        flush()
        settle()
    }

    /// While nothing is awaited of the server, it can't be late.
    func settle() {
        if !session.isWaiting, room == nil, stage != .handshake, !isParked { deadline = .distantFuture }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if SMTPTLSError.isTLS(error), stage != .handshake {
            fail(.closed(stage))
        } else {
            fail(SMTPClientError(error, stage))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { giveRoom(true) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { secured() }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: The dialogue

    private func take(_ event: SMTPClientEvent) {
        switch event {
        case .ready: takeReady()
        case .refused(let reply):
            session.quit()
            flush()
            fail(.refused(reply, stage))
        case .startTLS: startTLS()
        case .startTLSRefused(let reply):
            if options.tlsUse == .ifOffered { succeed() } else { fail(.tlsRefused(reply)) }
        case .sender(let answer):
            if session.isWaiting { wait(.recipient, options.times.command) }
            takeReply(answer)
        case .replied(let answer): takeReply(answer)
        case .recipient(let index, let answer):
            // The next one has its own time.
            if stage == .recipient || stage == .mail { wait(.recipient, options.times.command) }
            recipients.removeValue(forKey: index)?.succeed(answer)
        case .bodyWanted:
            stage = .body
            let promise = start
            start = nil
            promise?.succeed(nil)
        case .finished(let outcome): takeOutcome(outcome)
        case .closing(let reply): fail(.refused(reply, stage))
        }
    }

    func takeReady() {
        switch options.tlsUse {
        case .never, .implicit: succeed()
        case .ifOffered, .required:
            if session.isTLS { return succeed() }
            if session.startTLS() {
                wait(.handshake, options.times.handshake)
            } else if options.tlsUse == .required {
                fail(.tlsNotOffered)
            } else {
                succeed()
            }
        }
    }

    private func succeed() {
        rest()
        isReady = true
        let promise = ready
        ready = nil
        promise?.succeed()
    }

    private func takeReply(_ answer: SMTPReply) {
        if !session.isInMessage { rest() }
        let promise = reply
        reply = nil
        promise?.succeed(answer)
    }

    private func takeOutcome(_ outcome: SMTPDeliveryOutcome) {
        rest()
        let (start, end) = (start, end)
        self.start = nil
        self.end = nil
        giveRoom(false)
        if let start {
            start.succeed(outcome)
        } else if let end {
            end.succeed(outcome)
        } else {
            self.outcome = outcome
        }
    }

    // MARK: TLS

    /// Puts TLS between the socket and us, in the turn in which the server's word was read: what follows is under TLS.
    func startTLS() {
        guard let context, let tls = options.tls else { return fail(.handshake(SMTPTLSError("no TLS"))) }
        wait(.handshake, options.times.handshake)
        let hello = ServerHelloReader(isServer: false)
        self.hello = hello
        do {
            try context.pipeline.syncOperations.addHandlers(
                [hello, try tlsHandler(tls)], position: .before(self))
        } catch {
            fail(SMTPClientError(error, .handshake))
        }
    }

    private func tlsHandler(_ tls: SMTPClientTLS) throws -> NIOSSLClientHandler {
        let loop = NIOLoopBound(self, eventLoop: try unwrap(context).eventLoop)
        let verification = options.verification
        func handler(_ name: String?) throws -> NIOSSLClientHandler {
            try NIOSSLClientHandler(context: tls.context, serverHostname: name) { certificates, promise in
                let chain = certificates.compactMap { try? $0.toDERBytes() }
                switch verification(chain, name) {
                case .accept:
                    loop.value.verified(chain, name)
                    promise.succeed(.certificateVerified)
                case .refuse(let clause):
                    loop.value.refusal = clause
                    promise.succeed(.failed)
                }
            }
        }
        guard let name = options.serverName else { return try handler(nil) }
        do {
            return try handler(name)
        } catch is NIOSSLExtraError {
            // An address, or a name that can't be asked for.
            return try handler(nil)
        }
    }

    private func unwrap(_ context: ChannelHandlerContext?) throws -> ChannelHandlerContext {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        return context
    }

    private func verified(_ chain: [[UInt8]], _ name: String?) {
        var facts = SMTPTLSFacts(version: nil, cipher: nil)
        facts.presentedChain = chain
        facts.serverName = name
        self.facts = facts
    }

    private func secured() {
        guard failure == nil, let context else { return }
        let ssl = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        var facts = self.facts ?? SMTPTLSFacts(version: nil, cipher: nil)
        facts.version = SMTPTLSVersion(ssl?.tlsVersion)
        facts.cipher = hello?.cipherName
        self.facts = facts
        hello = nil
        wait(.greeting, options.times.greeting)
        session.tlsEstablished()
        pull()
    }

    // MARK: Writing, waiting, failing

    func flush() {
        let octets = session.takeOutput()
        guard !octets.isEmpty, let context else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: octets)), promise: nil)
    }

    /// Waits for the server, for so long.
    func wait(_ stage: SMTPClientStage, _ time: Duration) {
        self.stage = stage
        isParked = false
        deadline = .now() + TimeAmount(time)
    }

    /// Waits for the next message, for so long.
    func park(_ time: Duration) -> Bool {
        session.dropMessage()
        guard failure == nil, session.isReady, reply == nil, start == nil, end == nil else { return false }
        wait(.idle, time)
        isParked = true
        return true
    }

    /// Waits for nothing.
    func rest() {
        stage = .idle
        deadline = .distantFuture
    }

    /// Looks every now and then whether the deadline has come: it moves with each reply, and a timer for each would
    /// have to be searched for among all others when it is taken back.
    func tick() {
        guard let context else { return }
        let shortest = min(options.times.greeting, options.times.handshake, options.times.command, options.times.block)
        let interval = min(.seconds(1), max(.milliseconds(1), TimeAmount(shortest / 4)))
        context.eventLoop.assumeIsolated().scheduleTask(in: interval) {
            guard self.context != nil, self.failure == nil else { return }
            if self.deadline <= .now() {
                if self.isParked {
                    self.session.quit()
                    self.flush()
                }
                return self.fail(.timeout(self.stage))
            }
            self.tick()
        }
    }

    func giveRoom(_ isWanted: Bool) {
        let promise = room
        room = nil
        promise?.succeed(isWanted)
    }

    /// The connection is of no use any more.
    func fail(_ error: SMTPClientError) {
        guard failure == nil else { return }
        let error = refusal.map { .certificate($0) } ?? error
        failure = error
        deadline = .distantFuture
        let lost = session.connectionLost()
        let (ready, reply, recipients, start, end) = (ready, reply, recipients, start, end)
        self.ready = nil
        self.reply = nil
        self.recipients = [:]
        self.start = nil
        self.end = nil
        ready?.fail(error)
        reply?.fail(error)
        for promise in recipients.values { promise.fail(error) }
        giveRoom(false)
        if let lost {
            if let start { start.succeed(lost) } else if let end { end.succeed(lost) } else { outcome = lost }
        } else {
            start?.fail(error)
            end?.fail(error)
        }
        context?.close(promise: nil)
    }
}
