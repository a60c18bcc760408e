/// What a resolver found out about the servers it asks.
public struct ResolverSelfTest: Hashable, Sendable {
    /// How far DNSSEC works from here.
    public enum Validation: String, Hashable, Sendable {
        /// A proof from the trust anchor was completed.
        case works
        /// The servers answer, but keep from us what a proof needs.
        case unavailable
        /// Nothing is validated, because the configuration says so or there is no trust anchor.
        case off
        /// Nobody answered, so nothing is known.
        case unknown
    }

    public var validation: Validation
    /// Whether anybody answered at all.
    public var isReachable: Bool
    /// Whether answers are taken without proof although validation was asked for, because it can't work.
    public var hasGivenUpProof: Bool
    /// Why validation does not work, in libunbound's words; nil where it works or is off.
    public var reason: String?

    init(validation: Validation, isReachable: Bool, hasGivenUpProof: Bool = false, reason: String? = nil) {
        self.validation = validation
        self.isReachable = isReachable
        self.hasGivenUpProof = hasGivenUpProof
        self.reason = reason
    }

    /// What to tell the administrator, as a clause; nil if all is well.
    public var warning: String? {
        switch (validation, isReachable) {
        case (_, false): "no DNS server answers"
        case (.works, _): nil
        case (.off, _): "DNS answers are not validated, so DANE can't be used"
        case (.unknown, _): "it is not known yet whether DNSSEC works"
        case (.unavailable, _):
            hasGivenUpProof
                ? "the DNS servers don't pass DNSSEC on, so answers are taken without proof and DANE can't be used"
                : "the DNS servers don't pass DNSSEC on, so every domain fails validation"
        }
    }
}
