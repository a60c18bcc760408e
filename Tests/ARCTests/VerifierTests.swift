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
import Trace

@Suite("Validating ARC chains (RFC 8617 §5.2, steps 4 to 7)")
struct VerifierTests {
    @Test("chains of one to fifty sets pass", arguments: [1, 2, 3, 7, 50])
    func passes(count: Int) async throws {
        let outcome = await Fixture.verify(try await Fixture.sealed(count))
        #expect(outcome.result == .pass, "\(outcome.reason ?? "")")
        #expect(outcome.instances == count)
        #expect(outcome.oldestPass == 0)
        #expect(outcome.sealer == Fixture.keys[(count - 1) % 3].domain)
        #expect(outcome.sets.map(\.instance) == Array(1...count))
        #expect(outcome.sets.allSatisfy { $0.seal == .pass && $0.messageSignature == .pass })
        #expect(outcome.sets.allSatisfy { $0.results?.results(of: "spf").count == 1 })
        #expect(outcome.sets.allSatisfy { $0.signedFieldNames.contains("from") })
    }

    @Test("RFC 8617 §5.2 step 5: oldest-pass is the lowest of the message signatures that still verify")
    func oldestPass() async throws {
        var message = try await Fixture.sealed(2)
        message = Fixture.replace("Subject: Hello", "Subject: [list] Hello", in: message)
        #expect(await Fixture.verify(message).result == .fail)
        // Whoever changed it must seal it before the chain is looked at: as a list does, with the outcome it had.
        message = try await Fixture.sealed(2)
        let chain = await Fixture.verify(message)
        let changed = Fixture.replace("Subject: Hello", "Subject: [list] Hello", in: message)
        let sealer = ARCSealer(key: Fixture.keys[2], authservID: "three.example")
        let sealed = try Fixture.prepend(try sealer.seal(changed, chain: chain, at: Fixture.now), to: changed)
        let outcome = await Fixture.verify(sealed)
        #expect(outcome.result == .pass)
        #expect(outcome.oldestPass == 3)
        #expect(outcome.sets.map(\.messageSignature) == [nil, .fail, .pass])
        let again = await Fixture.verify(try await Fixture.seal(sealed, by: 0))
        #expect(again.oldestPass == 3)
        #expect(again.result == .pass)
    }

    struct Change: Sendable, CustomStringConvertible {
        var old: String
        var new: String
        var reason: String
        var description: String { "\(old) -> \(new)" }
        init(_ old: String, _ new: String, _ reason: String) { (self.old, self.new, self.reason) = (old, new, reason) }
    }

    static let changes: [Change] = [
        Change(
            "two lines", "two  limes",
            "the message signature of set 2 is no good: the body hash did not verify: the body was changed"),
        Change(
            "Subject: Hello", "Subject: Bye",
            "the message signature of set 2 is no good: the signature did not verify"),
        Change(
            "Subject: Hello", "Subject: Hello\r\nSubject: Bye",
            "the message signature of set 2 is no good: the signature did not verify"),
        Change(
            "Subject: Hello", "Subject: Hello\r\nCc: x@y.example",
            "the message signature of set 2 is no good: the signature did not verify"),
        Change(
            "DKIM-Signature: v=1", "DKIM-Signature: v=2",
            "the message signature of set 2 is no good: the signature did not verify"),
        Change(
            "i=1; one.example;\r\n\tspf=pass", "i=1; one.example;\r\n\tspf=fail",
            "the seal of set 2 is no good: the signature did not verify"),
        Change(
            "i=2; two.example;\r\n\tspf=pass", "i=2; two.example;\r\n\tspf=fail",
            "the seal of set 2 is no good: the signature did not verify"),
        Change(
            "cv=none; d=one.example", "cv=None; d=one.example",
            "the seal of set 2 is no good: the signature did not verify"),
    ]

    @Test("what was changed is found", arguments: changes)
    func changed(_ change: Change) async throws {
        let message = Fixture.replace(change.old, change.new, in: try await Fixture.sealed(2))
        let outcome = await Fixture.verify(message)
        #expect(outcome.result == .fail)
        #expect(outcome.reason == change.reason)
        #expect(outcome.oldestPass == nil)
    }

    @Test("what relaxed form allows to change does no harm")
    func refolded() async throws {
        var message = try await Fixture.sealed(3)
        message = Fixture.replace("Subject: Hello", "SUBJECT:\r\n\t Hello  ", in: message)
        message = Fixture.replace("A body  with white space \t", "A body with white  space", in: message)
        message = Fixture.replace("Received:", "Received: from another\r\nX-Trace: 1\r\nReceived:", in: message)
        #expect(await Fixture.verify(message).result == .pass)
    }

