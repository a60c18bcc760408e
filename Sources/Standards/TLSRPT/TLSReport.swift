public import MailBytes
public import MailNames

/// A TLS report: what one sender saw of a domain's servers on one day (RFC 8460 §4).
public struct TLSReport: Hashable, Sendable {
    /// Who made it.
    public var organizationName: String
    /// The first moment that is counted.
    public var begin: UnixTime
    /// The last moment that is counted.
    public var end: UnixTime
    /// The address to ask at; nil if there is none.
    public var contactInfo: String?
    /// What tells the report from others of the same sender.
    public var reportID: String
    /// What was seen, by policy.
    public var policies: [TLSReportPolicy]
    /// What was borne in reading, each once, in the order of ``TLSReportQuirk``.
    public var quirks: [TLSReportQuirk]

    public init(
        organizationName: String, begin: UnixTime, end: UnixTime, contactInfo: String?, reportID: String,
        policies: [TLSReportPolicy], quirks: [TLSReportQuirk] = []
    ) {
        self.organizationName = organizationName
        self.begin = begin
        self.end = end
        self.contactInfo = contactInfo
        self.reportID = reportID
        self.policies = policies
        self.quirks = quirks
    }
}

/// What a report says of one policy (RFC 8460 §4.4).
public struct TLSReportPolicy: Hashable, Sendable {
    public var type: TLSRPTPolicyType
    /// The policy: TLSA records, or the lines of an MTA-STS policy.
    public var strings: [String]
    /// The domain that the policy is of; nil if it is missing or is no domain.
    public var domain: DomainName?
    /// The `mx` patterns of an MTA-STS policy.
    public var mxHosts: [String]
    /// Sessions that came about as the policy asks.
    public var successfulSessions: Int
    /// Sessions that did not.
    public var failedSessions: Int
    /// What went wrong. Counts may overlap, and need not add up to ``failedSessions`` (RFC 8460 §4).
    public var failures: [TLSReportFailure]

    public init(
        type: TLSRPTPolicyType, strings: [String] = [], domain: DomainName?, mxHosts: [String] = [],
        successfulSessions: Int, failedSessions: Int, failures: [TLSReportFailure] = []
    ) {
        self.type = type
        self.strings = strings
        self.domain = domain
        self.mxHosts = mxHosts
        self.successfulSessions = successfulSessions
        self.failedSessions = failedSessions
        self.failures = failures
    }
}

/// A way in which sessions failed, and how many (RFC 8460 §4.4, `failure-details`).
///
/// Texts are as the report has them: whoever shows them has to treat them as what a stranger wrote.
public struct TLSReportFailure: Hashable, Sendable {
    public var resultType: TLSRPTResultType
    /// Address of the sender; canonical if it is one.
    public var sendingMTAIP: String?
    /// The MX host.
    public var receivingMXHostname: String?
    /// What the server called itself.
    public var receivingMXHELO: String?
    /// Address of the server; canonical if it is one.
    public var receivingIP: String?
    /// How many sessions.
    public var failedSessions: Int
    /// A URI with more about it.
    public var additionalInformation: String?
    /// An error code or text.
    public var failureReasonCode: String?

    public init(
        _ resultType: TLSRPTResultType, sendingMTAIP: String? = nil, receivingMXHostname: String? = nil,
        receivingMXHELO: String? = nil, receivingIP: String? = nil, failedSessions: Int,
        additionalInformation: String? = nil, failureReasonCode: String? = nil
    ) {
        self.resultType = resultType
        self.sendingMTAIP = sendingMTAIP
        self.receivingMXHostname = receivingMXHostname
        self.receivingMXHELO = receivingMXHELO
        self.receivingIP = receivingIP
        self.failedSessions = failedSessions
        self.additionalInformation = additionalInformation
        self.failureReasonCode = failureReasonCode
    }
}
