import ARC
import AuthenticationResults
import DKIM
import DNS
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import TestSupport
import Testing

@Suite("Sealing with ARC (RFC 8617 §5.1)")
struct SealerTests {
    private func text(_ message: MailMessage, _ name: String) -> String {
        message.header.first(named: name).map { String(decoding: message.header.unfolded($0), as: UTF8.self) } ?? ""
    }

    @Test("a set is a seal, a message signature and the results, each in lines of 78 columns")
    func set() async throws {
        let sealer = ARCSealer(key: Fixture.keys[0], authservID: "mx.one.example")
        let results = AuthenticationResultsField(
            authservID: "mx.one.example",
            results: [.spf("pass", .mailFrom, domain: "a.example"), .dkim("fail", domain: "a.example")])
        let octets = try sealer.seal(
            Fixture.message, results: results, chain: ARCOutcome(result: .none), at: Fixture.now)
        let message = MailMessage(parsing: octets + Array("\r\n".utf8))
        #expect(message.defects.isEmpty)
        #expect(
            message.header.fields.map { String(decoding: message.header.name(of: $0), as: UTF8.self) }
                == ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"])
        #expect(
            text(message, "ARC-Authentication-Results")
                == "i=1; mx.one.example;\tspf=pass smtp.mailfrom=a.example;\tdkim=fail header.d=a.example;\tarc=none")
        #expect(
            text(message, "ARC-Seal").hasPrefix("i=1; a=rsa-sha256; cv=none; d=one.example; s=s; t=1700000000; b="))
        let signature = text(message, "ARC-Message-Signature").replacing(" ", with: "")
        #expect(
            signature.hasPrefix("i=1;a=rsa-sha256;c=relaxed/relaxed;d=one.example;s=s;t=1700000000;h=From:From:To:To:"))
        for line in octets.split(separator: UInt8.lineFeed) { #expect(line.count <= 79) }
    }

    @Test("RFC 8617 §4.1.2: DKIM signatures are covered, and nothing of ARC or Authentication-Results")
    func signedFields() async throws {
        var message = try await Fixture.sealed(1)
        message = MailMessage(parsing: Array("Authentication-Results: one.example; none\r\n".utf8) + message.bytes)
        let outcome = await Fixture.verify(try await Fixture.seal(message))
        let names = outcome.sets.last?.signedFieldNames ?? []
        #expect(names.count { $0 == "dkim-signature" } == 1)
        #expect(names.count { $0 == "subject" } == 2)
        #expect(!names.contains { $0.hasPrefix("arc-") || $0 == "authentication-results" })
        for name in [
            "ARC-Seal", "arc-message-signature", "ARC-Authentication-Results", "authentication-results", "", "a;b",
            "a b", "a:b",
        ] {
            let sealer = ARCSealer(
                key: Fixture.keys[0], authservID: "x", signedFields: .exactly(["from", name]))
            #expect(throws: ARCSealingError.fieldNotSignable(name)) {
                try sealer.seal(Fixture.message, chain: ARCOutcome(result: .none), at: Fixture.now)
            }
        }
    }

    @Test("RFC 8617 §4.1.1: all results that bear our name go in, in their order, and nobody else's")
    func collectedResults() async throws {
        let fields = [
            "Authentication-Results: ONE.example.; spf=pass (c) smtp.mailfrom=a.example;",
            "Authentication-Results: other.example; dkim=pass",
            "Authentication-Results: \"one.example\"; dkim=pass header.b=a/b; dmarc=pass action=none",
            " header.from=a.example",
            "Authentication-Results: mx.one.example; auth=pass",
            "Authentication-Results: one.example (; iprev=pass",
            "",
        ].joined(separator: "\r\n")
        let message = MailMessage(parsing: Array(fields.utf8) + Fixture.message.bytes)
        let sealer = ARCSealer(key: Fixture.keys[0], authservID: "one.example")
        let octets = try sealer.seal(message, chain: ARCOutcome(result: .none), at: Fixture.now)
        #expect(
            text(MailMessage(parsing: octets), "ARC-Authentication-Results")
                == "i=1; one.example;\tspf=pass (c) smtp.mailfrom=a.example;\tdkim=pass header.b=\"a/b\";\t"
                + "dmarc=pass header.from=a.example;\tarc=none")
    }

    @Test("RFC 8617 §5.2: the status of the chain is among the results, unless they have one")
    func chainStatus() async throws {
        let sealer = ARCSealer(key: Fixture.keys[1], authservID: "two.example")
        let message = try await Fixture.sealed(1)
        let chain = await Fixture.verify(message)
        func results(_ given: [MethodResult]) throws -> String {
            let field = AuthenticationResultsField(authservID: "two.example", results: given)
            let octets = try sealer.seal(message, results: field, chain: chain, at: Fixture.now)
            return text(MailMessage(parsing: octets), "ARC-Authentication-Results")
        }
        #expect(try results([]) == "i=2; two.example;\tarc=pass header.oldest-pass=0")
        let given = MethodResult.arc("pass", remoteAddress: "192.0.2.1", oldestPass: 0)
        #expect(try results([given]) == "i=2; two.example;\tarc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0")
    }

    @Test("hostile results cannot leave their field")
    func hostileResults() async throws {
        let hostile = "x\r\n\r\nARC-Seal: i=9; \"(;"
        let results = AuthenticationResultsField(
            authservID: hostile,
            results: [
                MethodResult(
                    method: "spf", result: "pass", reason: hostile, comment: hostile,
                    properties: [.init(.smtp, "mailfrom", hostile)])
            ])
        let sealer = ARCSealer(key: Fixture.keys[0], authservID: hostile)
        let octets = try sealer.seal(
            Fixture.message, results: results, chain: ARCOutcome(result: .none), at: Fixture.now)
        let message = MailMessage(parsing: octets + Fixture.message.bytes)
        #expect(message.header.fields.count == 3 + Fixture.message.header.fields.count)
        #expect(await Fixture.verify(message).result == .pass)
    }

    @Test("UTF-8 goes into the results of messages that have it, and of no others")
    func international() async throws {
        let results = AuthenticationResultsField(
            authservID: "one.example",
            results: [
                MethodResult(method: "spf", result: "pass", properties: [.init(.smtp, "mailfrom", "ü@bücher.example")])
            ])
        let sealer = ARCSealer(key: Fixture.keys[0], authservID: "one.example")
        func sealed(_ message: MailMessage) throws -> String {
            let octets = try sealer.seal(message, results: results, chain: ARCOutcome(result: .none), at: Fixture.now)
            return text(MailMessage(parsing: octets), "ARC-Authentication-Results")
        }
        #expect(try sealed(Fixture.message).contains("smtp.mailfrom=?@xn--bcher-kva.example"))
        let international = Fixture.replace("Hello", "Grüße", in: Fixture.message)
        #expect(try sealed(international).contains("smtp.mailfrom=ü@bücher.example"))
    }

    @Test("RFC 8617 §5.1.2: a failed chain is sealed with cv=fail over the new set alone, and then no more")
    func failedChain() async throws {
        let broken = Fixture.replace("two lines", "three lines", in: try await Fixture.sealed(2))
        let sealed = try await Fixture.seal(broken, by: 2)
        #expect(text(sealed, "ARC-Seal").hasPrefix("i=3; a=rsa-sha256; cv=fail; d=three.example;"))
        let outcome = await Fixture.verify(sealed)
        #expect(outcome.result == .fail)
        #expect(outcome.isTerminal)
        #expect(outcome.sealer?.text == "three.example")
        // The seal holds over its own set: results, message signature, itself.
        let header = sealed.header
        var hash = DKIMHeaderHash(.relaxed)
        for name in ["ARC-Authentication-Results", "ARC-Message-Signature"] {
            if let field = header.first(named: name) { hash.add(field, of: header) }
        }
        let seal = try #require(header.first(named: "ARC-Seal"))
        let tags = try DKIMTagList(header.bytes, in: seal.value)
        hash.add(signatureField: seal, blanking: try tags.required("b").extent, of: header)
        let signature = try tags.base64("b", octetsMax: 1_000)
        #expect(Fixture.keys[2].privateKey.publicKey.isValidSignature(signature, digest: hash.finish()))
        // RFC 8617 §5.1, step 2.
        await #expect(throws: ARCSealingError.chainDeclaredBroken) { try await Fixture.seal(sealed) }
    }

    @Test("fields that are no chain at all are sealed as failed, too")
    func malformedChain() async throws {
        let message = MailMessage(parsing: Array("ARC-Seal: x\r\n".utf8) + Fixture.message.bytes)
        let sealed = try await Fixture.seal(message)
        #expect(text(sealed, "ARC-Seal").hasPrefix("i=1; a=rsa-sha256; cv=fail;"))
        #expect(await Fixture.verify(sealed).isTerminal)
    }

    @Test("RFC 8617 §4.2.1: fifty sets are the most")
    func fullChain() async throws {
        let full = try await Fixture.sealed(50)
        await #expect(throws: ARCSealingError.chainFull) { try await Fixture.seal(full) }
        let tooLong = String(repeating: "ARC-Seal: i=1; cv=none\r\n", count: 51)
        let message = MailMessage(parsing: Array(tooLong.utf8) + Fixture.message.bytes)
        await #expect(throws: ARCSealingError.chainFull) { try await Fixture.seal(message) }
    }

    @Test("an outcome is good for its own message alone")
    func otherMessage() async throws {
        let sealer = ARCSealer(key: Fixture.keys[0], authservID: "one.example")
        let sealed = try await Fixture.sealed(1)
        let chain = await Fixture.verify(sealed)
        #expect(throws: ARCSealingError.chainOfAnotherMessage) {
            try sealer.seal(Fixture.message, chain: chain, at: Fixture.now)
        }
        #expect(throws: ARCSealingError.chainOfAnotherMessage) {
            try sealer.seal(sealed, chain: ARCOutcome(result: .none), at: Fixture.now)
        }
        let doubled = MailMessage(parsing: Array("ARC-Seal: i=1; cv=none\r\n".utf8) + sealed.bytes)
        #expect(throws: ARCSealingError.chainOfAnotherMessage) {
            try sealer.seal(doubled, chain: chain, at: Fixture.now)
        }
    }

    @Test("messages that some relay will change, or that run into what is put on top, are not sealed")
    func malformed() throws {
        let sealer = ARCSealer(key: Fixture.keys[0], authservID: "one.example")
        func error(_ text: String) -> ARCSealingError? {
            do {
                _ = try sealer.seal(
                    MailMessage(parsing: Array(text.utf8)), chain: ARCOutcome(result: .none), at: Fixture.now)
                return nil
            } catch {
                return error
            }
        }
        #expect(error("a: b\r\n\r\nc\r\n") == nil)
        #expect(error("From x\r\na: b\r\n\r\nc") == nil)
        #expect(error("") == nil)
        #expect(error(" a\r\n") == .malformedHeader(.missingSeparator))
        #expect(error("a: b\u{0}\r\n\r\n") == .malformedHeader(.nulOctet))
        #expect(error("a: b\rc\r\n\r\n") == .malformedHeader(.bareCarriageReturn))
        #expect(error("a: b\n\r\nc") == .bareLineBreak(offset: 4))
        #expect(error("a: b\r\n\r\nc\nd") == .bareLineBreak(offset: 9))
        #expect(error("a: b\r\n\r\nc\rd") == .bareLineBreak(offset: 9))
        #expect(error("a: b\r\n\r\nc\r") == .bareLineBreak(offset: 9))
        #expect(error(String(repeating: "To: x\r\n", count: 1_000) + "\r\n") == .headerTooLarge)
        #expect(error("To: " + String(repeating: "x", count: 2_200_000) + "\r\n\r\n") == .headerTooLarge)
    }

    @Test("RFC 6376 §3.5: names that a tag cannot hold are not written into one")
    func names() throws {
        var sealer = ARCSealer(key: Fixture.keys[0], authservID: "one.example")
        sealer.key.selector = try DomainName("s; cv=pass")
        #expect(throws: ARCSealingError.unusableNames) {
            _ = try sealer.seal(Fixture.message, chain: ARCOutcome(result: .none), at: Fixture.now)
        }
    }

    @Test("both layouts verify, with keys of all sizes", arguments: [ARCSealer.Layout.instanceFirst, .alphabetical])
    func layouts(_ layout: ARCSealer.Layout) async throws {
        var message = Fixture.message
        for index in 0..<3 { message = try await Fixture.seal(message, by: index) { $0.layout = layout } }
        #expect(await Fixture.verify(message).result == .pass)
        let prefix = layout == .alphabetical ? "a=rsa-sha256; b=" : "i=3; a=rsa-sha256; "
        #expect(text(message, "ARC-Seal").hasPrefix(prefix))
    }

    @Test("errors are clauses")
    func errors() {
        #expect(ARCSealingError.chainFull.description == "the chain has 50 sets, which is the most there may be")
        #expect(ARCSealingError.key(.encrypted).description.hasPrefix("the private key is encrypted"))
    }
}
