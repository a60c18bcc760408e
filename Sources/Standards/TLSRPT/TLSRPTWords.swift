/// The kind of policy that a session was held to (RFC 8460 §4.4, `policy-type`).
public enum TLSRPTPolicyType: Hashable, Sendable {
    case tlsa
    case sts
    case noPolicyFound
    /// A word that RFC 8460 does not have, as it was written.
    case unknown(String)

    /// The words of the RFC.
    public static let known: [TLSRPTPolicyType] = [.tlsa, .sts, .noPolicyFound]

    /// The kind that a word means; the case of its letters counts.
    public init(_ word: String) { self = Self.known.first { $0.word == word } ?? .unknown(word) }

    /// The word that reports have.
    public var word: String {
        switch self {
        case .tlsa: "tlsa"
        case .sts: "sts"
        case .noPolicyFound: "no-policy-found"
        case .unknown(let word): word
        }
    }
}

/// How a session failed (RFC 8460 §4.3, `result-type`).
public enum TLSRPTResultType: Hashable, Sendable {
    // Negotiation, RFC 8460 §4.3.1
    case startTLSNotSupported
    case certificateHostMismatch
    case certificateExpired
    case certificateNotTrusted
    case validationFailure
    // DANE, RFC 8460 §4.3.2.1
    case tlsaInvalid
    case dnssecInvalid
    case daneRequired
    // MTA-STS, RFC 8460 §4.3.2.2
    case stsPolicyFetchError
    case stsPolicyInvalid
    case stsWebPKIInvalid
    /// A word that the registry did not have, as it was written.
    case unknown(String)

    /// The words of the RFC.
    public static let known: [TLSRPTResultType] = [
        .startTLSNotSupported, .certificateHostMismatch, .certificateExpired, .certificateNotTrusted,
        .validationFailure, .tlsaInvalid, .dnssecInvalid, .daneRequired, .stsPolicyFetchError, .stsPolicyInvalid,
        .stsWebPKIInvalid,
    ]

    /// The result that a word means; the case of its letters counts.
    public init(_ word: String) { self = Self.known.first { $0.word == word } ?? .unknown(word) }

    /// The word that reports have.
    public var word: String {
        switch self {
        case .startTLSNotSupported: "starttls-not-supported"
        case .certificateHostMismatch: "certificate-host-mismatch"
        case .certificateExpired: "certificate-expired"
        case .certificateNotTrusted: "certificate-not-trusted"
        case .validationFailure: "validation-failure"
        case .tlsaInvalid: "tlsa-invalid"
        case .dnssecInvalid: "dnssec-invalid"
        case .daneRequired: "dane-required"
        case .stsPolicyFetchError: "sts-policy-fetch-error"
        case .stsPolicyInvalid: "sts-policy-invalid"
        case .stsWebPKIInvalid: "sts-webpki-invalid"
        case .unknown(let word): word
        }
    }
}

extension TLSRPTPolicyType: CustomStringConvertible {
    public var description: String { word }
}

extension TLSRPTResultType: CustomStringConvertible {
    public var description: String { word }
}
