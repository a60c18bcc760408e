/// What a TLS peer presented: its own certificate, and others that may lead to an anchor, in the order they came in.
public struct PresentedChain: Hashable, Sendable {
    /// The peer's own certificate.
    public let leaf: Certificate
    /// The certificates behind it. They are claims alone, in any order, and may have nothing to do with the leaf.
    public let intermediates: [Certificate]
    /// How many certificates behind the leaf were left out because they can't be read.
    public let unreadableCount: Int

    /// Leaf and intermediates; what is more than ``CertificateLimits/chainCertificatesMax`` is left out.
    public init(leaf: Certificate, intermediates: [Certificate] = []) {
        self.leaf = leaf
        self.intermediates = Array(intermediates.prefix(CertificateLimits.chainCertificatesMax - 1))
        unreadableCount = 0
    }

    /// The certificates in DER as a TLS library hands them over, the leaf first.
    ///
    /// - Throws: where there is no leaf, it can't be read, or there are more certificates than anybody honest
    ///   sends. One that can't be read further up is left out: a proof that does without it is still a proof.
    public init(der certificates: [[UInt8]]) throws(CertificateError) {
        guard let first = certificates.first else { throw .emptyChain }
        guard certificates.count <= CertificateLimits.chainCertificatesMax else { throw .tooManyCertificates }
        leaf = try Certificate(der: first)
        intermediates = certificates.dropFirst().compactMap { try? Certificate(der: $0) }
        unreadableCount = certificates.count - 1 - intermediates.count
    }

    /// The certificates of a PEM text, the leaf first.
    public init(pem text: [UInt8]) throws(CertificateError) {
        let certificates = try Certificate.list(pem: text)
        guard certificates.count <= CertificateLimits.chainCertificatesMax else { throw .tooManyCertificates }
        guard let first = certificates.first else { throw .emptyChain }
        self.init(leaf: first, intermediates: Array(certificates.dropFirst()))
    }

    /// All certificates, the leaf first: the index is the depth.
    public var certificates: [Certificate] { [leaf] + intermediates }
}
