extension SMTPClientSession {
    /// Sends what may be sent now.
    mutating func pump() {
        while phase == .ready, let next = pending.first, isAllowed(next) {
            _ = pending.removeFirst()
            switch next {
            case .mail(let sender): send(.mail(sender), awaiting: .mail)
            case .recipient(let index, let recipient): send(.recipient(recipient), awaiting: .recipient(index))
            case .plain(let command): send(command, awaiting: command == .reset ? .reset : .plain)
            case .cleanup: send(.reset, awaiting: .cleanup)
            case .data: startData()
            }
        }
    }

    /// RFC 2920 §3.1: without PIPELINING each command waits for the reply to the last. With it, DATA is the last of a
    /// group, and nothing is said until it is answered.
    private func isAllowed(_ next: Pending) -> Bool {
        if awaited.isEmpty { return true }
        guard isPipelining, message?.isDataSent != true, next != .plain(.quit) else { return false }
        guard next == .data else { return true }
        // A chunk is sent unasked: there must be somebody whom it is for. So must there be where the caller says DATA.
        return !isChunking && message?.isWhole == true
    }

    private mutating func send(_ command: SMTPCommand, awaiting: Awaited) {
        command.append(to: &output)
        awaited.append(awaiting)
    }

    private mutating func startData() {
        guard let message else { return }
        if message.openRecipients == 0, message.accepted.isEmpty { return finish() }
        self.message?.isDataSent = true
        if isChunking {
            startBody()
        } else {
            send(.data, awaiting: .data)
        }
    }

    private mutating func startBody() {
        encoder = SMTPContentEncoder(isDotted: !isChunking)
        phase = .body
        events.append(.bodyWanted)
    }

    /// Greets the server.
    mutating func greet() {
        phase = .hello
        hello(configuration.mode == .lmtp ? .lhlo : .ehlo)
    }

    private mutating func hello(_ verb: SMTPHello.Verb) {
        send(.hello(SMTPHello(verb, Array(configuration.name.utf8))), awaiting: .hello(verb))
    }

    /// Takes a reply.
    mutating func handle(_ reply: SMTPReply) throws(SMTPClientProtocolError) {
        guard let command = awaited.removeFirst() else {
            // RFC 5321 §3.8: 421 comes at any time. While the text is sent, any refusal ends it.
            guard reply.code == 421 || phase == .body, reply.isTransient || reply.isPermanent else {
                throw .unexpectedReply(reply.code)
            }
            return closeDown(reply, at: .end)
        }
        switch command {
        case .greeting: handleGreeting(reply)
        case .hello(let verb): handleHello(verb, reply)
        case .startTLS: try handleStartTLS(reply)
        case .mail: answerSender(reply, at: .mail)
        case .recipient(let index): handleRecipient(index, reply)
        case .data: try handleData(reply)
        case .chunk: handleChunk(reply)
        case .end(let number): handleEnd(number, reply)
        case .reset:
            if message?.isDataSent == false { message = nil }
            needsCleanup = false
            events.append(.replied(reply))
        case .plain: events.append(.replied(reply))
        // Whatever the answer: MAIL shows whether the server takes it.
        case .cleanup: break
        }
        if reply.code == 421, phase != .closed { closeDown(reply, at: command.stage) }
    }

    /// The server goes away.
    private mutating func closeDown(_ reply: SMTPReply, at stage: SMTPDeliveryOutcome.Stage) {
        if var message {
            // What was sent to its end and not answered may have been taken; all else was not.
            message.resolveRest(message.isEndSent ? .lost(isUnknowable: true) : .refused(reply, at: stage))
            self.message = message
            finish()
        }
        phase = .closed
        awaited.removeAll()
        pending.removeAll()
        encoder = nil
        events.append(.closing(reply))
    }

    private mutating func handleGreeting(_ reply: SMTPReply) {
        greeting = reply
        guard reply.isPositive else {
            refuseAll(reply)
            return
        }
        greet()
    }

    private mutating func handleHello(_ verb: SMTPHello.Verb, _ reply: SMTPReply) {
        if reply.isPositive {
            capabilities = verb == .helo ? SMTPCapabilities() : SMTPCapabilities(reply)
            phase = .ready
            events.append(.ready(capabilities))
        } else if verb == .ehlo, reply.isPermanent {
            // RFC 5321 §3.2: a server that does not know EHLO may know HELO.
            hello(.helo)
        } else {
            refuseAll(reply)
        }
    }

    private mutating func refuseAll(_ reply: SMTPReply) {
        phase = .ready
        isRefused = true
        events.append(.refused(reply))
    }

