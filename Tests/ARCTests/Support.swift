import ARC
import AuthenticationResults
import DKIM
import DNS
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import TestSupport

/// A message, its keys, and what tests do to them.
enum Fixture {
    static let now = UnixTime(seconds: 1_700_000_000)

    static let text = [
        "Received: from a.example by b.example; Tue, 14 Nov 2023 22:13:20 +0000",
        "From: Author <author@a.example>",
        "To: list@b.example",
        "Subject: Hello",
        "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=x; h=from; bh=AAAA; b=AAAA",
        "",
        "A body  with white space \t",
        "",
        "and two lines.",
        "",
        "",
    ].joined(separator: "\r\n")

    static var message: MailMessage { MailMessage(parsing: Array(text.utf8)) }

    static let keys: [DKIMSigningKey] = {
        let domains = ["one.example", "two.example", "three.example"]
        return domains.compactMap { domain in
            guard let key = try? RSAPrivateKey.generate(bits: 2048), let domain = try? DomainName(domain),
                let selector = try? DomainName("s")
            else { return nil }
            return DKIMSigningKey(domain: domain, selector: selector, privateKey: .rsa(key))
        }
    }()

    static let answers: RecordedAnswers = {
        var answers = RecordedAnswers()
        for key in keys { answers.add(answer(key)) }
        return answers
    }()

    static func answer(_ key: DKIMSigningKey, _ status: DNSStatus = .noError) -> DNSAnswer {
        let name = DKIMKeySet.name(selector: key.selector, domain: key.domain) ?? key.domain
        let strings = [Array(key.privateKey.publicRecord.text.utf8)]
        let record = DNSRecord(name: name, type: .txt, ttlSeconds: 300, data: .text(strings))
        return DNSAnswer(
            question: DNSQuestion(name, .txt), status: status, records: status == .noError ? [record] : [],
            security: .insecure, ttlSeconds: 300)
    }

    static func verify(
        _ message: MailMessage, _ resolver: some Resolver = answers, options: DKIMOptions = DKIMOptions()
    ) async -> ARCOutcome {
        await ARCVerifier(resolver: resolver, options: options).verify(message, at: now)
    }

    /// The message with one more set, by a key of its own, as good as the chain is, or is said to be.
    static func seal(
        _ message: MailMessage, by index: Int = 0, chain: ARCOutcome? = nil,
        with change: (inout ARCSealer) -> Void = { _ in }
    ) async throws -> MailMessage {
        var sealer = ARCSealer(key: keys[index], authservID: keys[index].domain.text)
        change(&sealer)
        let chain = if let chain { chain } else { await verify(message) }
        let results = AuthenticationResultsField(
            authservID: sealer.authservID, results: [.spf("pass", .mailFrom, domain: "a.example")])
        return try prepend(try sealer.seal(message, results: results, chain: chain, at: now), to: message)
    }

    /// The message with so many sets, which pass.
    static func sealed(_ count: Int) async throws -> MailMessage {
        var message = message
        for index in 0..<count {
            let chain = ARCOutcome(result: index == 0 ? .none : .pass, instances: index, oldestPass: 0)
            message = try await seal(message, by: index % keys.count, chain: chain)
        }
        return message
    }

    static func prepend(_ octets: [UInt8], to message: MailMessage) throws -> MailMessage {
        MailMessage(parsing: octets + message.bytes)
    }

    /// The message with one text in place of another, wherever it stands.
    static func replace(_ old: String, _ new: String, in message: MailMessage) -> MailMessage {
        MailMessage(parsing: Array(String(decoding: message.bytes, as: UTF8.self).replacing(old, with: new).utf8))
    }
}

/// ARC fields that a real sealer would not write, with signatures that verify.
enum Forge {
    /// A message signature over the fields of `h=`. The tags come as text, with `b=` last and empty, and `BH` for the
    /// body hash.
    static func messageSignature(
        _ tags: String, over names: [String], _ message: MailMessage, _ key: DKIMSigningKey,
        form: DKIMCanonicalization = .relaxed, limit: Int? = nil
    ) throws -> [UInt8] {
        var body = DKIMBodyHasher(form.body, lengthLimit: limit)
        body.update(message.bodyBytes)
        let bodyHash = Base64.text(body.finish().digest.bytes)
        var hash = DKIMHeaderHash(form.header)
        var selector = DKIMFieldSelector(message.header)
        for name in names {
            if let field = selector.next(Array(name.utf8)[...]) { hash.add(field, of: message.header) }
        }
        return try sign("ARC-Message-Signature: " + tags.replacing("BH", with: bodyHash), hash, key)
    }

    /// A seal over fields in the order given.
    static func seal(_ tags: String, over fields: [UInt8], _ key: DKIMSigningKey) throws -> [UInt8] {
        var hash = DKIMHeaderHash(.relaxed)
        let header = MailMessage(parsing: fields).header
        for field in header.fields { hash.add(field, of: header) }
        return try sign("ARC-Seal: " + tags, hash, key)
    }

    private static func sign(_ field: String, _ hash: DKIMHeaderHash, _ key: DKIMSigningKey) throws -> [UInt8] {
        var hash = hash
        hash.add(newField: Array(field.utf8))
        return Array(field.utf8) + Base64.encode(try key.privateKey.signature(of: hash.finish())) + Array("\r\n".utf8)
    }

    /// A message with one set, whose message signature and seal have these tags.
    static func set(
        signature: String = "i=1; a=rsa-sha256; c=relaxed/relaxed; d=one.example; s=s; h=from:subject; bh=BH; b=",
        over names: [String] = ["from", "subject"], limit: Int? = nil,
        form: DKIMCanonicalization = .relaxed,
        seal: String = "i=1; a=rsa-sha256; cv=none; d=one.example; s=s; b=",
        message: MailMessage = Fixture.message
    ) throws -> MailMessage {
        let key = Fixture.keys[0]
        let results = Array("ARC-Authentication-Results: i=1; one.example; none\r\n".utf8)
        let signature = try messageSignature(signature, over: names, message, key, form: form, limit: limit)
        let seal = try Self.seal(seal, over: results + signature, key)
        return MailMessage(parsing: seal + signature + results + message.bytes)
    }
}