    @Test("sets of another message, and sets in another order of fields")
    func moved() async throws {
        let message = try await Fixture.sealed(2)
        // The fields of a set need not stand together, nor on top.
        let fields = message.header.fields
        let arc = fields.prefix(6).reversed().flatMap { message.bytes[$0.whole] }
        let rest = message.bytes[(fields[6].whole.lowerBound)...]
        let split = rest.firstRange(of: Array("To: ".utf8)) ?? rest.startIndex..<rest.startIndex
        let reordered = Array(rest[..<split.lowerBound]) + arc + Array(rest[split.lowerBound...])
        #expect(await Fixture.verify(MailMessage(parsing: reordered)).result == .pass)
        let other = Fixture.replace("Hello", "Goodbye", in: Fixture.message)
        let transplanted = MailMessage(parsing: fields.prefix(6).flatMap { message.bytes[$0.whole] } + other.bytes)
        #expect(await Fixture.verify(transplanted).result == .fail)
    }

    @Test("RFC 8617 §5.2.1: failures of DNS are failures, and marked as temporary")
    func temporary() async throws {
        let message = try await Fixture.sealed(3)
        for (index, place) in [(2, "message signature of set 3"), (0, "seal of set 1")] {
            for status in [DNSStatus.timeout, .serverFailure, .bogus, .budgetSpent] {
                var answers = RecordedAnswers()
                for (position, key) in Fixture.keys.enumerated() {
                    answers.add(Fixture.answer(key, position == index ? status : .noError))
                }
                let resolver = StatusResolver(answers: answers, key: Fixture.keys[index], status: status)
                let outcome = await Fixture.verify(message, resolver)
                #expect(outcome.result == .fail)
                #expect(outcome.isTemporary)
                #expect(outcome.reason?.hasPrefix("the \(place) is no good: the key cannot be fetched") == true)
            }
        }
    }

    @Test("keys that are missing, or another one's, or revoked")
    func keys() async throws {
        let message = try await Fixture.sealed(1)
        for record in [
            "v=DKIM1; p=", "nonsense", Fixture.keys[1].privateKey.publicRecord.text, "v=DKIM1; k=ed25519; p=AAAA",
        ] {
            let outcome = await Fixture.verify(message, Zone(["s._domainkey.one.example TXT \"\(record)\""]))
            #expect(outcome.result == .fail)
            #expect(!outcome.isTemporary)
        }
        #expect(await Fixture.verify(message, Zone([])).reason?.contains("no key for the signature") == true)
    }

    @Test("each key is asked for once, and no more than needed")
    func questions() async throws {
        let asked = AnswerRecorder(Fixture.answers)
        let message = try await Fixture.sealed(6)
        #expect(await Fixture.verify(message, asked).result == .pass)
        #expect(asked.recorded.file.arrayValue?.count == 3)
        // RFC 8617 §9.2: a chain whose newest set is no good has nobody else's names asked for.
        let first = AnswerRecorder(Fixture.answers)
        _ = await Fixture.verify(Fixture.replace("two lines", "three lines", in: message), first)
        #expect(first.recorded.file.arrayValue?.count == 1)
    }

    @Test("Ed25519, as DKIM allows it (RFC 8463)")
    func ed25519() async throws {
        let key = DKIMSigningKey(
            domain: try DomainName("ed.example"), selector: try DomainName("s"), privateKey: .ed25519(try .generate()))
        let sealer = ARCSealer(key: key, authservID: "ed.example")
        let chain = await Fixture.verify(Fixture.message)
        let message = try Fixture.prepend(
            try sealer.seal(Fixture.message, chain: chain, at: Fixture.now), to: Fixture.message)
        var answers = Fixture.answers
        answers.add(Fixture.answer(key))
        #expect(await Fixture.verify(message, answers).result == .pass)
    }

    // MARK: Fields that no honest sealer writes

    @Test("a set made by hand passes, so that the cases below fail for their own reasons")
    func handMade() async throws {
        #expect(await Fixture.verify(try Forge.set()).result == .pass)
    }

