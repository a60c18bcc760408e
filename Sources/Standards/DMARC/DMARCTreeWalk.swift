public import MailNames
internal import Trace

/// A DNS tree walk from one name (RFC 9989 §4.10): the records found on the way up, and the organizational domain
/// that follows from them.
///
/// Each identifier needs a walk of its own: what holds for one name need not hold for another in the same tree.
public struct DMARCTreeWalk: Hashable, Sendable {
    /// A name that was asked for.
    public struct Step: Hashable, Sendable {
        public var domain: DomainName
        public var finding: DMARCFinding
    }

    /// Where the walk started.
    public let start: DomainName
    /// The names in the order asked, the longest first. Ends early at a record with `psd=y` or `psd=n`, and at a
    /// failure.
    public internal(set) var steps: [Step] = []

    init(from start: DomainName) { self.start = start }

    /// The names that a walk from a domain may ask for: itself, then upwards to the top-level domain; at most eight.
    public static func domains(from start: DomainName) -> [DomainName] {
        guard !start.isRoot else { return [] }
        var domains = [start]
        // RFC 9989 §4.10, step 4: of eight labels and more, seven remain for the second question.
        let labels = start.labelCount
        var left = labels < DMARCLimits.walkQueriesMax ? labels - 1 : DMARCLimits.shortenedLabels
        while left > 0 {
            domains.append(start.suffix(labels: left))
            left -= 1
        }
        return domains
    }

    /// The failure that ended the walk, if one did.
    public var failure: DMARCFailure? {
        if case .failure(let failure)? = steps.last?.finding { failure } else { nil }
    }

    /// The step that ended the walk by `psd=y` or `psd=n`, or the last one with a record.
    private var deciding: (domain: DomainName, record: DMARCRecord)? {
        for step in steps.reversed() {
            if let record = step.finding.record { return (step.domain, record) }
        }
        return nil
    }

    /// The organizational domain of ``start``; nil if DNS failed on the way (RFC 9989 §4.10.2).
    public var organizationalDomain: DomainName? {
        guard failure == nil else { return nil }
        // The walk stops at psd=y and psd=n, so the last record is the only one that can have them; without them
        // it is the one with the fewest labels.
        guard let (domain, record) = deciding else { return start }
        // A public suffix does not make itself an organizational domain of what is below, but it is its own.
        guard record.publicSuffix == .yes, domain != start else { return domain }
        return start.suffix(labels: domain.labelCount + 1)
    }

    /// The record for ``start`` when it has none of its own: that of its organizational domain, else that of the
    /// public suffix above (RFC 9989 §4.10.1). Records of names in between count for neither.
    public var inheritedRecord: (domain: DomainName, record: DMARCRecord)? {
        guard let organizationalDomain else { return nil }
        for step in steps where step.domain == organizationalDomain && step.domain != start {
            if let record = step.finding.record { return (step.domain, record) }
        }
        guard let deciding, deciding.record.publicSuffix == .yes, deciding.domain != start else { return nil }
        return deciding
    }
}

extension DMARCRecordSource {
    /// Walks up from a domain.
    mutating func walk(from start: DomainName) async -> DMARCTreeWalk {
        var walk = DMARCTreeWalk(from: start)
        for domain in DMARCTreeWalk.domains(from: start) {
            let finding = await finding(at: domain)
            walk.steps.append(DMARCTreeWalk.Step(domain: domain, finding: finding))
            switch finding {
            case .failure: return walk
            case .nothing: continue
            case .record(let record):
                // RFC 9989 §4.10, steps 2 and 6.
                guard record.publicSuffix == .unspecified else {
                    trace.decided(
                        "the walk from \(start.text) stops at \(domain.text): psd=\(record.publicSuffix.rawValue)",
                        .dmarc("4.10"))
                    return walk
                }
            }
        }
        return walk
    }
}
