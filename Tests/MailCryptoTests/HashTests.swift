import MailCrypto
import Testing

@Suite struct HashTests {
    private func hex(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func theHashesOfAbcAreThoseOfTheStandard() {
        // FIPS 180-4, examples.
        let abc = Array("abc".utf8)
        #expect(
            hex(SHA256Hasher.hash(abc).bytes) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(InsecureSHA1Hash.hash(abc[...])) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            hex(SHA512Hash.hash(abc[...])).hasPrefix("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a")
        )
    }

    @Test func piecesHashAsTheWholeAndACopyGoesOnByItself() {
        let octets = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        for cut in [0, 1, 63, 64, 65, 999, 1_000] {
            var hasher = SHA256Hasher()
            hasher.update(octets[..<cut])
            let fork = hasher
            hasher.update(octets[cut...])
            #expect(hasher.finalize() == SHA256Hasher.hash(octets))
            #expect(fork.finalize() == SHA256Hasher.hash(octets[..<cut]))
        }
    }

    @Test func aDigestEqualsItsOwnOctetsAlone() {
        let digest = SHA256Hasher.hash([1, 2, 3])
        #expect(digest.equals(digest.bytes))
        #expect(!digest.equals(Array(digest.bytes.dropLast())))
        #expect(!digest.equals(digest.bytes + [0]))
        #expect(!digest.equals([]))
        for index in 0..<32 {
            var other = digest.bytes
            other[index] ^= 1
            #expect(!digest.equals(other))
        }
    }
}