    @Test("RFC 8617 §4.1.3: a seal with h= fails, one with bh= or unknown tags does not")
    func sealTags() async throws {
        let withNames = try Forge.set(seal: "i=1; a=rsa-sha256; cv=none; d=one.example; s=s; h=from; b=")
        #expect(
            await Fixture.verify(withNames).reason
                == "the seal of set 1 is no good: h= at octet 46 is not allowed in a seal")
        let others = try Forge.set(seal: "i=1; v=1; a=rsa-sha256; cv=none; d=one.example; s=s; bh=AAAA; zz=1; t=5; b=")
        #expect(await Fixture.verify(others).result == .pass)
        let time = try Forge.set(seal: "i=1; a=rsa-sha256; cv=none; d=one.example; s=s; t=never; b=")
        #expect(await Fixture.verify(time).result == .fail)
    }

    @Test("RFC 8617 §4.1.2: a message signature must not cover seals; v= is ignored")
    func messageSignatureTags() async throws {
        let tags = "i=1; v=7; a=rsa-sha256; c=relaxed/relaxed; d=one.example; s=s; h=from:subject; bh=BH; b="
        #expect(await Fixture.verify(try Forge.set(signature: tags)).result == .pass)
        let covering = tags.replacing("from:subject", with: "from:Arc-Seal")
        let outcome = await Fixture.verify(try Forge.set(signature: covering, over: ["from", "Arc-Seal"]))
        #expect(outcome.reason == "the message signature of set 1 is no good: it covers ARC-Seal")
    }

    @Test("RFC 6376 §3.5: without c= the form is simple; relaxed is taken for it, too")
    func canonicalization() async throws {
        let tags = "i=1; a=rsa-sha256; d=one.example; s=s; h=from:subject; bh=BH; b="
        for form in [DKIMCanonicalization.simple, .relaxed] {
            #expect(await Fixture.verify(try Forge.set(signature: tags, form: form)).result == .pass)
        }
        let mixed = DKIMCanonicalization(header: .relaxed, body: .simple)
        #expect(await Fixture.verify(try Forge.set(signature: tags, form: mixed)).result == .fail)
    }

    @Test("l= that leaves a part of the body unsigned is refused, unless that is trusted")
    func partialBody() async throws {
        let tags = "i=1; a=rsa-sha256; c=relaxed/relaxed; d=one.example; s=s; l=20; h=from:subject; bh=BH; b="
        let partial = try Forge.set(signature: tags, limit: 20)
        let outcome = await Fixture.verify(partial)
        #expect(outcome.reason == "the message signature of set 1 is no good: l= leaves 23 octets of the body unsigned")
        #expect(await Fixture.verify(partial, options: DKIMOptions(partialBody: .trust)).result == .pass)
        let whole = try Forge.set(signature: tags.replacing("l=20", with: "l=43"))
        #expect(await Fixture.verify(whole).result == .pass)
        let beyond = try Forge.set(signature: tags.replacing("l=20", with: "l=44"))
        #expect(await Fixture.verify(beyond).reason?.hasSuffix("it was cut off") == true)
    }

    @Test("RFC 6376 §3.5: an expired message signature fails, with room for clocks that differ")
    func expired() async throws {
        func message(_ offset: Int64) throws -> MailMessage {
            let time = Fixture.now.seconds + offset
            return try Forge.set(
                signature:
                    "i=1; a=rsa-sha256; c=relaxed/relaxed; d=one.example; s=s; x=\(time); h=from:subject; bh=BH; b=")
        }
        #expect(await Fixture.verify(try message(-299)).result == .pass)
        #expect(
            await Fixture.verify(try message(-301)).reason
                == "the message signature of set 1 is no good: it has expired")
    }

    @Test("RFC 8301 §3: rsa-sha1 and keys that are too small or refused domains")
    func weak() async throws {
        let tags = "i=1; a=rsa-sha1; c=relaxed/relaxed; d=one.example; s=s; h=from:subject; bh=BH; b="
        #expect(
            await Fixture.verify(try Forge.set(signature: tags)).reason
                == "the message signature of set 1 is no good: rsa-sha1 is no longer accepted")
        #expect(await Fixture.verify(try Forge.set(), options: DKIMOptions(keyBitsMin: 4096)).result == .fail)
        let refused = DKIMOptions(refusedDomains: [Fixture.keys[0].domain])
        #expect(await Fixture.verify(try Forge.set(), options: refused).result == .fail)
    }

    // MARK: Pieces

    @Test("the pieces in which a body comes make no difference")
    func chunks() async throws {
        let message = try await Fixture.sealed(2)
        let body = Array(message.bodyBytes)
        for split in 0...body.count {
            var verification = ARCVerification(header: message.header, at: Fixture.now)
            #expect(verification.needsBody)
            verification.update(body[..<split])
            verification.update(Array(body[split...]))
            #expect(await verification.finish(resolver: Fixture.answers).result == .pass)
        }
    }

    @Test("a chain that has failed already needs no body")
    func needsBody() {
        let message = MailMessage(parsing: Array("ARC-Seal: x\r\n\r\ny".utf8))
        #expect(!ARCVerification(header: message.header, at: Fixture.now).needsBody)
        #expect(!ARCVerification(header: Fixture.message.header, at: Fixture.now).needsBody)
    }

    @Test("the trace tells the steps, their sections and the answers")
    func trace() async throws {
        let message = try await Fixture.sealed(2)
        let outcome = await ARCVerifier(resolver: Fixture.answers).verify(message, at: Fixture.now, tracing: true)
        let texts = outcome.trace.steps.map(\.text)
        #expect(texts.first == "2 sets, each complete, with the right cv=")
        #expect(texts.contains("message signature of set 1"))
        #expect(texts.contains("seal of set 2"))
        #expect(texts.last == "pass: all seals verify, and the message signatures from set 1 on")
        #expect(outcome.trace.steps.count { if case .asked = $0.kind { true } else { false } } == 2)
        #expect(await Fixture.verify(message).trace.steps.isEmpty)
    }
}

/// Answers for all keys but one, which has a status of its own.
struct StatusResolver: Resolver {
    var answers: RecordedAnswers
    var key: DKIMSigningKey
    var status: DNSStatus

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        question.name == DKIMKeySet.name(selector: key.selector, domain: key.domain)
            ? DNSAnswer(question: question, status: status) : answers.lookUp(question)
    }
}
