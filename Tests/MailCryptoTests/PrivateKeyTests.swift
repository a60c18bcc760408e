import MailBytes
import MailCrypto
import Testing

@Suite struct PrivateKeyTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var pem: String
        var error: KeyError
        var testDescription: String { name }
    }

    static let refusals = [
        Refusal(name: "encrypted PKCS #8", pem: TestKeys.rsa1024EncryptedPKCS8, error: .encrypted),
        Refusal(name: "encrypted PKCS #1", pem: TestKeys.rsa1024EncryptedPKCS1, error: .encrypted),
        Refusal(name: "certificate", pem: TestKeys.certificate, error: .certificate),
        Refusal(name: "public key", pem: TestKeys.rsa1024Public, error: .publicKey),
        Refusal(name: "public PKCS #1", pem: TestKeys.rsa1024PublicPKCS1, error: .publicKey),
        Refusal(name: "EC key", pem: TestKeys.ecPKCS8, error: .unsupportedKind("EC")),
        Refusal(name: "EC key in SEC 1", pem: TestKeys.ecSEC1, error: .unsupportedKind("EC")),
        Refusal(name: "EC key with parameters", pem: TestKeys.ecWithParameters, error: .unsupportedKind("EC")),
        Refusal(name: "Ed448 key", pem: TestKeys.ed448, error: .unsupportedKind("Ed448")),
        Refusal(name: "RSA key of 512 bits", pem: TestKeys.rsa512PKCS8, error: .tooSmall(bits: 512)),
        Refusal(name: "empty", pem: "", error: .notPEM),
        Refusal(name: "no PEM", pem: "hello\nworld", error: .notPEM),
        Refusal(
            name: "no end", pem: String(TestKeys.rsa1024PKCS1.dropLast(40)),
            error: .unterminatedPEM),
        Refusal(
            name: "OpenSSH", pem: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
            error: .openSSH),
        Refusal(
            name: "other end", pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
            error: .unterminatedPEM),
        Refusal(
            name: "no base64", pem: "x\n-----BEGIN PRIVATE KEY-----\nAA*A\n-----END PRIVATE KEY-----",
            error: .badBase64(line: 3)),
        Refusal(
            name: "half base64", pem: "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----",
            error: .badBase64(line: 2)),
        Refusal(
            name: "nothing inside", pem: "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
            error: .badBase64(line: 2)),
        Refusal(
            name: "no DER", pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            error: .malformed(offset: 0)),
        Refusal(
            name: "base64 bomb",
            pem: "-----BEGIN PRIVATE KEY-----\n" + String(repeating: "A", count: 2 << 20)
                + "\n-----END PRIVATE KEY-----", error: .tooLong),
    ]

    @Test(arguments: refusals) func whatIsNoUsableKeyIsNamed(_ refusal: Refusal) {
        #expect(throws: refusal.error) { try PrivateKey(pem: Array(refusal.pem.utf8)) }
    }

    @Test func bothFormsOfAnRSAKeyAreOneKey() throws {
        let first = try RSAPrivateKey(pem: Array(TestKeys.rsa1024PKCS1.utf8))
        let second = try RSAPrivateKey(pem: Array(TestKeys.rsa1024PKCS8.utf8))
        #expect(first.publicKey == second.publicKey)
        #expect(first.bits == 1024)
        #expect(first.pem == second.pem)
        #expect(first.pem == TestKeys.rsa1024PKCS8 + "\n")
    }

    @Test func theFirstPrivateKeyOfSeveralBlocksCounts() throws {
        let text =
            "text in front\r\n" + TestKeys.certificate + "\r\n\r\nmore\n" + TestKeys.ed25519 + "\n"
            + TestKeys.rsa1024PKCS1
        guard case .ed25519(let key) = try PrivateKey(pem: Array(text.utf8)) else {
            Issue.record("not the Ed25519 key")
            return
        }
        #expect(key.pem == TestKeys.ed25519 + "\n")
    }

    @Test func aSignatureByOpenSSLVerifiesAndOursIsTheSame() throws {
        let key = try RSAPrivateKey(pem: Array(TestKeys.rsa1024PKCS1.utf8))
        let digest = SHA256Hasher.hash(Array("hello".utf8))
        let openSSL = try #require(Base64.decode(Array(TestKeys.helloSignature.utf8)))
        #expect(key.publicKey.isValidSignature(openSSL, digest: digest))
        #expect(try key.signature(of: digest) == openSSL)
        #expect(!key.publicKey.isValidSignature(openSSL, digest: SHA256Hasher.hash([])))
        #expect(!key.publicKey.isValidSignature(Array(openSSL.dropLast()), digest: digest))
        #expect(!key.publicKey.isValidSignature([], digest: digest))
        #expect(!key.publicKey.isValidSignature(openSSL + [0], digest: digest))
    }

    @Test func aGeneratedKeySignsAndComesBackFromItsPEM() throws {
        let key = try RSAPrivateKey.generate(bits: 2048)
        #expect(key.bits == 2048)
        let again = try RSAPrivateKey(pem: Array(key.pem.utf8))
        let digest = SHA256Hasher.hash([7])
        #expect(key.publicKey.isValidSignature(try again.signature(of: digest), digest: digest))
        let edwards = try Ed25519PrivateKey.generate()
        guard case .ed25519(let same) = try PrivateKey(pem: Array(edwards.pem.utf8)) else {
            Issue.record("not an Ed25519 key")
            return
        }
        #expect(same.publicKey == edwards.publicKey)
        #expect(edwards.publicKey.isValidSignature(try same.signature(of: [1, 2]), message: [1, 2]))
        #expect(!edwards.publicKey.isValidSignature(try same.signature(of: [1, 2]), message: [1, 3]))
        #expect(!edwards.publicKey.isValidSignature([UInt8](repeating: 0, count: 63), message: [1]))
    }

    @Test func keysOfOtherSizesAreNotGenerated() {
        // RFC 8301 §3.2: signers use 2048 bits at least.
        #expect(throws: KeyError.unusualSize(bits: 1024)) { try RSAPrivateKey.generate(bits: 1024) }
        #expect(throws: KeyError.unusualSize(bits: 2049)) { try RSAPrivateKey.generate(bits: 2049) }
        #expect(throws: KeyError.unusualSize(bits: 1 << 20)) { try RSAPrivateKey.generate(bits: 1 << 20) }
    }

    @Test func aKeyWhoseHalvesDoNotBelongTogetherIsRefused() throws {
        let key = try RSAPrivateKey(pem: Array(TestKeys.rsa1024PKCS1.utf8))
        let lines = key.pem.split(separator: "\n").dropFirst().dropLast().joined()
        let pkcs8 = try #require(Base64.decode(Array(lines.utf8)))
        // The octets of the modulus, one changed after the other.
        for index in stride(from: 40, to: 160, by: 8) {
            var changed = pkcs8
            changed[index] ^= 0x10
            let text = "-----BEGIN PRIVATE KEY-----\n\(Base64.text(changed))\n-----END PRIVATE KEY-----\n"
            #expect(throws: KeyError.unusable, "octet \(index)") { try PrivateKey(pem: Array(text.utf8)) }
        }
    }

    @Test func aKeyCutShortAtAnyPlaceIsAnErrorAndNoTrap() throws {
        for pem in [TestKeys.rsa1024PKCS1, TestKeys.rsa1024PKCS8, TestKeys.ed25519] {
            let octets = Array(pem.utf8)
            for end in 0..<octets.count - 10 {
                #expect(throws: KeyError.self) { try PrivateKey(pem: Array(octets[..<end])) }
            }
        }
    }

    @Test func noSecretIsInAnyDescription() throws {
        let rsa = try RSAPrivateKey(pem: Array(TestKeys.rsa1024PKCS1.utf8))
        let edwards = try Ed25519PrivateKey.generate()
        let secret = edwards.pem.split(separator: "\n")[1].suffix(20)
        for text in [
            Self.everyText(rsa), Self.everyText(edwards), Self.everyText(PrivateKey.rsa(rsa)),
            Self.everyText(PrivateKey.ed25519(edwards)),
        ] {
            #expect(!text.contains("BEGIN"))
            #expect(!text.contains(secret))
            #expect(text.utf8.count < 600, "\(text)")
        }
        #expect("\(rsa)" == "RSA private key of 1024 bits")
    }

    private static func everyText<T>(_ value: T) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value) \(String(reflecting: value)) \(dumped)"
    }

    @Test func threadsSignWithOneKeyAtOnce() async throws {
        let key = try RSAPrivateKey(pem: Array(TestKeys.rsa1024PKCS1.utf8))
        let isRight = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { round in
                        let digest = SHA256Hasher.hash([UInt8(task), UInt8(round)])
                        guard let signature = try? key.signature(of: digest) else { return false }
                        return key.publicKey.isValidSignature(signature, digest: digest)
                    }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(isRight)
    }
}
