internal import MailBytes

extension SMTPServerSession {
    /// Answers the event that waits for it. Nothing happens if none does: where the connection has ended, an answer is
    /// of no use.
    ///
    /// With 421 or 521 the connection is closed.
    public mutating func answer(_ reply: SMTPReply) { answer([reply]) }

    /// Answers ``SMTPServerEvent/dataEnded``: in LMTP with a reply for each recipient in the order of the envelope. Of
    /// another event, or in SMTP, the first counts. A reply that is missing is one that asks to try again.
    public mutating func answer(_ replies: [SMTPReply]) {
        guard let owed else { return }
        self.owed = nil
        guard !hasSpokenEarly(owed) else { return close(.earlyInput) }
        let reply = replies.first ?? .localError
        switch owed {
        case .greeting: answerGreeting(reply)
        case .hello(let hello): answerHello(hello, reply)
        case .mail(let sender):
            say(reply)
            if reply.isPositive {
                self.sender = sender
                phase = .envelope
            }
        case .recipient(let recipient):
            say(reply)
            if reply.isPositive { recipients.append(recipient) }
        case .data: answerData(reply)
        case .chunk:
            if !reply.isPositive, !reply.isIntermediate { chunkRefusal = reply }
            startChunk()
        case .end: answerEnd(replies)
        }
        if [421, 521].contains(reply.code) { close(.refused) }
    }

    private mutating func answerGreeting(_ reply: SMTPReply) {
        guard reply.isPositive else {
            // RFC 5321 §3.1: behind 554, the client may still say QUIT. RFC 2034 §4: no enhanced code here.
            output += reply.wire(enhanced: false)
            phase = .refused
            return
        }
        let isLMTP = configuration.mode == .lmtp
        output += SMTPReply(220, "\(configuration.name) \(isLMTP ? "LMTP" : "ESMTP") \(configuration.banner)").wire()
        phase = .ungreeted
    }

    private mutating func answerHello(_ hello: SMTPHello, _ reply: SMTPReply) {
        guard reply.isPositive else {
            say(reply)
            return
        }
        self.hello = hello
        phase = .idle
        guard hello.verb != .helo else {
            output += SMTPReply(250, configuration.name).wire()
            return
        }
        // RFC 5321 §4.1.1.1: a keyword a line behind the name.
        output += SMTPReply(250, lines: [configuration.name] + keywords).wire()
    }

    private var keywords: [String] {
        SMTPExtensions.keywords.filter { announced.contains($0.extension) }.map { keyword in
            switch keyword.extension {
            // RFC 1870 §4: zero for no limit.
            case .size: "SIZE \(configuration.limits.messageOctets ?? 0)"
            case .xclient: attributes(.xclient)
            case .xforward: attributes(.xforward)
            default: keyword.word
            }
        }
    }

    private func attributes(_ command: SMTPClientAttributes.Command) -> String {
        ([command.rawValue] + command.names.map(\.rawValue)).joined(separator: " ")
    }

    private mutating func answerData(_ reply: SMTPReply) {
        guard reply.isPositive || reply.isIntermediate else {
            say(reply)
            finishMessage()
            return
        }
        say(reply.isIntermediate ? reply : .goAhead)
        decoder = contentDecoder(isDotted: true)
        phase = .text
    }

    private mutating func answerEnd(_ replies: [SMTPReply]) {
        guard configuration.mode == .lmtp else {
            say(replies.first ?? .localError)
            finishMessage()
            return
        }
        // RFC 2033 §4.2: one for each RCPT that was accepted, in their order.
        for index in recipients.indices { say(index < replies.count ? replies[index] : .localError) }
        finishMessage()
    }
}
