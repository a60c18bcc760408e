/// Why octets or a text are no certificate, or no chain of them.
public enum CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The structure ends, or goes wrong, at this octet.
    case malformed(offset: Int)
    /// The structure is there, but libcrypto does not take it for a certificate.
    case unreadable
    /// More octets than ``CertificateLimits/certificateOctetsMax``.
    case tooLarge
    /// A peer that presented no certificate.
    case emptyChain
    /// More certificates than ``CertificateLimits/chainCertificatesMax``.
    case tooManyCertificates
    /// The text has no PEM block, or a broken one; the clause says what.
    case badPEM(String)
    /// There are PEM blocks, but none with a certificate in it.
    case noCertificateInPEM
    /// The certificate of this number in a PEM text, counted from 1, can't be read.
    case inPEM(number: Int, offset: Int?)

    public var description: String {
        switch self {
        case .malformed(let offset): "malformed certificate at octet \(offset)"
        case .unreadable: "a certificate that libcrypto cannot read"
        case .tooLarge: "a certificate of more than \(CertificateLimits.certificateOctetsMax) octets"
        case .emptyChain: "no certificate"
        case .tooManyCertificates: "more than \(CertificateLimits.chainCertificatesMax) certificates"
        case .badPEM(let clause): clause
        case .noCertificateInPEM: "no certificate among the PEM blocks"
        case .inPEM(let number, let offset):
            "certificate \(number) is malformed" + (offset.map { " at its octet \($0)" } ?? "")
        }
    }
}

/// How much is read of what a peer presents.
public enum CertificateLimits {
    /// Octets of one certificate. Real ones have one to four thousand; with hundreds of names, some twenty thousand.
    public static let certificateOctetsMax = 64 << 10
    /// Certificates that a peer presents, the leaf among them. Real chains have two to five.
    public static let chainCertificatesMax = 20
    /// Certificates between the leaf and the trust anchor.
    public static let pathIntermediatesMax = 12
    /// Names of a certificate that are read; the public authorities allow fewer.
    public static let namesMax = 2000
    /// Octets of a subject or issuer as text.
    public static let nameTextOctetsMax = 512
}
