internal import MailBytes

extension SMTPServerSession {
    /// Takes a command line.
    mutating func handle(_ line: ArraySlice<UInt8>) {
        let command: SMTPCommand
        do throws(SMTPSyntaxError) {
            command = try SMTPCommand(line: line, offered: offered)
        } catch {
            // What stands behind such a command is not known, and must not be taken for commands.
            if line.prefix(4).equalsIgnoringASCIICase(Array("BDAT".utf8)[...]), offered.contains(.chunking) {
                close(.chunk)
            } else {
                refuse(phase == .refused ? .refusedConnection : error.reply)
            }
            return
        }
        if case .recipient = command {} else { idleCommands += 1 }
        guard idleCommands <= configuration.limits.idleCommands else { return close(.idleCommands) }
        guard isInTurn(command) else { return close(command == .startTLS ? .inputBeforeTLS : .earlyInput) }
        if phase == .refused, command != .quit { return refuse(.refusedConnection) }
        if phase == .chunks, !Self.isAllowedBetweenChunks(command) { return refuse(.badSequence) }
        switch command {
        case .hello(let hello): handleHello(hello)
        case .mail(let sender): handleMail(sender)
        case .recipient(let recipient): handleRecipient(recipient)
        case .data: handleData()
        case .bdat(let octets, let isLast): handleChunk(octets, isLast)
        case .reset:
            giveUp()
            forwarded = SMTPClientAttributes()
            if hello != nil { phase = .idle }
            say(.ok)
        case .noop: say(.ok)
        case .help: say(.help)
        case .verify: say(.cannotVerify)
        case .quit:
            say(.closing)
            close(.quit)
        case .startTLS: handleStartTLS()
        case .xclient(let attributes): handleXCLIENT(attributes)
        case .xforward(let attributes): handleXFORWARD(attributes)
        }
    }

    /// Whether nothing stands behind a command whose reply a client has to wait for.
    private func isInTurn(_ command: SMTPCommand) -> Bool {
        if queue.isEmpty { return true }
        // RFC 3207 §4: what comes in clear text behind STARTTLS may be anybody's.
        if command == .startTLS { return false }
        return !configuration.refusesEarlyInput || !mustWait(behind: command)
    }

    /// RFC 2920 §3.1: which commands may stand within a group, and that there are groups only where PIPELINING was
    /// offered and seen.
    private func mustWait(behind command: SMTPCommand) -> Bool {
        switch command {
        case .quit: false
        case .hello, .data, .verify, .xclient, .startTLS: true
        case .mail, .recipient, .bdat, .reset, .noop, .help, .xforward: !offered.contains(.pipelining)
        }
    }

    /// What the answer that is given now belongs to, and whether the client had to wait for it.
    ///
    /// A client may speak while the answer is thought about: it did not wait either.
    func hasSpokenEarly(_ owed: Owed) -> Bool {
        guard configuration.refusesEarlyInput, !queue.isEmpty else { return false }
        switch owed {
        case .greeting, .hello, .data: return true
        case .mail, .recipient: return !offered.contains(.pipelining)
        // A chunk's octets come unasked. What became of a message is said in any case: it may have been delivered.
        case .chunk, .end: return false
        }
    }

    private static func isAllowedBetweenChunks(_ command: SMTPCommand) -> Bool {
        switch command {
        case .bdat, .reset, .noop, .quit, .help, .hello: true
        default: false
        }
    }

    private mutating func handleHello(_ hello: SMTPHello) {
        // RFC 2033 §4.1: LHLO is LMTP's, and nothing else is.
        guard (hello.verb == .lhlo) == (configuration.mode == .lmtp) else { return refuse(.unknownCommand) }
        // RFC 5321 §4.1.4: EHLO in the middle of a message gives it up.
        giveUp()
        phase = self.hello == nil ? .ungreeted : .idle
        events.append(.hello(hello))
        owed = .hello(hello)
    }

    private mutating func handleMail(_ sender: SMTPSender) {
        guard hello != nil else { return refuse(.helloFirst) }
        guard !configuration.requiresTLS || isTLS else { return refuse(.tlsFirst) }
        guard phase == .idle else { return refuse(.mailTwice) }
        guard messages < configuration.limits.messages else { return close(.messages) }
        if let size = sender.parameters.size, let max = configuration.limits.messageOctets, size > max {
            return say(SMTPContentDefect.tooLarge.reply)
        }
        events.append(.mail(sender))
        owed = .mail(sender)
    }

    private mutating func handleRecipient(_ recipient: SMTPRecipient) {
        guard let sender else { return refuse(hello == nil ? .helloFirst : .mailFirst) }
        recipientCommands += 1
        guard recipientCommands <= configuration.limits.recipientCommands else { return close(.recipients) }
        guard recipients.count < configuration.limits.recipients else { return say(.tooManyRecipients) }
        // RFC 6531 §3.5: MAIL said whether there are such letters.
        guard sender.parameters.smtpUTF8 || !recipient.path.isInternationalised else { return refuse(.needsSMTPUTF8) }
        events.append(.recipient(recipient))
        owed = .recipient(recipient)
    }

    private mutating func handleStartTLS() {
        guard !isTLS else { return refuse(.tlsThere) }
        guard !isInMessage else { return refuse(.badSequence) }
        say(.readyForTLS)
        phase = .tls
        events.append(.startTLS)
    }

    private mutating func handleXCLIENT(_ attributes: SMTPClientAttributes) {
        guard !isInMessage else { return refuse(.badSequence) }
        forget()
        phase = .greeting
        events.append(.clientReplaced(attributes))
        owed = .greeting
    }

    private mutating func handleXFORWARD(_ attributes: SMTPClientAttributes) {
        guard hello != nil else { return refuse(.helloFirst) }
        guard !isInMessage else { return refuse(.badSequence) }
        forwarded.merge(attributes)
        say(.ok)
    }
}
