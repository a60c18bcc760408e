public import DNS
public import MailNames
internal import Trace

/// Finds the TLSA records of a mail server, and the proof of them (RFC 7672 §2.2.2, §2.2.3).
///
/// Asks for the addresses first; then, only if these are proved, for `_25._tcp.` and the base domain. Three questions
/// for most signed hosts, two for unsigned ones, five at most.
///
/// A resolver gives one state for a whole answer with all aliases in it. From "insecure" it can't be seen which link
/// is unsigned, so the first is asked for by itself, as RFC 7672 §2.1.3 says; links further on never matter, for
/// names between the first and the last are no candidates.
public struct DANELookup<R: Resolver>: Sendable {
    /// Who answers. DANE is as good as its validation.
    public let resolver: R
    /// Which records are usable.
    public let options: DANEOptions

    public init(resolver: R, options: DANEOptions = DANEOptions()) {
        self.resolver = resolver
        self.options = options
    }

    /// Looks up a host to which mail is to be delivered.
    ///
    /// - Parameters:
    ///   - host: the exchange of an MX record, a relay, or a mail domain without MX records. Whether the MX records
    ///     are proved is the caller's business, and decides on ``DANEReferenceNames``.
    public func lookUp(host: DomainName, port: UInt16 = 25, tracing: Bool = false) async -> DANELookupOutcome {
        var search = DANESearch(
            resolver: resolver, options: options, host: host, port: port, trace: Trace(isEnabled: tracing))
        let finding = await search.run()
        return search.outcome(finding)
    }
}
