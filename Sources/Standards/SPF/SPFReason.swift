internal import DNS
internal import MailBytes
internal import MailNames

/// What settled a result; made into text once, at the end.
enum SPFReason {
    case malformedDomain
    case noDomain(DomainName)
    case noRecord(DomainName)
    case severalRecords(DomainName, Int)
    case syntax(DomainName, SPFSyntaxError)
    case noAnswer(DNSQuestion, DNSStatus)
    case tooManyLookups, tooManyVoids, tooDeep
    case tooManyExchanges(DomainName)
    case includeWithoutRecord(DomainName, of: DomainName)
    case redirectWithoutRecord(DomainName, of: DomainName)
    case includeMalformed(DomainName)
    case redirectMalformed(DomainName)
    /// A term matched; which one, the evaluation knows.
    case matched
    case noMatch(DomainName)
}

extension SPFEvaluation {
    /// The outcome, once there is no more to ask.
    func outcome() -> SPFOutcome {
        SPFOutcome(
            result: result, domain: sender.domain, identity: sender.identity, mechanism: mechanism,
            explanation: explanation, lookups: lookups, voidLookups: voidLookups, reason: reasonText, trace: trace)
    }

    private var mechanism: String? {
        switch reason {
        case .matched: Self.termText(frame)
        // RFC 7208 §9.1: the word for it.
        case .noMatch: "default"
        default: nil
        }
    }

    private var reasonText: String {
        switch reason {
        case .matched: return matchText
        case .noMatch(let domain): return "no term of the record of \(domain.text) matches"
        case .malformedDomain:
            return sender.identity == .helo
                ? "the HELO name is no domain name of several labels"
                : "the domain of the reverse-path is no domain name of several labels"
        case .noDomain(let domain): return "\(domain.text) does not exist"
        case .noRecord(let domain): return "\(domain.text) has no SPF record"
        case .severalRecords(let domain, let count):
            return "\(domain.text) has \(count) SPF records, and may have one"
        case .syntax(let domain, let error): return "the record of \(domain.text) has a syntax error: \(error)"
        case .noAnswer(let question, let status): return "no answer for \(question): \(status)"
        case .tooManyLookups: return "more than \(limits.lookupsMax) terms that ask the DNS"
        case .tooManyVoids: return "more than \(limits.voidLookupsMax) terms for which the DNS has nothing"
        case .tooDeep: return "records that include each other too deep"
        case .tooManyExchanges(let domain):
            return "\(domain.text) has more than \(limits.exchangesMax) mail exchangers"
        case .includeWithoutRecord(let target, let domain):
            return "\(domain.text) includes \(target.text), which has no SPF record"
        case .redirectWithoutRecord(let target, let domain):
            return "\(domain.text) redirects to \(target.text), which has no SPF record"
        case .includeMalformed(let domain): return "\(domain.text) includes what is no domain name of several labels"
        case .redirectMalformed(let domain):
            return "\(domain.text) redirects to what is no domain name of several labels"
        }
    }

    /// `ip4:192.0.2.0/28 of the record of _spf.example.org matches`, of the innermost record.
    private var matchText: String {
        let match = match ?? frame
        // In octets and in one go: every check ends here, and joining strings would take several times as long.
        var text: [UInt8] = []
        text.reserveCapacity(SPFLimits.mechanismBytesMax)
        text.append(contentsOf: match.record.bytes[Self.termRange(match)])
        text.append(contentsOf: Self.ofTheRecordOf)
        if match.domain.bytes.allSatisfy({ $0.isVisible && $0 != UInt8(ascii: "\\") }) {
            text.append(contentsOf: match.domain.bytes)
        } else {
            text.append(contentsOf: match.domain.text.utf8)
        }
        text.append(contentsOf: Self.matches)
        return String(decoding: text, as: UTF8.self)
    }

    private static let ofTheRecordOf = Array(" of the record of ".utf8)
    private static let matches = Array(" matches".utf8)

    /// The term that a frame stands at, as published, and cut if it is overlong.
    static func termText(_ frame: Frame) -> String {
        let range = termRange(frame)
        let text = String(decoding: frame.record.bytes[range], as: UTF8.self)
        return range.count < SPFLimits.mechanismBytesMax ? text : text + "..."
    }

    private static func termRange(_ frame: Frame) -> Range<Int> {
        guard frame.next < frame.record.entries.count else { return 0..<0 }
        let range = frame.record.entries[frame.next].range
        return range.lowerBound..<min(range.upperBound, range.lowerBound + SPFLimits.mechanismBytesMax)
    }
}
