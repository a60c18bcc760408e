internal import ARC
internal import DKIM
internal import DMARC
internal import Logging
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import PostsealEngine
internal import PostsealObservability
internal import SPF

/// What the log says of a message: one line, in which the mail server's queue id and the message's own id lead from
/// one log to the other.
struct MessageRecord {
    private let transaction: MailTransaction
    private let queueID: String?

    /// - Parameter queueID: the mail server's; nil where it told none.
    init(_ transaction: MailTransaction, queueID: String? = nil) {
        self.transaction = transaction
        self.queueID = queueID
    }

    /// The fields that say which message it is.
    var metadata: Logger.Metadata {
        let envelope = transaction.envelope
        var fields: Logger.Metadata = [:]
        if let queueID { fields["queue_id"] = .octets(Array(queueID.utf8)) }
        let header = transaction.message.header
        if let field = header.first(named: "Message-ID") { fields["message_id"] = .octets(header.unfolded(field)) }
        if let address = envelope.clientAddress { fields["client"] = .string(address.text) }
        if !envelope.helo.isEmpty { fields["helo"] = .octets(envelope.helo) }
        if let mailFrom = envelope.mailFrom { fields["mail_from"] = .octets(mailFrom) }
        return fields
    }

    /// The fields of a message with its verdict.
    func metadata(_ verdict: GuardVerdict, _ duration: Duration) -> Logger.Metadata {
        var fields = metadata(verdict.findings, verdict.decision, duration)
        fields["direction"] = .string(verdict.direction.rawValue)
        if !verdict.signatures.isEmpty {
            fields["signed"] = .array(
                verdict.signatures.map { .string("\($0.domain.text)/\($0.selector.text)/\($0.algorithm.rawValue)") })
        }
        if !verdict.notes.isEmpty {
            fields["note"] = .array(verdict.notes.map { .octets(Array($0.explanation.utf8)) })
        }
        return fields
    }

    /// The fields of a message with what was found and decided.
    func metadata(_ findings: Findings?, _ decision: Decision, _ duration: Duration) -> Logger.Metadata {
        var fields = metadata
        fields["disposition"] = .string(MessageDisposition(decision).rawValue)
        if let would = decision.dryRun { fields["would"] = .string(would.rawValue) }
        fields["reason"] = .octets(Array(decision.reason.utf8))
        fields["ms"] = .stringConvertible(duration.milliseconds)
        if let findings { Self.add(findings, to: &fields) }
        return fields
    }

    private static func add(_ findings: Findings, to fields: inout Logger.Metadata) {
        if let author = findings.authorDomain { fields["from"] = .string(author.text) }
        if let iprev = findings.iprev { fields["iprev"] = .string(iprev.result.rawValue) }
        if let spf = findings.spf { fields["spf"] = .string(spf.result.rawValue) }
        let signatures = findings.dkim.outcomes
        fields["dkim"] =
            signatures.isEmpty
            ? .string("none")
            : .array(
                signatures.map { .string($0.result.rawValue + ($0.domain.map { " \($0.text)" } ?? "")) })
        fields["arc"] = .string(findings.arc.result.rawValue)
        fields["dmarc"] = .string(findings.dmarcResultWord)
    }
}

extension Logger.MetadataValue {
    /// What came from outside: the log escapes it.
    static func octets(_ octets: [UInt8]) -> Logger.MetadataValue { .stringConvertible(LogOctets(octets)) }
}

extension Duration {
    /// Thousandths of a second, with one digit behind the point.
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return (Double(seconds) * 10_000 + Double(attoseconds / 100_000_000_000_000)).rounded() / 10
    }
}
