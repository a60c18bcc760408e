import DKIM
import MailBytes
import MailNames
import Testing

@Suite struct DKIMSignatureTests {
    /// RFC 6376 §3.5, the example of a signature field, with a bh= of the right length.
    static let example = """
        v=1; a=rsa-sha256; d=example.net; s=brisbane;\r
          c=simple; q=dns/txt; i=@eng.example.net;\r
          t=1117574938; x=1118006938;\r
          h=from:to:subject:date;\r
          z=From:foo@eng.example.net|To:joe@example.com|\r
           Subject:demo=20run|Date:July=205,=202005=203:44:08=20PM=20-0700;\r
          bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;\r
          b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR
        """

    @Test func theExampleOfTheRFCIsRead() throws {
        let signature = try DKIMSignature(parsing: Array(Self.example.utf8))
        #expect(signature.algorithm == .rsaSHA256)
        #expect(signature.domain.text == "example.net")
        #expect(signature.selector.text == "brisbane")
        #expect(signature.canonicalization == .simple)
        #expect(signature.identity?.text == "@eng.example.net")
        #expect(signature.signedAt == UnixTime(seconds: 1_117_574_938))
        #expect(signature.expiresAt == UnixTime(seconds: 1_118_006_938))
        #expect(signature.fieldNames.names == ["from", "to", "subject", "date"])
        #expect(signature.bodyHash == Array("12345678901234567890123456789012".utf8))
        #expect(signature.signature.count == 48)
        #expect(signature.bodyLength == nil)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var error: DKIMSyntaxError
        var testDescription: String { text.debugDescription }
    }

    static let faults = [
        // RFC 6376 §3.2: the tag list.
        Fault(text: "", error: DKIMSyntaxError(.expectedTagName, at: 0)),
        Fault(text: ";", error: DKIMSyntaxError(.expectedTagName, at: 0)),
        Fault(text: "v=1;;", error: DKIMSyntaxError(.expectedTagName, at: 4)),
        Fault(text: "v=1; =2", error: DKIMSyntaxError(.expectedTagName, at: 5)),
        Fault(text: "v=1; 1a=2", error: DKIMSyntaxError(.expectedTagName, at: 5)),
        Fault(text: "v", error: DKIMSyntaxError(.expectedEquals, at: 1)),
        Fault(text: "v=1; a-b=2", error: DKIMSyntaxError(.expectedEquals, at: 6)),
        Fault(text: "v=1; a b=2", error: DKIMSyntaxError(.expectedEquals, at: 7)),
        Fault(text: "v=1; a=x\u{0}y", error: DKIMSyntaxError(.badCharacter, at: 8)),
        Fault(text: "v=1; a=x\u{7F}", error: DKIMSyntaxError(.badCharacter, at: 8)),
        Fault(text: "v=1; a=x\ry", error: DKIMSyntaxError(.badCharacter, at: 8)),
        Fault(text: "v=1; a=1; v=1", error: DKIMSyntaxError(.duplicateTag("v"), at: 10)),
        Fault(text: "v=1; z=; z=", error: DKIMSyntaxError(.duplicateTag("z"), at: 9)),
        // Names are compared exactly: V is not v.
        Fault(text: "V=1; a=rsa-sha256", error: DKIMSyntaxError(.missingTag("v"), at: 0)),
        // Values.
        Fault(
            text: "v=1; a=rsa", error: DKIMSyntaxError(.badValue(tag: "a", expected: "the name of an algorithm"), at: 7)
        ),
        Fault(text: "v=1; a=rsa-sha256", error: DKIMSyntaxError(.missingTag("b"), at: 0)),
        Fault(
            text: "v=1; a=rsa-sha256; b=",
            error: DKIMSyntaxError(.badValue(tag: "b", expected: "base64 text"), at: 21)),
        Fault(
            text: "v=1; a=rsa-sha256; b=A*A=",
            error: DKIMSyntaxError(.badValue(tag: "b", expected: "base64 text"), at: 21)),
        Fault(
            text: "v=1; a=rsa-sha256; b=AAAA; bh=AAAA",
            error: DKIMSyntaxError(.badValue(tag: "bh", expected: "a SHA-256 hash"), at: 30)),
    ]

    @Test(arguments: faults) func whatIsNoSignatureIsRefusedAtItsPlace(_ fault: Fault) {
        #expect(throws: fault.error) { try DKIMSignature(parsing: Array(fault.text.utf8)) }
    }

