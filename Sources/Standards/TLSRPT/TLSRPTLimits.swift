/// How much is read and kept.
public enum TLSRPTLimits {
    /// Octets of a record. A TXT record cannot hold more (RFC 1035 §3.2.10: 16-bit RDLENGTH).
    static let recordBytesMax = 65_535
    /// Destinations of a record that are kept. RFC 8460 has no number; each is one more report to send.
    static let destinationsMax = 50
    /// Octets of the name of a field that the RFC does not have (RFC 8460 §3).
    static let extensionNameLengthMax = 32

    /// Octets of a report's JSON, unpacked. Common limits are ten megabytes for the mail (RFC 8460 §5.2).
    public static let reportBytesMax = 32 << 20
    /// Octets of a report in UTF-16, which is converted in memory.
    static let reportConvertedBytesMax = 16 << 20
    /// Arrays and objects of a report within each other. A report needs five levels.
    public static let reportDepthMax = 16
    /// JSON values of a report.
    public static let reportValuesMax = 500_000
    /// Failure details of a report, which have eight values each, and policies.
    public static let reportDetailsMax = 60_000

    /// Octets of a report that we make, as JSON and not packed. RFC 8460 §5.2 has receivers of mail with 10 MB as a
    /// common limit: packed and in base64 a report of this length stays far below it, and so it does by HTTPS.
    public static let ownReportBytesMax = 10_000_000

    /// Octets of a datagram of Postfix. Its library sends less than 64 kilobytes.
    public static let datagramBytesMax = 65_536
    /// Arrays and objects of a datagram within each other. A datagram needs five levels.
    static let datagramDepthMax = 8
    /// JSON values of a datagram.
    static let datagramValuesMax = 4_096
    /// Policies of one session: DANE, MTA-STS, and a surplus.
    static let sessionPoliciesMax = 8
    /// Failures of one policy in one session.
    static let sessionFailuresMax = 32

    /// Lines of a policy that are kept of a session: a policy text can have thousands.
    static let policyStringsMax = 64
    /// Octets of a text that is kept of a session, such as a reason.
    static let textBytesMax = 512
    /// The greatest count. I-JSON keeps integers exact up to here (RFC 7493 §2.2).
    static let countMax = 9_007_199_254_740_991
}

/// How much a counter keeps. What is over a limit is not lost without a trace: see ``TLSReportCounter``.
public struct TLSReportCounterLimits: Hashable, Sendable {
    /// Domains of one day.
    public var domainsMax: Int
    /// Policies of one domain on one day.
    public var policiesMax: Int
    /// Different failures of one policy.
    public var failuresMax: Int
    /// Days that are kept beside each other.
    public var daysMax: Int
    /// Octets of one day's names, policies and failures. A domain of few words costs some 500; others could make their
    /// policies long, and whoever runs a mail server decides how many kinds of failure there are.
    public var octetsMax: Int

    /// The defaults: 100,000 domains, 32 policies, 500 failures, 8 days, 64 MiB.
    public init(
        domainsMax: Int = 100_000, policiesMax: Int = 32, failuresMax: Int = 500, daysMax: Int = 8,
        octetsMax: Int = 64 << 20
    ) {
        self.domainsMax = domainsMax
        self.policiesMax = policiesMax
        self.failuresMax = failuresMax
        self.daysMax = daysMax
        self.octetsMax = octetsMax
    }
}
