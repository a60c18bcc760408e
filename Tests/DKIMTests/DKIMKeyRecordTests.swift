import DKIM
import DNS
import MailBytes
import MailCrypto
import MailNames
import TestSupport
import Testing

@Suite struct DKIMKeyRecordTests {
    @Test func everyTagIsRead() throws {
        let record = try DKIMKeyRecord(
            parsing: Array(
                "v=DKIM1; h= SHA256 : sha1 ; k=RSA; n=a=20note; s=email:tlsrpt; t=Y : s:x; zz=1; p=YWJj".utf8))
        #expect(record.keyType == .rsa)
        #expect(record.hashAlgorithms == ["sha256", "sha1"])
        #expect(record.notes == "a note")
        #expect(record.services == ["email", "tlsrpt"])
        #expect(record.flags == ["y", "s", "x"])
        #expect(record.isTesting && record.requiresExactIdentity && !record.isRevoked)
        #expect(record.isFor(service: "tlsrpt") && !record.isFor(service: "web"))
        #expect(record.allows(hash: "sha256") && !record.allows(hash: "sha512"))
        #expect(record.publicKey == Array("abc".utf8))
    }

    @Test func whatIsMissingHasTheDefaultOfTheRFC() throws {
        // RFC 6376 §3.6.1.
        let record = try DKIMKeyRecord(parsing: Array("p=".utf8))
        #expect(record == DKIMKeyRecord(keyType: .rsa, publicKey: []))
        #expect(record.isRevoked && record.isFor(service: "email") && record.allows(hash: "sha256"))
        #expect(throws: KeyError.malformed(offset: 0)) { try record.key() }
    }

    @Test(arguments: [
        ("", DKIMSyntaxError.Code.expectedTagName, 0), ("k=rsa", .missingTag("p"), 0),
        ("p=a; p=b", .duplicateTag("p"), 5), ("k=rsa; v=DKIM1; p=", .versionNotFirst, 7),
        ("v=DKIM2; p=", .unknownVersion, 2), ("v=; p=", .unknownVersion, 2),
        ("p=*", .badValue(tag: "p", expected: "base64 text"), 2),
        ("k=; p=", .badValue(tag: "k", expected: "a kind of key"), 2),
        ("h=; p=", .badValue(tag: "h", expected: "a list of words"), 2),
        ("s=email:; p=", .badValue(tag: "s", expected: "a list of words"), 2),
        ("t=*; p=", .badValue(tag: "t", expected: "a list of words"), 2),
    ])
    func whatIsNoRecordIsRefused(_ text: String, _ code: DKIMSyntaxError.Code, _ offset: Int) {
        #expect(throws: DKIMSyntaxError(code, at: offset)) { try DKIMKeyRecord(parsing: Array(text.utf8)) }
    }

    @Test func printedRecordsAreReadAsTheSame() throws {
        var random = Generator(6376)
        func words(_ random: inout Generator) -> [String] {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in
                "w" + String(lossy: random.octets(of: "abc012", count: Int.random(in: 0...6, using: &random)))
            }
        }
        for _ in 0..<500 {
            let notes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                UInt8.random(in: 0...127, using: &random)
            }
            let record = DKIMKeyRecord(
                keyType: [.rsa, .ed25519, .other("x-new")][Int.random(in: 0...2, using: &random)],
                publicKey: random.octets(of: "\u{0}abc", count: Int.random(in: 0...600, using: &random)),
                hashAlgorithms: Bool.random(using: &random) ? words(&random) : nil,
                services: Bool.random(using: &random) ? words(&random) : ["*"],
                flags: Bool.random(using: &random) ? words(&random) : [],
                notes: Bool.random(using: &random) ? String(lossy: notes) : nil)
            #expect(try DKIMKeyRecord(parsing: Array(record.text.utf8)) == record, "\(record.text)")
            #expect(record.strings.allSatisfy { $0.count <= 255 })
            #expect(record.strings.flatMap(\.self) == Array(record.text.utf8))
        }
    }

    @Test func aLongRecordIsPublishedInStringsOf255Octets() throws {
        let key = try RSAPrivateKey.generate(bits: 2048)
        let record = DKIMPrivateKey.rsa(key).publicRecord
        let name = try DomainName("s1._domainkey.example.org")
        let line = record.zoneLine(name: name)
        #expect(line.hasPrefix("s1._domainkey.example.org. IN TXT ( \"v=DKIM1; k=rsa; p=MIIB"))
        #expect(line.hasSuffix("\" )"))
        #expect(!line.contains("\n"))
        // What a name server makes of the line is the record again.
        let data = try #require(DNSRecordData(presentation: String(line.dropFirst(36).dropLast(2)), type: .txt))
        #expect(try DKIMKeyRecord(parsing: data.joinedText ?? []) == record)
        #expect(try record.key() == .rsa(key.publicKey))
        #expect(
            TestMail.ed25519.publicRecord.zoneLine(name: name)
                == "s1._domainkey.example.org. IN TXT "
                + "\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\""
        )
    }

    struct Fit: Sendable, CustomTestStringConvertible {
        var name: String
        var lines: [String]
        var misfit: String?
        var testDescription: String { name }
    }

    static let fits = [
        Fit(name: "the right record", lines: [quoted(TestMail.rsaRecord)], misfit: nil),
        Fit(
            name: "no record", lines: [],
            misfit: "no key for the signature: the name rsa._domainkey.example.org does not exist"),
        Fit(
            name: "no answer", lines: ["rsa._domainkey.example.org TXT timeout"],
            misfit: "the key cannot be fetched: time-out"),
        Fit(name: "revoked", lines: [quoted("v=DKIM1; p=")], misfit: "the key is revoked (p= is empty)"),
        Fit(
            name: "another key", lines: [quoted("v=DKIM1; p=\(DKIMVerifierTests.otherKey)")],
            misfit: "the published key is not the public half of this private key"),
        Fit(
            name: "another kind", lines: [quoted(TestMail.ed25519Record)],
            misfit: "the key is for ed25519 (k=), the signature is rsa-sha256"),
        Fit(
            name: "two records", lines: [quoted(TestMail.rsaRecord), quoted("v=DKIM1; p=")],
            misfit: "2 key records are published under one name, where one is allowed"),
        Fit(
            name: "for other services", lines: [quoted("v=DKIM1; s=tlsrpt; p=AAAA")],
            misfit: "the key record is not for e-mail (s=)"),
    ]

    private static func quoted(_ text: String) -> String {
        let octets = Array(text.utf8)
        let strings = stride(from: 0, to: octets.count, by: 255).map { Array(octets[$0..<min($0 + 255, octets.count)]) }
        return "rsa._domainkey.example.org TXT \(DNSRecordData.text(strings).presentation)"
    }

    @Test(arguments: fits) func aKeyIsHeldAgainstItsPublishedRecord(_ fit: Fit) async {
        let key = DKIMSigningKey(domain: DKIMVerifierTests.domain, selector: Self.selector, privateKey: TestMail.rsa)
        let misfit = await key.misfit(resolver: Zone(fit.lines))
        #expect(misfit?.description == fit.misfit)
    }

    private static let selector: DomainName = {
        guard let name = try? DomainName("rsa") else { fatalError("rsa is a name") }
        return name
    }()
}