    @Test func faultsAreCountedFromTheStartOfTheValue() throws {
        let bytes = Array("DKIM-Signature: v=1; v".utf8)
        #expect(throws: DKIMSyntaxError(.expectedEquals, at: 7)) { try DKIMTagList(bytes, in: 15..<bytes.count) }
    }

    @Test func printedSignaturesAreReadAsTheSame() throws {
        var random = Generator(8463)
        for _ in 0..<500 {
            let signature = try Self.arbitrary(&random)
            let field = signature.field
            #expect(field.starts(with: Array("DKIM-Signature: ".utf8)))
            let value = Array(field.dropFirst("DKIM-Signature:".utf8.count))
            #expect(try DKIMSignature(parsing: value) == signature, "\(String(lossy: field))")
            #expect(field.suffix(2) == [.carriageReturn, .lineFeed])
            // One word alone may be longer: identities and domains are not folded.
            for line in String(lossy: field).split(separator: "\r\n") where line.dropFirst().contains(" ") {
                #expect(line.utf8.count <= 78, "\(line)")
            }
        }
    }

    static func arbitrary(_ random: inout Generator) throws -> DKIMSignature {
        func name(_ labels: Int) throws -> DomainName {
            let texts = (0..<labels).map { _ in
                String(lossy: random.octets(of: "abcdefghijk0123456789", count: Int.random(in: 1...12, using: &random)))
            }
            return try DomainName(texts.joined(separator: "."))
        }
        let domain = try name(Int.random(in: 2...4, using: &random))
        let names = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            String(lossy: random.octets(of: "ABCdef-!~", count: Int.random(in: 1...30, using: &random)))
        }
        let list = try #require(DKIMFieldNames(names + ["From"]))
        let signedAt =
            Bool.random(using: &random) ? UnixTime(seconds: Int64.random(in: 0...9_999_999_999, using: &random)) : nil
        var identity: DKIMIdentity?
        if Bool.random(using: &random) {
            let local = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            identity = DKIMIdentity(localPart: local, domain: try DomainName("sub." + domain.text))
        }
        return DKIMSignature(
            algorithm: Bool.random(using: &random) ? .rsaSHA256 : .ed25519SHA256,
            signature: random.octets(of: "xyz", count: Int.random(in: 1...512, using: &random)),
            bodyHash: random.octets(of: "abcdef", count: 32),
            canonicalization: DKIMCanonicalization(
                header: Bool.random(using: &random) ? .simple : .relaxed,
                body: Bool.random(using: &random) ? .simple : .relaxed),
            domain: domain, selector: try name(Int.random(in: 1...3, using: &random)), fieldNames: list,
            identity: identity,
            bodyLength: Bool.random(using: &random) ? Int.random(in: 0...(.max), using: &random) : nil,
            signedAt: signedAt, expiresAt: signedAt?.adding(seconds: Int64.random(in: 1...1_000_000, using: &random)))
    }

    @Test(
        arguments: [
            ("relaxed/simple", "relaxed/simple"), ("Simple/RELAXED", "simple/relaxed"), ("relaxed", "relaxed/simple"),
            ("simple", "simple/simple"), ("", nil), ("/", nil), ("relaxed/", nil), ("/relaxed", nil), ("nofws", nil),
            ("relaxed/relaxed/relaxed", nil), (" relaxed", nil),
        ] as [(String, String?)])
    func canonicalizationsAreOneOrTwoWords(_ text: String, _ expected: String?) {
        #expect(DKIMCanonicalization(text: text)?.text == expected)
    }

    @Test func everyFaultSaysWhatItIsAndCountsAsOneResult() {
        let codes: [DKIMSyntaxError.Code] = [
            .expectedTagName, .expectedEquals, .badCharacter, .duplicateTag("v"), .tooManyTags, .tooLong,
            .missingTag("a"), .badValue(tag: "t", expected: "a number"), .unknownVersion, .versionNotFirst,
            .unknownAlgorithm, .historicAlgorithm, .unknownCanonicalization, .unknownQueryMethod, .singleLabelDomain,
            .identityOutsideDomain, .fromNotSigned, .expiresBeforeSigned, .tooManyFieldNames,
        ]
        let texts = codes.map { DKIMSyntaxError($0, at: 7).description }
        #expect(Set(texts).count == texts.count)
        for code in codes {
            #expect([.neutral, .permerror, .policy].contains(DKIMSyntaxError(code, at: 0).result))
        }
    }
}