    private mutating func handleStartTLS(_ reply: SMTPReply) throws(SMTPClientProtocolError) {
        guard reply.isPositive else {
            events.append(.startTLSRefused(reply))
            return
        }
        // RFC 3207 §4: what comes in clear text behind it may be anybody's.
        guard pendingInput == 0 else { throw .inputBeforeTLS }
        phase = .tls
        events.append(.startTLS)
    }

    /// The answer to MAIL, or ours in its place.
    mutating func answerSender(_ reply: SMTPReply, at stage: SMTPDeliveryOutcome.Stage) {
        events.append(.sender(reply))
        message?.senderReply = reply
        guard !reply.isPositive else { return }
        message?.resolveRest(.refused(reply, at: stage))
        dropPending()
        if message?.isWhole == false { message = nil } else { finishIfOver() }
    }

    /// A recipient is refused.
    mutating func refuse(_ index: Int, _ reply: SMTPReply, at stage: SMTPDeliveryOutcome.Stage) {
        guard let message, message.results.indices.contains(index) else { return }
        if message.results[index] == nil { self.message?.results[index] = .refused(reply, at: stage) }
        events.append(.recipient(index, reply))
    }

    private mutating func handleRecipient(_ index: Int, _ reply: SMTPReply) {
        guard let message, message.results.indices.contains(index) else { return }
        self.message?.openRecipients -= 1
        if reply.isPositive, message.results[index] == nil {
            self.message?.accepted.append(index)
            events.append(.recipient(index, reply))
        } else {
            refuse(index, reply, at: .recipient)
        }
        finishIfOver()
    }

    private mutating func handleData(_ reply: SMTPReply) throws(SMTPClientProtocolError) {
        guard let message else { return }
        guard reply.code == 354 else {
            self.message?.resolveRest(.refused(reply, at: .data))
            return finish()
        }
        guard message.accepted.isEmpty else { return startBody() }
        // RFC 2033 §4.2: an LMTP server that has no recipient does not say so.
        guard configuration.mode == .smtp else { throw .unexpectedReply(reply.code) }
        // RFC 2920 §3.1: a server may wait for the text although all recipients were refused. It gets none.
        output += [UInt8(ascii: "."), 0x0D, 0x0A]
        awaited.append(.end(0))
    }

    private mutating func handleChunk(_ reply: SMTPReply) {
        guard !reply.isPositive else { return }
        message?.resolveRest(.refused(reply, at: .end))
        if phase == .body {
            // What follows would be thrown away.
            closeDown(reply, at: .end)
        }
    }

    private mutating func handleEnd(_ number: Int, _ reply: SMTPReply) {
        guard let message else { return }
        let result: SMTPDeliveryOutcome.Result = reply.isPositive ? .delivered(reply) : .refused(reply, at: .end)
        guard configuration.mode == .lmtp, number < message.accepted.count else {
            self.message?.resolveRest(result)
            return finish()
        }
        // RFC 2033 §4.2: a reply for each, in the order of the recipients that were accepted.
        let index = message.accepted[number]
        if message.results[index] == nil { self.message?.results[index] = result }
        if number + 1 < message.accepted.count, reply.code != 421 {
            awaited.append(.end(number + 1))
        } else if number + 1 == message.accepted.count {
            finish()
        }
    }

    /// Commands of a message that comes to nothing are not sent.
    private mutating func dropPending() {
        while let next = pending.first {
            switch next {
            case .plain, .cleanup: return
            case .mail, .recipient, .data: break
            }
            _ = pending.removeFirst()
            if case .recipient = next { message?.openRecipients -= 1 }
        }
    }

    /// Ends a message that nobody is left for, once all replies are there.
    private mutating func finishIfOver() {
        guard let message, message.isWhole, !message.isDataSent, message.openRecipients == 0,
            message.accepted.isEmpty
        else { return }
        dropPending()
        finish()
    }

    private mutating func finish() {
        guard let message else { return }
        self.message = nil
        if !message.isEndSent, message.senderReply?.isPositive == true { needsCleanup = true }
        events.append(.finished(message.outcomeIfLost))
    }
}

extension SMTPClientSession.Awaited {
    /// Where in a message it belongs.
    fileprivate var stage: SMTPDeliveryOutcome.Stage {
        switch self {
        case .greeting, .hello, .startTLS, .plain, .reset, .cleanup: .local
        case .mail: .mail
        case .recipient: .recipient
        case .data: .data
        case .chunk, .end: .end
        }
    }
}
