public import MailCrypto

/// A key for signing, of either kind. Its secret is in no description.
public enum DKIMPrivateKey: Sendable {
    case rsa(RSAPrivateKey)
    case ed25519(Ed25519PrivateKey)

    /// Reads PKCS #8 or PKCS #1 in PEM; of several blocks the first private key counts.
    ///
    /// - Throws: ``KeyError``, which says what stands there instead of a usable key.
    public init(pem: [UInt8]) throws(KeyError) {
        self =
            switch try PrivateKey(pem: pem) {
            case .rsa(let key): .rsa(key)
            case .ed25519(let key): .ed25519(key)
            }
    }

    /// As ``init(pem:)-([UInt8])``, from text.
    public init(pem: String) throws(KeyError) { try self.init(pem: Array(pem.utf8)) }

    /// The secret as PKCS #8 in PEM.
    public var pem: String {
        switch self {
        case .rsa(let key): key.pem
        case .ed25519(let key): key.pem
        }
    }

    /// The algorithm that the key signs with.
    public var algorithm: DKIMAlgorithm {
        switch self {
        case .rsa: .rsaSHA256
        case .ed25519: .ed25519SHA256
        }
    }

    /// The key to publish.
    public var publicKey: DKIMPublicKey {
        switch self {
        case .rsa(let key): .rsa(key.publicKey)
        case .ed25519(let key): .ed25519(key.publicKey)
        }
    }

    /// The record to publish for the key.
    public var publicRecord: DKIMKeyRecord { publicKey.record }

    /// The value of `b=` for a header hash: RFC 6376 §3.3, RFC 8463 §3.
    public func signature(of digest: SHA256Digest) throws(KeyError) -> [UInt8] {
        switch self {
        case .rsa(let key): try key.signature(of: digest)
        case .ed25519(let key): try key.signature(of: digest.bytes)
        }
    }
}
