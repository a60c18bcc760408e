internal import ARC
public import AuthenticationResults
internal import DKIM
internal import DMARC
internal import MailNames
internal import SPF

extension DMARCObstacle {
    /// The obstacle as a clause.
    public var explanation: String {
        switch self {
        case .noFromField: "the message has no From field"
        case .noAuthorDomain: "the From field names no domain"
        case .tooManyAuthorDomains: "the From field names too many domains"
        }
    }
}

extension Findings {
    /// The result word for DMARC (RFC 8601 §2.7, RFC 9989 §9.1): `permerror` where there is no author domain.
    public var dmarcResultWord: String { dmarc?.result.rawValue ?? "permerror" }
}
