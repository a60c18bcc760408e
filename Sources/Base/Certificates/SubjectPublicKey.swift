internal import MailCrypto

/// A public key with the name of its algorithm: SubjectPublicKeyInfo of RFC 5280 §4.1.
public struct SubjectPublicKey: Hashable, Sendable {
    /// The key in DER.
    public let derOctets: [UInt8]

    /// Reads the structure; whether libcrypto knows the kind of key is another question.
    ///
    /// - Throws: where it is not a whole SubjectPublicKeyInfo and nothing else.
    public init(der: [UInt8]) throws(CertificateError) {
        guard der.count <= CertificateLimits.certificateOctetsMax else { throw .tooLarge }
        do throws(KeyError) {
            var file = DERReader(der)
            var key = try file.enter(DERReader.Tag.sequence)
            try file.expectEnd()
            var algorithm = try key.enter(DERReader.Tag.sequence)
            _ = try algorithm.read(DERReader.Tag.objectIdentifier)
            _ = try key.read(DERReader.Tag.bitString)
            try key.expectEnd()
        } catch {
            guard case .malformed(let offset) = error else { throw .malformed(offset: 0) }
            throw .malformed(offset: offset)
        }
        derOctets = der
    }

    /// For octets that were read already.
    init(trusted der: [UInt8]) { derOctets = der }

    /// The key of a PEM text: a public key, or the public half of a private one of any kind that libcrypto knows.
    ///
    /// - Throws: ``CertificateError/badPEM(_:)`` with a clause that never holds any of the key.
    public init(pem text: [UInt8]) throws(CertificateError) {
        let document: PEMDocument
        do throws(KeyError) {
            document = try PEMDocument(text)
        } catch {
            switch error {
            case .notPEM: throw .badPEM("no PEM block: expected a line '-----BEGIN PUBLIC KEY-----' or the like")
            default: throw .badPEM(error.description)
            }
        }
        for block in document.blocks {
            if block.isEncrypted || block.label == "ENCRYPTED PRIVATE KEY" {
                throw .badPEM("the private key is encrypted; decrypt it first, for example with openssl pkey")
            }
            if block.label == "PUBLIC KEY" {
                try self.init(der: block.content)
                return
            }
            // Parameters of an elliptic curve stand before its key in old files.
            guard block.label.hasSuffix("PRIVATE KEY"), block.label != "OPENSSH PRIVATE KEY" else { continue }
            guard let der = LibcryptoPublicKey.publicHalf(ofPrivateKey: block.content) else {
                throw .badPEM("a private key that libcrypto cannot read")
            }
            try self.init(der: der)
            return
        }
        throw .badPEM("no key among the PEM blocks")
    }

    /// Whether this key made the certificate's signature. Says nothing about names and times.
    public func signed(_ certificate: Certificate) -> Bool {
        LibcryptoPublicKey(der: derOctets)?.signed(certificate.object) ?? false
    }
}
