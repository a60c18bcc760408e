import DKIM
import DMARC
import DNS
import MailBytes
import MailFormat
import MailNames
import MailReports
import PostsealEngine
import PostsealReportSending
import Synchronization
import TLSRPT
import TestSupport
import Testing
import UnboundResolver

/// 2026-11-25, in the middle of the day.
let noon = UnixTime(seconds: 1_795_608_000)
let day = TLSReportDay(containing: noon)

extension UnixTime {
    /// So long after the end of `day`.
    static func afterDay(_ seconds: Int64) -> UnixTime { day.end.adding(seconds: 1 + seconds) }
}

/// The world of the tests.
enum World {
    static let lines = [
        "strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"",
        "_dmarc.strict.example TXT \"v=DMARC1; p=reject; sp=quarantine; rua=mailto:rua@strict.example; fo=1\"",
        "sub.strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"",
        "watch.example TXT \"v=spf1 ip4:192.0.2.1 -all\"",
        "_dmarc.watch.example TXT \"v=DMARC1; p=none; rua=mailto:a@watch.example,mailto:b@reports.example\"",
        "testing.example TXT \"v=spf1 -all\"",
        "_dmarc.testing.example TXT \"v=DMARC1; p=quarantine; t=y; rua=mailto:rua@testing.example\"",
        "silent.example TXT \"v=spf1 ip4:192.0.2.1 -all\"", "_dmarc.silent.example TXT \"v=DMARC1; p=reject\"",
        "watch.example._report._dmarc.reports.example TXT \"v=DMARC1\"",
        "half.example TXT timeout", "_dmarc.half.example TXT \"v=DMARC1; p=reject; rua=mailto:rua@half.example\"",
        "watching.example TXT timeout",
        "_dmarc.watching.example TXT \"v=DMARC1; p=none; rua=mailto:r@watching.example\"",
        "_dmarc.gone.example TXT nodata", "_dmarc.slow.example TXT timeout",
    ]
    static let zone = Zone(lines)

    static func name(_ text: String) -> DomainName {
        guard let name = try? DomainName(text) else { fatalError("bad name: \(text)") }
        return name
    }
}

/// A zone that answers within any time.
struct PatientZone: DeadlineResolver {
    var zone: Zone

    init(_ lines: [String] = World.lines) { zone = Zone(lines) }

    func answer(_ question: DNSQuestion) async -> DNSAnswer { await zone.answer(question) }

    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        await zone.answer(question)
    }
}

/// A message, and what is counted of it.
struct Letter {
    var from = "ann@strict.example"
    var client = "192.0.2.1"
    var mailFrom: String?
    var fields: [String] = []
    var recipients = ["bob@mx.example"]
    var policy = DecisionPolicy()
    var signaturesMax = 10

    func judged() async -> (findings: Findings, decision: Decision, envelope: MailEnvelope)? {
        let header = (["From: \(from)"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
        let transaction = MailTransaction(
            clientAddress: IPAddress(client), helo: Array("client.example".utf8),
            mailFrom: Array((mailFrom ?? from).utf8), recipients: recipients.map { Array($0.utf8) },
            message: MailMessage(parsing: Array(header.utf8)), receivedAt: noon)
        var settings = GuardSettings(authservID: "mx.example")
        settings.policy = policy
        settings.inspection.dkim.signaturesMax = signaturesMax
        var message = MailGuard(settings: settings).begin(transaction)
        let verdict = await message.finish(resolver: World.zone)
        return verdict.findings.map { ($0, verdict.decision, transaction.envelope) }
    }

    func counted(naming recipients: [[UInt8]] = []) async -> CountedVerdict? {
        guard let (findings, decision, envelope) = await judged() else { return nil }
        return CountedVerdict(
            findings, decision, policy: policy, envelope: envelope, recipients: recipients, at: noon)
    }
}

/// Verdicts without messages.
enum Made {
    static func policy(
        _ domain: String = "strict.example", _ action: DMARCReportedAction = .reject
    )
        -> DMARCReportedPolicy
    {
        DMARCReportedPolicy(
            domain: domain, policy: action, isDKIMStrict: false, isSPFStrict: false, isTesting: false,
            discoveryMethod: "treewalk")
    }

    static func verdict(
        _ domain: String = "strict.example", source: Int = 1, selector: String = "s",
        policy: DMARCReportedPolicy? = nil,
        on day: TLSReportDay = day
    ) -> CountedVerdict {
        CountedVerdict(
            day: day, domain: domain, policy: policy ?? Made.policy(domain),
            record: DMARCReportRecord(
                source: .address(.v4(0xC000_0200 + UInt32(source))), count: 0, disposition: .reject,
                dkimAligned: false, spfAligned: false,
                reasons: [DMARCReportReason(type: .localPolicy, comment: "because")], headerFrom: domain,
                envelopeFrom: "", dkim: [DMARCReportedSignature(domain: domain, selector: selector, result: .fail)],
                spf: [DMARCReportedSPF(domain: domain, scope: .mailFrom, result: .softfail)]))
    }

    static let submitter = TLSReportSubmitter(
        organizationName: "Reporter Ltd", domain: World.name("reporter.example"), contactLocalPart: "reports")
    static let builder = AggregateReportBuilder(
        submitter: submitter, generator: AggregateReportBuilder.generator(version: "1.2.3"))

    static func batch(
        _ counts: [(CountedVerdict, Int)], run: String = "run", sequence: Int64 = 1
    ) -> VerdictBatch {
        VerdictBatch(node: "mx1", run: run, sequence: sequence, counts: counts.map { VerdictCount($0.0, $0.1) })
    }
}

/// A mail server that is told what to say.
final class StubTransport: ReportTransport {
    struct Sent: Hashable {
        var mail: [UInt8]
        var recipient: String
    }

    private let state: Mutex<(answers: [TransportOutcome], sent: [Sent])>
    private let meanwhile: @Sendable () async -> Void

    /// - Parameters:
    ///   - answers: one after the other; then everything is accepted.
    ///   - meanwhile: what goes on before the server answers.
    init(_ answers: [TransportOutcome] = [], meanwhile: @escaping @Sendable () async -> Void = {}) {
        state = Mutex((answers, []))
        self.meanwhile = meanwhile
    }

    var sent: [Sent] { state.withLock(\.sent) }

    private func answer(_ sent: Sent) -> TransportOutcome {
        state.withLock { state in
            let answer =
                state.answers.isEmpty ? TransportOutcome.accepted(answer: "250 ok") : state.answers.removeFirst()
            if case .accepted = answer { state.sent.append(sent) }
            return answer
        }
    }

    func send(_ mail: [UInt8], from returnPath: String, to recipient: String) async -> TransportOutcome {
        await meanwhile()
        return Task.isCancelled ? .later(answer: "cancelled") : answer(Sent(mail: mail, recipient: recipient))
    }

    func post(_ document: [UInt8], as mediaType: String, to uri: String, at now: UnixTime) async -> TransportOutcome {
        answer(Sent(mail: document, recipient: uri))
    }
}

extension OutgoingReports {
    /// The attempts to send a report that is there.
    func attempts(of id: Int64) async throws -> [OutgoingAttempt] {
        let history = try await history(of: id)
        return try #require(history).attempts
    }
}
