internal import AuthenticationResults
internal import MailBytes
internal import MailFormat
internal import SPF

/// The fields that this program marks messages with.
enum MarkField {
    static let tag = "X-Postseal"
    static let quarantine = "X-Postseal-Quarantine"
}

// What a verdict changes in the header of a message that is taken.

extension GuardVerdict {
    /// Removes the fields that say what only we may say: RFC 8601 §5, and the marks of this program.
    mutating func removeForgeries(from transaction: MailTransaction, _ settings: GuardSettings) {
        let isFromOwnNetwork = direction == .outgoing && !transaction.envelope.isAuthenticated
        // RFC 8601 §5: what comes directly from another trusted MTA may bear our name.
        if isFromOwnNetwork, settings.trustsResultsOfOwnNetworks { return }
        let header = transaction.message.header
        let forged = AuthenticationResultsField.removals(
            in: header, authservIDs: [settings.authservID] + settings.internalAuthservIDs
        ).map(\.position)
        if !forged.isEmpty { notes.append(.removedForgedResults(forged.count)) }
        let marks = header.positions(named: MarkField.tag) + header.positions(named: MarkField.quarantine)
        changes.removed = (forged + marks).sorted()
    }

    /// Says to people and to delivery agents what the decision says.
    mutating func mark(_ transaction: MailTransaction, _ settings: GuardSettings) {
        let isDryRun = settings.policy.isDryRun
        let isDelivered = decision.disposition == .quarantine && settings.quarantine == .header
        if isDelivered { changes.added.append(NewHeaderField(MarkField.quarantine, Self.text(decision.reason))) }
        if decision.isTagged {
            let word = decision.dryRun.map { "would-\($0.rawValue)" } ?? (isDryRun ? "would-tag" : "tag")
            changes.added.append(NewHeaderField(MarkField.tag, Self.text("\(word); \(decision.reason)")))
        }
        guard decision.isTagged && !isDryRun || isDelivered else { return }
        if let prefix = settings.subjectPrefix.flatMap(SubjectPrefix.init) { put(prefix, on: transaction) }
    }

    private mutating func put(_ prefix: SubjectPrefix, on transaction: MailTransaction) {
        let header = transaction.message.header
        let positions = header.positions(named: "Subject")
        if positions.isEmpty { changes.added.append(NewHeaderField("Subject", prefix.alone)) }
        for position in SubjectPrefix.chosen(from: positions) {
            let field = header.fields[position]
            guard let value = prefix.value(before: header.value(of: field)) else { continue }
            changes.replaced[position] = NewHeaderField(String(lossy: header.name(of: field)), value)
        }
    }

    /// RFC 8601 §4: on top, above the Received field of this hop.
    ///
    /// - Parameter receivedSPF: a `Received-SPF` field to go below the results.
    mutating func addResults(
        _ results: AuthenticationResultsField, _ transaction: MailTransaction, receivedSPF: NewHeaderField? = nil
    ) {
        let field = NewHeaderField(
            AuthenticationResultsField.fieldName,
            results.fieldValue(folding: .wire, encoding: Self.encoding(transaction.message)))
        changes.added = [field] + (receivedSPF.map { [$0] } ?? []) + changes.added
    }

    /// RFC 6532 §3.2: UTF-8 only where the message has it anyway.
    private static func encoding(_ message: MailMessage) -> AuthenticationResultsField.Encoding {
        guard !message.defects.contains(.headerNotUTF8) else { return .ascii }
        return message.header.bytes[..<message.body.lowerBound].contains(where: \.isNonASCII) ? .utf8 : .ascii
    }

    /// Printable ASCII on one line, of a length that a line may have (RFC 5322 §2.1.1).
    private static func text(_ reason: String) -> [UInt8] {
        reason.utf8.prefix(900).map { $0.isVisible || $0 == .space ? $0 : UInt8(ascii: "?") }
    }
}
