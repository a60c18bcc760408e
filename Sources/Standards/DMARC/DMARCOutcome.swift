public import MailNames
public import Trace

/// What a message brings to its DMARC evaluation: one author domain and the identifiers that were authenticated.
public struct DMARCRequest: Hashable, Sendable {
    /// The domain of the From field (RFC 9989 §5.3.1).
    public var authorDomain: DomainName
    /// Domains for which SPF passed as MAIL FROM identity (RFC 9989 §4.4.2): none or one.
    public var spfPass: [DomainName]
    /// Domains (`d=`) of the signatures that passed (RFC 9989 §4.4.1).
    public var dkimPass: [DomainName]
    /// SPF ended in a temporary error for a domain that could have aligned.
    public var spfTempError: Bool
    /// A signature ended in a temporary error, of a domain that could have aligned.
    public var dkimTempError: Bool
    /// The domains for which SPF ended in a temporary error, where the caller knows them. Unlike ``spfTempError``
    /// they count only if they align: nobody's mail has to wait for a stranger's DNS.
    public var spfTempErrorDomains: [DomainName]
    /// The domains of the signatures that ended in a temporary error, as ``spfTempErrorDomains``.
    public var dkimTempErrorDomains: [DomainName]

    /// A request; what is not given did not happen.
    public init(
        authorDomain: DomainName, spfPass: [DomainName] = [], dkimPass: [DomainName] = [],
        spfTempError: Bool = false, dkimTempError: Bool = false,
        spfTempErrorDomains: [DomainName] = [], dkimTempErrorDomains: [DomainName] = []
    ) {
        self.authorDomain = authorDomain
        self.spfPass = spfPass
        self.dkimPass = dkimPass
        self.spfTempError = spfTempError
        self.dkimTempError = dkimTempError
        self.spfTempErrorDomains = spfTempErrorDomains
        self.dkimTempErrorDomains = dkimTempErrorDomains
    }
}

/// The outcome for one author domain. Always complete: DNS failures and broken records are results with a reason.
public struct DMARCOutcome: Hashable, Sendable {
    public var result: DMARCResult
    /// The author domain.
    public var domain: DomainName
    /// The author domain's organizational domain. Nil if it was not needed (strict alignment) or could not be found
    /// out.
    public var organizationalDomain: DomainName?
    /// Where the record that applies was found; nil if there is none.
    public var policyDomain: DomainName?
    /// The policy as published, by the tag that counts for this author domain; nil if no record applies, or if DNS
    /// did not say which tag counts.
    public var policy: DMARCPolicy?
    /// The tag that ``policy`` was taken from.
    public var policyTag: DMARCPolicyTag?
    /// Whether the record says `t=y`.
    public var isTesting: Bool
    /// What is asked for this message, after `t=`: `none` when it passed; nil if no policy can be applied.
    public var applied: DMARCPolicy?
    /// The domain with an SPF pass that is aligned, if there is one.
    public var spfAlignedDomain: DomainName?
    /// The first domain with a passing signature that is aligned, if there is one.
    public var dkimAlignedDomain: DomainName?
    /// The `_dmarc` names that were asked for, in order. A question asked again is listed once; the question whether
    /// the author domain exists is in the trace alone.
    public var queries: [DomainName]
    /// The record that applies, or that cannot be used.
    public var record: DMARCRecord?
    /// Why the result is what it is: one clause for people.
    public var reason: String
    public var trace: Trace

    /// An outcome in which nothing else is known.
    public init(_ result: DMARCResult, domain: DomainName, reason: String) {
        self.result = result
        self.domain = domain
        self.reason = reason
        isTesting = false
        queries = []
        trace = .disabled
    }

    /// Whether a domain with an SPF pass is aligned with the author domain.
    public var spfAligned: Bool { spfAlignedDomain != nil }
    /// Whether a domain with a passing signature is aligned with the author domain.
    public var dkimAligned: Bool { dkimAlignedDomain != nil }
}

/// The outcomes of a message whose From field names several domains.
public struct DMARCAuthorsOutcome: Hashable, Sendable {
    /// An outcome for each distinct author domain that was evaluated, in the order given.
    public var outcomes: [DMARCOutcome]
    /// Author domains beyond the limit. If there are any, the evaluation is incomplete (RFC 9989 §11.5).
    public var omitted: Int

    public init(outcomes: [DMARCOutcome], omitted: Int) {
        self.outcomes = outcomes
        self.omitted = omitted
    }

    /// The outcome that decides: the strictest policy among those that fail (RFC 9989 §11.5); where none fails, the
    /// one least favourable to the message. Of equals the first. Nil if there is no author domain.
    public var strictest: DMARCOutcome? {
        outcomes.reduce(nil) { strictest, outcome in
            guard let strictest, strictest.severity >= outcome.severity else { return outcome }
            return strictest
        }
    }
}

extension DMARCOutcome {
    /// How little an outcome speaks for the message; only for comparing.
    fileprivate var severity: Int {
        switch (result, applied) {
        case (.fail, .reject): 6
        case (.fail, .quarantine): 5
        // The domain might fail or pass: worse than a failure that asks for nothing.
        case (.temperror, _): 4
        case (.fail, _): 3
        case (.permerror, _): 2
        case (.none, _): 1
        case (.pass, _): 0
        }
    }
}
