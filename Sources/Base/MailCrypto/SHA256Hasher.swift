internal import Crypto

/// A finished SHA-256 hash.
///
/// Signatures are checked against this value, not against loose octets, so that nothing but a hash of that
/// function can be taken for one.
public struct SHA256Digest: Hashable, Sendable {
    let value: Crypto.SHA256Digest

    init(_ value: Crypto.SHA256Digest) { self.value = value }

    /// How many octets a digest has.
    public static let byteCount = 32

    /// The 32 octets.
    public var bytes: [UInt8] {
        unsafe value.withUnsafeBytes { unsafe Array($0) }
    }

    /// Whether these octets are the digest; false for any other number of octets than 32.
    ///
    /// The time taken does not depend on where they differ.
    public func equals(_ octets: [UInt8]) -> Bool {
        guard octets.count == Self.byteCount else { return false }
        return unsafe value.withUnsafeBytes { ours in
            var difference: UInt8 = 0
            for index in 0..<Self.byteCount { unsafe difference |= ours[index] ^ octets[index] }
            return difference == 0
        }
    }
}

/// Computes SHA-256 over octets that come in pieces of any size (FIPS 180-4).
///
/// A value: a copy goes on by itself from where it was taken.
public struct SHA256Hasher: Sendable {
    private var state = Crypto.SHA256()

    public init() {}

    /// Takes in the octets of a slice, without copying them.
    public mutating func update(_ octets: ArraySlice<UInt8>) {
        unsafe octets.withUnsafeBytes { buffer in unsafe state.update(bufferPointer: buffer) }
    }

    /// Takes in the octets of an array, without copying them.
    public mutating func update(_ octets: [UInt8]) {
        unsafe octets.withUnsafeBytes { buffer in unsafe state.update(bufferPointer: buffer) }
    }

    /// Takes in the octets of a span.
    public mutating func update(_ octets: RawSpan) {
        unsafe octets.withUnsafeBytes { buffer in unsafe state.update(bufferPointer: buffer) }
    }

    /// Takes in memory that the caller vouches for until the call returns.
    @unsafe public mutating func update(memory octets: UnsafeRawBufferPointer) {
        unsafe state.update(bufferPointer: octets)
    }

    /// The hash of all octets taken in so far. The hasher can go on afterwards.
    public func finalize() -> SHA256Digest { SHA256Digest(state.finalize()) }

    /// The hash of these octets.
    public static func hash(_ octets: ArraySlice<UInt8>) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(octets)
        return hasher.finalize()
    }

    /// The hash of these octets.
    public static func hash(_ octets: [UInt8]) -> SHA256Digest { hash(octets[...]) }
}
