internal import MilterProtocol
internal import NIOCore
internal import Sockets

/// One connection of a mail server: what comes goes through the protocol's state machine to the filter and its judge,
/// and what they say goes back.
///
/// It reads on while a message is judged, for an ABORT may come. That is bounded: anything else breaks the protocol. It
/// stops reading while the mail server does not read what is written.
final class MilterConnectionHandler<Filter: MilterFilter>: ChannelDuplexHandler, ServedConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Shared = MilterShared<Filter>
    typealias Times = MilterTimes
    typealias Job = Judging<Filter>

    private let keeper: ConnectionKeeper<MilterConnectionHandler>
    private let address: ListenAddress
    private var session: MilterSession
    private var context: ChannelHandlerContext?
    private var reason: MilterCloseReason?

    /// The judge of a message whose body comes in.
    private var judge: Filter.Judge?
    private var judging: Judging<Filter>?
    private var judgementBegan = NIODeadline.uptimeNanoseconds(0)
    private var nextProgress = NIODeadline.uptimeNanoseconds(0)

    private var packets = 0
    private var lastPacket = NIODeadline.now()

    private var output: [UInt8] = []
    private var isUnread = false
    private var unreadSince = NIODeadline.uptimeNanoseconds(0)
    private var isReadHeld = false

    init(_ keeper: ConnectionKeeper<MilterConnectionHandler>, _ address: ListenAddress) {
        self.keeper = keeper
        self.address = address
        session = MilterSession(preferences: keeper.shared.preferences)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        keeper.add(self)
        observe(.opened)
        if keeper.isStopping { close(.shutdown) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        giveUp()
        keeper.remove(self)
        observe(.closed(reason ?? .lost))
        keeper.admission.leave()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reason == nil else { return }
        let buffer = unwrapInboundIn(data)
        session.append(buffer.readableBytesSpan)
        do throws(MilterProtocolError) {
            while reason == nil, let event = try session.next() { take(event) }
        } catch {
            close(.protocolError(error))
            return
        }
        if session.packets != packets {
            packets = session.packets
            lastPacket = .now()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        if keeper.isStopping { stopWhenIdle() }
    }

    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.broken((error as? IOError)?.errnoCode ?? 0))
    }

    func channelInactive(context: ChannelHandlerContext) { giveUp() }

    // MARK: The dialogue

    private func take(_ event: MilterEvent) {
        switch event {
        case .send(let octets):
            output += octets
            if session.packets == 1, let negotiated = session.negotiated {
                observe(.negotiated(negotiated))
                receiveMore()
            }
        case .connected, .greeted, .sender, .recipient, .data:
            // Whatever was asked for: the filter decides at the end.
            if let octets = session.answerStage() { output += octets }
        case .messageStarted(let message):
            judge = keeper.shared.filter.value.begin(message)
            if let octets = session.answerHeader() { output += octets }
        case .body(let piece):
            judge?.update(piece)
            if let octets = session.answerBody(skipping: judge.map { !$0.needsBody } ?? true) { output += octets }
        case .messageEnded: startJudging()
        case .aborted: giveUp()
        case .connectionReset: break
        case .quit: close(.quit)
        }
    }

    /// From now on messages come: most of them in one piece, which is read at once.
    private func receiveMore() {
        let receiving = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 16 * 1024, maximum: 32 * 1024)
        try? context?.channel.syncOptions?.setOption(.recvAllocator, value: receiving)
    }

    private func startJudging() {
        guard let judge, let context else { return }
        self.judge = nil
        let judging = Judging<Filter>(judge, session.macros, NIOLoopBound(self, eventLoop: context.eventLoop))
        self.judging = judging
        judgementBegan = .now()
        nextProgress = judgementBegan + keeper.times.progress
        keeper.begin(judging)
    }

    /// The message is gone.
    private func giveUp() {
        judge?.abandon()
        judge = nil
        judging?.giveUp()
        judging = nil
    }

    /// The judgement is there.
    func judged(_ judging: Judging<Filter>, _ judgement: MilterJudgement) {
        // It may have been given up since.
        guard self.judging === judging else { return }
        self.judging = nil
        answer(judgement)
    }

    /// The judgement was cancelled from above.
    func abandoned(_ judging: Judging<Filter>) {
        guard self.judging === judging else { return }
        self.judging = nil
        close(.shutdown)
    }

    private func answer(_ judgement: MilterJudgement) {
        do throws(MilterRefusedChanges) {
            let changes = judgement.verdict.lettingThrough(judgement.changes)
            output += try session.answer(judgement.verdict, changes: changes) ?? []
        } catch {
            observe(.changesRefused(error))
            // Without changes nothing is refused.
            output += (try? session.answer(judgement.fallback)) ?? []
        }
        lastPacket = .now()
        flush()
        if keeper.isStopping { stopWhenIdle() }
    }

    // MARK: Writing, closing, and the clock

    private func flush() {
        guard !output.isEmpty, reason == nil, let context else { return }
        let buffer = context.channel.allocator.buffer(bytes: output)
        output.removeAll(keepingCapacity: output.capacity <= 1024)
        if !isUnread {
            isUnread = true
            unreadSince = .now()
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Closes the connection if no message is on its way. What was written goes out before.
    func stopWhenIdle() {
        guard reason == nil, let context else { return }
        guard session.isBetweenMessages || session.negotiated == nil, session.pendingOctets == 0 else { return }
        reason = .shutdown
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func stopNow() { close(.shutdown) }

    func close(_ reason: MilterCloseReason) {
        if self.reason == nil { self.reason = reason }
        giveUp()
        context?.close(promise: nil)
    }

    /// Sees whether somebody takes too long.
    func check(_ now: NIODeadline) {
        let times = keeper.times
        if isUnread, let context {
            let unread = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
            if (unread ?? 0) == 0 {
                isUnread = false
            } else if now - unreadSince >= times.write {
                return close(.timeout(.write))
            }
        }
        if let judging {
            if now - judgementBegan >= times.judgement {
                let overdue = judging.overdue
                observe(.overdue)
                giveUp()
                answer(MilterJudgement(verdict: overdue))
            } else if now >= nextProgress, let octets = session.progress() {
                nextProgress = now + times.progress
                output += octets
                flush()
            }
            return
        }
        let isIdle = session.isBetweenMessages && session.pendingOctets == 0
        if now - lastPacket >= (isIdle ? times.idle : times.message) { close(.timeout(isIdle ? .idle : .message)) }
    }

    private func observe(_ event: MilterServerEvent) { keeper.shared.observer?.observe(event, on: address) }
}

extension MilterVerdict {
    /// The changes that go with this verdict: none with a refusal, for mail servers take them back then, or stumble.
    fileprivate func lettingThrough(_ changes: [MilterChange]) -> [MilterChange] {
        switch self {
        case .continue, .accept: changes
        case .reject, .tempfail, .discard, .reply: []
        }
    }
}
