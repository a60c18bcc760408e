internal import MailBytes
public import MailCrypto

/// A published key: the TXT record at `selector._domainkey.domain`, RFC 6376 §3.6.1.
public struct DKIMKeyRecord: Hashable, Sendable {
    /// Tag `k=`.
    public var keyType: DKIMKeyType
    /// Tag `p=`, decoded; empty if the key is revoked.
    public var publicKey: [UInt8]
    /// Tag `h=`, in lower case: the hashes that the key may be used with; nil for all.
    public var hashAlgorithms: [String]?
    /// Tag `s=`, in lower case: the services that the key is for; `*` means all.
    public var services: [String]
    /// Tag `t=`, in lower case.
    public var flags: [String]
    /// Tag `n=`, decoded: for people.
    public var notes: String?

    public init(
        keyType: DKIMKeyType, publicKey: [UInt8], hashAlgorithms: [String]? = nil, services: [String] = ["*"],
        flags: [String] = [], notes: String? = nil
    ) {
        self.keyType = keyType
        self.publicKey = publicKey
        self.hashAlgorithms = hashAlgorithms
        self.services = services
        self.flags = flags
        self.notes = notes
    }

    /// RFC 6376 §3.6.1: an empty `p=` says that the key is no longer good.
    public var isRevoked: Bool { publicKey.isEmpty }

    /// Flag `y`: the domain tests DKIM.
    public var isTesting: Bool { flags.contains("y") }

    /// Flag `s`: the domain of `i=` must be that of `d=`, not one below it.
    public var requiresExactIdentity: Bool { flags.contains("s") }

    /// Whether the key is for a service, such as `email` or `tlsrpt`.
    public func isFor(service: String) -> Bool { services.contains("*") || services.contains(service) }

    /// Whether the key may be used with a hash, such as `sha256`.
    public func allows(hash: String) -> Bool { hashAlgorithms.map { $0.contains(hash) } ?? true }

    /// The key itself.
    ///
    /// - Throws: ``KeyError`` if `p=` is no key of the type that `k=` names.
    public func key() throws(KeyError) -> DKIMPublicKey {
        switch keyType {
        case .rsa: .rsa(try RSAPublicKey(der: publicKey))
        // RFC 8463 §4.2: the 32 octets as they are.
        case .ed25519: .ed25519(try Ed25519PublicKey(raw: publicKey))
        case .other(let text): throw .unsupportedKind(text)
        }
    }
}

/// A key for checking signatures.
public enum DKIMPublicKey: Hashable, Sendable {
    case rsa(RSAPublicKey)
    case ed25519(Ed25519PublicKey)

    /// The key's length: the modulus of an RSA key, 256 for Ed25519.
    public var bits: Int {
        switch self {
        case .rsa(let key): key.bits
        case .ed25519: 256
        }
    }

    /// Whether this is the key holder's signature of a header hash.
    public func isValidSignature(_ signature: [UInt8], digest: SHA256Digest) -> Bool {
        switch self {
        case .rsa(let key): key.isValidSignature(signature, digest: digest)
        // RFC 8463 §3: what is signed, by PureEdDSA, is the SHA-256 hash.
        case .ed25519(let key): key.isValidSignature(signature, message: digest.bytes)
        }
    }

    /// The record to publish for this key.
    public var record: DKIMKeyRecord {
        switch self {
        // RFC 6376 §3.6.1 asks for RSAPublicKey; what is published everywhere, and read everywhere, is the
        // SubjectPublicKeyInfo around it.
        case .rsa(let key): DKIMKeyRecord(keyType: .rsa, publicKey: key.spkiDER)
        case .ed25519(let key): DKIMKeyRecord(keyType: .ed25519, publicKey: key.raw)
        }
    }
}
