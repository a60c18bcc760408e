public import MailBytes

/// A DMARC aggregate report: what one receiver saw of a domain's mail in a period (RFC 9990 §3), whatever form it
/// came in.
///
/// Domains are in small letters and as A-labels where they are domains at all. All texts are as strangers wrote them:
/// whoever shows them has to treat them so.
public struct DMARCAggregateReport: Hashable, Sendable {
    /// The form that the report came in.
    public var form: DMARCReportForm
    /// `version`, as the report has it; nil if there is none.
    public var version: String?
    /// Who made it; empty if that is missing.
    public var organizationName: String
    /// The address to ask at; nil if there is none.
    public var email: String?
    /// More about how to ask.
    public var extraContactInfo: String?
    /// What tells the report from others of the same reporter; empty if that is missing.
    public var reportID: String
    /// The first moment that is counted; nil if it is missing or no date.
    public var begin: UnixTime?
    /// The last moment that is counted; nil if it is missing or no date.
    public var end: UnixTime?
    /// What the reporter met with in processing the policy. RFC 9990 has one at most.
    public var errors: [String]
    /// The program that made the report.
    public var generator: String?
    /// The policy that the reporter found.
    public var policy: DMARCReportedPolicy
    /// What was seen, by source, results and identifiers.
    public var records: [DMARCReportRecord]
    /// What was borne in reading, each once, in the order of ``DMARCAggregateQuirk``.
    public var quirks: [DMARCAggregateQuirk]

    public init(
        form: DMARCReportForm = .rfc9990, version: String? = "1.0", organizationName: String, email: String?,
        extraContactInfo: String? = nil, reportID: String, begin: UnixTime?, end: UnixTime?, errors: [String] = [],
        generator: String? = nil, policy: DMARCReportedPolicy, records: [DMARCReportRecord],
        quirks: [DMARCAggregateQuirk] = []
    ) {
        self.form = form
        self.version = version
        self.organizationName = organizationName
        self.email = email
        self.extraContactInfo = extraContactInfo
        self.reportID = reportID
        self.begin = begin
        self.end = end
        self.errors = errors
        self.generator = generator
        self.policy = policy
        self.records = records
        self.quirks = quirks
    }

    /// How many messages the records count together; it stops at the greatest number.
    public var messages: Int {
        records.reduce(0) { sum, record in
            let (total, overflow) = sum.addingReportingOverflow(record.count)
            return overflow ? .max : total
        }
    }
}

/// The forms of aggregate reports.
public enum DMARCReportForm: String, Hashable, Sendable, CaseIterable {
    /// In the namespace of RFC 9990.
    case rfc9990
    /// Of RFC 7489 appendix C, in its namespace or, as nearly all are, in none.
    case rfc7489
    /// In another namespace.
    case other
}

/// The policy that a reporter found, as published; nil where the report says nothing (RFC 9990 §3.1.1.6).
public struct DMARCReportedPolicy: Hashable, Sendable {
    /// Where the record was found; nil if that is missing.
    public var domain: String?
    /// `p`
    public var policy: DMARCReportedAction?
    /// `sp`
    public var subdomainPolicy: DMARCReportedAction?
    /// `np`
    public var nonexistentPolicy: DMARCReportedAction?
    /// `adkim`: whether DKIM has to be aligned strictly.
    public var isDKIMStrict: Bool?
    /// `aspf`: whether SPF has to be aligned strictly.
    public var isSPFStrict: Bool?
    /// `pct`, which RFC 9989 no longer has.
    public var percentage: Int?
    /// `fo`, as it stands there.
    public var failureOptions: String?
    /// `testing`: the tag `t`.
    public var isTesting: Bool?
    /// `discovery_method`, in small letters: `psl` or `treewalk`.
    public var discoveryMethod: String?

    public init(
        domain: String?, policy: DMARCReportedAction? = nil, subdomainPolicy: DMARCReportedAction? = nil,
        nonexistentPolicy: DMARCReportedAction? = nil, isDKIMStrict: Bool? = nil, isSPFStrict: Bool? = nil,
        percentage: Int? = nil, failureOptions: String? = nil, isTesting: Bool? = nil, discoveryMethod: String? = nil
    ) {
        self.domain = domain
        self.policy = policy
        self.subdomainPolicy = subdomainPolicy
        self.nonexistentPolicy = nonexistentPolicy
        self.isDKIMStrict = isDKIMStrict
        self.isSPFStrict = isSPFStrict
        self.percentage = percentage
        self.failureOptions = failureOptions
        self.isTesting = isTesting
        self.discoveryMethod = discoveryMethod
    }
}
