internal import MailBytes

extension MilterSession {
    /// Takes a packet: changes the state, and adds the events that come of it.
    mutating func handle(_ packet: ArraySlice<UInt8>) throws(MilterProtocolError) {
        guard let code = packet.first else { throw MilterProtocolError(.emptyPacket) }
        try checkOrder(code)
        switch code {
        // The three that come often are read in place.
        case MilterCode.body: handleBody(packet.dropFirst())
        case MilterCode.header: try handleField(packet.dropFirst())
        case MilterCode.endOfMessage: handleEnd(packet.dropFirst())
        default:
            switch try MilterCommand(packet: packet) {
            case .negotiate(let offer): try handleOffer(offer)
            case .macros(let command, let macros): try handleMacros(command, macros)
            case .connect(let connection): try handleConnection(connection)
            case .helo(let name): try handleHelo(name)
            case .mail(let path): try handleSender(path)
            case .recipient(let path): try handleRecipient(path)
            case .data: decide(.data, .data)
            case .endOfHeader: startMessage(isReported: true)
            case .unknown: if !steps.contains(.noReplyToUnknown) { events.append(.send(MilterReply.continue.wire)) }
            case .abort: giveUp()
            case .quit:
                giveUp()
                phase = .closed
                events.append(.quit)
            case .quitNewConnection:
                giveUp()
                resetConnection()
                events.append(.connectionReset)
            // Read above.
            case .header, .body, .endOfMessage: break
            }
        }
    }

    /// Whether the command can come now.
    ///
    /// Mail servers differ in what they do when a client says MAIL or HELO again: some give the message up first,
    /// others only begin anew. An envelope that has no header yet gives way to the next.
    private func checkOrder(_ code: UInt8) throws(MilterProtocolError) {
        let isAllowed: Bool
        switch code {
        case MilterCode.quit: return
        case MilterCode.negotiate: isAllowed = phase == .start
        case MilterCode.macros, MilterCode.abort, MilterCode.quitNewConnection:
            guard phase != .start else { throw MilterProtocolError(.outOfOrder(code)) }
            // These may cut in where a reply is due.
            return
        case MilterCode.connect: isAllowed = phase == .idle && !isConnected
        case MilterCode.helo, MilterCode.mail: isAllowed = hasConnection && (phase == .idle || phase == .envelope)
        case MilterCode.recipient, MilterCode.data: isAllowed = hasEnvelope
        case MilterCode.header, MilterCode.endOfHeader: isAllowed = hasEnvelope || phase == .header
        case MilterCode.body, MilterCode.endOfMessage:
            isAllowed = phase == .body || steps.contains(.noEndOfHeader) && (hasEnvelope || phase == .header)
        case MilterCode.unknown: isAllowed = phase != .start
        default: throw MilterProtocolError(.unknownCommand(code))
        }
        guard owed == nil else { throw MilterProtocolError(.beforeReply(code)) }
        guard isAllowed else { throw MilterProtocolError(.outOfOrder(code)) }
    }

    private var hasConnection: Bool { isConnected || steps.contains(.noConnect) && phase != .start }

    private var hasEnvelope: Bool {
        phase == .envelope || phase == .idle && hasConnection && steps.contains(.noMail)
    }

    private mutating func handleOffer(_ offer: MilterNegotiation) throws(MilterProtocolError) {
        guard offer.version >= MilterNegotiation.versionMin else {
            throw MilterProtocolError(.versionTooOld(offer.version))
        }
        let answer = preferences.answer(to: offer)
        negotiated = answer
        phase = .idle
        events.append(.send(MilterReply.negotiate(answer).wire))
    }

    private mutating func handleMacros(_ command: UInt8, _ new: [MilterMacro]) throws(MilterProtocolError) {
        macros.set(new, for: command)
        guard macros.count <= preferences.limits.macros, macros.octets <= preferences.limits.macroOctets else {
            throw MilterProtocolError(.limit(.macros))
        }
    }

    private mutating func handleConnection(_ connection: MilterConnection) throws(MilterProtocolError) {
        guard max(connection.hostName.count, connection.addressText.count) <= preferences.limits.nameOctets else {
            throw MilterProtocolError(.limit(.name))
        }
        isConnected = true
        message.connection = connection
        decide(.connect, .connected(connection))
    }

    private mutating func handleHelo(_ name: [UInt8]) throws(MilterProtocolError) {
        guard name.count <= preferences.limits.nameOctets else { throw MilterProtocolError(.limit(.name)) }
        // RFC 5321 §4.1.4: EHLO in the middle of a mail transaction ends it.
        if phase == .envelope { endMessage() }
        message.helo = name
        decide(.helo, .greeted(name))
    }

    private mutating func handleSender(_ path: MilterPath) throws(MilterProtocolError) {
        // What was said of the recipients of an envelope that came to nothing.
        macros.set([], for: MilterCode.recipient)
        beginMessage()
        try countEnvelope(path)
        message.sender = path
        decide(.mail, .sender(path))
    }

    private mutating func handleRecipient(_ path: MilterPath) throws(MilterProtocolError) {
        if phase == .idle { beginMessage() }
        guard message.recipients.count < preferences.limits.recipients else {
            throw MilterProtocolError(.limit(.recipients))
        }
        try countEnvelope(path)
        message.recipients.append(path)
        decide(.recipient, .recipient(path))
    }

    private mutating func countEnvelope(_ path: MilterPath) throws(MilterProtocolError) {
        let limits = preferences.limits
        guard path.address.count <= limits.addressOctets else { throw MilterProtocolError(.limit(.address)) }
        guard path.arguments.count <= limits.arguments,
            path.arguments.reduce(0, { $0 + $1.count }) <= limits.argumentOctets
        else { throw MilterProtocolError(.limit(.arguments)) }
        envelopeOctets += path.octets
        guard envelopeOctets <= limits.envelopeOctets else { throw MilterProtocolError(.limit(.envelope)) }
    }

    /// Has the driver decide about a command where it wants to; says `continue` where the mail server waits for it.
    private mutating func decide(_ stage: MilterStage, _ event: MilterEvent) {
        let hasReply = stage.withoutReply.map { !steps.contains($0) } ?? true
        if preferences.decides.contains(stage) {
            events.append(event)
            if hasReply { owed = .stage(stage) }
        } else if hasReply {
            events.append(.send(MilterReply.continue.wire))
        }
    }

    /// Forgets the client.
    private mutating func resetConnection() {
        let number = message.number
        message = MilterMessage()
        message.number = number
        macros = MilterMacros()
        isConnected = false
        phase = .idle
    }
}
