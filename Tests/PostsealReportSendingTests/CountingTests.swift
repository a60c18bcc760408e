import MailBytes
import MailNames
import MailReports
import PostsealEngine
import PostsealReportSending
import TLSRPT
import TestSupport
import Testing

@Suite struct CountingTests {
    struct Case: Sendable {
        var name: String
        var letter: Letter
        var domain: String?
        var disposition = DMARCReportedAction.none
        var spfAligned = false
        var reasons: [DMARCReasonType] = []
    }

    static let cases: [Case] = {
        var forwarded = DecisionPolicy()
        forwarded.forwarders = IPPrefix("203.0.113.0/24").map { [.network($0)] } ?? []
        var open = DecisionPolicy()
        open.onDNSFailure = .accept
        var dryRun = DecisionPolicy()
        dryRun.isDryRun = true
        return [
            Case(
                name: "passes a policy in force", letter: Letter(), domain: "strict.example", disposition: .pass,
                spfAligned: true),
            Case(
                name: "passes a policy of none", letter: Letter(from: "a@watch.example"), domain: "watch.example",
                spfAligned: true),
            Case(
                name: "refused as asked", letter: Letter(client: "203.0.113.9"), domain: "strict.example",
                disposition: .reject),
            Case(
                name: "a list", letter: Letter(client: "203.0.113.9", fields: ["List-Id: <l.example>"]),
                domain: "strict.example", disposition: .quarantine, reasons: [.mailingList]),
            Case(
                name: "a forwarder", letter: Letter(client: "203.0.113.9", policy: forwarded), domain: "strict.example",
                reasons: [.trustedForwarder]),
            Case(
                name: "a dry run", letter: Letter(client: "203.0.113.9", policy: dryRun), domain: "strict.example",
                reasons: [.localPolicy]),
            Case(
                name: "a subdomain without a record", letter: Letter(from: "a@sub.strict.example"),
                domain: "strict.example", disposition: .pass, spfAligned: true),
            Case(
                name: "testing", letter: Letter(from: "a@testing.example", client: "203.0.113.9"),
                domain: "testing.example", reasons: [.policyTestMode]),
            // RFC 9990 §3.1.6: something else was done than is published.
            Case(
                name: "DNS does not say, and it is let in", letter: Letter(from: "a@half.example", policy: open),
                domain: "half.example", reasons: [.localPolicy]),
            Case(
                name: "DNS does not say, and nothing is asked for",
                letter: Letter(from: "a@watching.example", policy: open), domain: "watching.example"),
            Case(name: "nobody asks", letter: Letter(from: "a@silent.example"), domain: nil),
            Case(name: "no policy", letter: Letter(from: "a@nowhere.example"), domain: nil),
            Case(name: "no author", letter: Letter(from: "nobody"), domain: nil),
        ]
    }()

    @Test func `what is counted of a message`() async {
        for one in Self.cases {
            let verdict = await one.letter.counted()
            #expect(verdict?.domain == one.domain, "\(one.name)")
            guard let verdict else { continue }
            #expect(verdict.day == day, "\(one.name)")
            #expect(verdict.record.disposition == one.disposition, "\(one.name)")
            #expect(verdict.record.spfAligned == one.spfAligned, "\(one.name)")
            #expect(verdict.record.reasons.map(\.type) == one.reasons, "\(one.name)")
            #expect(verdict.record.envelopeTo == nil, "\(one.name)")
            #expect(verdict.policy.domain == one.domain, "\(one.name)")
        }
    }

    @Test func `recipients are told of only where that is wanted, and where they are of one domain`() async {
        let one = await Letter().counted(naming: [Array("bob@mx.example".utf8), Array("eve@mx.example".utf8)])
        #expect(one?.record.envelopeTo == "mx.example")
        let two = await Letter().counted(naming: [Array("bob@mx.example".utf8), Array("eve@other.example".utf8)])
        #expect(two != nil && two?.record.envelopeTo == nil)
    }

    @Test func `as many signatures are told of as are verified`() async {
        let fields = (0..<14).map { number in
            "DKIM-Signature: v=1; a=rsa-sha256; d=s\(number).example; s=s; h=from; "
                + "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJj"
        }
        let counted = await Letter(fields: fields, signaturesMax: 12).counted()
        #expect(counted?.record.dkim.count == 12)
    }

    @Test func `the null path is told as such`() async {
        let verdict = await Letter(mailFrom: "").counted()
        #expect(verdict?.record.envelopeFrom?.isEmpty == true)
    }

    // MARK: - The counter

    @Test func `a batch is handed out until it is settled`() {
        let counter = VerdictCounter(node: "mx1", run: "r")
        #expect(counter.nextBatch() == nil)
        for _ in 0..<3 { counter.count(Made.verdict()) }
        counter.count(Made.verdict(source: 2))
        guard let first = counter.nextBatch() else {
            Issue.record("there is no batch")
            return
        }
        #expect(first.messages == 4 && first.counts.count == 2 && first.sequence == 1)
        counter.count(Made.verdict())
        #expect(counter.nextBatch() == first)
        #expect(counter.messagesWaiting == 5)
        counter.settle(first)
        let second = counter.nextBatch()
        #expect(second?.sequence == 2 && second?.messages == 1)
        // One that is settled twice takes nothing from the next.
        counter.settle(first)
        #expect(counter.nextBatch() == second)
    }

    @Test func `what is too much is simplified, and then omitted`() {
        var limits = VerdictCounterLimits()
        limits.rowsOfDomainMax = 2
        let counter = VerdictCounter(node: "mx1", run: "r", limits: limits)
        #expect(counter.count(Made.verdict(selector: "a")) == .counted)
        #expect(counter.count(Made.verdict(selector: "b")) == .counted)
        // Without their signatures, of which none passes, all that follow are one row for each source.
        for selector in ["c", "d", "e"] { #expect(counter.count(Made.verdict(selector: selector)) == .simplified) }
        #expect(counter.count(Made.verdict(source: 2, selector: "f")) == .simplified)
        #expect(counter.count(Made.verdict(source: 3, selector: "f")) == .omitted)
        #expect(counter.count(Made.verdict(selector: "a")) == .counted)
        #expect(counter.count(Made.verdict("other.example", selector: "c")) == .counted)
        #expect(counter.takeOmitted() == 1)
        #expect(counter.takeOmitted() == 0)
        #expect(counter.messagesWaiting == 8)
    }

    @Test func `rows that wait have a limit, and those that are there still count`() {
        var limits = VerdictCounterLimits()
        limits.rowsWaitingMax = 3
        let counter = VerdictCounter(node: "mx1", run: "r", limits: limits)
        for source in 1...3 { #expect(counter.count(Made.verdict(source: source)) == .counted) }
        #expect(counter.count(Made.verdict(source: 4)) == .omitted)
        #expect(counter.count(Made.verdict(source: 3)) == .counted)
        guard let batch = counter.nextBatch() else { return }
        #expect(counter.count(Made.verdict(source: 4)) == .omitted)
        counter.settle(batch)
        #expect(counter.count(Made.verdict(source: 4)) == .counted)
    }

    @Test func `a simplified row keeps the source and the verdict`() {
        let verdict = Made.verdict()
        let simple = verdict.simplified
        #expect(simple.record.source == verdict.record.source && simple.record.disposition == .reject)
        #expect(simple.record.dkim.isEmpty && simple.record.envelopeFrom == nil)
    }
}
