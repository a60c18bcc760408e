public import DNS
public import MailBytes
public import MailFormat

/// Verifies the DKIM signatures of messages: RFC 6376 §6, RFC 8301, RFC 8463, RFC 8616.
///
/// A pass says that a domain vouches for the signed parts of a message, not that the visible author is of that
/// domain: that is for DMARC to compare.
public struct DKIMVerifier<R: Resolver>: Sendable {
    /// Who answers where the keys are asked for.
    public let resolver: R
    public let options: DKIMOptions
    private let cache: DKIMKeyCache?

    /// - Parameter cache: keys to share between messages.
    public init(resolver: R, options: DKIMOptions = DKIMOptions(), cache: DKIMKeyCache? = nil) {
        self.resolver = resolver
        self.options = options
        self.cache = cache
    }

    /// An outcome for each signature, from the top; none if the message is not signed. Never throws: whatever is
    /// wrong with message, key or DNS is a result with a reason.
    ///
    /// The lines of the message should end in CR LF, as on the wire: see `MailMessage.withNetworkLineEndings`.
    ///
    /// - Parameter now: when the message was received (RFC 6376 §3.5, tag `x=`).
    public func verify(
        _ message: MailMessage, at now: UnixTime, tracing: Bool = false
    ) async -> DKIMOutcomes {
        var verification = DKIMVerification(header: message.header, options: options, at: now, tracing: tracing)
        if verification.needsBody { verification.update(message.bodyBytes) }
        return await verification.finish(resolver: resolver, cache: cache)
    }
}
