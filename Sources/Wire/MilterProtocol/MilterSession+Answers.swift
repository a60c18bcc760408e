extension MilterSession {
    /// Answers ``MilterEvent/connected(_:)``, ``MilterEvent/greeted(_:)``, ``MilterEvent/sender(_:)``,
    /// ``MilterEvent/recipient(_:)`` or ``MilterEvent/data``. A refused recipient is left out of the message; anything
    /// else but `continue`, from MAIL on, ends it.
    ///
    /// - Returns: what to send; nil if no reply is due.
    public mutating func answerStage(_ verdict: MilterVerdict = .continue) -> [UInt8]? {
        guard case .stage(let stage) = owed else { return nil }
        owed = nil
        switch (stage, verdict) {
        case (_, .continue), (.connect, _), (.helo, _): break
        case (.recipient, .reject), (.recipient, .tempfail), (.recipient, .reply): _ = message.recipients.popLast()
        default: endMessage()
        }
        return verdict.reply.wire
    }

    /// Answers ``MilterEvent/messageStarted(_:)``. Anything but `continue` ends the message.
    ///
    /// - Returns: what to send; nil if no reply is due, as is agreed wherever the mail server offers it and the filter
    ///   does not decide about ``MilterStage/endOfHeader``.
    public mutating func answerHeader(_ verdict: MilterVerdict = .continue) -> [UInt8]? {
        guard owed == .header else { return nil }
        return answerPart(verdict)
    }

    /// Answers ``MilterEvent/body(_:)``. Anything but `continue` ends the message.
    ///
    /// - Parameter skipping: Asks for the rest of the body to be left out, where that was agreed upon.
    /// - Returns: what to send; nil if no reply is due.
    public mutating func answerBody(_ verdict: MilterVerdict = .continue, skipping: Bool = false) -> [UInt8]? {
        guard owed == .body else { return nil }
        guard skipping, verdict == .continue, steps.contains(.skip) else { return answerPart(verdict) }
        owed = nil
        return MilterReply.skip.wire
    }

    private mutating func answerPart(_ verdict: MilterVerdict) -> [UInt8] {
        owed = nil
        if verdict != .continue { endMessage() }
        return verdict.reply.wire
    }

    /// Tells the mail server that the verdict takes longer, so that it goes on waiting.
    ///
    /// - Returns: what to send; nil if the end of a message is not waiting for its answer.
    public func progress() -> [UInt8]? { owed == .end ? MilterReply.progress.wire : nil }

    /// Those of the changes that can't be asked for on this connection.
    public func refused(_ changes: [MilterChange]) -> [MilterRefusedChanges.Refused] {
        guard let negotiated else { return changes.map { .init(change: $0, reason: .notNegotiated) } }
        return changes.compactMap { change in
            guard change.isNegotiated(negotiated) else { return .init(change: change, reason: .notNegotiated) }
            return change.replies(negotiated).isEmpty ? .init(change: change, reason: .malformed) : nil
        }
    }

    /// Answers ``MilterEvent/messageEnded``: asks for the changes and gives the verdict.
    ///
    /// Changes are sent in an order in which each means what it would alone: see ``MilterChange``. Numbers of
    /// occurrences count in the message as it came; indices of insertions in what is left of it.
    ///
    /// - Returns: what to send; nil if no reply is due.
    /// - Throws: if some of the changes can't be asked for. Nothing is changed or sent then: the caller can leave them
    ///   out, or give another verdict.
    public mutating func answer(
        _ verdict: MilterVerdict, changes: [MilterChange] = []
    ) throws(MilterRefusedChanges) -> [UInt8]? {
        guard owed == .end, let negotiated else { return nil }
        let refused = refused(changes)
        guard refused.isEmpty else { throw MilterRefusedChanges(refused: refused) }
        var output: [UInt8] = []
        for (_, change) in changes.enumerated().sorted(by: Self.comesBefore) {
            for reply in change.replies(negotiated) { reply.append(to: &output) }
        }
        verdict.reply.append(to: &output)
        endMessage()
        return output
    }

    private static func comesBefore(
        _ one: (offset: Int, element: MilterChange), _ other: (offset: Int, element: MilterChange)
    ) -> Bool {
        let (first, second) = (one.element.rank, other.element.rank)
        return (first.kind, first.index, one.offset) < (second.kind, second.index, other.offset)
    }
}
