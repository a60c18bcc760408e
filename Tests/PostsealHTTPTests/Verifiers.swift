import DNS
import Foundation
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import PostsealHTTP
import Rendering
import Synchronization
import TestSupport

/// Judges by the engine, with the recorded DNS of the samples.
struct EngineVerifier: HTTPVerifier {
    let answers: RecordedAnswers
    static let moment = UnixTime(text: "2026-11-02T09:15:00Z") ?? UnixTime(seconds: 0)

    init() throws { answers = try RecordedAnswers(parsing: Suites.bytes(Samples.folder.appending(path: "dns.json"))) }

    func begin(_ transaction: MailTransaction, explaining: Bool) -> EngineJudge? {
        EngineJudge(
            inspection: MessageInspection(transaction, options: InspectionOptions(tracing: explaining)),
            answers: answers)
    }

    /// What the answer has to be: the whole message at once, as the command does it.
    func expected(_ octets: [UInt8], _ envelope: MailEnvelope, explaining: Bool = false) async -> JSONValue {
        let message = MailMessage(parsing: MailMessage.withNetworkLineEndings(octets))
        let inspector = Inspector(resolver: answers, options: InspectionOptions(tracing: explaining))
        let findings = await inspector.inspect(MailTransaction(envelope: envelope, message: message))
        return EngineJudge.report(findings).json(explaining: explaining)
    }
}

struct EngineJudge: HTTPJudge {
    var inspection: MessageInspection
    let answers: RecordedAnswers

    var needsBody: Bool { inspection.needsBody }
    mutating func update(_ octets: ArraySlice<UInt8>) { inspection.update(octets) }
    mutating func finish() async -> HTTPJudgement { .report(Self.report(await inspection.finish(resolver: answers))) }
    func abandon() {}

    static func report(_ findings: Findings) -> MessageReport {
        MessageReport(
            name: nil, findings: findings, decision: DecisionPolicy().decide(findings),
            authenticationResults: findings.authenticationResults(authservID: "localhost"))
    }
}

/// The messages that `make run` shows.
enum Samples {
    static let folder = Suites.repository.appending(path: "Examples/samples")

    struct Sample {
        var name: String
        var octets: [UInt8]
        var ip: String
        var helo: String
        var mailFrom: String
        var recipients: [String]

        /// The query that says all of it.
        var query: String {
            (["ip=\(ip)", "helo=\(helo)", "mail-from=\(mailFrom)"] + recipients.map { "rcpt=\($0)" })
                .joined(separator: "&")
        }

        var envelope: MailEnvelope {
            MailEnvelope(
                clientAddress: IPAddress(ip), helo: Array(helo.utf8), mailFrom: Array(mailFrom.utf8),
                recipients: recipients.map { Array($0.utf8) }, receivedAt: EngineVerifier.moment)
        }
    }

    static func all() throws -> [Sample] {
        guard case .object(let members) = try Suites.json(folder.appending(path: "envelopes.json")) else { return [] }
        return try members.map { member in
            Sample(
                name: member.name, octets: try Suites.bytes(folder.appending(path: "mail/\(member.name)")),
                ip: member.value["ip"]?.stringValue ?? "", helo: member.value["helo"]?.stringValue ?? "",
                mailFrom: member.value["mail_from"]?.stringValue ?? "",
                recipients: (member.value["rcpt"]?.arrayValue ?? []).compactMap(\.stringValue))
        }
    }
}

/// Remembers what it was given.
final class RecordingVerifier: HTTPVerifier {
    struct Seen: Sendable {
        var envelopes: [MailEnvelope] = []
        var headers: [[UInt8]] = []
        var bodies: [[UInt8]] = []
        var explaining: [Bool] = []
        var finished = 0
        var abandoned = 0
    }

    let seen = Mutex(Seen())
    let outcome: @Sendable () async -> HTTPJudgement
    let hasRoom: Bool
    let needsBody: Bool

    init(
        hasRoom: Bool = true, needsBody: Bool = true,
        outcome: @escaping @Sendable () async -> HTTPJudgement = emptyReport
    ) {
        self.hasRoom = hasRoom
        self.needsBody = needsBody
        self.outcome = outcome
    }

    var now: Seen { seen.withLock { $0 } }

    func begin(_ transaction: MailTransaction, explaining: Bool) -> RecordingJudge? {
        guard hasRoom else { return nil }
        return seen.withLock { seen in
            seen.envelopes.append(transaction.envelope)
            seen.explaining.append(explaining)
            let message = transaction.message
            seen.headers.append(Array(message.bytes[..<message.body.lowerBound]))
            seen.bodies.append([])
            return RecordingJudge(verifier: self, index: seen.bodies.count - 1)
        }
    }

    /// A report on nothing.
    @Sendable static func emptyReport() async -> HTTPJudgement {
        let nothing = MailTransaction(message: MailMessage(parsing: []), receivedAt: EngineVerifier.moment)
        return .report(EngineJudge.report(await Inspector(resolver: RecordedAnswers()).inspect(nothing)))
    }
}

struct RecordingJudge: HTTPJudge {
    let verifier: RecordingVerifier
    let index: Int

    var needsBody: Bool { verifier.needsBody }
    mutating func update(_ octets: ArraySlice<UInt8>) { verifier.seen.withLock { $0.bodies[index] += octets } }
    mutating func finish() async -> HTTPJudgement {
        verifier.seen.withLock { $0.finished += 1 }
        return await verifier.outcome()
    }
    func abandon() { verifier.seen.withLock { $0.abandoned += 1 } }
}
