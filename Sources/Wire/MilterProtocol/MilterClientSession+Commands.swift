internal import MailBytes

extension MilterClientSession {
    /// All that can be sent before the next reply; empty while one is awaited.
    public mutating func octetsToSend() -> [UInt8] {
        guard let negotiated, let transaction, awaited == nil else { return [] }
        var output: [UInt8] = []
        if step == .mail, needsAbort { output += takeAbort() }
        while awaited == nil, step != .done {
            let current = step
            step = following(current, transaction)
            guard let command = command(current, transaction, negotiated) else { continue }
            if let stage = current.stage { appendMacros(stage, transaction, negotiated, to: &output) }
            command.append(to: &output)
            if current == .connect { isConnected = true }
            if current == .mail { needsAbort = true }
            if !isWithoutReply(current, negotiated) { awaited = current }
        }
        return output
    }

    /// The step behind another one.
    private func following(_ step: Step, _ transaction: MilterTransaction) -> Step {
        switch step {
        case .connect: .helo
        case .helo: .mail
        case .mail: transaction.recipients.isEmpty ? .data : .recipient(0)
        case .recipient(let index): index + 1 < transaction.recipients.count ? .recipient(index + 1) : .data
        case .data: transaction.fields.isEmpty ? .endOfHeader : .header(0)
        case .header(let index): index + 1 < transaction.fields.count ? .header(index + 1) : .endOfHeader
        case .endOfHeader: transaction.body.isEmpty ? .endOfMessage : .body(0)
        case .body(let start):
            start + MilterChange.bodyPieceOctets < transaction.body.count
                ? .body(start + MilterChange.bodyPieceOctets) : .endOfMessage
        case .endOfMessage, .done: .done
        }
    }

    /// The command of a step; nil where the filter does not want it, or there is nothing to say.
    private func command(
        _ step: Step, _ transaction: MilterTransaction, _ negotiated: MilterNegotiation
    ) -> MilterCommand? {
        // What is not known to a protocol version is not sent in it.
        let steps = negotiated.steps.union(negotiated.version < 4 ? .noData : [])
        switch step {
        case .connect: return steps.contains(.noConnect) ? nil : .connect(transaction.connection)
        case .helo: return steps.contains(.noHelo) ? nil : transaction.helo.map { .helo($0) }
        case .mail: return steps.contains(.noMail) ? nil : .mail(transaction.sender)
        case .recipient(let index):
            return steps.contains(.noRecipient) ? nil : .recipient(transaction.recipients[index])
        case .data: return steps.contains(.noData) ? nil : .data
        case .header(let index):
            guard !steps.contains(.noHeader) else { return nil }
            let field = transaction.fields[index]
            // Postfix and Sendmail send LF, and leave out the first space.
            let hasSpace = !steps.contains(.leadingSpace) && field.value.first == .space
            return .header(name: field.name, value: field.value.dropFirst(hasSpace ? 1 : 0).withLineFeeds)
        case .endOfHeader: return steps.contains(.noEndOfHeader) ? nil : .endOfHeader
        case .body(let start):
            guard !steps.contains(.noBody) else { return nil }
            return .body(Array(transaction.body[start...].prefix(MilterChange.bodyPieceOctets)))
        case .endOfMessage: return .endOfMessage([])
        case .done: return nil
        }
    }

    private func isWithoutReply(_ step: Step, _ negotiated: MilterNegotiation) -> Bool {
        if let stage = step.stage { return stage.withoutReply.map(negotiated.steps.contains) ?? false }
        switch step {
        case .header: return negotiated.steps.contains(.noReplyToHeader)
        case .body: return negotiated.steps.contains(.noReplyToBody)
        default: return false
        }
    }

    private func appendMacros(
        _ stage: MilterStage, _ transaction: MilterTransaction, _ negotiated: MilterNegotiation,
        to output: inout [UInt8]
    ) {
        var macros = transaction.macros[stage] ?? []
        if let list = negotiated.macros.last(where: { $0.stage == stage }) {
            let known = MilterStage.allCases.flatMap { transaction.macros[$0] ?? [] }
            let names = list.names.map { MilterMacro.unbraced(Array($0.utf8)[...]) }
            macros = names.compactMap { name in known.last { $0.name[...] == name } }
        }
        if !macros.isEmpty { MilterCommand.macros(stage.command, macros).append(to: &output) }
    }
}

extension MilterClientSession.Step {
    /// The stage that this is; nil for the steps that macros can't be chosen for.
    var stage: MilterStage? {
        switch self {
        case .connect: .connect
        case .helo: .helo
        case .mail: .mail
        case .recipient: .recipient
        case .data: .data
        case .endOfHeader: .endOfHeader
        case .endOfMessage: .endOfMessage
        case .header, .body, .done: nil
        }
    }

    /// The letter of its command.
    var code: UInt8 {
        switch self {
        case .header: MilterCode.header
        case .body: MilterCode.body
        default: stage?.command ?? MilterCode.endOfMessage
        }
    }
}

extension ArraySlice<UInt8> {
    /// The octets with LF where they have CRLF.
    fileprivate var withLineFeeds: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(count)
        for byte in self {
            if byte == .lineFeed, output.last == .carriageReturn { output.removeLast() }
            output.append(byte)
        }
        return output
    }
}
