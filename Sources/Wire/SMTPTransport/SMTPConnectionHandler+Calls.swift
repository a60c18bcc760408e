internal import NIOCore
internal import NIOSSL
internal import SMTPProtocol
internal import Sockets

extension SMTPConnectionHandler {
    /// Which call an event is.
    func work(for event: SMTPServerEvent) -> SMTPJob<Handler>.Work {
        switch event {
        case .clientReplaced(let attributes):
            replaceClient(attributes)
            return .greet(facts)
        case .hello(let hello):
            facts.hello = hello
            return .hello(hello, facts)
        case .mail(let sender):
            facts.forwarded = session.forwarded
            return .mail(sender, facts)
        case .recipient(let recipient): return .recipient(recipient)
        case .dataStarted(let envelope): return .data(envelope)
        case .connected: return .greet(facts)
        // The others are no calls.
        case .reset, .data, .dataEnded, .messageRefused, .startTLS, .closed: return .reset
        }
    }

    /// Makes a call, in a task below the server's.
    func start(_ work: SMTPJob<Handler>.Work) {
        guard let conversation else { return }
        self.conversation = nil
        let job = SMTPJob<Handler>(work, conversation, NIOLoopBound(self, eventLoop: keeper.loop))
        self.job = job
        // A server that was cancelled makes no more calls.
        if !keeper.begin(job) { finished(job, conversation, nil) }
    }

    /// A call has returned; nil for an answer that nobody waits for.
    func finished(_ job: SMTPJob<Handler>, _ conversation: Handler.Conversation, _ replies: [SMTPReply]?) {
        guard self.job === job else { return }
        self.job = nil
        if case .close = job.work { return keeper.admission.leave() }
        self.conversation = conversation
        if isGone { return closeConversation() }
        guard let replies else { return close(.shutdown) }
        switch job.work {
        case .greet, .hello, .mail, .recipient: session.answer(replies)
        case .data:
            session.answer(replies)
            beginBody()
        case .receive: answerBody(replies)
        case .reset, .close: break
        }
        lastCommand = .now()
        drive()
    }

    private func beginBody() {
        guard session.isReceiving else { return }
        let connection = NIOLoopBound(self, eventLoop: keeper.loop)
        let body = SMTPBody {
            connection.eventLoop.execute { connection.value.bodyDrained() }
        }
        self.body = body
        isBodyFull = false
        earlyReplies = nil
        isEndAwaited = false
        textSince = .now()
        textOctets = 0
        readMore()
        start(.receive(body))
    }

    /// From now on a text comes: each piece costs a read and a turn of who takes it, so the first may be large already.
    private func readMore() {
        let receiving = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 32 * 1024, maximum: 32 * 1024)
        try? context?.channel.syncOptions?.setOption(.recvAllocator, value: receiving)
    }

    private func answerBody(_ replies: [SMTPReply]) {
        if isEndAwaited {
            isEndAwaited = false
            session.answer(replies)
        } else if let body {
            // The text is still coming; nobody wants the rest.
            body.abandon()
            isBodyFull = false
            earlyReplies = replies
        }
        // Else the message is gone, and the session answers.
    }

    private func bodyDrained() {
        isBodyFull = false
        textSince = .now()
        drive()
    }

    /// The last call.
    func closeConversation() {
        isGone = true
        guard job == nil else { return }
        if conversation == nil {
            keeper.admission.leave()
        } else {
            start(.close)
        }
    }
}
