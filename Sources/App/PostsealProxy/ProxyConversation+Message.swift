internal import MailFormat
internal import PostsealEngine
internal import SMTPProtocol
internal import SMTPTransport

extension ProxyConversation {
    /// Takes a message's text, and answers for it.
    mutating func take(
        _ body: SMTPBody, _ message: Message, _ envelope: SMTPEnvelope
    ) async -> SMTPProtocol.SMTPReply {
        var text = IncomingText(handler, message, envelope)
        var lastWord = ContinuousClock.now
        do throws(SMTPBodyError) {
            while let piece = try await body.next() {
                if let refusal = await text.add(piece) { return await refuse(&text, refusal) }
                guard ContinuousClock.now - lastWord >= handler.route.keepAlive else { continue }
                // The server behind would close a connection that is silent for too long.
                _ = try? await client?.noop()
                lastWord = .now
            }
        } catch {
            // The client is gone, or was told already.
            return await refuse(&text, .localError)
        }
        if let refusal = await text.end() { return await refuse(&text, refusal) }
        guard let verdict = await text.verdict() else { return await refuse(&text, .localError) }
        // A client that is gone will come again: nothing must have been delivered then.
        guard !Task.isCancelled else { return await refuse(&text, .localError) }
        if verdict.isConsumed {
            await giveUp()
            return SMTPProtocol.SMTPReply(250, SMTPEnhancedCode(2, 0, 0), "the report is stored")
        }
        switch verdict.decision.disposition {
        case .accept, .quarantine: return await passOn(&text, verdict, message, envelope)
        case .reject, .tempfail:
            await giveUp()
            return SMTPProtocol.SMTPReply(verdict.decision)
        }
    }

    private mutating func refuse(
        _ text: inout IncomingText<Guard>, _ reply: SMTPProtocol.SMTPReply
    ) async -> SMTPProtocol.SMTPReply {
        text.abandon()
        await giveUp()
        return reply
    }

    /// Gives the message to the server behind, whose answer is the client's.
    private mutating func passOn(
        _ text: inout IncomingText<Guard>, _ verdict: GuardVerdict, _ message: Message, _ envelope: SMTPEnvelope
    ) async -> SMTPProtocol.SMTPReply {
        guard let client, let header = text.header?.header else { return .localError }
        var changes = verdict.changes
        // RFC 8601 §4: the results stand above the Received field of this hop.
        let trace = ReceivedTrace(
            facts: message.facts, envelope: envelope, id: message.id, name: handler.route.name, time: text.receivedAt)
        changes.added.append(NewHeaderField("Received", trace.value))
        do throws(SMTPClientError) {
            if let outcome = try await client.startBody() { return answer(outcome, message, &text) }
            // Header, a small body and the end go out in one write.
            var isWanted = await client.write(changes.applied(to: header), isMore: true)
            do throws(MessageSpool.Failure) {
                var next = try await text.spool.next()
                while isWanted, let piece = next {
                    next = try await text.spool.next()
                    isWanted = await client.write(piece, isMore: next == nil)
                }
            } catch {
                handler.messageGuard.observe(.spoolFailed(error.number))
                // There is no other way to end a message that has begun.
                await drop()
                return .localError
            }
            return answer(try await client.finish(), message, &text)
        } catch {
            text.passedOn(.lost)
            handler.messageGuard.observe(.passedOn(id: message.id, .lost, answer: error.description))
            return await unreachable(error)
        }
    }

    /// The answer for the recipients that the server behind accepted: in SMTP they have one, and in LMTP there is one
    /// recipient.
    private mutating func answer(
        _ outcome: SMTPDeliveryOutcome, _ message: Message, _ text: inout IncomingText<Guard>
    ) -> SMTPProtocol.SMTPReply {
        guard let number = message.firstAccepted, outcome.recipients.indices.contains(number) else {
            return .localError
        }
        let result = outcome.recipients[number]
        let answer = result.answer.passedOn
        if !answer.isPositive { isBlemished = true }
        text.passedOn(ProxyOutcome(result))
        handler.messageGuard.observe(
            .passedOn(id: message.id, ProxyOutcome(result), answer: answer.description))
        return answer
    }
}

extension ProxyOutcome {
    init(_ result: SMTPDeliveryOutcome.Result) {
        switch result {
        case .delivered: self = .delivered
        case .refused(let reply, _): self = reply.isPermanent ? .refused : .deferred
        case .lost(let isUnknowable): self = isUnknowable ? .unknowable : .lost
        }
    }
}

extension SMTPProtocol.SMTPReply {
    /// The reply that carries out a decision to take a message not, or not now.
    init(_ decision: Decision) {
        guard let reply = decision.reply else {
            self =
                decision.disposition == .reject
                ? SMTPProtocol.SMTPReply(550, SMTPEnhancedCode(5, 7, 1), "message refused")
                : SMTPProtocol.SMTPReply(451, SMTPEnhancedCode(4, 7, 1), "try again later")
            return
        }
        self.init(reply.code, SMTPEnhancedCode(Array(reply.enhancedCode.utf8)), reply.text)
    }
}
