internal import NIOCore
internal import SMTPProtocol
internal import Sockets
internal import Synchronization

/// A call of a conversation: asked for by its connection on the event loop, made in a task of its own.
///
/// A task of a group can't be cancelled alone, so each has a group around it, which waits for one of two things: that
/// the call returns, or that nobody waits for it any more. The conversation comes back in any case.
final class SMTPJob<Handler: SMTPMailHandler>: ServerJob {
    /// Which call.
    enum Work: Sendable {
        case greet(SMTPConnectionFacts)
        case hello(SMTPHello, SMTPConnectionFacts)
        case mail(SMTPSender, SMTPConnectionFacts)
        case recipient(SMTPRecipient)
        case data(SMTPEnvelope)
        case receive(SMTPBody)
        case reset, close

        /// Whether it is about who the client is, before any message.
        var isGreeting: Bool {
            switch self {
            case .greet, .hello: true
            case .mail, .recipient, .data, .receive, .reset, .close: false
            }
        }
    }

    private enum State {
        case waiting, running, cancelled
        /// The task's outer half waits here.
        case watched(CheckedContinuation<Void, Never>)
        case over
    }

    let work: Work
    private let conversation: Handler.Conversation
    private let state = Mutex(State.waiting)
    private let connection: NIOLoopBound<SMTPConnectionHandler<Handler>>
    private let loop: any EventLoop

    init(
        _ work: Work, _ conversation: Handler.Conversation, _ connection: NIOLoopBound<SMTPConnectionHandler<Handler>>
    ) {
        self.work = work
        self.conversation = conversation
        self.connection = connection
        loop = connection.eventLoop
    }

    /// Makes the call, and tells the connection.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.call() }
            await self.watch()
            group.cancelAll()
        }
    }

    /// Nobody waits for the answer any more.
    func cancel() {
        let watcher: CheckedContinuation<Void, Never>? = state.withLock { state in
            switch state {
            case .waiting, .running:
                state = .cancelled
                return nil
            case .watched(let continuation):
                state = .cancelled
                return continuation
            case .cancelled, .over: return nil
            }
        }
        watcher?.resume()
    }

    private func call() async {
        var conversation = conversation
        let replies: [SMTPReply]
        switch work {
        case .greet(let facts): replies = [await conversation.greet(facts)]
        case .hello(let hello, let facts): replies = [await conversation.hello(hello, facts)]
        case .mail(let sender, let facts): replies = [await conversation.mail(sender, facts)]
        case .recipient(let recipient): replies = [await conversation.recipient(recipient)]
        case .data(let envelope): replies = [await conversation.data(envelope)]
        case .receive(let body): replies = await conversation.receive(body)
        case .reset:
            await conversation.reset()
            replies = []
        case .close:
            await conversation.close()
            replies = []
        }
        // What a cancelled call says is no answer. Its end cancels the group, so that this comes first.
        let isCancelled = Task.isCancelled
        end()
        let result = conversation
        if loop.inEventLoop {
            connection.value.finished(self, result, isCancelled ? nil : replies)
        } else {
            loop.execute { [connection] in connection.value.finished(self, result, isCancelled ? nil : replies) }
        }
    }

    /// Waits until it is over, or cancelled.
    private func watch() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                switch state {
                case .waiting, .running:
                    state = .watched(continuation)
                    return false
                case .cancelled, .watched, .over: return true
                }
            }
            if isOver { continuation.resume() }
        }
    }

    private func end() {
        let watcher: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .over }
            if case .watched(let continuation) = state { return continuation }
            return nil
        }
        watcher?.resume()
    }
}
