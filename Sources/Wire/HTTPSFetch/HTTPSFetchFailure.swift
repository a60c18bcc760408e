public import Certificates
public import DNS
public import MailNames

/// A step of a fetch.
public enum HTTPSFetchStage: String, Hashable, Sendable, CaseIterable {
    case dns, connect, handshake, response, body

    /// What is waited for, for people.
    var text: String {
        switch self {
        case .dns: "the addresses"
        case .connect: "a connection"
        case .handshake: "the TLS handshake"
        case .response: "the response"
        case .body: "the end of the body"
        }
    }
}

/// Why TLS failed.
public enum HTTPSTLSFailure: Hashable, Sendable {
    /// The server's certificate does not prove that it is the host.
    case certificate(ChainVerdict)
    /// The certificate can't be read, or there are more than anybody honest sends.
    case unreadableCertificate(CertificateError)
    /// Anything else: the server speaks no TLS, or none that is good enough. The text is BoringSSL's.
    case handshake(String)

    /// What RFC 8460 §4.3 calls it.
    public var reportType: String {
        switch self {
        case .certificate(let verdict): verdict.reportType ?? "validation-failure"
        case .unreadableCertificate, .handshake: "validation-failure"
        }
    }
}

/// Why there is no document. Descriptions are clauses for people, and have nothing in them that the server sent but
/// numbers and what is in its certificate.
public enum HTTPSFetchFailure: Hashable, Sendable {
    /// The host has no addresses: how the look-ups ended, where both failed; else ``DNSStatus/nxDomain`` for no such
    /// name and ``DNSStatus/noError`` for a name without addresses.
    case dns(DNSStatus)
    /// All addresses of the host are outside of the public internet.
    case privateAddress([IPAddress])
    /// No address takes a connection; why the last one did not.
    case connect(String)
    case tls(HTTPSTLSFailure)
    /// A status that is neither 200 nor a redirect.
    case status(Int)
    /// A redirect, which is not followed. What the server gave as `Location`, visible ASCII alone and cut off.
    case redirect(Int, location: String?)
    /// The header (``HTTPSFetchStage/response``) or the body has more octets than are borne.
    case tooLong(HTTPSFetchStage)
    /// The step took too long, or all together did while it was at work.
    case timeout(HTTPSFetchStage)
    /// The server closed the connection too early.
    case closed(HTTPSFetchStage)
    /// What came is no HTTP, or none that was asked for.
    case malformed(String)
    /// The caller's task was cancelled.
    case cancelled

    /// What RFC 8460 §4.3.2.2 calls it where a policy was fetched: a certificate that proves nothing is
    /// `sts-webpki-invalid`, all else `sts-policy-fetch-error`.
    public var policyReportType: String {
        switch self {
        case .tls(.certificate), .tls(.unreadableCertificate): "sts-webpki-invalid"
        default: "sts-policy-fetch-error"
        }
    }
}

extension HTTPSTLSFailure: CustomStringConvertible {
    /// One clause.
    public var description: String {
        switch self {
        case .certificate(let verdict): verdict.description
        case .unreadableCertificate(let error): "the certificates can't be read: \(error)"
        case .handshake(let text): "TLS failed: \(text)"
        }
    }
}

extension HTTPSFetchFailure: CustomStringConvertible {
    /// One clause.
    public var description: String {
        switch self {
        case .dns(.noError): "the host has no addresses"
        case .dns(let status): "the host has no addresses: \(status)"
        case .privateAddress(let addresses):
            "the host has no public address, but \(addresses.map(\.text).joined(separator: ", "))"
        case .connect(let text): "no connection: \(text)"
        case .tls(let failure): failure.description
        case .status(let code): "the server answered with status \(code)"
        case .redirect(let code, _): "the server redirects (status \(code)), which is not followed"
        case .tooLong(.body): "the body is too long"
        case .tooLong: "the header of the response is too long"
        case .timeout(let stage): "\(stage.text) took too long"
        case .closed(let stage): "the server closed the connection before \(stage.text)"
        case .malformed(let text): "the response is no good: \(text)"
        case .cancelled: "given up"
        }
    }
}
