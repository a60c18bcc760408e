public import MailNames

/// A group of messages that are alike: one source, one outcome, the same identifiers (RFC 9990 §3.1.1.8).
public struct DMARCReportRecord: Hashable, Sendable {
    public var source: DMARCReportSource
    /// How many messages.
    public var count: Int
    /// What was done with them; nil if the report does not say.
    public var disposition: DMARCReportedAction?
    /// Whether DKIM passed and was aligned; nil if the report does not say.
    public var dkimAligned: Bool?
    /// Whether SPF passed and was aligned; nil if the report does not say.
    public var spfAligned: Bool?
    /// Why something else was done than the policy asks for.
    public var reasons: [DMARCReportReason]
    /// The domain of the author; nil if it is missing.
    public var headerFrom: String?
    /// The domain of the return path: empty for the null path, nil if the report does not say.
    public var envelopeFrom: String?
    /// The domain of the recipient.
    public var envelopeTo: String?
    /// What came of the signatures.
    public var dkim: [DMARCReportedSignature]
    /// What came of SPF. RFC 9990 has one at most.
    public var spf: [DMARCReportedSPF]

    public init(
        source: DMARCReportSource, count: Int, disposition: DMARCReportedAction?, dkimAligned: Bool?,
        spfAligned: Bool?, reasons: [DMARCReportReason] = [], headerFrom: String?, envelopeFrom: String? = nil,
        envelopeTo: String? = nil, dkim: [DMARCReportedSignature] = [], spf: [DMARCReportedSPF] = []
    ) {
        self.source = source
        self.count = count
        self.disposition = disposition
        self.dkimAligned = dkimAligned
        self.spfAligned = spfAligned
        self.reasons = reasons
        self.headerFrom = headerFrom
        self.envelopeFrom = envelopeFrom
        self.envelopeTo = envelopeTo
        self.dkim = dkim
        self.spf = spf
    }
}

/// Where messages came from.
public enum DMARCReportSource: Hashable, Sendable {
    case address(IPAddress)
    /// Something that is no address, as it stands there.
    case other(String)
    /// The report does not say.
    case missing

    /// The address in its canonical form, or what stands in its place; nil if that is nothing.
    public var text: String? {
        switch self {
        case .address(let address): address.text
        case .other(let text): text
        case .missing: nil
        }
    }
}

/// What a policy asks for, or what was done (`DispositionType`, `ActionDispositionType`).
public enum DMARCReportedAction: Hashable, Sendable {
    case none
    /// Nothing was done, for the message passed a policy that is in force. No policy asks for this.
    case pass
    case quarantine
    case reject
    /// Something else, as it stands there.
    case other(String)

    /// The word of RFC 9990, or what stands in its place.
    public var word: String {
        switch self {
        case .none: "none"
        case .pass: "pass"
        case .quarantine: "quarantine"
        case .reject: "reject"
        case .other(let text): text
        }
    }
}

/// Why something else was done than the policy asks for (RFC 9990 §3.1.6).
public struct DMARCReportReason: Hashable, Sendable {
    public var type: DMARCReasonType
    /// More about it; nil if there is nothing.
    public var comment: String?

    public init(type: DMARCReasonType, comment: String? = nil) {
        self.type = type
        self.comment = comment
    }
}

/// The kinds of reasons.
public enum DMARCReasonType: Hashable, Sendable {
    case localPolicy
    case mailingList
    case other
    case policyTestMode
    case trustedForwarder
    /// Of RFC 7489 alone.
    case forwarded
    /// Of RFC 7489 alone.
    case sampledOut
    /// A kind that no RFC has, as it stands there; empty if there is none.
    case unknown(String)

    /// The word of the RFC, or what stands in its place.
    public var word: String {
        switch self {
        case .localPolicy: "local_policy"
        case .mailingList: "mailing_list"
        case .other: "other"
        case .policyTestMode: "policy_test_mode"
        case .trustedForwarder: "trusted_forwarder"
        case .forwarded: "forwarded"
        case .sampledOut: "sampled_out"
        case .unknown(let text): text
        }
    }
}

/// What came of one signature.
public struct DMARCReportedSignature: Hashable, Sendable {
    /// The tag `d`; nil if it is missing.
    public var domain: String?
    /// The tag `s`; nil if it is missing, which RFC 7489 allows.
    public var selector: String?
    public var result: DMARCReportedResult
    /// More about it.
    public var humanResult: String?

    public init(
        domain: String?, selector: String?, result: DMARCReportedResult, humanResult: String? = nil
    ) {
        self.domain = domain
        self.selector = selector
        self.result = result
        self.humanResult = humanResult
    }
}

/// What came of SPF.
public struct DMARCReportedSPF: Hashable, Sendable {
    /// The domain that was checked; nil if it is missing.
    public var domain: String?
    public var scope: DMARCReportedScope?
    public var result: DMARCReportedResult
    /// More about it.
    public var humanResult: String?

    public init(
        domain: String?, scope: DMARCReportedScope?, result: DMARCReportedResult, humanResult: String? = nil
    ) {
        self.domain = domain
        self.scope = scope
        self.result = result
        self.humanResult = humanResult
    }
}

/// The identity that SPF was asked about.
public enum DMARCReportedScope: Hashable, Sendable {
    case mailFrom
    /// Of RFC 7489 alone.
    case helo
    /// Something else, as it stands there.
    case other(String)

    /// The word of the RFC, or what stands in its place.
    public var word: String {
        switch self {
        case .mailFrom: "mfrom"
        case .helo: "helo"
        case .other(let text): text
        }
    }
}

/// A result of DKIM or SPF (RFC 8601 §2.7.1, §2.7.2).
public enum DMARCReportedResult: Hashable, Sendable {
    case none
    case pass
    case fail
    /// Of SPF alone.
    case softfail
    case policy
    case neutral
    case temperror
    case permerror
    /// A word that neither has, as it stands there; empty if there is none.
    case other(String)

    /// The word of RFC 8601, or what stands in its place.
    public var word: String {
        switch self {
        case .none: "none"
        case .pass: "pass"
        case .fail: "fail"
        case .softfail: "softfail"
        case .policy: "policy"
        case .neutral: "neutral"
        case .temperror: "temperror"
        case .permerror: "permerror"
        case .other(let text): text
        }
    }
}
