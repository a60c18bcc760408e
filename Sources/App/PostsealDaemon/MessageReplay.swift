internal import DKIM
internal import DMARC
internal import DNS
internal import MailFormat
internal import MailNames
internal import PostsealConfiguration
internal import PostsealEngine
internal import Rendering
internal import SPF
internal import Synchronization
internal import Trace
internal import UnboundResolver

/// Judges a message of the journal again, by the answers that it was judged by: SPF and DMARC, with each step. What
/// signatures came to is taken from then, since the body is not kept.
struct MessageReplay {
    /// What came of it.
    struct Outcome {
        var steps = ""
        var text: String
        var answers: [DNSAnswer] = []
        /// Answers that were not written down, and had to be asked for.
        var askedNow = 0
    }

    private let record: VerdictJournal.Record
    private let workshop: Workshop

    init(_ record: VerdictJournal.Record, _ workshop: Workshop) {
        self.record = record
        self.workshop = workshop
    }

    private static let timeLimit = Duration.seconds(4)

    func run() async -> Outcome {
        guard let findings = record.findings else {
            return Outcome(text: "It was not checked, so there is nothing to try again.")
        }
        let live = DNSBudget(questionsMax: 60, timeLimit: Self.timeLimit).resolvers(workshop.resolver)
        let resolver = ReplayResolver(record.answers, live.checks)
        var traces: [(check: String, trace: Trace)] = []
        var differences: [String] = []
        let spf = await checkSPF(resolver)
        if let spf {
            traces.append(("spf", spf.trace))
            if spf.result != findings.spf?.result { differences.append("SPF is \(spf.result.rawValue) now") }
        }
        let dmarc = await evaluateDMARC(findings, resolver)
        if let dmarc {
            traces.append(("dmarc", dmarc.trace))
            if dmarc.result != findings.dmarc?.result { differences.append("DMARC is \(dmarc.result.rawValue) now") }
        }
        let (answers, asked) = resolver.all
        let text =
            differences.isEmpty
            ? "SPF and DMARC were evaluated again just now, by the answers of then, and came out the same."
            : "Evaluated again just now, something came out otherwise: \(differences.joined(separator: ", "))."
        return Outcome(steps: TraceText.render(traces), text: text, answers: answers, askedNow: asked)
    }

    private func checkSPF(_ resolver: some Resolver) async -> SPFOutcome? {
        let envelope = record.transaction.envelope
        guard let address = envelope.clientAddress,
            let mailFrom = envelope.mailFrom ?? (envelope.helo.isEmpty ? nil : [])
        else { return nil }
        let options = workshop.configuration.guardSettings.inspectionOptions
        return await SPFVerifier(resolver: resolver, limits: options.spf).checkHost(
            SPFRequest(
                clientAddress: address, helo: envelope.helo, mailFrom: mailFrom, receivingHost: options.receivingHost,
                at: envelope.receivedAt), tracing: true)
    }

    private func evaluateDMARC(_ findings: Findings, _ resolver: some Resolver) async -> DMARCOutcome? {
        guard findings.dmarcObstacle == nil, let first = findings.authors.domains.first else { return nil }
        func domains(_ result: DKIMResult) -> [DomainName] {
            findings.dkim.outcomes.filter { $0.result == result }.compactMap(\.domain)
        }
        func spfDomain(_ result: SPFResult) -> [DomainName] {
            guard let spf = findings.spf, spf.result == result, let domain = spf.domain else { return [] }
            return [domain]
        }
        let request = DMARCRequest(
            authorDomain: first, spfPass: spfDomain(.pass), dkimPass: domains(.pass),
            spfTempErrorDomains: spfDomain(.temperror), dkimTempErrorDomains: domains(.temperror))
        let limits = workshop.configuration.guardSettings.inspectionOptions.dmarc
        return await DMARCVerifier(resolver: resolver, limits: limits)
            .evaluate(authorDomains: findings.authors.domains, like: request, tracing: true).strictest
    }
}

/// Answers as they were written down; what was not, is asked for.
private final class ReplayResolver<Live: Resolver>: Resolver {
    private let live: Live
    private let known: [DNSQuestion: DNSAnswer]
    private let written: [DNSAnswer]
    private let more = Mutex<[DNSQuestion: DNSAnswer]>([:])

    init(_ answers: [DNSAnswer], _ live: Live) {
        self.live = live
        written = answers
        known = Dictionary(answers.map { ($0.question, $0) }) { first, _ in first }
    }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        if let answer = known[question] ?? more.withLock({ $0[question] }) { return answer }
        let answer = await live.answer(question)
        more.withLock { $0[question] = answer }
        return answer
    }

    /// All of them, and how many were not written down.
    var all: (answers: [DNSAnswer], asked: Int) {
        more.withLock { more in (written + more.values, more.count) }
    }
}
