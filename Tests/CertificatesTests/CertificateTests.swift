import Certificates
import MailBytes
import MailNames
import TestSupport
import Testing

@Suite struct CertificateTests {
    @Test func whatStandsInACertificate() throws {
        let all = try certificates("good")
        #expect(all.count == 3)
        let (leaf, middle, root) = (all[0], all[1], all[2])
        #expect(leaf.dnsNames.map { String(lossy: $0) } == ["mx.example.org", "*.mail.example.org"])
        #expect(leaf.commonName.map { String(lossy: $0) } == "mx.example.org")
        #expect(leaf.notBefore == UnixTime(text: "2026-01-01T00:00:00Z"))
        #expect(leaf.notAfter == UnixTime(text: "2046-01-01T00:00:00Z"))
        #expect(!leaf.isSelfIssued && !leaf.isSelfSigned && !leaf.isAuthority)
        #expect(middle.isAuthority && !middle.isSelfIssued)
        #expect(root.isAuthority && root.isSelfIssued && root.isSelfSigned)
        #expect(leaf.subjectText == "CN=mx.example.org,O=Postseal tests")
        #expect(leaf.issuerText == middle.subjectText)
        #expect(leaf.keyText == "EC 256")
        #expect(leaf.fingerprint.count == 32)
        #expect(Set(all.map(\.fingerprint)).count == 3)
    }

    @Test(arguments: [
        ("rsa-pss", "RSA 2048"), ("rsa-pss-key", "RSA-PSS 2048"), ("rsa-1024", "RSA 1024"), ("ed25519", "Ed25519"),
        ("p384", "EC 384"), ("sha1", "RSA 2048"),
    ])
    func everyKindOfKeyIsRead(_ file: String, _ key: String) throws {
        let leaf = try #require(try certificates(file).first)
        #expect(leaf.keyText == key)
        #expect(leaf.matches(try DomainName(CertificateFixtures.host)))
    }

    @Test func theKeyIsTheOneOfTheKeyFile() throws {
        let leaf = try #require(try certificates("key-ec-certificate").first)
        for file in ["key-ec", "key-ec-old-form", "key-ec-public"] {
            #expect(try SubjectPublicKey(pem: CertificateFixtures.pem(file)) == leaf.publicKey, "\(file)")
        }
        #expect(leaf.publicKey.signed(leaf))
        #expect(try SubjectPublicKey(pem: CertificateFixtures.pem("key-rsa")).signed(leaf) == false)
        #expect(try SubjectPublicKey(pem: Array(SampleKeys.rsaPEM.utf8)).derOctets.count == 162)
        #expect(!(try certificates("ed25519")[1].publicKey.signed(leaf)))
    }

    @Test func aCertificateAsTextIsReadAsTheSame() throws {
        for certificate in try certificates("good") {
            #expect(try Certificate.list(pem: Array(certificate.pem.utf8)) == [certificate])
            #expect(try Certificate(der: certificate.derOctets) == certificate)
        }
    }

    @Test(arguments: [
        ("", "no PEM block"), ("hello", "no PEM block"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", "without its end line"),
        ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "line 2 is not base64"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "certificate 1 is malformed"),
        ("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n", "no certificate among"),
    ])
    func whatIsNoCertificateIsRefusedWithAReason(_ text: String, _ clause: String) {
        let error = #expect(throws: CertificateError.self) { try Certificate.list(pem: Array(text.utf8)) }
        #expect(error?.description.contains(clause) == true, "\(error?.description ?? "")")
        #expect(throws: CertificateError.self) { try PresentedChain(pem: Array(text.utf8)) }
    }

    @Test(arguments: [
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n", "encrypted"),
        ("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "cannot read"),
        ("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n", "malformed"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "no key among"), ("x", "no PEM block"),
    ])
    func whatIsNoKeyIsRefusedWithAReason(_ text: String, _ clause: String) {
        let error = #expect(throws: CertificateError.self) { try SubjectPublicKey(pem: Array(text.utf8)) }
        #expect(error?.description.contains(clause) == true, "\(error?.description ?? "")")
    }

    // MARK: Hostile octets

    @Test func aCertificateThatEndsEarlyIsRefused() throws {
        for file in ["good", "rsa-pss", "odd-names"] {
            let der = try #require(try certificates(file).first).derOctets
            for count in 0..<der.count {
                #expect(throws: CertificateError.self) { try Certificate(der: Array(der.prefix(count))) }
            }
            #expect(throws: CertificateError.malformed(offset: der.count)) { try Certificate(der: der + [0]) }
        }
    }

    @Test func noChangedOctetDoesHarm() throws {
        let root = try TrustAnchors(certificates("root"))
        let check = ChainCheck(anchors: root, references: [try DomainName(CertificateFixtures.host)])
        for file in ["good", "odd-names"] {
            let all = try certificates(file)
            for index in all[0].derOctets.indices {
                for change: UInt8 in [0xFF, 0x01, 0x80] {
                    var der = all[0].derOctets
                    der[index] ^= change
                    guard let leaf = try? Certificate(der: der) else { continue }
                    // Whatever was changed is signed, or the signature.
                    let verdict = check.verdict(
                        for: PresentedChain(leaf: leaf, intermediates: Array(all.dropFirst())), at: now)
                    #expect(!verdict.isTrusted)
                    _ = (leaf.subjectText, leaf.issuerText, leaf.keyText, leaf.isAuthority, leaf.isSelfSigned)
                }
            }
        }
    }

    @Test func sizesAreLimited() throws {
        #expect(throws: CertificateError.tooLarge) {
            try Certificate(der: [UInt8](repeating: 0x30, count: CertificateLimits.certificateOctetsMax + 1))
        }
        let der = try #require(try certificates("good").first).derOctets
        let many = CertificateLimits.chainCertificatesMax + 1
        #expect(throws: CertificateError.tooManyCertificates) {
            try PresentedChain(der: Array(repeating: der, count: many))
        }
        #expect(throws: CertificateError.emptyChain) { try PresentedChain(der: []) }
        let leaf = try Certificate(der: der)
        let chain = PresentedChain(leaf: leaf, intermediates: Array(repeating: leaf, count: many))
        #expect(chain.certificates.count == CertificateLimits.chainCertificatesMax)
    }

    @Test func anUnreadableCertificateFurtherUpIsLeftOut() throws {
        let good = try certificates("good").map(\.derOctets)
        let chain = try PresentedChain(der: [good[0], [0x30, 0], good[1], good[2]])
        #expect(chain.unreadableCount == 1)
        #expect(chain.intermediates.count == 2)
        #expect(throws: CertificateError.self) { try PresentedChain(der: [[0x30, 0], good[1]]) }
    }

    @Test func deepNestingIsRefused() {
        var der: [UInt8] = []
        for _ in 0..<10_000 {
            let count = der.count
            der =
                count < 0x80
                ? [0x30, UInt8(count)] + der
                : [0x30, 0x83, UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] + der
            if der.count > CertificateLimits.certificateOctetsMax - 8 { break }
        }
        #expect(throws: CertificateError.self) { try Certificate(der: der) }
        #expect(throws: CertificateError.self) { try SubjectPublicKey(der: der) }
    }
}
