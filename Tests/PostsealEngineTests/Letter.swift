import ARC
import AuthenticationResults
import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import TestSupport

/// A message with its session, as a test writes it down.
struct Letter: Sendable {
    /// Without their line ends.
    var fields = ["From: Ann <ann@strict.example>", "Subject: hello"]
    var body = "Hi.\r\n"
    var client: String? = "203.0.113.66"
    var helo = "client.example"
    var mailFrom: String? = "ann@strict.example"
    var recipients = ["bob@mx.example"]
    var isAuthenticated = false

    static let time = UnixTime(seconds: 1_790_000_000)

    /// The message up to the end of its header.
    var header: MailMessage { MailMessage(parsing: Array((fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8)) }
    var whole: MailMessage { MailMessage(parsing: header.bytes + Array(body.utf8)) }

    var transaction: MailTransaction {
        var transaction = MailTransaction(
            clientAddress: client.flatMap { IPAddress($0) }, helo: Array(helo.utf8),
            mailFrom: mailFrom.map { Array($0.utf8) },
            recipients: recipients.map { Array($0.utf8) }, message: header, receivedAt: Self.time)
        transaction.envelope.isAuthenticated = isAuthenticated
        return transaction
    }

    /// The letter with DKIM-Signature fields on top.
    func signed(by keys: [DKIMSigningKey]) throws -> Letter {
        try adding(DKIMSigner(keys: keys).sign(whole, at: Self.time))
    }

    /// The letter with an ARC set on top that says `results`.
    func sealed(
        by key: DKIMSigningKey, _ results: [MethodResult], fields: ARCSealer.SignedFields = .automatic,
        chain: ARCOutcome = ARCOutcome(result: .none)
    ) throws -> Letter {
        try adding(
            ARCSealer(key: key, authservID: key.domain.text, signedFields: fields).seal(
                whole, results: AuthenticationResultsField(authservID: key.domain.text, results: results), chain: chain,
                at: Self.time))
    }

    private func adding(_ octets: [UInt8]) throws -> Letter {
        let header = MailMessage(parsing: octets + [.carriageReturn, .lineFeed]).header
        var letter = self
        letter.fields.insert(
            contentsOf: header.fields.map { String(lossy: header.bytes[$0.whole].dropLast(2)) }, at: 0)
        return letter
    }

    /// What a guard makes of it, body and all.
    func judged(
        _ settings: GuardSettings, _ resolver: some Resolver = World.zone, memory: GuardMemory = GuardMemory()
    ) async -> GuardVerdict {
        var message = MailGuard(settings: settings, memory: memory).begin(transaction)
        message.update(Array(body.utf8)[...])
        return await message.finish(resolver: resolver)
    }

    /// The header as a verdict leaves it, field by field, folds taken out.
    func fields(after verdict: GuardVerdict) -> [String] {
        let header = MailMessage(parsing: verdict.changes.applied(to: header.header)).header
        return header.fields.map { String(lossy: header.name(of: $0)) + ": " + String(lossy: header.unfolded($0)) }
    }

    /// As the message leaves.
    func message(after verdict: GuardVerdict) -> MailMessage {
        MailMessage(parsing: verdict.changes.applied(to: header.header) + Array(body.utf8))
    }
}

extension GuardSettings {
    /// The settings of the tests' receiver, changed.
    static func with(_ change: (inout GuardSettings) -> Void) -> GuardSettings {
        var settings = GuardSettings(authservID: "mx.example")
        change(&settings)
        return settings
    }

    /// As ``with(_:)``, with a changed policy.
    static func policy(_ change: (inout DecisionPolicy) -> Void) -> GuardSettings { with { change(&$0.policy) } }
}
