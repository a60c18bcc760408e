/// What came of a DMARC evaluation, in the words of RFC 9989 §9.2.
public enum DMARCResult: String, Hashable, Sendable, CaseIterable {
    /// No policy record applies to the author domain, so there is nothing to pass or fail.
    case none
    /// An identifier that passed is aligned with the author domain.
    case pass
    /// A policy record applies, and no identifier that passed is aligned.
    case fail
    /// A DNS failure keeps the question open; a later attempt may settle it.
    case temperror
    /// The record that would apply cannot be used, and names nobody who could be told.
    case permerror
}

/// What a domain owner asks for messages that fail: the values of the tags `p`, `sp` and `np`
/// (RFC 9989 §4.7), from the mildest to the strictest.
public enum DMARCPolicy: String, Hashable, Sendable, CaseIterable {
    /// No preference is expressed.
    case none
    /// Such messages are suspicious.
    case quarantine
    /// Such messages are not the owner's.
    case reject
}

extension DMARCPolicy: Comparable {
    private var strictness: Int {
        switch self {
        case .none: 0
        case .quarantine: 1
        case .reject: 2
        }
    }

    /// Whether the first asks for less than the second.
    public static func < (left: DMARCPolicy, right: DMARCPolicy) -> Bool { left.strictness < right.strictness }

    /// The policy while the owner is testing: one level below (RFC 9989 §4.7, tag `t`). `none` stays `none`.
    public var whileTesting: DMARCPolicy {
        switch self {
        case .none, .quarantine: .none
        case .reject: .quarantine
        }
    }
}

/// The tag of a record that a policy was taken from (RFC 9989 §4.7).
public enum DMARCPolicyTag: String, Hashable, Sendable, CaseIterable {
    /// For the domain itself, and for what the other two leave open.
    case p
    /// For existing subdomains.
    case sp
    /// For subdomains that do not exist.
    case np
}

/// How close an identifier must be to the author domain: tags `adkim` and `aspf` (RFC 9989 §4.7).
public enum DMARCAlignmentMode: String, Hashable, Sendable, CaseIterable {
    /// The same organizational domain.
    case relaxed = "r"
    /// The same domain.
    case strict = "s"
}

/// Whether names below a domain belong to others: tag `psd` (RFC 9989 §4.7).
public enum DMARCPublicSuffix: String, Hashable, Sendable, CaseIterable {
    /// The domain is a public suffix: each name directly below it is an organization of its own.
    case yes = "y"
    /// The domain is the organizational domain of itself and everything below.
    case no = "n"
    /// Nothing is said; the tree walk decides.
    case unspecified = "u"
}
