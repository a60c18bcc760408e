internal import MilterProtocol
internal import NIOCore

/// Drives a ``MilterClientSession`` on the event loop of its connection.
final class MilterClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var session: MilterClientSession
    private let timeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var negotiation: EventLoopPromise<MilterNegotiation>?
    private var outcome: EventLoopPromise<MilterOutcome>?
    private var failure: MilterClientError?
    /// When the filter has been silent for too long.
    private var deadline = NIODeadline.distantFuture

    init(_ offer: MilterNegotiation, _ timeout: TimeAmount) {
        session = MilterClientSession(offer: offer)
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        fail(.closed)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        session.append(buffer.readableBytesSpan)
        do throws(MilterProtocolError) {
            while let event = try session.next() { take(event) }
        } catch {
            fail(.protocolError(error))
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if outcome != nil { write(session.octetsToSend()) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(MilterClientError(error))
        context.close(promise: nil)
    }

    private func take(_ event: MilterClientEvent) {
        switch event {
        case .progress: wait()
        case .negotiated(let negotiated):
            let promise = negotiation
            negotiation = nil
            promise?.succeed(negotiated)
        case .finished(let finished):
            let promise = outcome
            outcome = nil
            promise?.succeed(finished)
        }
    }

    // MARK: For the client

    func negotiate(_ promise: EventLoopPromise<MilterNegotiation>) {
        guard let context else { return promise.fail(failure ?? .closed) }
        negotiation = promise
        write(session.negotiate())
        wait()
        tick(context)
    }

    func send(_ transaction: MilterTransaction, _ promise: EventLoopPromise<MilterOutcome>) {
        guard context != nil else { return promise.fail(failure ?? .closed) }
        guard outcome == nil else { return promise.fail(MilterClientError.busy) }
        outcome = promise
        session.begin(transaction)
        write(session.octetsToSend())
        wait()
    }

    func nextClient() { write(session.nextClient()) }

    func quit(_ promise: EventLoopPromise<Void>) {
        guard let context else { return promise.succeed() }
        let octets = context.channel.allocator.buffer(bytes: session.quit())
        context.writeAndFlush(wrapOutboundOut(octets), promise: promise)
    }

    // MARK: Writing and waiting

    private func write(_ octets: [UInt8]) {
        guard !octets.isEmpty, let context else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: octets)), promise: nil)
        wait()
    }

    private func wait() { deadline = .now() + timeout }

    /// Looks whether the deadline has come. It moves with each packet; a timer for each would have to be searched for
    /// among all others when it is taken back.
    private func tick(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard let context = self.context else { return }
            let isWaiting = self.negotiation != nil || self.outcome != nil
            if isWaiting, self.deadline <= .now() {
                self.fail(.timeout)
                context.close(promise: nil)
            } else {
                if !isWaiting { self.wait() }
                self.tick(context)
            }
        }
    }

    private func fail(_ error: MilterClientError) {
        if failure == nil { failure = error }
        let (negotiation, outcome) = (negotiation, outcome)
        self.negotiation = nil
        self.outcome = nil
        negotiation?.fail(error)
        outcome?.fail(error)
    }
}
