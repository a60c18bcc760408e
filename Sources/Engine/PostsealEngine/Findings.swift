public import ARC
public import DKIM
public import DMARC
public import MailFormat
public import MailNames
public import SPF

/// Everything that the checks found out about a message: facts and verdicts, and no decision.
public struct Findings: Sendable {
    /// The client's address, where it is known.
    public var clientAddress: IPAddress?
    /// The client's host name; nil where it was not looked for.
    public var iprev: IPRevOutcome?
    /// Who the message says it is from, and what is odd about that.
    public var authors: Authors
    /// The outcome for the MAIL FROM identity, or for `postmaster@HELO` where that is empty (RFC 7208 §2.4);
    /// nil where the client's address is not known, or neither of the two.
    public var spf: SPFOutcome?
    public var dkim: DKIMOutcomes
    public var arc: ARCOutcome
    /// The outcome for the author domain; with several author domains the strictest of theirs.
    public var dmarc: DMARCOutcome?
    /// Why there is no DMARC outcome: no author domain, or too many.
    public var dmarcObstacle: DMARCObstacle?
    /// Signs that the message came by way of a mailing list or forwarder.
    public var indirectFlow: [IndirectFlowSign]
    public var messageDefects: Set<MessageDefect>

    /// The author domain, where there is exactly one.
    public var authorDomain: DomainName? { authors.domains.count == 1 ? authors.domains.first : dmarc?.domain }
}

/// Why DMARC cannot be evaluated (RFC 9989 §5.3.1).
public enum DMARCObstacle: String, Hashable, Sendable {
    case noFromField = "no-from-field"
    case noAuthorDomain = "no-author-domain"
    case tooManyAuthorDomains = "too-many-author-domains"
}
