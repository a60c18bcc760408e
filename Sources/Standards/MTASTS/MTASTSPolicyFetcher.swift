public import MailNames

/// Whoever gets policies by HTTPS; what it promises is RFC 8461 §3.3.
///
/// `GET https://mta-sts.<domain>/.well-known/mta-sts.txt`, with a certificate that is valid for that host by a DNS-ID;
/// no redirects, no HTTP caching, no private addresses, not more than ``MTASTSLimits/policyBytesMax`` octets, not
/// longer than a minute. Every call returns; what goes wrong is a value.
public protocol MTASTSPolicyFetcher: Sendable {
    /// Gets the policy of a domain, once.
    func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome
}

/// How the fetch of a policy ended.
public enum MTASTSFetchOutcome: Hashable, Sendable {
    /// Status 200: the body as it came, and the `Content-Type` if there was one.
    case policy(text: [UInt8], mediaType: String?)
    case failure(MTASTSFetchFailure)
}

/// Why there is no policy, or none that can be used. Details are clauses for people, without what the server sent.
public enum MTASTSFetchFailure: Hashable, Sendable {
    /// No address of the policy host.
    case dns(String)
    /// No connection.
    case connect(String)
    /// TLS failed, or the certificate is not valid for the policy host.
    case tls(String)
    /// What came is no HTTP.
    case http(String)
    /// Any status but 200 and redirects.
    case status(Int)
    /// A redirect, which must not be followed (RFC 8461 §3.3).
    case redirect(Int)
    /// The media type is not `text/plain`; nil if there was none.
    case mediaType(String?)
    /// More octets than ``MTASTSLimits/policyBytesMax``.
    case tooLong
    /// Not done in time.
    case timeout
    /// The policy host has no address but private ones.
    case privateAddress(IPAddress)
    /// The text is no policy.
    case invalidPolicy(MTASTSSyntaxError)

    /// What RFC 8460 §4.3.2.2 calls it in reports.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case fetchError = "sts-policy-fetch-error"
        case policyInvalid = "sts-policy-invalid"
        case webPKIInvalid = "sts-webpki-invalid"
    }

    /// The failure's kind.
    public var kind: Kind {
        switch self {
        case .tls: .webPKIInvalid
        case .invalidPolicy: .policyInvalid
        default: .fetchError
        }
    }
}

extension MTASTSFetchFailure: CustomStringConvertible {
    /// One clause.
    public var description: String {
        switch self {
        case .dns(let why): "policy host not found: \(why)"
        case .connect(let why): "no connection to the policy host: \(why)"
        case .tls(let why): "TLS with the policy host failed: \(why)"
        case .http(let why): "policy host does not speak HTTP: \(why)"
        case .status(let code): "policy host answered with status \(code)"
        case .redirect(let code): "policy host redirects (status \(code)), which must not be followed"
        case .mediaType(nil): "policy has no media type"
        case .mediaType: "media type of the policy is not text/plain"
        case .tooLong: "policy of more than \(MTASTSLimits.policyBytesMax) octets"
        case .timeout: "policy host did not answer in time"
        case .privateAddress(let address): "policy host has the private address \(address.text)"
        case .invalidPolicy(let error): "policy is not valid: \(error)"
        }
    }
}
