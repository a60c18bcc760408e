import DKIM
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import TestSupport
import Testing

@Suite struct DKIMSignerTests {
    private static func signer(_ keys: [(String, DKIMPrivateKey)] = [("rsa", TestMail.rsa)]) throws -> DKIMSigner {
        DKIMSigner(
            keys: try keys.map { selector, key in
                DKIMSigningKey(
                    domain: try DomainName("example.org"), selector: try DomainName(selector), privateKey: key)
            })
    }

    private static func message(_ text: String) -> MailMessage { MailMessage(parsing: Array(text.utf8)) }
    private static let plain = message("From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n")

    @Test func theSignatureOfTheRFCComesOutOfItsKey() throws {
        // RFC 8463 §A: Ed25519 signatures are the same each time, so the published one can be compared.
        let message = Self.message(
            "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
                + "Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
                + "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\n"
                + "We lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n")
        var body = DKIMBodyHasher(.relaxed)
        body.update(message.bodyBytes)
        #expect(Base64.text(body.finish().digest.bytes) == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=")
        var hash = DKIMHeaderHash(.relaxed)
        var selector = DKIMFieldSelector(message.header)
        for name in ["from", "to", "subject", "date", "message-id", "from", "subject", "date"] {
            if let field = selector.next(Array(name.utf8)[...]) { hash.add(field, of: message.header) }
        }
        let field =
            "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; "
            + "i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : "
            + "message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
        hash.add(newField: Array(field.utf8))
        #expect(
            Base64.text(try TestMail.ed25519.signature(of: hash.finish()))
                == "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==")
    }

    @Test(arguments: DKIMCanonicalization.Form.allCases, DKIMCanonicalization.Form.allCases)
    func bothKeysSignAtOnceAndBothVerify(
        _ header: DKIMCanonicalization.Form, _ body: DKIMCanonicalization.Form
    ) async throws {
        var signer = try Self.signer([("rsa", TestMail.rsa), ("ed", TestMail.ed25519)])
        signer.canonicalization = DKIMCanonicalization(header: header, body: body)
        signer.identity = "joe smith@mail.example.org"
        signer.lifetimeSeconds = 86_400
        for text in [
            "From: a@example.org\r\nTo: b@example.net\r\nSubject:  x\r\n  y\r\nReceived: z\r\n\r\nbo dy \r\n\r\n",
            "From: a@example.org\r\n\r\n", "From: a@example.org\r\n", "From: a@example.org",
            "Subject: only\r\nFROM : a@example.org\r\n\r\nx",
        ] {
            let message = Self.message(text)
            let fields = try signer.sign(message, at: TestMail.time)
            let separator =
                message.header.fields.last.map { message.bytes[..<$0.whole.upperBound].last == .lineFeed } ?? true
            let signed = MailMessage(parsing: fields + message.bytes + (separator ? [] : [.carriageReturn, .lineFeed]))
            let outcomes = await DKIMVerifier(resolver: TestMail.zone).verify(signed, at: TestMail.time).outcomes
            #expect(outcomes.map(\.result) == [.pass, .pass], "\(outcomes.compactMap(\.reason)) \(text)")
            #expect(outcomes.map(\.algorithm) == ["rsa-sha256", "ed25519-sha256"])
            #expect(outcomes.map(\.identity) == ["joe smith@mail.example.org", "joe smith@mail.example.org"])
            let late = await DKIMVerifier(resolver: TestMail.zone)
                .verify(signed, at: TestMail.time.adding(seconds: 86_400 + 301)).outcomes
            #expect(late.map(\.result) == [.permerror, .permerror])
        }
    }

    @Test func theUsualFieldsAreSignedAndProtectedAgainstAdditions() async throws {
        let text =
            "Received: x\r\nReturn-Path: <>\r\nFrom: a@example.org\r\nTo: b@example.net\r\nSubject: s\r\n"
            + "Content-Transfer-Encoding: 8bit\r\nAuthentication-Results: x; none\r\nX-Other: 1\r\n\r\nbody\r\n"
        let fields = try Self.signer().sign(Self.message(text), at: TestMail.time)
        let signature = try DKIMSignature(parsing: Array(fields.dropFirst(15)))
        let names = signature.fieldNames.names.map { $0.lowercased() }
        for name in ["from", "to", "subject"] { #expect(names.filter { $0 == name }.count == 2, "\(name)") }
        for name in [
            "cc", "reply-to", "sender", "content-type", "mime-version", "list-unsubscribe", "list-unsubscribe-post",
            "content-transfer-encoding",
        ] {
            #expect(names.filter { $0 == name }.count == 1, "\(name)")
        }
        for name in [
            "received", "return-path", "authentication-results", "x-other", "bimi-location", "arc-seal", "date",
            "message-id",
        ] {
            #expect(!names.contains(name))
        }
        #expect(signature.bodyLength == nil)
        #expect(signature.signedAt == TestMail.time)
        #expect(signature.expiresAt == nil && signature.identity == nil)
        for added in [
            "From: e@example.net", "Subject: t", "Cc: c@example.net", "Reply-To: e@example.net",
            "Content-Type: text/html", "List-Unsubscribe: <x>",
        ] {
            let changed = Self.message(added + "\r\n" + String(lossy: fields) + text)
            #expect(await TestMail.outcome(changed).result == .fail, "\(added)")
        }
        let traced = Self.message("Received: y\r\n" + String(lossy: fields) + text)
        #expect(await TestMail.outcome(traced).result == .pass)
    }

    @Test func whatAServerAddsToAMessageThatLacksItBreaksNoSignature() async throws {
        // RFC 6409 §8.2 and §8.3: Date and Message-ID may come after the signature; a second one may not.
        let added = "Date: Mon, 2 Nov 2026 09:14:52 +0000\r\nMessage-ID: <1@example.org>\r\n"
        let bare = String(lossy: Self.plain.bytes)
        let signed = String(lossy: try Self.signer().sign(Self.plain, at: TestMail.time)) + bare
        #expect(await TestMail.outcome(Self.message(added + signed)).result == .pass)
        let whole = added + bare
        let wholeSigned = String(lossy: try Self.signer().sign(Self.message(whole), at: TestMail.time)) + whole
        #expect(await TestMail.outcome(Self.message(wholeSigned)).result == .pass)
        for field in ["Date: x", "Message-ID: <2@example.org>"] {
            #expect(await TestMail.outcome(Self.message("\(field)\r\n\(wholeSigned)")).result == .fail, "\(field)")
        }
    }

    @Test func linesAreFoldedAt78Columns() throws {
        var signer = try Self.signer([("a-rather-long-selector-2026", TestMail.rsa)])
        signer.identity = "@some.long.subdomain.of.example.org"
        signer.lifetimeSeconds = 1
        let header = (0..<30).map { "Resent-Message-ID: \($0)\r\n" }.joined() + "From: a@example.org\r\n"
        for line in String(lossy: try signer.sign(Self.message(header + "\r\nx"), at: TestMail.time)).split(
            separator: "\r\n")
        {
            #expect(line.utf8.count <= 78, "\(line)")
            #expect(line.hasPrefix("DKIM-Signature:") || line.hasPrefix(" "))
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var text: String
        var error: DKIMSigningError
        var testDescription: String { text.debugDescription }
    }

    static let refusals = [
        Refusal(text: "Subject: x\r\n\r\nx", error: .noFromField),
        Refusal(text: "", error: .noFromField),
        Refusal(text: "From: a@example.org\r\nfrom: b@example.org\r\n\r\nx", error: .severalFromFields(2)),
        Refusal(text: "From: a@example.org\r\nno field\r\n\r\nx", error: .malformedHeader(.missingSeparator)),
        Refusal(text: "From: a@example.org\r\nSubject: \u{0}\r\n\r\nx", error: .malformedHeader(.nulOctet)),
        Refusal(text: "From: a@example.org\r\nSubject: a\rb\r\n\r\nx", error: .malformedHeader(.bareCarriageReturn)),
        Refusal(text: "From: a@example.org\n\nx\n", error: .bareLineBreak(offset: 19)),
        Refusal(text: "From: a@example.org\r\n\r\nx\ny\r\n", error: .bareLineBreak(offset: 24)),
        Refusal(text: "From: a@example.org\r\n\r\nx\ry\r\n", error: .bareLineBreak(offset: 24)),
        Refusal(text: "From: a@example.org\r\n\r\nx\r", error: .bareLineBreak(offset: 24)),
        Refusal(text: "From: a@example.org\r\n\r\n\n", error: .bareLineBreak(offset: 23)),
        Refusal(text: "From: a@example.org\r\n\r\nx\r\r\n", error: .bareLineBreak(offset: 24)),
    ]

    @Test(arguments: refusals) func messagesThatReceiversReadDifferentlyAreNotSigned(_ refusal: Refusal) throws {
        let signer = try Self.signer()
        #expect(throws: refusal.error) { try signer.sign(Self.message(refusal.text), at: TestMail.time) }
    }

    @Test func bareLineBreaksAreFoundAtEveryPlace() throws {
        let signer = try Self.signer()
        let head = "From: a@example.org\r\n\r\n"
        let line = String(repeating: "abcdefghi ", count: 7) + "\r\n"
        let body = Array((head + line + line + line).utf8)
        _ = try signer.sign(MailMessage(parsing: body), at: TestMail.time)
        for offset in head.utf8.count..<body.count
        where !body[offset].isWSPOrLineBreak && body[offset - 1] != .carriageReturn {
            for byte in [UInt8.lineFeed, .carriageReturn] {
                var changed = body
                changed[offset] = byte
                if offset + 1 < body.count, body[offset + 1] == .lineFeed || body[offset + 1] == .carriageReturn {
                    continue
                }
                #expect(throws: DKIMSigningError.bareLineBreak(offset: offset)) {
                    try signer.sign(MailMessage(parsing: changed), at: TestMail.time)
                }
            }
        }
    }

    @Test func anMboxLineIsNoPartOfTheMessage() async throws {
        let text = "From a@example.org Mon Nov 23 22:31:56 2026\r\nFrom: a@example.org\r\n\r\nx\r\n"
        let fields = try Self.signer().sign(Self.message(text), at: TestMail.time)
        let signed = MailMessage(parsing: fields + Array(text.utf8.dropFirst(45)))
        #expect(await TestMail.outcome(signed).result == .pass)
    }

    @Test func theCallersFieldsAreSignedAsTheyAreNamed() async throws {
        var signer = try Self.signer()
        signer.fieldNames = ["Subject", "From", "subject"]
        let fields = try signer.sign(Self.plain, at: TestMail.time)
        let outcome = await TestMail.outcome(MailMessage(parsing: fields + Self.plain.bytes))
        #expect(outcome.result == .pass)
        #expect(outcome.signedFieldNames == ["Subject", "From", "subject"])
    }

    @Test func misuseIsNamed() throws {
        func error(_ change: (inout DKIMSigner) throws -> Void) throws -> DKIMSigningError? {
            var signer = try Self.signer()
            try change(&signer)
            do throws(DKIMSigningError) {
                _ = try signer.sign(Self.plain, at: TestMail.time)
                return nil
            } catch {
                return error
            }
        }
        #expect(try error { $0.keys = [] } == .noKeys)
        for name in ["org", "a;l=0.org", "[192.0.2.1].org", "*.example.org", "a b.org"] {
            #expect(try error { $0.keys[0].domain = try DomainName(name) } == .unusableNames, "\(name)")
        }
        for name in ["a;l=0", "*", "a b", ".", String(repeating: "a.", count: 120) + "a"] {
            #expect(try error { $0.keys[0].selector = try DomainName(name) } == .unusableNames, "\(name)")
        }
        #expect(try error { $0.fieldNames = ["To"] } == .fromNotAmongFields)
        #expect(try error { $0.fieldNames = [] } == .unusableFieldNames)
        #expect(try error { $0.fieldNames = ["From", "a b"] } == .unusableFieldNames)
        #expect(try error { $0.fieldNames = ["From", "to:cc"] } == .unusableFieldNames)
        #expect(try error { $0.fieldNames = [String](repeating: "From", count: 1_001) } == .unusableFieldNames)
        #expect(try error { $0.identity = "joe" } == .malformedIdentity)
        #expect(try error { $0.identity = "joe@" } == .malformedIdentity)
        #expect(try error { $0.identity = "@example.net" } == .identityOutsideDomain)
        #expect(try error { $0.identity = "@badexample.org" } == .identityOutsideDomain)
        #expect(try error { $0.lifetimeSeconds = 0 } == .badLifetime)
        #expect(try error { $0.lifetimeSeconds = -1 } == .badLifetime)
        #expect(try error { $0.lifetimeSeconds = .max } == nil)
    }

    @Test func noSecretIsInTheDescriptionOfASigner() throws {
        var text = ""
        dump(try Self.signer([("rsa", TestMail.rsa), ("ed", TestMail.ed25519)]), to: &text)
        text += "\(try Self.signer())" + String(reflecting: TestMail.ed25519)
        #expect(!text.contains("BEGIN"))
        #expect(!text.contains("MIIC") && !text.contains("nWGx"))
        #expect(!text.contains("157, 97, 177"), "the first octets of the Ed25519 seed")
    }
}
