internal import DKIM
internal import DMARC
internal import MailFormat
public import MailNames
public import PostsealEngine
internal import PostsealReports
internal import SPF

/// Who vouches for what a report says: anybody can write one.
public enum ReportOrigin: Hashable, Sendable {
    /// An administrator laid it where it was found.
    case administrator
    /// It came in a mail that proves to be this domain's; whether by a signature.
    case verified(DomainName, isSigned: Bool)
    /// It was posted over HTTP, where nobody proves who he is (RFC 8460 §3).
    case posted
    /// It came in a mail that proves nothing.
    case unverified
    /// It came in a mail of which DNS did not say now whose it is. Without a signature it proves to be this domain's,
    /// or nobody's.
    case undecided(DomainName?)

    /// What reports of these kinds, out of one file or mail, are worth; nil where that can't be told now.
    func standing(of kinds: Set<String>) -> ReportStanding? {
        switch self {
        case .administrator: .proven
        // RFC 8460 §3: reports by mail have a signature of the reporting domain, or are ignored.
        case .verified(_, let isSigned): isSigned || !kinds.contains(Self.tlsReport) ? .proven : .apart
        // TLS reports that are posted have no way of proving anything.
        case .posted: kinds == [Self.tlsReport] ? .unproven : .apart
        case .unverified: .apart
        case .undecided(let domain): domain != nil && !kinds.contains(Self.tlsReport) ? .proven : nil
        }
    }

    /// The domain that the mail proves to be of.
    var domain: DomainName? {
        switch self {
        case .verified(let domain, _): domain
        case .undecided(let domain): domain
        case .administrator, .posted, .unverified: nil
        }
    }

    /// The same where DNS will not say more.
    var settled: ReportOrigin {
        guard case .undecided(let domain) = self else { return self }
        return domain.map { .verified($0, isSigned: false) } ?? .unverified
    }

    private static let tlsReport = "tlsrpt"

    /// What the checks found out about the mail.
    public init(_ findings: Findings) {
        guard let author = findings.authorDomain else {
            self = .unverified
            return
        }
        func has(_ result: DKIMResult, by isSigner: (DomainName) -> Bool) -> Bool {
            findings.dkim.outcomes.contains { $0.result == result && $0.domain.map(isSigner) == true }
        }
        let isSigned = has(.pass) { $0 == author }
        switch findings.dmarc?.result {
        case .pass:
            if isSigned || findings.dmarc?.dkimAligned == true {
                self = .verified(author, isSigned: true)
            } else {
                let mayBeSigned = has(.temperror) { $0.isAboveOrBelow(author) }
                self = mayBeSigned ? .undecided(author) : .verified(author, isSigned: false)
            }
        // A reporter need not have a DMARC record: then the proof is what would pass under a strict one.
        case nil, .some(.none), .permerror:
            if isSigned {
                self = .verified(author, isSigned: true)
            } else {
                self = has(.temperror) { $0 == author } ? .undecided(nil) : .unverified
            }
        case .temperror:
            // A signature of just that domain passes whatever the record says, and where there is none.
            if isSigned, findings.authors.domains.count == 1 {
                self = .verified(author, isSigned: true)
            } else {
                self = Self.mayPass(findings) ? .undecided(nil) : .unverified
            }
        case .fail: self = .unverified
        }
    }

    /// Whether there is anything by which DMARC could pass once DNS says whether there is a record.
    private static func mayPass(_ findings: Findings) -> Bool {
        findings.dkim.outcomes.contains { $0.result == .pass || $0.result == .temperror }
            || findings.spf?.result == .pass || findings.spf?.result == .temperror
    }
}

extension DomainName {
    /// Whether one of the two is the other, or below it: a domain above or below may be aligned (RFC 9989 §4.4).
    func isAboveOrBelow(_ other: DomainName) -> Bool {
        isEqualOrSubdomain(of: other) || other.isEqualOrSubdomain(of: self)
    }
}
