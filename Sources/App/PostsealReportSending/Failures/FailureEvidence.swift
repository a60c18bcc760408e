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
        // RFC 6591 §3.2.6: each record that was used, so also those of include and redirect.
        let collector = SPFRecordCollector(upstream: resolver)
        let request = SPFRequest(
            clientAddress: address, helo: transaction.envelope.helo, mailFrom: mailFrom,
            at: transaction.envelope.receivedAt)
        _ = await SPFVerifier(resolver: collector).checkHost(request)
        return collector.records
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

/// Notes which SPF records are answered.
private final class SPFRecordCollector<Upstream: Resolver>: Resolver {
    private let upstream: Upstream
    private let found = Mutex<[MailReports.DMARCFailure.SPFRecordText]>([])

    /// Limit: octets of a record, and of a word in it. Longer ones are cut off: no reader takes a field without end,
    /// and no mail server a line (RFC 5321 §4.5.3.1.6), which is folded at spaces alone.
    private static var recordOctetsMax: Int { 2048 }
    private static var wordOctetsMax: Int { 512 }

    init(upstream: Upstream) { self.upstream = upstream }

    var records: [MailReports.DMARCFailure.SPFRecordText] { found.withLock(\.self) }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await upstream.answer(question)
        guard question.type == .txt else { return answer }
        for text in answer.texts where Self.isRecord(text) {
            let record = MailReports.DMARCFailure.SPFRecordText(domain: question.name, text: Self.shown(text))
            found.withLock { if !$0.contains(record) { $0.append(record) } }
        }
        return answer
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
