/// How much is read of what a domain publishes.
public enum MTASTSLimits {
    /// Octets of a policy. RFC 8461 §3.3 suggests 64 kilobytes.
    public static let policyBytesMax = 65_536
    /// The greatest `max_age` in seconds: a year of 365.25 days (RFC 8461 §3.2).
    public static let maxAgeSecondsMax = 31_557_600
    /// Digits of `max_age` (RFC 8461 §3.2).
    static let maxAgeDigitsMax = 10
    /// Letters and digits of an `id` (RFC 8461 §3.1).
    static let idLengthMax = 32
    /// Octets of the name of a field that the RFC does not have (RFC 8461 §3.1, §3.2).
    static let extensionNameLengthMax = 32
    /// Octets of a record. A TXT record cannot hold more (RFC 1035 §3.2.10: 16-bit RDLENGTH).
    static let recordBytesMax = 65_535
    /// Remarks that are kept about one policy; a policy can be made of nothing but remarkable lines.
    static let notesMax = 100
}
