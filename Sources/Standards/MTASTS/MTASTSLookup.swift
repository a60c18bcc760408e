public import DNS
public import MailNames
public import Trace

/// What DNS says about the policy of a domain.
public enum MTASTSRecordFinding: Hashable, Sendable {
    /// Exactly one record.
    case record(MTASTSRecord)
    /// No record. That does not end a policy that is in the cache (RFC 8461 §3.1).
    case nothing
    /// Several records, or one against the grammar: as none.
    case unusable(MTASTSSyntaxError)
    /// DNS failed, how: nothing is known. A policy in the cache stays in force.
    case failure(DNSStatus)

    /// The record, if there is exactly one.
    public var record: MTASTSRecord? {
        if case .record(let record) = self { record } else { nil }
    }
}

/// Asks for the record of a domain (RFC 8461 §3.1).
public struct MTASTSLookup<R: Resolver>: Sendable {
    /// Who answers.
    public let resolver: R

    public init(resolver: R) { self.resolver = resolver }

    /// The record of a policy domain: the recipient's domain itself, never one above it (RFC 8461 §3.4); that of the
    /// smart host if there is one. One question; aliases are followed by the resolver.
    public func finding(at domain: DomainName, _ trace: inout Trace) async -> MTASTSRecordFinding {
        // A name that gets too long with the label cannot be in DNS, so there is no record.
        guard let name = try? domain.prepending("_mta-sts") else {
            trace.limit("_mta-sts.\(domain.text) is longer than a name can be, so there is no record", .sts("3.1"))
            return .nothing
        }
        let answer = await resolver.answer(DNSQuestion(name, .txt))
        trace.asked(answer, .sts("3.1"))
        if answer.status.isFailure { return .failure(answer.status) }
        let texts = answer.texts
        guard !texts.isEmpty else { return .nothing }
        do throws(MTASTSSyntaxError) {
            let record = try MTASTSRecord(selectingFrom: texts)
            trace.found("record of \(domain.text): \(record.text)", .sts("3.1"))
            return .record(record)
        } catch {
            trace.decided("no usable record of \(domain.text): \(error)", .sts("3.1"))
            return error.problem == .noRecord ? .nothing : .unusable(error)
        }
    }
}

extension Citation {
    /// A section of RFC 8461.
    static func sts(_ section: String) -> Citation { Citation("RFC 8461", section) }
}
