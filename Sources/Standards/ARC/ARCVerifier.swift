public import DKIM
public import DNS
public import MailBytes
public import MailFormat

/// Validates ARC chains: RFC 8617 §5.2.
///
/// Signatures and keys are judged as DKIM judges them, which RFC 8617 §5.2 imports: no SHA-1, no RSA keys below
/// 1024 bits, `rsa-sha256` and `ed25519-sha256` (RFC 8617 §4.1 takes its algorithms from DKIM, which RFC 8463
/// extended). Each seal and message signature has its own domain and selector; nothing ties them together.
public struct ARCVerifier<R: Resolver>: Sendable {
    /// Who answers where the keys are asked for.
    public let resolver: R
    public let options: DKIMOptions
    private let cache: DKIMKeyCache?

    /// - Parameters:
    ///   - options: what is accepted of a signature. ``DKIM/DKIMOptions/signaturesMax`` does not count here: a chain
    ///     is validated as a whole, up to ``ARCLimits/setsMax`` sets.
    ///   - cache: keys to share between messages, and with DKIM.
    public init(resolver: R, options: DKIMOptions = DKIMOptions(), cache: DKIMKeyCache? = nil) {
        self.resolver = resolver
        self.options = options
        self.cache = cache
    }

    /// The status of the message's chain. Never throws: whatever is wrong with message, key or DNS is a result with
    /// a reason.
    ///
    /// The lines of the message should end in CR LF, as on the wire: see `MailMessage.withNetworkLineEndings`.
    ///
    /// - Parameter now: when the message was received (RFC 6376 §3.5, tag `x=`).
    public func verify(_ message: MailMessage, at now: UnixTime, tracing: Bool = false) async -> ARCOutcome {
        var verification = ARCVerification(header: message.header, options: options, at: now, tracing: tracing)
        if verification.needsBody { verification.update(message.bodyBytes) }
        return await verification.finish(resolver: resolver, cache: cache)
    }
}
