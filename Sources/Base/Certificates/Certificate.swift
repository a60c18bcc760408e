public import MailBytes
internal import MailCrypto

/// An X.509 certificate: the octets as they came, and what Postseal looks at in them (RFC 5280 §4.1).
///
/// Reading says nothing about trust; that is ``ChainCheck``. Certificates of every kind of key and signature are read,
/// because names and digests can be looked at whatever the key is.
public struct Certificate: Sendable {
    /// The certificate as it came.
    public let derOctets: [UInt8]
    /// The octets of subjectPublicKeyInfo, exactly as they stand in the certificate.
    public let subjectPublicKeyInfo: [UInt8]
    /// The DNS names of the subject alternative name (RFC 6125 calls them DNS-IDs), as they stand there, in order.
    /// They may hold anything; ask ``matches(_:allowingCommonName:)``.
    public let dnsNames: [[UInt8]]
    /// The most specific common name of the subject; nil if it has none.
    public let commonName: [UInt8]?
    /// The begin of the validity period; nil where it is no time.
    public let notBefore: UnixTime?
    /// The last second of the validity period; nil where it is no time.
    public let notAfter: UnixTime?
    /// Whether subject and issuer are the same name, as those of a root are.
    public let isSelfIssued: Bool
    let object: LibcryptoCertificate

    /// Reads a certificate in DER.
    ///
    /// - Throws: where it is not a whole certificate and nothing else, or libcrypto does not take it.
    public init(der: [UInt8]) throws(CertificateError) {
        guard der.count <= CertificateLimits.certificateOctetsMax else { throw .tooLarge }
        let parts = try CertificateParts(reading: der)
        guard let object = LibcryptoCertificate(der: der) else { throw .unreadable }
        self.object = object
        derOctets = der
        subjectPublicKeyInfo = Array(der[parts.subjectPublicKeyInfo])
        dnsNames = parts.dnsNames
        commonName = parts.commonName
        notBefore = parts.notBefore
        notAfter = parts.notAfter
        isSelfIssued = der[parts.issuer] == der[parts.subject]
    }

    /// The 32 octets of the SHA-256 hash of the whole certificate.
    public var fingerprint: [UInt8] { SHA256Hasher.hash(derOctets).bytes }

    /// Whether the certificate's own key made its signature.
    public var isSelfSigned: Bool { isSelfIssued && object.isSelfSigned }

    /// Whether the certificate says of itself that it is an authority's, which may issue others (RFC 5280 §4.2.1.9).
    public var isAuthority: Bool { object.isAuthority }

    /// The subject, for people: RFC 4514 text without control characters, cut to
    /// ``CertificateLimits/nameTextOctetsMax``.
    public var subjectText: String { object.nameText(.subject) }

    /// The issuer, for people, as ``subjectText``.
    public var issuerText: String { object.nameText(.issuer) }

    /// The kind and size of the key, for people: `RSA 2048`, `EC 256`; nil if libcrypto does not know the key.
    public var keyText: String? { object.keyText }

    /// The public key, to check what it signed.
    public var publicKey: SubjectPublicKey { SubjectPublicKey(trusted: subjectPublicKeyInfo) }
}

extension Certificate: Hashable {
    public static func == (left: Certificate, right: Certificate) -> Bool { left.derOctets == right.derOctets }

    public func hash(into hasher: inout Hasher) { hasher.combine(derOctets) }
}

extension Certificate: CustomStringConvertible {
    public var description: String { subjectText }
}
