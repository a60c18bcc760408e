public import Certificates
public import MailBytes
internal import Trace

/// Holds what a mail server presented against its TLSA records (RFC 7671 §5, RFC 7672 §3).
///
/// A pure function: the records are those that ``DANELookup`` found proved, or those of a file. It shows that the
/// server is one that the owner of the records means; nothing about who owns the mail domain.
public struct DANEVerifier: Sendable {
    public init() {}

    /// Whether the chain is one that the records allow.
    ///
    /// - Parameters:
    ///   - time: the clock, for the certificates below an authority. DANE-EE(3) has no use for it.
    ///   - references: the names that count with DANE-TA(2).
    public func verify(
        _ chain: PresentedChain, against records: TLSARecordSet, references: DANEReferenceNames, at time: UnixTime,
        tracing: Bool = false
    ) -> DANEOutcome {
        var evaluation = DANEEvaluation(
            chain: chain, records: records, references: references, time: time, trace: Trace(isEnabled: tracing))
        return evaluation.run()
    }
}
