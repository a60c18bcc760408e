internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// An RSA key for checking signatures.
///
/// Read strictly: a key with anything behind it, or in any but its one DER form, is no key.
public struct RSAPublicKey: Sendable {
    private let key: _RSA.Signing.PublicKey
    /// The size of the modulus.
    public let bits: Int
    /// The key as RSAPublicKey of RFC 8017 §A.1.1, in DER: the same for equal keys, whichever way they came.
    public let pkcs1DER: [UInt8]

    /// The least size that is read: RFC 8301 §3.2 lets no verifier accept less.
    public static let bitsMin = 1024
    /// The greatest size that is read. One operation takes about 1 ms then.
    public static let bitsMax = 16_384

    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1) or an RSAPublicKey (RFC 8017 §A.1.1), in DER.
    ///
    /// DKIM's text names the second, and everybody publishes the first (RFC 6376 §3.6.1; erratum 3017).
    ///
    /// - Throws: ``KeyError`` for anything else, for keys out of bounds, and for other kinds of key.
    public init(der: [UInt8]) throws(KeyError) {
        let shape = try RSAKeyShape(der: der)
        guard shape.bits >= Self.bitsMin else { throw .tooSmall(bits: shape.bits) }
        guard shape.bits <= Self.bitsMax else { throw .tooLarge(bits: shape.bits) }
        pkcs1DER = Array(der[shape.pkcs1])
        bits = shape.bits
        do {
            key = try _RSA.Signing.PublicKey(unsafeDERRepresentation: shape.hasUsualInfo ? der : pkcs1DER)
        } catch {
            throw .unusable
        }
    }

    /// Whether this is the key holder's signature of the digest, by RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    public func isValidSignature(_ signature: [UInt8], digest: SHA256Digest) -> Bool {
        key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest.value, padding: .insecurePKCS1v1_5)
    }

    /// The key as SubjectPublicKeyInfo, in DER.
    public var spkiDER: [UInt8] {
        DERWriter.element(
            DERReader.Tag.sequence,
            KeyAlgorithm.rsa + DERWriter.element(DERReader.Tag.bitString, [0] + pkcs1DER))
    }
}

extension RSAPublicKey: Hashable {
    public static func == (left: RSAPublicKey, right: RSAPublicKey) -> Bool { left.pkcs1DER == right.pkcs1DER }

    public func hash(into hasher: inout Hasher) { hasher.combine(pkcs1DER) }
}

/// Where the parts of an RSA public key lie in its DER.
struct RSAKeyShape {
    /// The RSAPublicKey.
    var pkcs1: Range<Int>
    var bits: Int
    /// Whether it is wrapped in a SubjectPublicKeyInfo with the usual NULL parameters.
    var hasUsualInfo: Bool

    init(der: [UInt8]) throws(KeyError) {
        var outer = DERReader(der)
        var top = try outer.enter(DERReader.Tag.sequence)
        try outer.expectEnd()
        if top.nextTag == DERReader.Tag.integer {
            pkcs1 = 0..<der.count
            hasUsualInfo = false
        } else {
            hasUsualInfo = try Self.readAlgorithm(&top)
            let start = top.position
            let content = try top.read(DERReader.Tag.bitString)
            try top.expectEnd()
            // The number of unused bits, of which a key has none.
            guard let first = content.first, der[first] == 0 else { throw .malformed(offset: start) }
            pkcs1 = content.lowerBound + 1..<content.upperBound
        }
        var wrapped = DERReader(der, in: pkcs1)
        var numbers = try wrapped.enter(DERReader.Tag.sequence)
        try wrapped.expectEnd()
        let modulus = try numbers.readPositiveInteger()
        _ = try numbers.readPositiveInteger()
        try numbers.expectEnd()
        bits = modulus.count * 8 - der[modulus.lowerBound].leadingZeroBitCount
    }

    /// Whether the parameters are NULL, as RFC 3279 §2.3.1 has it; without them the key is read all the same.
    private static func readAlgorithm(_ top: inout DERReader) throws(KeyError) -> Bool {
        var algorithm = try top.enter(DERReader.Tag.sequence)
        let identifier = try algorithm.read(DERReader.Tag.objectIdentifier)
        guard algorithm.bytes[identifier] == KeyAlgorithm.rsaIdentifier[...] else {
            throw .unsupportedKind(KeyAlgorithm.name(algorithm.bytes[identifier]))
        }
        guard !algorithm.isAtEnd else { return false }
        let start = algorithm.position
        guard try algorithm.read(DERReader.Tag.null).isEmpty else { throw .malformed(offset: start) }
        try algorithm.expectEnd()
        return true
    }
}
