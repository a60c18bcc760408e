/// What a private key's text holds: the kind, and the octets to make the key of.
enum PrivateKeyContent {
    /// RSAPrivateKey of RFC 8017 §A.1.2.
    case rsa([UInt8])
    /// The 32 octets of an Ed25519 seed.
    case ed25519([UInt8])

    /// Takes the first private key out of a PEM text.
    ///
    /// - Throws: ``KeyError`` that says what is there instead.
    init(pem text: [UInt8]) throws(KeyError) {
        let document = try PEMDocument(text)
        var refusal: KeyError?
        for block in document.blocks {
            if block.isEncrypted { throw .encrypted }
            switch block.label {
            case "PRIVATE KEY":
                self = try Self.pkcs8(block.content)
                return
            case "RSA PRIVATE KEY":
                self = .rsa(block.content)
                return
            case "ENCRYPTED PRIVATE KEY": throw .encrypted
            case "OPENSSH PRIVATE KEY": throw .openSSH
            case "EC PRIVATE KEY": throw .unsupportedKind("EC")
            case "DSA PRIVATE KEY": throw .unsupportedKind("DSA")
            case "PUBLIC KEY", "RSA PUBLIC KEY": refusal = refusal ?? .publicKey
            case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE": refusal = refusal ?? .certificate
            default: break
            }
        }
        throw refusal ?? .notPEM
    }

    /// OneAsymmetricKey of RFC 5958 §2, of which PKCS #8 is the first version.
    private static func pkcs8(_ der: [UInt8]) throws(KeyError) -> PrivateKeyContent {
        var outer = DERReader(der)
        var top = try outer.enter(DERReader.Tag.sequence)
        try outer.expectEnd()
        let version = try top.read(DERReader.Tag.integer)
        guard version.count == 1, der[version.lowerBound] <= 1 else { throw .malformed(offset: version.lowerBound) }
        var algorithm = try top.enter(DERReader.Tag.sequence)
        let identifier = Array(der[try algorithm.read(DERReader.Tag.objectIdentifier)])
        let key = try top.read(DERReader.Tag.octetString)
        switch identifier {
        case KeyAlgorithm.rsaIdentifier:
            return .rsa(Array(der[key]))
        case KeyAlgorithm.ed25519Identifier:
            // RFC 8410 §7: the seed is an OCTET STRING of its own within.
            var wrapped = DERReader(der, in: key)
            let seed = try wrapped.read(DERReader.Tag.octetString)
            try wrapped.expectEnd()
            return .ed25519(Array(der[seed]))
        default:
            throw .unsupportedKind(KeyAlgorithm.name(identifier[...]))
        }
    }
}

/// A private key of either kind, as a key file holds it.
public enum PrivateKey: Sendable {
    case rsa(RSAPrivateKey)
    case ed25519(Ed25519PrivateKey)

    /// Reads PKCS #8 or PKCS #1 in PEM; of several blocks the first private key counts.
    ///
    /// - Throws: ``KeyError``, which says what stands there instead of a usable key.
    public init(pem: [UInt8]) throws(KeyError) {
        self =
            switch try PrivateKeyContent(pem: pem) {
            case .rsa(let der): .rsa(try RSAPrivateKey(pkcs1DER: der))
            case .ed25519(let seed): .ed25519(try Ed25519PrivateKey(raw: seed))
            }
    }
}
