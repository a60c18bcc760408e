public import MailNames

/// How one session with a server of a domain ended, as far as TLS and its policies go: what reports count.
///
/// A session is a connection in which STARTTLS was tried or should have been, not a message (RFC 8460 §4.2). Where DANE
/// and MTA-STS both were there, each is a policy of its own (RFC 8460 §4).
public struct TLSSessionOutcome: Hashable, Sendable {
    /// The domain that the report goes to: that of the recipients, or of the smart host.
    public var domain: DomainName
    /// The domain's TLSRPT record as whoever counted the session found it; nil if nobody has looked.
    public var record: String?
    /// How it went by each policy. At least one; ``TLSRPTPolicyType/noPolicyFound`` if there was none.
    public var policies: [TLSSessionPolicyOutcome]

    public init(domain: DomainName, record: String? = nil, policies: [TLSSessionPolicyOutcome]) {
        self.domain = domain
        self.record = record
        self.policies = policies
    }
}

/// A policy that a session was held to.
public struct TLSAppliedPolicy: Hashable, Sendable {
    public var type: TLSRPTPolicyType
    /// The policy: each TLSA record in presentation form, or each line of the MTA-STS policy (RFC 8460 §4.4).
    public var strings: [String]
    /// The domain that the policy is of. Nil stands for the domain of the session.
    public var domain: DomainName?
    /// The `mx` patterns of an MTA-STS policy; empty for other ones (RFC 8460 §4.4).
    public var mxHosts: [String]

    public init(type: TLSRPTPolicyType, strings: [String] = [], domain: DomainName? = nil, mxHosts: [String] = []) {
        self.type = type
        self.strings = strings
        self.domain = domain
        self.mxHosts = mxHosts
    }
}

/// How a session went by one policy.
public struct TLSSessionPolicyOutcome: Hashable, Sendable {
    public var policy: TLSAppliedPolicy
    /// Whether TLS came about as the policy asks.
    public var isSuccess: Bool
    /// What went wrong. May be there in a session that came about in the end, and missing in one that did not.
    public var failures: [TLSSessionFailure]

    public init(policy: TLSAppliedPolicy, isSuccess: Bool, failures: [TLSSessionFailure] = []) {
        self.policy = policy
        self.isSuccess = isSuccess
        self.failures = failures
    }
}

/// Something that went wrong in a session (RFC 8460 §4.4, `failure-details`).
public struct TLSSessionFailure: Hashable, Sendable {
    public var resultType: TLSRPTResultType
    /// Our address in the session.
    public var sendingAddress: IPAddress?
    /// The MX host.
    public var receivingHost: String?
    /// What the server called itself in its greeting or its answer to EHLO.
    public var receivingHELO: String?
    /// The server's address.
    public var receivingAddress: IPAddress?
    /// A URI with more about it.
    public var additionalInformation: String?
    /// An error code or text, such as `X509_V_ERR_CERT_HAS_EXPIRED`.
    public var reasonCode: String?

    public init(
        _ resultType: TLSRPTResultType, sendingAddress: IPAddress? = nil, receivingHost: String? = nil,
        receivingHELO: String? = nil, receivingAddress: IPAddress? = nil, additionalInformation: String? = nil,
        reasonCode: String? = nil
    ) {
        self.resultType = resultType
        self.sendingAddress = sendingAddress
        self.receivingHost = receivingHost
        self.receivingHELO = receivingHELO
        self.receivingAddress = receivingAddress
        self.additionalInformation = additionalInformation
        self.reasonCode = reasonCode
    }
}
