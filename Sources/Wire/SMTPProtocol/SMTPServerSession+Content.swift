extension SMTPServerSession {
    mutating func handleData() {
        guard let sender, phase == .envelope else { return refuse(hello == nil ? .helloFirst : .mailFirst) }
        guard !recipients.isEmpty else { return refuse(.noRecipients) }
        events.append(.dataStarted(SMTPEnvelope(sender: sender, recipients: recipients)))
        owed = .data
    }

    /// RFC 3030 §2: the octets behind BDAT are read in any case, and thrown away where it is refused.
    mutating func handleChunk(_ octets: Int, _ isLast: Bool) {
        chunkOctets = octets
        chunkSize = octets
        isLastChunk = isLast
        if phase != .chunks {
            phase = .chunks
            guard let sender else {
                chunkRefusal = hello == nil ? .helloFirst : .mailFirst
                return startChunk()
            }
            guard !recipients.isEmpty else {
                chunkRefusal = .noRecipients
                return startChunk()
            }
            decoder = contentDecoder(isDotted: false)
            events.append(.dataStarted(SMTPEnvelope(sender: sender, recipients: recipients)))
            owed = .chunk
            return
        }
        startChunk()
    }

    /// The chunk's octets may be taken.
    mutating func startChunk() {
        if let max = configuration.limits.messageOctets, chunkRefusal == nil, let decoder, decoder.defect == nil,
            chunkOctets > max - decoder.octets
        {
            chunkRefusal = SMTPContentDefect.tooLarge.reply
            tellRefusal(.tooLarge)
        }
        if chunkRefusal != nil {
            // RFC 1870 §6.2: a client that is told that a message is too large does not send it again.
            guard chunkOctets <= configuration.limits.discardedOctets - discarded else {
                if let chunkRefusal { say(chunkRefusal) }
                return close(.discarded)
            }
        }
        if chunkOctets == 0 { endChunk() }
    }

    func contentDecoder(isDotted: Bool) -> SMTPContentDecoder {
        SMTPContentDecoder(
            policy: configuration.lineEnds, octetsMax: configuration.limits.messageOctets, isDotted: isDotted)
    }

    /// Takes text behind DATA.
    mutating func stepText() -> Bool {
        guard !queue.isEmpty, let (output, taken, isEnd) = decoder?.decode(queue.rest.prefix(Self.pieceOctets)) else {
            return false
        }
        queue.drop(taken)
        guard let defect = decoder?.defect else {
            if !output.isEmpty { events.append(.data(output)) }
            if isEnd { endMessage() }
            return true
        }
        tellRefusal(defect)
        guard discard(taken) else { return true }
        if isEnd { refuseMessage(defect.reply) }
        return true
    }

    /// Takes text of a chunk.
    mutating func stepChunk() -> Bool {
        let piece = queue.rest.prefix(min(chunkOctets, Self.pieceOctets))
        guard !piece.isEmpty else { return false }
        chunkOctets -= piece.count
        if chunkRefusal != nil {
            guard discard(piece.count) else { return true }
        } else if let (output, _, _) = decoder?.decode(piece) {
            if !output.isEmpty { events.append(.data(output)) }
            checkDefect()
        }
        queue.drop(piece.count)
        if chunkOctets == 0 { endChunk() }
        return true
    }

    private mutating func checkDefect() {
        guard let defect = decoder?.defect, chunkRefusal == nil else { return }
        chunkRefusal = defect.reply
        tellRefusal(defect)
    }

    private mutating func endChunk() {
        if isLastChunk {
            decoder?.end()
            checkDefect()
        }
        if let chunkRefusal {
            if isLastChunk || !isInMessage {
                refuseMessage(chunkRefusal)
            } else {
                // RFC 3030 §2: the message is lost; the client says RSET, or sends the rest for nothing.
                say(chunkRefusal)
            }
        } else if isLastChunk {
            endMessage()
        } else {
            say(SMTPReply(250, SMTPEnhancedCode(2, 0, 0), "\(chunkSize) octets received"))
        }
    }

    private mutating func endMessage() {
        events.append(.dataEnded)
        owed = .end
    }

    /// Tells the driver, once, that the message comes to nothing.
    private mutating func tellRefusal(_ defect: SMTPContentDefect) {
        guard !isRefusalTold else { return }
        isRefusalTold = true
        events.append(.messageRefused(defect))
    }

    /// The message is over, and refused.
    private mutating func refuseMessage(_ reply: SMTPReply) {
        // RFC 2033 §4.2: a reply for each recipient; a message that never had one gets one.
        let count = configuration.mode == .lmtp && isInMessage ? max(1, recipients.count) : 1
        for _ in 0..<count { say(reply) }
        finishMessage()
    }

    /// The message is done.
    mutating func finishMessage() {
        if isInMessage {
            messages += 1
            idleCommands = 0
        } else {
            errors += 1
        }
        forgetMessage()
        forwarded = SMTPClientAttributes()
        phase = hello == nil ? .ungreeted : .idle
        if errors >= configuration.limits.errors { close(.errors) }
    }

    /// Counts octets that were read for nothing; false if there were too many.
    private mutating func discard(_ count: Int) -> Bool {
        discarded += count
        guard discarded > configuration.limits.discardedOctets else { return true }
        close(.discarded)
        return false
    }
}
