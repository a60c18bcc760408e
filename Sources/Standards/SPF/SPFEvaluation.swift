internal import DNS
internal import MailBytes
internal import MailNames
internal import Trace

/// One run of `check_host` (RFC 7208 §4): a machine that is told answers and says what to ask next.
///
/// It does nothing but compute, so that waiting is left to one loop in ``SPFVerifier``. Records that include each
/// other are frames on a stack; a redirect replaces the topmost frame. What is waited for is in `pending`, and the
/// term that waits is the one the topmost frame stands at.
struct SPFEvaluation {
    enum Step {
        case ask(DNSQuestion)
        case done
    }

    /// What came of looking at one term.
    enum Progress {
        case matches
        case doesNotMatch
        case waits(DNSQuestion)
        /// There is another record to go on with.
        case enters
        /// The result is settled.
        case ends
    }

    /// A record under evaluation.
    struct Frame {
        /// `<domain>` of RFC 7208 §4.1.
        var domain: DomainName
        var record: SPFRecord
        /// Index of the term that is looked at.
        var next = 0
        /// Whether that term has been counted as a look-up.
        var isCounted = false
    }

    /// What the answer that comes next is for.
    enum Pending {
        case nothing
        case record(SPFOrigin)
        case address
        case exchanges
        case exchangeAddress
        case existence
        case reverseNames(NeedsNames)
        case reverseAddress(NeedsNames)
        case explanation
    }

    /// Who wants the names of the client's address.
    enum NeedsNames { case mechanism, macro, explanationMacro }

    let request: SPFRequest
    let limits: SPFLimits
    let cache: SPFRecordCache?
    let sender: SPFSender
    /// The client's address as RFC 7208 §5 wants it.
    let client: IPAddress
    var trace: Trace

    var frame: Frame
    var parents: [Frame] = []
    var pending = Pending.nothing
    var lookups = 0
    var voidLookups = 0
    /// The name that the term at hand is about, while it waits.
    var target = DomainName.root
    /// The names of an `mx` that are still to be looked up, and whether any had an address.
    var exchanges: ArraySlice<DomainName> = []
    var hasExchangeAddress = false
    var reverse = SPFReverseNames()
    /// The text of the explanation, once it is known; it may have to wait for the client's name.
    var explanationText: [UInt8]?

    var result = SPFResult.none
    var reason = SPFReason.malformedDomain
    /// Where the innermost match was found.
    var match: Frame?
    var explanation: String?

    init(
        _ request: SPFRequest, identity: SPFIdentity, limits: SPFLimits, cache: SPFRecordCache?, tracing: Bool
    ) {
        self.request = request
        self.limits = limits
        self.cache = cache
        sender = SPFSender(request, identity)
        client = request.clientAddress.unmapped
        trace = Trace(isEnabled: tracing)
        frame = Frame(domain: sender.domain ?? .root, record: .empty)
    }

    /// RFC 7208 §4.3: what is no domain name of several labels has no record, and is not asked for.
    mutating func start() -> Step {
        guard let domain = sender.domain else {
            end(.none, .malformedDomain)
            return .done
        }
        traceStart(domain)
        switch fetchRecord(of: domain, for: .initial) {
        case .waits(let question): return .ask(question)
        case .ends: return .done
        default: return run()
        }
    }

    /// Goes on to the next question, or to the end.
    mutating func run() -> Step {
        while true {
            // Nobody wants to hear of what does not match.
            if !trace.isEnabled { frame.next = nextTerm(frame.record.entries, from: frame.next) }
            let progress =
                frame.next < frame.record.entries.count
                ? evaluate(frame.record.entries[frame.next]) : evaluateEnd()
            if let step = handle(progress) { return step }
        }
    }

    /// Passes over networks that do not hold the client, which many records are made of, and over modifiers.
    private func nextTerm(_ entries: [SPFEntry], from start: Int) -> Int {
        var index = start
        while index < entries.count {
            switch (entries[index].kind, client) {
            case (.ip4, .v4(let address)):
                if entries[index].contains(v4: address) { return index }
            case (.ip6, .v6(let high, let low)):
                if entries[index].contains(v6: high, low) { return index }
            case (.ip4, _), (.ip6, _), (.redirect, _), (.explanation, _), (.modifier, _): break
            default: return index
            }
            index &+= 1
        }
        return index
    }

    /// Takes the answer to the question that was asked last.
    mutating func receive(_ answer: DNSAnswer) -> Step {
        let purpose = pending
        pending = .nothing
        traceAnswer(answer, purpose)
        let progress: Progress
        switch purpose {
        case .nothing: return .done
        case .record(let origin): progress = receiveRecord(answer, origin)
        case .address: progress = receiveAddresses(answer)
        case .exchanges: progress = receiveExchanges(answer)
        case .exchangeAddress: progress = receiveExchangeAddresses(answer)
        case .existence: progress = receiveExistence(answer)
        case .reverseNames(let user):
            reverse.receive(answer, max: limits.reverseNamesMax)
            if user == .mechanism, reverse.wasVoid, !countVoid() { return .done }
            return resume(user)
        case .reverseAddress(let user):
            reverse.validate(answer, client)
            return resume(user)
        case .explanation: return receiveExplanation(answer)
        }
        return handle(progress) ?? run()
    }

    /// Goes back to who wanted the client's names.
    private mutating func resume(_ user: NeedsNames) -> Step {
        switch user {
        case .mechanism: handle(matchReverseNames()) ?? run()
        case .macro: run()
        case .explanationMacro: explain()
        }
    }

    /// The step that a term leads to; nil to look at the next term.
    private mutating func handle(_ progress: Progress) -> Step? {
        switch progress {
        case .waits(let question): return .ask(question)
        case .ends: return .done
        case .enters: return nil
        case .matches:
            traceTerm(true)
            return settle()
        case .doesNotMatch:
            traceTerm(false)
            advance()
            return nil
        }
    }

    mutating func advance() {
        frame.next += 1
        frame.isCounted = false
    }

    /// RFC 7208 §4.6.2, §5.2: a directive matched; its qualifier is the result of its record, and a pass of an
    /// included record is a match of the `include`.
    private mutating func settle() -> Step? {
        var result = frame.record.entries[frame.next].qualifier.result
        if result == .pass || parents.isEmpty { match = frame }
        while let parent = parents.popLast() {
            traceIncluded(result)
            frame = parent
            guard result == .pass else {
                traceTerm(false)
                advance()
                return nil
            }
            traceTerm(true)
            result = frame.record.entries[frame.next].qualifier.result
        }
        end(result, .matched)
        guard result == .fail, let index = frame.record.explanation else { return .done }
        return explain(frame.record.entries[index])
    }

    /// RFC 7208 §4.7, §6.1: no term is left.
    private mutating func evaluateEnd() -> Progress {
        if let index = frame.record.redirect, !frame.record.hasAll {
            switch evaluate(redirect: frame.record.entries[index]) {
            case .doesNotMatch: break
            case let progress: return progress
            }
        }
        guard let parent = parents.popLast() else {
            end(.neutral, .noMatch(frame.domain))
            return .ends
        }
        traceIncluded(.neutral)
        frame = parent
        return .doesNotMatch
    }

    /// Settles the result.
    mutating func end(_ result: SPFResult, _ reason: SPFReason) {
        self.result = result
        self.reason = reason
        traceEnd()
    }

    /// Settles an error, which no record further out can change (RFC 7208 §5, §5.2).
    mutating func endInError(_ result: SPFResult, _ reason: SPFReason) -> Progress {
        end(result, reason)
        return .ends
    }
}
