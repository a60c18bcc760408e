/// Something in a report that is not as RFC 8460 §4.4 has it, and was borne.
public enum TLSReportQuirk: String, Hashable, Sendable, CaseIterable {
    /// A byte order mark in front of the JSON.
    case byteOrderMark = "byte-order-mark"
    /// UTF-16, where RFC 7493 §2.1 has UTF-8.
    case wrongEncoding = "wrong-encoding"
    /// The report is an element of an array.
    case wrappedRoot = "wrapped-root"
    /// Something behind the report.
    case trailingText = "trailing-text"
    /// A member that is `null` instead of missing.
    case null
    /// A text that is a number or a truth value.
    case notText = "not-text"
    /// No `organization-name`, or an empty one.
    case organizationMissing = "organization-name-missing"
    /// No `contact-info`, or an empty one.
    case contactMissing = "contact-info-missing"
    /// No `report-id`, or an empty one.
    case reportIDMissing = "report-id-missing"
    /// A date and time without `Z` or an offset; read as UTC.
    case dateWithoutZone = "date-without-zone"
    /// A date without a time of day; read as its beginning, or as its end where an end is meant.
    case dateWithoutTime = "date-without-time"
    /// A date as a count of seconds or milliseconds.
    case dateAsSeconds = "date-as-seconds"
    /// A date and time in a form that is like RFC 3339 and is not of it, such as an offset without a colon.
    case oddDate = "odd-date"
    /// No usable beginning, or no usable end; read as that of the other's day.
    case dateMissing = "date-missing"
    /// The end is before the beginning.
    case endBeforeBegin = "end-before-begin"
    /// `policies` is one object instead of an array.
    case policiesNotArray = "policies-not-array"
    /// A policy without the object `policy`.
    case policyMissing = "policy-missing"
    /// No `policy-type`; read as `no-policy-found`.
    case policyTypeMissing = "policy-type-missing"
    /// A `policy-type` that RFC 8460 does not have.
    case unknownPolicyType = "unknown-policy-type"
    /// No `policy-string` where there is a policy that the sender could know.
    case policyStringMissing = "policy-string-missing"
    /// `policy-string` is a string instead of an array; its lines are the elements.
    case policyStringNotArray = "policy-string-not-array"
    /// No `policy-domain`.
    case policyDomainMissing = "policy-domain-missing"
    /// A `policy-domain` that is no domain.
    case badPolicyDomain = "bad-policy-domain"
    /// `mx-host` is a string instead of an array, as in the example of RFC 8460 appendix B.
    case mxHostNotArray = "mx-host-not-array"
    /// No `summary`.
    case summaryMissing = "summary-missing"
    /// A count of sessions is missing; read as 0, and as 1 in the details of a failure.
    case countMissing = "count-missing"
    /// A count is a string or has a fraction.
    case countNotInteger = "count-not-integer"
    /// A count that cannot be; read as 0.
    case badCount = "bad-count"
    /// `failure-details` is one object instead of an array.
    case failureDetailsNotArray = "failure-details-not-array"
    /// No `result-type`; read as `validation-failure`.
    case resultTypeMissing = "result-type-missing"
    /// A `result-type` that the registry did not have.
    case unknownResultType = "unknown-result-type"
    /// Something that should be an IP address and is none; kept as it is.
    case badAddress = "bad-address"
    /// An element that is not of the kind its array is of; left out.
    case strayElement = "stray-element"
}

/// Why octets are no TLS report.
public struct TLSReportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a clause with the place.
    public let description: String
    /// The line, from 1, if the text is not JSON.
    public let line: Int?
    /// The column in octets, from 1, if the text is not JSON.
    public let column: Int?

    init(_ description: String, line: Int? = nil, column: Int? = nil) {
        self.description = description
        self.line = line
        self.column = column
    }
}
