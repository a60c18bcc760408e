internal import MailBytes
internal import MailFormat
internal import MilterProtocol
internal import MilterServer
internal import PostsealEngine

extension MilterJudgement {
    /// A verdict in the words of the milter protocol.
    ///
    /// - Parameters:
    ///   - header: of the message as it came.
    ///   - unchanged: what is to happen where the mail server cannot make the changes.
    init(_ verdict: GuardVerdict, header: HeaderSection, unchanged: GuardVerdict) {
        self.init(
            verdict: verdict.isConsumed ? .discard : MilterVerdict(verdict.decision),
            changes: MilterChange.changes(of: verdict, in: header),
            fallback: MilterVerdict(unchanged.decision))
    }
}

extension MilterVerdict {
    /// What a decision is to the mail server. Quarantine is a change, and the message is taken.
    init(_ decision: Decision) {
        switch decision.disposition {
        case .accept, .quarantine: self = .accept
        case .reject: self = Self.refusal(decision.reply) ?? .reject
        case .tempfail: self = Self.refusal(decision.reply) ?? .tempfail
        }
    }

    private static func refusal(_ reply: SMTPReply?) -> MilterVerdict? {
        guard let reply,
            let text = try? MilterReplyText(code: reply.code, enhanced: reply.enhancedCode, lines: [reply.text])
        else { return nil }
        return .reply(text)
    }
}

extension MilterChange {
    /// The changes of a verdict, in no order that matters: the session sorts them.
    ///
    /// - Parameter header: as it came: what the positions in the changes mean.
    static func changes(of verdict: GuardVerdict, in header: HeaderSection) -> [MilterChange] {
        var changes = verdict.changes.edits(of: header).map { edit -> MilterChange in
            guard let value = edit.value else { return .deleteHeader(name: edit.name, occurrence: edit.occurrence) }
            return .changeHeader(name: edit.name, occurrence: edit.occurrence, value: [.space] + value)
        }
        // RFC 8601 §4: on top, above the Received field that the mail server adds. Each goes to the very top, so that
        // the first of them has to come last.
        for field in verdict.changes.added.reversed() {
            changes.append(.insertHeader(index: 0, name: Array(field.name.utf8), value: [.space] + field.value))
        }
        if verdict.isHeld { changes.append(.quarantine(reason: Array(verdict.decision.reason.utf8))) }
        return changes
    }
}
