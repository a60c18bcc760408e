public import MailNames

/// What a verifier accepts beyond what the standard settles.
public struct DKIMOptions: Sendable {
    /// What becomes of a signature whose `l=` leaves the end of the body unsigned.
    public enum PartialBody: Sendable {
        /// The result is `policy`: whoever forwards the message can add what they like (RFC 6376 §8.2).
        case policy
        /// The signature counts as it would without the rest.
        case trust
    }

    /// Signatures that are verified, from the top. The others are counted.
    public var signaturesMax: Int
    /// By how much clocks may differ when `x=` is compared.
    public var clockSkewSeconds: Int64
    public var partialBody: PartialBody
    /// Smaller RSA keys are `policy`; below 1024 bits they are `permerror` in any case (RFC 8301 §3.2).
    public var keyBitsMin: Int
    /// Larger RSA keys are `policy`. RFC 8301 §3.2 wants all up to 4096 accepted.
    public var keyBitsMax: Int
    /// Whether a signature that says it is from the future, `t=`, is `policy`. RFC 6376 §3.5 allows it; the usual
    /// cause is a sender's wrong clock, so it is not done by default.
    public var refusesFutureSignatures: Bool
    /// Domains whose signatures mean nothing, such as `com` or `co.uk`: `policy` (RFC 6376 §6.1.1).
    public var refusedDomains: Set<DomainName>
    /// What the message is: key records for other services are none for it (RFC 6376 §3.6.1, `s=`). Mail is `email`;
    /// a TLS report is `tlsrpt` as well (RFC 8460 §3).
    public var services: Set<String>

    public init(
        signaturesMax: Int = 10, clockSkewSeconds: Int64 = 300, partialBody: PartialBody = .policy,
        keyBitsMin: Int = 1024, keyBitsMax: Int = 4096, refusesFutureSignatures: Bool = false,
        refusedDomains: Set<DomainName> = [], services: Set<String> = ["email"]
    ) {
        self.signaturesMax = signaturesMax
        self.clockSkewSeconds = clockSkewSeconds
        self.partialBody = partialBody
        self.keyBitsMin = keyBitsMin
        self.keyBitsMax = keyBitsMax
        self.refusesFutureSignatures = refusesFutureSignatures
        self.refusedDomains = refusedDomains
        self.services = services
    }
}
