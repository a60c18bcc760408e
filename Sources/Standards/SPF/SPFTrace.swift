internal import DNS
internal import MailNames
internal import Trace

// What an evaluation says about itself. Every function returns at once unless the trace is wanted, so that no text
// is made for nothing.

extension SPFEvaluation {
    private mutating func note(_ kind: TraceStep.Kind, _ section: String, _ text: String) {
        trace.depth = parents.count
        trace.add(kind, Citation("RFC 7208", section), text)
    }

    mutating func traceStart(_ domain: DomainName) {
        guard trace.isEnabled else { return }
        let identity = sender.identity == .helo ? "HELO" : "reverse-path"
        note(.found, "4.1", "client \(client.text), domain \(domain.text) of the \(identity)")
    }

    mutating func traceAnswer(_ answer: DNSAnswer, _ purpose: Pending) {
        guard trace.isEnabled else { return }
        trace.depth = parents.count
        trace.asked(answer, Citation("RFC 7208", purpose.section))
    }

    mutating func traceCached(_ domain: DomainName) {
        guard trace.isEnabled else { return }
        trace.depth = parents.count
        trace.add(.asked(DNSQuestion(domain, .txt), nil), Citation("RFC 7208", "4.4"), "")
    }

    mutating func traceRecord() {
        guard trace.isEnabled else { return }
        var text = String(decoding: frame.record.bytes.prefix(1_000), as: UTF8.self)
        if frame.record.bytes.count > 1_000 { text += "..." }
        note(.found, "4.5", "record of \(frame.domain.text): \(text)")
    }

    mutating func traceExpansion(_ entry: SPFEntry, _ name: DomainName) {
        guard trace.isEnabled else { return }
        let spec = String(decoding: frame.record.bytes[entry.spec].prefix(SPFLimits.mechanismBytesMax), as: UTF8.self)
        note(.found, "7.3", "\(spec) is \(name.text)")
    }

    /// The term at hand has been looked at. Modifiers are passed over without a word.
    mutating func traceTerm(_ matches: Bool) {
        guard trace.isEnabled, frame.next < frame.record.entries.count else { return }
        guard let section = frame.record.entries[frame.next].kind.section else { return }
        let term = Self.termText(frame)
        note(.compared(matches), section, "\(term) \(matches ? "matches" : "does not match") \(client.text)")
    }

    mutating func traceIncluded(_ result: SPFResult) {
        guard trace.isEnabled else { return }
        trace.depth = parents.count + 1
        trace.add(
            .decided, Citation("RFC 7208", "5.2"), "the included record of \(frame.domain.text) says \(result.rawValue)"
        )
    }

    /// The text is made in any case; a limit ends the evaluation.
    mutating func traceLimit(_ text: String) {
        guard trace.isEnabled else { return }
        note(.limit, "4.6.4", text)
    }

    mutating func traceEnd() {
        guard trace.isEnabled else { return }
        let outcome = outcome()
        trace.depth = 0
        trace.add(.decided, Citation("RFC 7208", "2.6"), "\(outcome.result.rawValue): \(outcome.reason)")
    }

    mutating func traceExplanation() {
        guard trace.isEnabled, let explanation else { return }
        trace.depth = 0
        trace.add(.found, Citation("RFC 7208", "6.2"), "the domain's explanation: \(explanation)")
    }
}

extension SPFEvaluation.Pending {
    /// The section that has the question asked.
    var section: String {
        switch self {
        case .nothing, .record: "4.4"
        case .address: "5.3"
        case .exchanges, .exchangeAddress: "5.4"
        case .existence: "5.7"
        case .reverseNames, .reverseAddress: "5.5"
        case .explanation: "6.2"
        }
    }
}

extension SPFEntry.Kind {
    /// The section of a mechanism; nil for a modifier.
    var section: String? {
        switch self {
        case .all: "5.1"
        case .include: "5.2"
        case .a: "5.3"
        case .mx: "5.4"
        case .ptr: "5.5"
        case .ip4, .ip6: "5.6"
        case .exists: "5.7"
        case .redirect, .explanation, .modifier: nil
        }
    }
}
