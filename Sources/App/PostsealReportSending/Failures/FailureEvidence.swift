internal import DKIM
internal import DMARC
internal import DNS
internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealEngine
internal import SPF
internal import Synchronization

/// What a failure report has to say of the methods that failed for an aligned domain (RFC 9991 §4).
struct FailureEvidence<R: Resolver>: Sendable {
    let findings: Findings
    let transaction: MailTransaction
    let dmarc: DMARCOutcome
    let redaction: MailRedaction
    let resolver: R

    /// Limit: signatures of which it is asked whether they are aligned; each may cost a walk through DNS.
    private static var signaturesMax: Int { 10 }

    /// The first signature that failed and that would have been aligned.
    func brokenSignature() async -> DKIMOutcome? {
        for outcome in findings.dkim.outcomes.filter({ $0.result != .pass }).prefix(Self.signaturesMax) {
            guard let domain = outcome.domain, outcome.selector != nil else { continue }
            if await isAligned(domain, dmarc.record?.dkimAlignment) { return outcome }
        }
        return nil
    }

    /// The records that SPF looked at, where it did not pass and would have been aligned.
    func spfRecords() async -> [MailReports.DMARCFailure.SPFRecordText] {
        guard let spf = findings.spf, spf.result != .pass, spf.identity == .mailFrom, let domain = spf.domain,
            let address = findings.clientAddress, let mailFrom = transaction.envelope.mailFrom,
            await isAligned(domain, dmarc.record?.spfAlignment)
        else { return [] }
        let log = AnswerLog(upstream: resolver)
        var request = SPFRequest(
            clientAddress: address, helo: transaction.envelope.helo, mailFrom: mailFrom,
            at: transaction.envelope.receivedAt)
        _ = await SPFVerifier(resolver: log).checkHost(request)
        // Once more with the same answers, for a sender without a name: macros put local parts into the names that are
        // asked for (RFC 7208 §7.2), and what the report shows are the names that this sender leads to.
        request.mailFrom = hidingLocalPart(of: mailFrom)
        request.helo = Array(redaction.hash(request.helo, octets: 8).utf8)
        // RFC 6591 §3.2.6: each record that was used, so also those of include and redirect.
        let replay = SPFRecordReplay(log.answers)
        _ = await SPFVerifier(resolver: replay).checkHost(request)
        return replay.records
    }

    private func hidingLocalPart(of address: [UInt8]) -> [UInt8] {
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return address }
        let local = address[..<at]
        // RFC 8616 §4: terms with a local part that is not ASCII are passed over, with this one as well.
        let mark = local.contains(where: \.isNonASCII) ? Array("\u{e9}".utf8) : []
        return Array(redaction.hash(Array(local), octets: 8).utf8) + mark + address[at...]
    }

    /// RFC 9989 §3.2.10.
    private func isAligned(_ domain: DomainName, _ mode: DMARCAlignmentMode?) async -> Bool {
        if domain == dmarc.domain { return true }
        // Names that share no label on the right can't have one organization: no question for a stranger's sake.
        guard mode == .relaxed, domain.suffix(labels: 1) == dmarc.domain.suffix(labels: 1) else { return false }
        let verifier = DMARCVerifier(resolver: resolver)
        var ours = dmarc.organizationalDomain
        if ours == nil { ours = await verifier.walk(from: dmarc.domain).organizationalDomain }
        guard let ours else { return false }
        return await verifier.walk(from: domain).organizationalDomain == ours
    }
}

/// Notes all answers, in their order.
private final class AnswerLog<Upstream: Resolver>: Resolver {
    private let upstream: Upstream
    private let found = Mutex<[DNSAnswer]>([])

    init(upstream: Upstream) { self.upstream = upstream }

    var answers: [DNSAnswer] { found.withLock(\.self) }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await upstream.answer(question)
        found.withLock { $0.append(answer) }
        return answer
    }
}

/// Gives the answers of an evaluation to another one that asks the same in the same order, but for names that macros
/// make; notes the SPF records in them under the names by which this one asks.
private final class SPFRecordReplay: Resolver {
    private struct State {
        var answers: ArraySlice<DNSAnswer>
        var records: [MailReports.DMARCFailure.SPFRecordText] = []
    }

    private let state: Mutex<State>

    /// Limit: octets of a record, and of a word in it. Longer ones are cut off: no reader takes a field without end,
    /// and no mail server a line (RFC 5321 §4.5.3.1.6), which is folded at spaces alone.
    private static let recordOctetsMax = 2048
    private static let wordOctetsMax = 512

    init(_ answers: [DNSAnswer]) { state = Mutex(State(answers: answers[...])) }

    var records: [MailReports.DMARCFailure.SPFRecordText] { state.withLock { $0.records } }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        state.withLock { state in
            guard let next = state.answers.popFirst(), next.question.type == question.type else {
                // A macro made no name of the one local part, and one of the other: nothing more is known.
                state.answers = []
                return DNSAnswer(question: question, status: .serverFailure)
            }
            guard question.type == .txt else { return next }
            for text in next.texts where Self.isRecord(text) {
                let record = MailReports.DMARCFailure.SPFRecordText(domain: question.name, text: Self.shown(text))
                if !state.records.contains(record) { state.records.append(record) }
            }
            return next
        }
    }

    /// A record as visible ASCII.
    private static func shown(_ text: [UInt8]) -> String {
        let visible = text.prefix(recordOctetsMax).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }
        let words = visible.split(separator: .space, omittingEmptySubsequences: false).map { $0.prefix(wordOctetsMax) }
        return String(lossy: Array(words.joined(separator: [.space])))
    }

    /// RFC 7208 §4.5.
    private static func isRecord(_ text: [UInt8]) -> Bool {
        text.asciiLowercased.starts(with: "v=spf1".utf8) && (text.count == 6 || text[6] == .space)
    }
}
