extension SMTPClientSession {
    /// A message on its way.
    struct Message: Sendable {
        /// Whether it was handed over as a whole, so that the next command follows of itself.
        let isWhole: Bool
        var sender: SMTPSender
        var senderReply: SMTPReply?
        /// What became of each recipient; nil while it is open.
        var results: [SMTPDeliveryOutcome.Result?] = []
        /// The numbers of those that were accepted, in their order.
        var accepted: [Int] = []
        /// RCPT commands without a reply.
        var openRecipients = 0
        /// DATA was sent.
        var isDataSent = false
        /// The end was sent.
        var isEndSent = false
        var isDSNDropped = false

        init(_ sender: SMTPSender, isWhole: Bool) {
            self.sender = sender
            self.isWhole = isWhole
        }

        /// Everything that is open gets this.
        mutating func resolveRest(_ result: SMTPDeliveryOutcome.Result) {
            for index in results.indices where results[index] == nil { results[index] = result }
        }

        /// What became of it, if nothing more comes.
        var outcomeIfLost: SMTPDeliveryOutcome {
            let lost = SMTPDeliveryOutcome.Result.lost(isUnknowable: isEndSent)
            var outcome = SMTPDeliveryOutcome(recipients: results.map { $0 ?? lost })
            outcome.isDSNDropped = isDSNDropped
            return outcome
        }
    }

    /// Sends a message as a whole: MAIL, RCPT for each recipient, and DATA.
    ///
    /// Of ``SMTPClientEvent/bodyWanted`` and ``SMTPClientEvent/finished(_:)`` the second comes in any case. A session
    /// that is not ready does nothing.
    public mutating func begin(_ envelope: SMTPEnvelope) {
        guard isReady else { return }
        var message = Message(envelope.sender, isWhole: true)
        message.results = envelope.recipients.map { _ in nil }
        self.message = message
        if let refusal = refusal(of: envelope.sender) {
            answerSender(refusal, at: .local)
            return
        }
        startMail(envelope.sender)
        for (index, recipient) in envelope.recipients.enumerated() {
            if let refusal = self.refusal(of: recipient) {
                refuse(index, refusal, at: .local)
            } else {
                self.message?.openRecipients += 1
                pending.append(.recipient(index, adapted(recipient)))
            }
        }
        pending.append(.data)
        pump()
    }

    /// Says MAIL; ``SMTPClientEvent/sender(_:)`` comes of it. A session that is not ready does nothing.
    public mutating func mail(_ sender: SMTPSender) {
        guard isReady else { return }
        message = Message(sender, isWhole: false)
        if let refusal = refusal(of: sender) {
            answerSender(refusal, at: .local)
        } else {
            startMail(sender)
            pump()
        }
    }

    private mutating func startMail(_ sender: SMTPSender) {
        if needsCleanup { pending.append(.cleanup) }
        needsCleanup = false
        let adapted = adapted(sender)
        message?.sender = adapted
        pending.append(.mail(adapted))
    }

    /// Says RCPT; ``SMTPClientEvent/recipient(_:_:)`` comes of it.
    ///
    /// - Returns: the recipient's number, from 0; nil if there is no message that it could belong to.
    public mutating func recipient(_ recipient: SMTPRecipient) -> Int? {
        guard phase == .ready, let message, !message.isWhole, !message.isDataSent else { return nil }
        let index = message.results.count
        self.message?.results.append(nil)
        if let refusal = refusal(of: recipient) {
            refuse(index, refusal, at: .local)
        } else {
            self.message?.openRecipients += 1
            pending.append(.recipient(index, adapted(recipient)))
            pump()
        }
        return index
    }

    /// Gives up a message whose text has not begun, without a word: RSET goes in front of the next MAIL.
    public mutating func dropMessage() {
        guard phase == .ready, let message, !message.isDataSent, awaited.isEmpty, pending.isEmpty else { return }
        if message.senderReply?.isPositive == true { needsCleanup = true }
        self.message = nil
    }

    /// Says that the text comes next: ``SMTPClientEvent/bodyWanted`` or ``SMTPClientEvent/finished(_:)`` follows.
    public mutating func data() {
        guard phase == .ready, let message, !message.isWhole, !message.isDataSent else { return }
        pending.append(.data)
        pump()
    }

