import MilterProtocol

/// A mail server and a filter of the suite, on one connection.
struct MilterSuiteDialogue {
    private let filter: MilterSuiteFilter
    private var session: MilterSession
    private var client = MilterClientSession()
    private var known = MilterSuiteFilter.Known()

    init(_ filter: MilterSuiteFilter) throws {
        self.filter = filter
        session = MilterSession(preferences: MilterPreferences(actions: .all, decides: filter.decides))
        _ = try exchange(client.negotiate())
    }

    /// Runs one transaction; what is otherwise than it should be.
    mutating func problems(_ test: MilterSuiteCase) throws -> [String] {
        for recipients in test.resets {
            begin(test.transaction(recipients: recipients))
            // A client that gives up behind its recipients.
            while known.recipients.count + refused < recipients.count {
                _ = try exchange(client.octetsToSend())
            }
            _ = try exchange(client.abort())
        }
        let transaction = test.transaction(recipients: test.recipients)
        begin(transaction)
        var outcome: MilterOutcome?
        while outcome == nil {
            let octets = client.octetsToSend()
            guard !octets.isEmpty else { return ["the dialogue stands still"] }
            for case .finished(let finished) in try exchange(octets) { outcome = finished }
        }
        return outcome.map { problems(test, transaction, $0) } ?? []
    }

    /// Recipients of this message that the filter refused.
    private var refused = 0

    private mutating func begin(_ transaction: MilterTransaction) {
        known = MilterSuiteFilter.Known()
        refused = 0
        client.begin(transaction)
    }

    private func problems(
        _ test: MilterSuiteCase, _ transaction: MilterTransaction, _ outcome: MilterOutcome
    ) -> [String] {
        var problems: [String] = []
        let words = test.decision.split(separator: "@").map(String.init)
        let step = words.count > 1 ? words[1] : "*"
        let command = ["HELO": "H", "FROM": "M", "TO": "R", "DATA": "T", "EOM": "E"][step]
        if let command, Array(command.utf8) != [outcome.command] { problems.append("decided at \(outcome.command)") }
        var kept = transaction
        for refused in outcome.refusedRecipients.reversed() { kept.recipients.remove(at: refused.index) }
        var applier = MilterChangeApplier(kept, ownFields: [MilterField("Received", "placeholder")])
        applier.apply(outcome.changes)
        let isRight: Bool =
            switch words.first {
            case "ACCEPT": outcome.reply == .accept && applier.quarantineReason == nil
            case "REJECT": outcome.reply == .reject
            case "TEMPFAIL": outcome.reply == .tempfail
            case "CUSTOM": outcome.reply == .replyCode(Array(test.reply.utf8))
            default: outcome.reply == .discard || outcome.reply == .accept && applier.quarantineReason != nil
            }
        guard isRight else { return problems + ["\(outcome.reply), not \(test.decision)"] }
        guard words.first == "ACCEPT" else { return problems }

        func text(_ octets: some Sequence<UInt8>) -> String { String(decoding: Array(octets), as: UTF8.self) }
        if let sender = test.sentSender, sender.address != text(applier.sender.address) { problems.append("sender") }
        let recipients = applier.recipients.map { text($0.address) }
        if !test.sentRecipients.isEmpty, test.sentRecipients.map(\.address) != recipients {
            problems.append("recipients \(recipients)")
        }
        let header = text(applier.fields.flatMap(\.octets))
        if let sent = test.sentHeader, sent != header { problems.append("header \(header)") }
        if let sent = test.sentBody, sent != text(applier.body) { problems.append("body") }
        return problems
    }

    // MARK: The wire

    private mutating func exchange(_ octets: [UInt8]) throws -> [MilterClientEvent] {
        session.append(octets)
        while let event = try session.next() { try take(event).map { client.append($0) } }
        var events: [MilterClientEvent] = []
        while let event = try client.next() { events.append(event) }
        return events
    }

    private mutating func take(_ event: MilterEvent) throws -> [UInt8]? {
        func text(_ path: MilterPath) -> String { String(decoding: path.address, as: UTF8.self) }
        known.macros = session.macros
        switch event {
        case .send(let octets): return octets
        case .sender(let path): known = MilterSuiteFilter.Known(sender: text(path), macros: session.macros)
        case .recipient(let path): known.recipients.append(text(path))
        case .connected, .greeted, .data: break
        case .messageStarted(let message):
            known = MilterSuiteFilter.Known(
                sender: text(message.sender), recipients: message.recipients.map(text), macros: message.macros)
            return session.answerHeader()
        case .body(let piece):
            known.body += piece
            return session.answerBody()
        case .messageEnded:
            let (verdict, changes) = filter.end(known)
            return try session.answer(verdict, changes: changes)
        case .aborted, .connectionReset, .quit:
            known = MilterSuiteFilter.Known()
            return nil
        }
        let verdict = filter.decide(event, known)
        if case .recipient = event, verdict != .continue {
            known.recipients.removeLast()
            refused += 1
        }
        return session.answerStage(verdict)
    }
}
