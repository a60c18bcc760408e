/// A DMARC policy record: the TXT record at `_dmarc.<domain>` (RFC 9989 §4.7).
///
/// Says what the owner of a domain asks for; it protects nobody by itself. A tag that is absent, or whose value is
/// not of its syntax, has its default here, and ``notes`` tells which those were.
public struct DMARCRecord: Hashable, Sendable {
    /// Tag `p`; nil if it is absent or unusable. Use ``requests(of:exists:)`` for what that means.
    public var policy: DMARCPolicy?
    /// Tag `sp`, for existing subdomains of an organizational domain or public suffix.
    public var subdomainPolicy: DMARCPolicy?
    /// Tag `np`, for subdomains that do not exist.
    public var nonexistentPolicy: DMARCPolicy?
    /// Tag `adkim`.
    public var dkimAlignment: DMARCAlignmentMode
    /// Tag `aspf`.
    public var spfAlignment: DMARCAlignmentMode
    /// Tag `psd`.
    public var publicSuffix: DMARCPublicSuffix
    /// Tag `t`: the owner is testing, and asks for one level less than the policy says.
    public var isTesting: Bool
    /// Tag `rua`: where aggregate reports go. Empty if none are wanted.
    public var aggregateReports: [DMARCReportURI]
    /// Tag `ruf`: where failure reports go. Empty if none are wanted.
    public var failureReports: [DMARCReportURI]
    /// Tag `fo`: on what occasions failure reports are wanted. Without meaning if ``failureReports`` is empty.
    public var failureOptions: DMARCFailureOptions
    /// What parsing ignored or replaced by a default, in the order of the record.
    public var notes: [DMARCRecordNote]

    /// A record with the defaults of RFC 9989 §4.7 for what is not given.
    public init(
        policy: DMARCPolicy?, subdomainPolicy: DMARCPolicy? = nil, nonexistentPolicy: DMARCPolicy? = nil,
        dkimAlignment: DMARCAlignmentMode = .relaxed, spfAlignment: DMARCAlignmentMode = .relaxed,
        publicSuffix: DMARCPublicSuffix = .unspecified, isTesting: Bool = false,
        aggregateReports: [DMARCReportURI] = [], failureReports: [DMARCReportURI] = [],
        failureOptions: DMARCFailureOptions = .allFail, notes: [DMARCRecordNote] = []
    ) {
        self.policy = policy
        self.subdomainPolicy = subdomainPolicy
        self.nonexistentPolicy = nonexistentPolicy
        self.dkimAlignment = dkimAlignment
        self.spfAlignment = spfAlignment
        self.publicSuffix = publicSuffix
        self.isTesting = isTesting
        self.aggregateReports = aggregateReports
        self.failureReports = failureReports
        self.failureOptions = failureOptions
        self.notes = notes
    }

    /// Whether one of `p`, `sp` and `np` is there with a value that is no policy.
    public var hasBadPolicyTag: Bool {
        notes.contains { $0.problem == .badValue && DMARCPolicyTag(rawValue: $0.tag) != nil }
    }
}

/// When failure reports are wanted: tag `fo` (RFC 9989 §4.7).
///
/// ``allFail`` and ``anyFails`` exclude each other; a record has one of them, or ``dkim``, ``spf`` or both, or a mix.
public struct DMARCFailureOptions: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `0`, the default: no mechanism gave an aligned pass.
    public static let allFail = DMARCFailureOptions(rawValue: 1)
    /// `1`: some mechanism did not give an aligned pass.
    public static let anyFails = DMARCFailureOptions(rawValue: 2)
    /// `d`: a signature failed, aligned or not.
    public static let dkim = DMARCFailureOptions(rawValue: 4)
    /// `s`: SPF failed, aligned or not.
    public static let spf = DMARCFailureOptions(rawValue: 8)
}

/// A policy that a record asks for, and the tag it was taken from.
public struct DMARCRequestedPolicy: Hashable, Sendable {
    public var policy: DMARCPolicy
    public var tag: DMARCPolicyTag

    public init(_ policy: DMARCPolicy, _ tag: DMARCPolicyTag) {
        self.policy = policy
        self.tag = tag
    }
}

/// For whom a record is read (RFC 9989 §4.10.1).
public enum DMARCRecordSubject: Hashable, Sendable {
    /// The domain that publishes it.
    case publisher
    /// A subdomain of it that has no record of its own.
    case subdomain
}

extension DMARCRecord {
    /// Whether the record can be applied at all, and if not, as which result the evaluation ends.
    ///
    /// RFC 9989 §4.10.1: without a valid `p`, or with an `sp` or `np` that is not valid, the record counts as `p=none`
    /// if a valid `rua` says who wants to know, and otherwise there is no DMARC processing.
    var obstacle: DMARCResult? {
        guard aggregateReports.isEmpty else { return nil }
        // RFC 9989 §9.2: the word for an improperly formatted record is permerror. A record that only lacks `p` is
        // well formed (§4.7), and one that nobody processes is none.
        if hasBadPolicyTag { return .permerror }
        return policy == nil ? DMARCResult.none : nil
    }

    /// The policy that the record asks for.
    ///
    /// - Parameters:
    ///   - subject: whether the author domain published the record or is below it.
    ///   - exists: whether the author domain exists in DNS; matters for a subdomain and a record with `np` alone.
    public func requests(of subject: DMARCRecordSubject, exists: Bool) -> DMARCRequestedPolicy {
        // RFC 9989 §4.10.1: a bad policy tag makes the whole record one of p=none.
        if hasBadPolicyTag { return DMARCRequestedPolicy(.none, .p) }
        // RFC 9989 §4.7: where p is absent the record counts as if it had p=none.
        let base = DMARCRequestedPolicy(policy ?? .none, .p)
        guard subject == .subdomain else { return base }
        // RFC 9989 §4.7: np falls back to sp, and sp to p.
        if !exists, let nonexistentPolicy { return DMARCRequestedPolicy(nonexistentPolicy, .np) }
        return subdomainPolicy.map { DMARCRequestedPolicy($0, .sp) } ?? base
    }
}