    /// Sends a piece of the text, with whatever line ends; see ``SMTPContentEncoder`` for what goes over the wire.
    public mutating func body(_ octets: ArraySlice<UInt8>) {
        guard phase == .body, !octets.isEmpty else { return }
        guard isChunking else {
            encoder?.encode(octets, into: &output)
            return
        }
        var chunk: [UInt8] = []
        encoder?.encode(octets, into: &chunk)
        guard !chunk.isEmpty else { return }
        send(chunk, isLast: false)
        awaited.append(.chunk)
    }

    /// The text is over; ``SMTPClientEvent/finished(_:)`` comes of it.
    public mutating func endBody() {
        guard phase == .body else { return }
        if isChunking {
            var chunk: [UInt8] = []
            encoder?.end(into: &chunk)
            send(chunk, isLast: true)
        } else {
            encoder?.end(into: &output)
        }
        encoder = nil
        phase = .ready
        message?.isEndSent = true
        awaited.append(.end(0))
    }

    private mutating func send(_ chunk: [UInt8], isLast: Bool) {
        SMTPCommand.bdat(octets: chunk.count, isLast: isLast).append(to: &output)
        output += chunk
    }
}

extension SMTPClientSession {
    /// Why a message can't go to this server; nil if it can.
    private func refusal(of sender: SMTPSender) -> SMTPReply? {
        let offered = capabilities.extensions
        let parameters = sender.parameters
        if let size = parameters.size, let max = capabilities.sizeMax, size > max {
            return SMTPReply(552, SMTPEnhancedCode(5, 3, 4), "message larger than the next server takes")
        }
        if parameters.smtpUTF8 || sender.path.isInternationalised, !offered.contains(.smtpUTF8) {
            return SMTPReply(550, SMTPEnhancedCode(5, 6, 7), "next server does not offer SMTPUTF8")
        }
        // RFC 8689 §5: a bounce is better sent without than not at all; ``adapted(_:)`` leaves the word out.
        if parameters.requireTLS, sender.path != .null {
            // RFC 8689 §4.2.1, §5: both have a code.
            guard isTLS else { return SMTPReply(550, SMTPEnhancedCode(5, 7, 10), "next server is not under TLS") }
            guard offered.contains(.requireTLS) else {
                return SMTPReply(550, SMTPEnhancedCode(5, 7, 30), "next server does not offer REQUIRETLS")
            }
        }
        if parameters.body == .eightBitMIME, !offered.contains(.eightBitMIME), !configuration.sendsEightBitAnyway {
            return SMTPReply(554, SMTPEnhancedCode(5, 6, 3), "next server does not offer 8BITMIME")
        }
        return nil
    }

    private func refusal(of recipient: SMTPRecipient) -> SMTPReply? {
        guard recipient.path.isInternationalised, message?.sender.parameters.smtpUTF8 != true else { return nil }
        return SMTPReply(553, SMTPEnhancedCode(5, 6, 7), "address outside of ASCII without SMTPUTF8")
    }

    /// The sender with what the server offers, and no more.
    private mutating func adapted(_ sender: SMTPSender) -> SMTPSender {
        let offered = capabilities.extensions
        var sender = sender
        if !offered.contains(.size) { sender.parameters.size = nil }
        if !offered.contains(.eightBitMIME) { sender.parameters.body = nil }
        // RFC 6531 §3.4: an address outside of ASCII is said with the parameter.
        if sender.path.isInternationalised { sender.parameters.smtpUTF8 = true }
        if sender.parameters.requireTLS, !isTLS || !offered.contains(.requireTLS) {
            sender.parameters.requireTLS = false
        }
        // RFC 8689 §5: what comes back of such a message is its header at most.
        if sender.parameters.requireTLS, sender.parameters.returns == .full { sender.parameters.returns = .headers }
        if !offered.contains(.dsn), sender.parameters.returns != nil || sender.parameters.envelopeID != nil {
            message?.isDSNDropped = true
            sender.parameters.returns = nil
            sender.parameters.envelopeID = nil
        }
        return sender
    }

    private mutating func adapted(_ recipient: SMTPRecipient) -> SMTPRecipient {
        guard !capabilities.extensions.contains(.dsn), recipient.parameters != SMTPRecipientParameters() else {
            return recipient
        }
        message?.isDSNDropped = true
        return SMTPRecipient(recipient.path)
    }
}
