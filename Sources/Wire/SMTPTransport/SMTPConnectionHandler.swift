internal import MailNames
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import SMTPProtocol
internal import Sockets

/// One connection of a client: what comes goes through the protocol's state machine to the conversation, and what that
/// says goes back.
///
/// It stops reading while enough is there that nobody has taken: commands that wait for an answer, text that the
/// conversation is slow with, answers that the client does not read.
final class SMTPConnectionHandler<Handler: SMTPMailHandler>: ChannelDuplexHandler, ServedConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Shared = SMTPServerShared<Handler>
    typealias Times = SMTPServerTimes
    typealias Job = SMTPJob<Handler>

    let keeper: ConnectionKeeper<SMTPConnectionHandler>
    var session: SMTPServerSession
    var facts: SMTPConnectionFacts
    var context: ChannelHandlerContext?
    var reason: SMTPCloseReason?

    /// Nil while a call is made, before the first, and after the last.
    var conversation: Handler.Conversation?
    var job: SMTPJob<Handler>?
    /// An event that waits for the call that is made.
    var held: SMTPServerEvent?
    var body: SMTPBody?
    var isBodyFull = false
    /// What the conversation answered before the text was complete.
    var earlyReplies: [SMTPReply]?
    var isEndAwaited = false
    var isGone = false

    /// The PROXY protocol's header as far as it is there; nil behind it.
    var proxyHeader: [UInt8]?
    var hello: ServerHelloReader?
    /// Whether the conversation is asked at the greeting and at HELO.
    var answersGreetings = true
    /// Since when a handshake or a header is awaited; nil if none is.
    var handshakeBegan: NIODeadline?
    /// The address that is counted.
    var counted: IPAddress?

    var output: [UInt8] = []
    var lastCommand = NIODeadline.now()
    var commands = 0
    var textOctets = 0
    var textSince = NIODeadline.now()
    private var closingSince = NIODeadline.now()
    private var isUnread = false
    private var unreadSince = NIODeadline.uptimeNanoseconds(0)
    private var isReadHeld = false
    private var isDriving = false

    /// Octets that may come at once when a connection ends.
    private static var pendingOctetsMax: Int { 1024 * 1024 }

    init(_ keeper: ConnectionKeeper<SMTPConnectionHandler>, _ facts: SMTPConnectionFacts) {
        self.keeper = keeper
        self.facts = facts
        let options = keeper.shared.options
        session = SMTPServerSession(
            configuration: keeper.shared.configuration(for: facts.clientAddress), isTLS: options.isImplicitTLS)
        proxyHeader = options.expectsProxyHeader ? [] : nil
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        keeper.add(self)
        if context.channel.isActive { open() }
    }

    func channelActive(context: ChannelHandlerContext) {
        open()
        context.fireChannelActive()
    }

    private func open() {
        observe(.opened)
        if keeper.isStopping { return close(.shutdown) }
        if proxyHeader != nil { handshakeBegan = .now() } else { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        leave(.lost)
        keeper.remove(self)
        if let counted { keeper.shared.clients.leave(counted) }
        observe(.closed(reason ?? .lost))
        closeConversation()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reason == nil else { return }
        let buffer = unwrapInboundIn(data)
        if proxyHeader != nil {
            readProxyHeader(buffer)
        } else {
            // A client that closed is read to its end, whatever it left.
            guard session.pendingOctets + buffer.readableBytes <= Self.pendingOctetsMax else { return close(.lost) }
            session.append(buffer.readableBytesSpan)
            textOctets += buffer.readableBytes
        }
        drive()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { drive() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if SMTPTLSError.isTLS(error) {
            // Who closes the connection without a word of TLS has closed it.
            close(facts.tls == nil || handshakeBegan != nil ? .tls(SMTPTLSError(error)) : .lost)
        } else {
            close(.broken((error as? IOError)?.errnoCode ?? 0))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { secured() }
        context.fireUserInboundEventTriggered(event)
    }

    private var mayRead: Bool {
        context?.channel.isWritable == true && (proxyHeader != nil || session.wantsInput && !isBodyFull)
    }

    // MARK: The dialogue

    /// Takes what came as far as can be, and writes what there is.
    func drive() {
        guard !isDriving else { return }
        isDriving = true
        while reason == nil, context?.channel.isWritable == true, let event = nextEvent() { take(event) }
        isDriving = false
        if session.commands != commands {
            commands = session.commands
            lastCommand = .now()
        }
        flush()
        if keeper.isStopping { stopWhenIdle() }
        if isReadHeld, mayRead {
            isReadHeld = false
            context?.read()
        }
    }

    private func nextEvent() -> SMTPServerEvent? {
        // While the text is taken, only the text goes on.
        guard job == nil || body != nil && !isBodyFull, handshakeBegan == nil else { return nil }
        if let held {
            guard job == nil else { return nil }
            self.held = nil
            return held
        }
        return isEndAwaited ? nil : session.next()
    }

    private func take(_ event: SMTPServerEvent) {
        switch event {
        case .connected, .clientReplaced, .hello, .mail, .recipient, .dataStarted, .reset:
            guard job == nil else {
                held = event
                return
            }
            let work = work(for: event)
            if !answersGreetings, work.isGreeting { session.answer([.ok]) } else { start(work) }
        case .data(let piece):
            if let body, !body.offer(piece) { isBodyFull = true }
        case .messageRefused(let defect):
            observe(.messageRefused(defect))
            body?.fail(.refused(defect))
            body = nil
            isBodyFull = false
        case .dataEnded: endBody()
        case .startTLS: startTLS()
        case .closed(let reason): close(.session(reason))
        }
    }

    private func endBody() {
        body?.finish()
        if let earlyReplies {
            self.earlyReplies = nil
            session.answer(earlyReplies)
        } else {
            isEndAwaited = true
        }
        body = nil
        isBodyFull = false
    }

    // MARK: Writing, closing, and the clock

    private func flush() {
        output += session.takeOutput()
        guard !output.isEmpty, let context else { return }
        let buffer = context.channel.allocator.buffer(bytes: output)
        output.removeAll(keepingCapacity: output.capacity <= 1024)
        if !isUnread {
            isUnread = true
            unreadSince = .now()
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Writes what the session has to say now: what follows is under TLS.
    func flushNow() { flush() }

    /// Closes the connection if no message is on its way.
    func stopWhenIdle() {
        guard reason == nil, job == nil, held == nil, session.isIdle else { return }
        session.end()
        close(.shutdown)
    }

    func stopNow() { close(.shutdown) }

    /// Closes the connection. What the session has to say goes out before.
    func close(_ reason: SMTPCloseReason) {
        guard self.reason == nil else { return }
        self.reason = reason
        flush()
        leave(reason)
        closingSince = .now()
        guard let context else { return }
        let channel = context.channel
        // What is written within a handshake waits for its end.
        guard handshakeBegan == nil || proxyHeader != nil else { return channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// What was begun comes to nothing.
    private func leave(_ reason: SMTPCloseReason) {
        body?.fail(.lost)
        body = nil
        held = nil
        job?.cancel()
    }

    /// Sees whether somebody takes too long.
    func check(_ now: NIODeadline) {
        guard let context else { return }
        let times = keeper.times
        guard reason == nil else {
            // Whoever does not read is not waited for.
            if now - closingSince >= times.write { context.close(promise: nil) }
            return
        }
        if isUnread {
            if ((try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0) == 0 {
                isUnread = false
            } else if now - unreadSince >= times.write {
                return close(.timeout(.write))
            }
        }
        if let handshakeBegan {
            if now - handshakeBegan >= times.handshake { close(.timeout(.handshake)) }
        } else if session.isInText || body != nil {
            guard now - textSince >= times.data else { return }
            let isSlow = textOctets < keeper.shared.options.dataOctetsMin && !isBodyFull && !isEndAwaited
            textSince = now
            textOctets = 0
            if isSlow { timeOut(.data) }
        } else if job != nil || held != nil {
            // It is our turn.
            lastCommand = now
        } else if now - lastCommand >= times.command {
            timeOut(.command)
        }
    }

    private func timeOut(_ wait: SMTPCloseReason.Wait) {
        session.end(SMTPReply(421, SMTPEnhancedCode(4, 4, 2), "too slow"))
        close(.timeout(wait))
    }

    func observe(_ note: SMTPServerNote) { keeper.shared.observer?.observe(note, facts) }
}
