public import DNS

/// A TLSA record: what certificate or key a TLS server has to show, or has to lead to (RFC 6698 §2.1).
///
/// Any numbers can be held; which records are of use for mail is ``defect(digests:)``'s word.
public struct TLSARecord: Hashable, Sendable {
    /// Who has to show it, and what else is checked.
    public var usage: TLSAUsage
    /// What of the certificate is compared.
    public var selector: TLSASelector
    /// How it is compared.
    public var matchingType: TLSAMatchingType
    /// The certificate association data: a digest, or the whole thing.
    public var data: [UInt8]

    public init(usage: TLSAUsage, selector: TLSASelector, matchingType: TLSAMatchingType, data: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.data = data
    }

    /// The content of a DNS record; nil if it is of another type.
    public init?(_ content: DNSRecordData) {
        guard case .tlsa(let usage, let selector, let matchingType, let data) = content else { return nil }
        self.init(
            usage: TLSAUsage(rawValue: usage), selector: TLSASelector(rawValue: selector),
            matchingType: TLSAMatchingType(rawValue: matchingType), data: data)
    }

    /// The record as DNS carries it.
    public var content: DNSRecordData {
        .tlsa(
            usage: usage.rawValue, selector: selector.rawValue, matchingType: matchingType.rawValue, data: data)
    }
}

/// The certificate usage of a TLSA record, with the names of RFC 7671 §2.
public struct TLSAUsage: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An authority, which the client must trust already.
    public static let pkixTA = TLSAUsage(rawValue: 0)
    /// The server's certificate, which must also lead to an authority that the client trusts already.
    public static let pkixEE = TLSAUsage(rawValue: 1)
    /// An authority, trusted because the record says so.
    public static let daneTA = TLSAUsage(rawValue: 2)
    /// The server's certificate or key, and nothing else counts.
    public static let daneEE = TLSAUsage(rawValue: 3)

    public var description: String {
        switch self {
        case .pkixTA: "PKIX-TA(0)"
        case .pkixEE: "PKIX-EE(1)"
        case .daneTA: "DANE-TA(2)"
        case .daneEE: "DANE-EE(3)"
        default: "usage \(rawValue)"
        }
    }
}

/// The selector of a TLSA record.
public struct TLSASelector: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The whole certificate.
    public static let certificate = TLSASelector(rawValue: 0)
    /// Its subjectPublicKeyInfo.
    public static let publicKey = TLSASelector(rawValue: 1)

    public var description: String {
        switch self {
        case .certificate: "Cert(0)"
        case .publicKey: "SPKI(1)"
        default: "selector \(rawValue)"
        }
    }
}

/// The matching type of a TLSA record.
public struct TLSAMatchingType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Octet for octet.
    public static let full = TLSAMatchingType(rawValue: 0)
    /// By SHA-256.
    public static let sha256 = TLSAMatchingType(rawValue: 1)
    /// By SHA-512.
    public static let sha512 = TLSAMatchingType(rawValue: 2)

    /// How many octets the digest has; nil for ``full`` and for unknown types.
    public var digestOctets: Int? {
        switch self {
        case .sha256: 32
        case .sha512: 64
        default: nil
        }
    }

    public var description: String {
        switch self {
        case .full: "Full(0)"
        case .sha256: "SHA2-256(1)"
        case .sha512: "SHA2-512(2)"
        default: "matching type \(rawValue)"
        }
    }
}
