public import DNS
public import MailNames
public import Trace

/// What DNS says about where the reports for a domain go.
public enum TLSRPTRecordFinding: Hashable, Sendable {
    /// Exactly one record with a destination.
    case record(TLSRPTRecord)
    /// None: no report is wanted.
    case nothing
    /// Several records, or one that cannot be used: as none.
    case unusable(TLSRPTSyntaxError)
    /// DNS failed, how: nothing is known.
    case failure(DNSStatus)

    /// The record, if there is exactly one.
    public var record: TLSRPTRecord? {
        if case .record(let record) = self { record } else { nil }
    }
}

/// Asks for the record of a domain (RFC 8460 §3).
public struct TLSRPTLookup<R: Resolver>: Sendable {
    /// Who answers.
    public let resolver: R

    public init(resolver: R) { self.resolver = resolver }

    /// The record of a domain: one question, never for a domain above it; aliases are followed by the resolver.
    public func finding(at domain: DomainName, _ trace: inout Trace) async -> TLSRPTRecordFinding {
        // A name that gets too long with the labels cannot be in DNS, so there is no record.
        guard let name = try? domain.prepending("_smtp._tls") else { return .nothing }
        let answer = await resolver.answer(DNSQuestion(name, .txt))
        trace.asked(answer, .rfc(8460, "3"))
        if answer.status.isFailure { return .failure(answer.status) }
        guard !answer.texts.isEmpty else { return .nothing }
        do throws(TLSRPTSyntaxError) {
            let record = try TLSRPTRecord(selectingFrom: answer.texts)
            trace.found("record of \(domain.text): \(record.text)", .rfc(8460, "3"))
            return .record(record)
        } catch {
            trace.decided("no usable record of \(domain.text): \(error)", .rfc(8460, "3"))
            return error.problem == .noRecord ? .nothing : .unusable(error)
        }
    }
}
