import MailBytes
import MailCrypto
import Testing

@Suite struct RSAPublicKeyTests {
    /// The DER of a PEM block of the tests.
    private func der(_ pem: String) throws -> [UInt8] {
        let lines = pem.split(separator: "\n").dropFirst().dropLast().joined()
        return try #require(Base64.decode(Array(lines.utf8)))
    }

    @Test func bothFormsOfAPublicKeyAreOneKey() throws {
        let first = try RSAPublicKey(der: try der(TestKeys.rsa1024Public))
        let second = try RSAPublicKey(der: try der(TestKeys.rsa1024PublicPKCS1))
        #expect(first == second)
        #expect(first.bits == 1024)
        #expect(first.spkiDER == (try der(TestKeys.rsa1024Public)))
        #expect(second.pkcs1DER == (try der(TestKeys.rsa1024PublicPKCS1)))
    }

    @Test func octetsBehindAKeyAreRefused() throws {
        for pem in [TestKeys.rsa1024Public, TestKeys.rsa1024PublicPKCS1] {
            let key = try der(pem)
            #expect(throws: KeyError.trailingOctets(offset: key.count)) { try RSAPublicKey(der: key + [0]) }
            #expect(throws: KeyError.trailingOctets(offset: key.count)) { try RSAPublicKey(der: key + key) }
            for end in 0..<key.count { #expect(throws: KeyError.self) { try RSAPublicKey(der: Array(key[..<end])) } }
        }
    }

    @Test func lengthsThatAreNotDERAreRefused() throws {
        let key = try der(TestKeys.rsa1024PublicPKCS1)
        // 30 81 89 02 81 81 …: the outer length in a longer form, and in the indefinite one.
        #expect(throws: KeyError.malformed(offset: 1)) {
            try RSAPublicKey(der: [0x30, 0x82, 0x00] + key[2...])
        }
        #expect(throws: KeyError.malformed(offset: 1)) { try RSAPublicKey(der: [0x30, 0x80] + key[3...]) }
        // The unused bits of the BIT STRING.
        var info = try der(TestKeys.rsa1024Public)
        let place = try #require(info.indices.first { info[$0] == 0x03 && info[$0 + 1] == 0x81 })
        info[place + 3] = 1
        #expect(throws: KeyError.malformed(offset: place)) { try RSAPublicKey(der: info) }
    }

    @Test func keysOfOtherKindsAndSizesAreNamed() throws {
        #expect(throws: KeyError.tooSmall(bits: 512)) { try RSAPublicKey(der: try der(TestKeys.rsa512Public)) }
        // 1.2.840.10045.2.1 with an empty parameter list and key.
        let ec: [UInt8] = [
            0x30, 0x10, 0x30, 0x0B, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x05, 0x00, 0x03, 0x01, 0x00,
        ]
        #expect(throws: KeyError.unsupportedKind("EC")) { try RSAPublicKey(der: ec) }
        #expect(throws: KeyError.malformed(offset: 0)) { try RSAPublicKey(der: []) }
        #expect(throws: KeyError.malformed(offset: 0)) { try RSAPublicKey(der: [UInt8](repeating: 7, count: 32)) }
    }

    @Test func aHugeModulusIsRefusedBeforeItIsUsed() {
        let octets = 4_096
        let modulus =
            [0x02, 0x82, UInt8((octets + 1) >> 8), UInt8((octets + 1) & 0xFF), 0]
            + [UInt8](repeating: 0xFF, count: octets)
        let content = modulus + [0x02, 0x03, 1, 0, 1]
        let der = [0x30, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        #expect(throws: KeyError.tooLarge(bits: 32_768)) { try RSAPublicKey(der: der) }
    }

    @Test func anEd25519KeyHas32Octets() {
        for count in [0, 31, 33, 64] {
            #expect(throws: KeyError.wrongLength(expected: 32, found: count)) {
                try Ed25519PublicKey(raw: [UInt8](repeating: 1, count: count))
            }
        }
    }

    @Test func everyErrorSaysWhatIsWrongInOneClause() {
        let errors: [KeyError] = [
            .notPEM, .unterminatedPEM, .badBase64(line: 2), .encrypted, .certificate, .publicKey, .openSSH,
            .unsupportedKind("EC"), .malformed(offset: 3), .trailingOctets(offset: 4), .tooSmall(bits: 512),
            .tooLarge(bits: 99_999), .unusualSize(bits: 1_000), .wrongLength(expected: 32, found: 1), .unusable,
            .tooLong,
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors { #expect(!error.description.hasSuffix(".") && !error.description.contains("\n")) }
    }
}
