/// What a check may ask of the DNS and of the machine.
///
/// The time is not limited here: RFC 7208 §4.6.4 wants at least 20 seconds for a check, and the resolver, which
/// knows the clock, answers with a time-out or a spent budget when they are over; both are a temporary error.
public struct SPFLimits: Hashable, Sendable {
    /// Terms that ask the DNS, in all records together (RFC 7208 §4.6.4: 10).
    public var lookupsMax: Int
    /// Terms for which nothing is found (RFC 7208 §4.6.4: 2 unless configured).
    public var voidLookupsMax: Int
    /// Names of one `mx` (RFC 7208 §4.6.4: 10); with more the result is a permanent error.
    public var exchangesMax: Int
    /// Names of the client's address that are looked at for `ptr` and `%{p}` (RFC 7208 §4.6.4: 10); more are ignored.
    public var reverseNamesMax: Int
    /// Octets of a record. The default is what a TXT record can hold (RFC 1035 §3.2.1).
    public var recordBytesMax: Int
    /// Octets of an explanation; what is longer is cut. The default leaves room in an SMTP reply line for the code
    /// and an introduction (RFC 5321 §4.5.3.1.5: 512; RFC 7208 §6.2 allows the limit).
    public var explanationBytesMax: Int

    public init(
        lookupsMax: Int = 10, voidLookupsMax: Int = 2, exchangesMax: Int = 10, reverseNamesMax: Int = 10,
        recordBytesMax: Int = 65_535, explanationBytesMax: Int = 400
    ) {
        self.lookupsMax = lookupsMax
        self.voidLookupsMax = voidLookupsMax
        self.exchangesMax = exchangesMax
        self.reverseNamesMax = reverseNamesMax
        self.recordBytesMax = recordBytesMax
        self.explanationBytesMax = explanationBytesMax
    }

    /// Questions of one check, at most: the record and the explanation, for each term one and the names of an `mx`, the
    /// names of the client. The limits above stop a check before; this one holds if they had a hole.
    var questionsMax: Int {
        let (names, first) = max(0, lookupsMax).multipliedReportingOverflow(by: max(0, min(exchangesMax, 65_535)) + 1)
        let (sum, second) = names.addingReportingOverflow(max(0, min(reverseNamesMax, 65_535)) + 4)
        return first || second ? Int.max : sum
    }

    /// Octets of a term in ``SPFOutcome/mechanism`` and in reasons: longer ones are hostile, and go into header
    /// fields and logs.
    public static let mechanismBytesMax = 300
    /// Records that include each other. Ten look-ups cannot reach it; it holds where somebody raised that limit.
    static let includeDepthMax = 50
    /// Octets of what the client said, from its end, that a macro stands for. No path and no name is as long
    /// (RFC 5321 §4.5.3.1), and a record may have thousands of macros.
    static let macroValueBytesMax = 1_024
    /// Octets that the expansion of a macro-string may grow to before its front is dropped. A name is cut from the
    /// left to 253 octets, so its front never counts.
    static let expansionBytesMax = 4_096
}
