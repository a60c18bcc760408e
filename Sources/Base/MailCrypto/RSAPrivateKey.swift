internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// An RSA key for signing. Its secret is in no description.
///
/// Signing goes through the system's libcrypto, which is about twice as fast at it as the library that checks
/// signatures; `docs/decisions` has the figures.
public struct RSAPrivateKey: Sendable {
    private let key: LibcryptoKey
    public let publicKey: RSAPublicKey

    /// The size of the modulus.
    public var bits: Int { publicKey.bits }

    /// Reads RSAPrivateKey of RFC 8017 §A.1.2, in DER, and tries it out: a key whose halves do not belong
    /// together is refused here, not when mail is signed.
    public init(pkcs1DER der: [UInt8]) throws(KeyError) {
        let publicKey = try Self.publicKey(of: der)
        guard let key = LibcryptoKey(rsaPKCS1: der) else { throw .unusable }
        self.key = key
        self.publicKey = publicKey
        let probe = SHA256Hasher.hash([])
        guard let signature = key.signature(ofSHA256: probe.bytes),
            publicKey.isValidSignature(signature, digest: probe)
        else { throw .unusable }
    }

    /// Reads PKCS #8 or PKCS #1 in PEM.
    public init(pem: [UInt8]) throws(KeyError) {
        guard case .rsa(let key) = try PrivateKey(pem: pem) else { throw .unsupportedKind("Ed25519") }
        self = key
    }

    /// A new key from the system's randomness. 2048 bits take about a tenth of a second.
    ///
    /// - Parameter bits: 2048 to 8192, a multiple of 256 (RFC 8301 §3.2 asks signers for 2048 at least).
    public static func generate(bits: Int = 2048) throws(KeyError) -> RSAPrivateKey {
        guard (2048...8192).contains(bits), bits % 256 == 0 else { throw .unusualSize(bits: bits) }
        let pkcs8: [UInt8]
        do {
            pkcs8 = Array(
                try _RSA.Signing.PrivateKey(keySize: _RSA.Signing.KeySize(bitCount: bits)).pkcs8DERRepresentation)
        } catch {
            throw .unusable
        }
        return try RSAPrivateKey(pem: Array(PEMDocument.text(label: "PRIVATE KEY", pkcs8).utf8))
    }

    /// The signature of the digest by RSASSA-PKCS1-v1_5 (RFC 8017 §8.2), as long as the modulus.
    ///
    /// May be called from several threads at once.
    ///
    /// - Throws: ``KeyError/unusable`` if libcrypto fails, which only a lack of memory leads to.
    public func signature(of digest: SHA256Digest) throws(KeyError) -> [UInt8] {
        guard let signature = key.signature(ofSHA256: digest.bytes) else { throw .unusable }
        return signature
    }

    /// The secret as PKCS #8 in PEM.
    public var pem: String {
        PEMDocument.text(
            label: "PRIVATE KEY",
            DERWriter.element(
                DERReader.Tag.sequence,
                [DERReader.Tag.integer, 1, 0] + KeyAlgorithm.rsa
                    + DERWriter.element(DERReader.Tag.octetString, key.pkcs1DER)))
    }

    /// Checks the structure, and takes the public half out.
    private static func publicKey(of der: [UInt8]) throws(KeyError) -> RSAPublicKey {
        var outer = DERReader(der)
        var numbers = try outer.enter(DERReader.Tag.sequence)
        try outer.expectEnd()
        let version = try numbers.read(DERReader.Tag.integer)
        // Version 1 is for keys of more than two primes, which nobody makes.
        guard version.count == 1, der[version.lowerBound] == 0 else { throw .malformed(offset: version.lowerBound) }
        let publicStart = numbers.position
        _ = try numbers.readPositiveInteger()
        _ = try numbers.readPositiveInteger()
        let publicEnd = numbers.position
        for _ in 0..<6 { _ = try numbers.readPositiveInteger() }
        try numbers.expectEnd()
        return try RSAPublicKey(der: DERWriter.element(DERReader.Tag.sequence, Array(der[publicStart..<publicEnd])))
    }
}

extension RSAPrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "RSA private key of \(bits) bits" }
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show a secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
