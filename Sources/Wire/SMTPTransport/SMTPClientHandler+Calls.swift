internal import NIOCore
internal import SMTPProtocol

extension SMTPClientHandler {
    /// The connection is there: the server is to greet.
    func begin(_ promise: EventLoopPromise<Void>) {
        guard let context, failure == nil else { return promise.fail(failure ?? .closed(.greeting)) }
        ready = promise
        wait(.greeting, options.times.greeting)
        if options.tlsUse == .implicit { startTLS() }
        tick()
        // What was read before somebody asked counts as well.
        if session.isReady { takeReady() }
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: true)
        } catch {
            fail(SMTPClientError(error, .greeting))
        }
    }

    /// Sends a message as a whole.
    func send(_ envelope: SMTPEnvelope, _ promise: EventLoopPromise<SMTPDeliveryOutcome?>) {
        guard failure == nil, session.isReady, start == nil, end == nil else {
            return promise.fail(failure ?? .misuse)
        }
        outcome = nil
        start = promise
        wait(.mail, options.times.command)
        session.begin(envelope)
        pull()
    }

    func mail(_ sender: SMTPSender, _ promise: EventLoopPromise<SMTPReply>) {
        guard failure == nil, session.isReady, reply == nil else { return promise.fail(failure ?? .misuse) }
        outcome = nil
        reply = promise
        wait(.mail, options.times.command)
        session.mail(sender)
        pull()
    }

    func recipient(_ recipient: SMTPRecipient, _ promise: EventLoopPromise<SMTPReply>) {
        guard failure == nil, let index = session.recipient(recipient) else { return promise.fail(failure ?? .misuse) }
        recipients[index] = promise
        wait(.recipient, options.times.command)
        pull()
    }

    func startBody(_ promise: EventLoopPromise<SMTPDeliveryOutcome?>) {
        guard failure == nil, session.isInMessage, start == nil else { return promise.fail(failure ?? .misuse) }
        start = promise
        wait(.data, options.times.data)
        session.data()
        pull()
    }

    /// Sends a piece of the text; true when there is room for the next, false when nobody wants it any more.
    func write(_ octets: [UInt8], isMore: Bool, _ promise: EventLoopPromise<Bool>) {
        guard failure == nil, session.isInMessage, room == nil, let context else { return promise.succeed(false) }
        session.body(octets[...])
        wait(.body, options.times.block)
        guard !isMore else { return promise.succeed(true) }
        flush()
        // A write may find out at once that the connection is lost; then nobody would ever say that there is room.
        guard failure == nil else { return promise.succeed(false) }
        if !context.channel.isWritable { room = promise }
        settle()
        if room == nil { promise.succeed(true) }
    }

    /// The text is complete; what became of the message.
    func finish(_ promise: EventLoopPromise<SMTPDeliveryOutcome>) {
        if let outcome {
            self.outcome = nil
            return promise.succeed(outcome)
        }
        guard failure == nil, session.wantsBody, end == nil else { return promise.fail(failure ?? .misuse) }
        end = promise
        wait(.end, options.times.end)
        session.endBody()
        pull()
    }

    func plain(_ command: SMTPCommand, _ time: Duration, _ promise: EventLoopPromise<SMTPReply>) {
        guard failure == nil, reply == nil else { return promise.fail(failure ?? .misuse) }
        reply = promise
        wait(.idle, time)
        switch command {
        case .reset: session.reset()
        case .quit: session.quit()
        case .xforward(let attributes): session.xforward(attributes)
        default: session.noop()
        }
        pull()
    }

    /// Gives up, in the middle of whatever.
    func abandon() { fail(.cancelled) }
}
