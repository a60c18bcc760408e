internal import Crypto
internal import FoundationEssentials

/// An Ed25519 key for checking signatures (RFC 8032 §5.1).
public struct Ed25519PublicKey: Hashable, Sendable {
    private let key: Curve25519.Signing.PublicKey
    /// The 32 octets, which are also what DKIM publishes (RFC 8463 §4.2).
    public let raw: [UInt8]

    /// - Throws: ``KeyError/wrongLength(expected:found:)`` for any other number of octets than 32.
    public init(raw: [UInt8]) throws(KeyError) {
        guard raw.count == 32 else { throw .wrongLength(expected: 32, found: raw.count) }
        do {
            key = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
        } catch {
            throw .unusable
        }
        self.raw = raw
    }

    /// Whether this is the key holder's signature of the message, by PureEdDSA.
    public func isValidSignature(_ signature: [UInt8], message: [UInt8]) -> Bool {
        signature.count == 64 && key.isValidSignature(signature, for: message)
    }

    public static func == (left: Ed25519PublicKey, right: Ed25519PublicKey) -> Bool { left.raw == right.raw }

    public func hash(into hasher: inout Hasher) { hasher.combine(raw) }
}

/// An Ed25519 key for signing. Its secret is in no description.
public struct Ed25519PrivateKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    public let publicKey: Ed25519PublicKey

    /// - Parameter raw: the 32 octets of RFC 8032 §5.1.5.
    public init(raw: [UInt8]) throws(KeyError) {
        guard raw.count == 32 else { throw .wrongLength(expected: 32, found: raw.count) }
        do {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        } catch {
            throw .unusable
        }
        publicKey = try Ed25519PublicKey(raw: Array(key.publicKey.rawRepresentation))
    }

    /// A new key from the system's randomness.
    public static func generate() throws(KeyError) -> Ed25519PrivateKey {
        try Ed25519PrivateKey(raw: Array(Curve25519.Signing.PrivateKey().rawRepresentation))
    }

    /// The 64 octets of the signature, by PureEdDSA.
    ///
    /// - Throws: ``KeyError/unusable`` if the library cannot sign, which no key of the right length leads to.
    public func signature(of message: [UInt8]) throws(KeyError) -> [UInt8] {
        do {
            return Array(try key.signature(for: message))
        } catch {
            throw .unusable
        }
    }

    /// The secret as PKCS #8 in PEM (RFC 8410 §7).
    public var pem: String {
        let secret = DERWriter.element(DERReader.Tag.octetString, Array(key.rawRepresentation))
        return PEMDocument.text(
            label: "PRIVATE KEY",
            DERWriter.element(
                DERReader.Tag.sequence,
                [DERReader.Tag.integer, 1, 0] + KeyAlgorithm.ed25519
                    + DERWriter.element(DERReader.Tag.octetString, secret)))
    }
}

extension Ed25519PrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Ed25519 private key" }
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show a secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
