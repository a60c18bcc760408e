internal import MailBytes

extension MilterClientSession {
    /// Takes a reply; nil where there is nothing to tell the driver yet.
    mutating func handle(_ reply: MilterReply) throws(MilterProtocolError) -> MilterClientEvent? {
        if isNegotiating { return try handleNegotiation(reply) }
        guard let awaited, let transaction, let negotiated else {
            throw MilterProtocolError(.unexpectedReply(reply.code))
        }
        switch reply {
        case .progress:
            guard awaited == .endOfMessage else { throw MilterProtocolError(.unexpectedReply(reply.code)) }
            return .progress
        case .skip:
            guard case .body = awaited, negotiated.steps.contains(.skip) else {
                throw MilterProtocolError(.unexpectedReply(reply.code))
            }
            self.awaited = nil
            step = .endOfMessage
            return nil
        case .continue:
            return awaited == .endOfMessage ? finished(.accept, at: awaited) : proceed()
        case .accept, .discard, .shutdown, .connectionFailure: return finished(reply, at: awaited)
        case .reject, .tempfail, .replyCode:
            guard case .recipient(let index) = awaited else { return finished(reply, at: awaited) }
            refusedRecipients.append(.init(index: index, reply: reply))
            // RFC 5321 §3.3: without a recipient there is no DATA.
            return refusedRecipients.count == transaction.recipients.count ? finished(reply, at: awaited) : proceed()
        default:
            guard awaited == .endOfMessage, let change = MilterChange(reply, negotiated),
                change.isNegotiated(negotiated)
            else { throw MilterProtocolError(.unexpectedReply(reply.code)) }
            changes.append(change)
            return nil
        }
    }

    private mutating func handleNegotiation(_ reply: MilterReply) throws(MilterProtocolError) -> MilterClientEvent? {
        guard case .negotiate(let answer) = reply else { throw MilterProtocolError(.unexpectedReply(reply.code)) }
        guard answer.version >= MilterNegotiation.versionMin else {
            throw MilterProtocolError(.versionTooOld(answer.version))
        }
        guard answer.version <= offer.version, offer.actions.isSuperset(of: answer.actions),
            offer.steps.isSuperset(of: answer.steps)
        else { throw MilterProtocolError(.notOffered) }
        isNegotiating = false
        negotiated = answer
        return .negotiated(answer)
    }

    private mutating func proceed() -> MilterClientEvent? {
        awaited = nil
        return nil
    }

    private mutating func finished(_ reply: MilterReply, at step: Step) -> MilterClientEvent {
        if step == .endOfMessage { needsAbort = false }
        let outcome = MilterOutcome(
            command: step.code, reply: reply, refusedRecipients: refusedRecipients, changes: changes)
        finish()
        return .finished(outcome)
    }
}

extension MilterChange {
    /// What a reply asks for; nil if it asks for no change.
    init?(_ reply: MilterReply, _ negotiated: MilterNegotiation) {
        func value(_ octets: [UInt8]) -> [UInt8] {
            negotiated.steps.contains(.leadingSpace) ? octets : [.space] + octets
        }
        func path(_ address: [UInt8], _ parameters: [UInt8]?) -> MilterPath {
            let bare = Array(MilterPath.unbracketed(address[...]))
            let arguments = (parameters ?? []).split(separator: .space).map { Array($0) }
            return MilterPath(bare, arguments: arguments, hasBrackets: bare.count < address.count)
        }
        // Postfix and Sendmail take a number with a sign, and 0 for the first of a name.
        func number(_ index: UInt32) -> Int? { Int32(exactly: index).map { Int($0) } }
        switch reply {
        case .addHeader(let name, let octets): self = .addHeader(name: name, value: value(octets))
        case .insertHeader(let index, let name, let octets):
            guard let index = number(index) else { return nil }
            self = .insertHeader(index: index, name: name, value: value(octets))
        case .changeHeader(let index, let name, let octets):
            guard let index = number(index), !name.isEmpty else { return nil }
            self =
                octets.isEmpty
                ? .deleteHeader(name: name, occurrence: max(1, index))
                : .changeHeader(name: name, occurrence: max(1, index), value: value(octets))
        case .replaceBody(let octets): self = .replaceBody(octets)
        case .addRecipient(let address, let parameters): self = .addRecipient(path(address, parameters))
        case .deleteRecipient(let address): self = .deleteRecipient(path(address, nil))
        case .changeSender(let address, let parameters): self = .changeSender(path(address, parameters))
        case .quarantine(let reason): self = .quarantine(reason: reason)
        default: return nil
        }
    }
}
