import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames

/// The value of a DKIM-Signature field: what is read can be printed and read again, and is the same.
let fuzzDKIMSignature: PlainBody = { bytes in
    let signature: DKIMSignature
    do throws(DKIMSyntaxError) {
        signature = try DKIMSignature(parsing: bytes)
    } catch {
        precondition(error.offset >= 0 && error.offset <= max(bytes.count, 65_536), "an error is outside the text")
        precondition(error.result != .pass && !error.description.isEmpty)
        return
    }
    let field = signature.field
    precondition(field.allSatisfy { $0 == 0x0D || $0 == 0x0A || ($0 >= 0x20 && $0 < 0x7F) }, "printed octets")
    let value = Array(field.dropFirst("DKIM-Signature:".utf8.count))
    guard let again = try? DKIMSignature(parsing: value) else { fatalError("cannot read what was printed") }
    precondition(again == signature, "the round trip changed the signature")
    // A header with the field on top has it as one field.
    let message = MailMessage(parsing: field + Array("From: a\r\n\r\n".utf8))
    precondition(message.header.fields.count == 2, "the printed field is not one field")
}

/// A key record: what is read can be printed and read again, and is the same; any key in it can be used.
let fuzzDKIMKey: PlainBody = { bytes in
    guard let record = try? DKIMKeyRecord(parsing: bytes) else { return }
    guard let again = try? DKIMKeyRecord(parsing: Array(record.text.utf8)) else {
        // An octet of notes may become three.
        precondition(record.text.utf8.count > DKIMLimits.keyRecordOctetsMax, "cannot read what was printed")
        return
    }
    precondition(again == record, "the round trip changed the record")
    precondition(record.strings.allSatisfy { !$0.isEmpty && $0.count <= 255 })
    precondition(record.strings.flatMap(\.self) == Array(record.text.utf8), "the strings are not the text")
    guard let key = try? record.key() else { return }
    precondition(key.bits == 256 || key.bits >= 1024)
    var nothing = DKIMHeaderHash(.simple)
    precondition(!key.isValidSignature([], digest: nothing.finish()), "an empty signature is valid")
    guard let same = try? key.record.key() else { fatalError("a key's own record holds no key") }
    precondition(same == key)
}

/// A message through verifier and signer: every outcome has what it promises, a trace and the way in which the body
/// is cut change nothing, and what we sign verifies.
let fuzzDKIMVerify: WaitingBody = { bytes in
    let message = MailMessage(parsing: bytes)
    let now = UnixTime(seconds: 1_600_000_000)
    let outcomes = await DKIMVerifier(resolver: FuzzKeys.zone).verify(message, at: now)
    let traced = await DKIMVerifier(resolver: FuzzKeys.zone).verify(message, at: now, tracing: true)
    var verification = DKIMVerification(header: message.header, at: now)
    var rest = message.bodyBytes
    // Pieces of 1 to 97 octets, by the octets themselves.
    while let first = rest.first {
        let piece = rest.prefix(Int(first % 97) + 1)
        verification.update(piece)
        rest = rest.dropFirst(piece.count)
    }
    let pieces = await verification.finish(resolver: FuzzKeys.zone)
    precondition(outcomes.outcomes.count <= 10 && outcomes.omitted >= 0)
    for other in [traced, pieces] {
        precondition(other.outcomes.map(\.result) == outcomes.outcomes.map(\.result), "a trace or pieces count")
        precondition(other.outcomes.map(\.reason) == outcomes.outcomes.map(\.reason))
    }
    for outcome in outcomes.outcomes {
        precondition((outcome.reason == nil) == (outcome.result == .pass), "a reason unless it passed")
        precondition(outcome.result != .none)
        let texts = [outcome.reason, outcome.identity, outcome.algorithm, outcome.signaturePrefix].compactMap(\.self)
        precondition(texts.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }, "control characters")
        precondition((outcome.reason?.utf8.count ?? 0) <= 1_000, "a reason of any length")
    }
    checkBodyHasher(message.bodyBytes)
    await checkSigning(message, at: now)
}

/// Two ways of cutting a body, and octet by octet, give one hash.
private func checkBodyHasher(_ body: ArraySlice<UInt8>) {
    for form in DKIMCanonicalization.Form.allCases {
        for limit in [nil, 0, body.count / 2] as [Int?] {
            var whole = DKIMBodyHasher(form, lengthLimit: limit)
            whole.update(body)
            let expected = whole.finish()
            var octets = DKIMBodyHasher(form, lengthLimit: limit)
            for index in body.indices { octets.update(body[index...index]) }
            precondition(octets.finish() == expected, "octet by octet the hash is another")
            var halves = DKIMBodyHasher(form, lengthLimit: limit)
            let middle = body.startIndex + body.count / 3
            halves.update(body[..<middle])
            halves.update(body[middle...])
            precondition(halves.finish() == expected, "cut in two the hash is another")
        }
    }
}

/// What is signed verifies, whatever the message.
private func checkSigning(_ message: MailMessage, at now: UnixTime) async {
    guard var signer = FuzzKeys.signer else { fatalError("the keys are not read") }
    for form in DKIMCanonicalization.Form.allCases {
        signer.canonicalization = DKIMCanonicalization(header: form, body: form)
        guard let fields = try? signer.sign(message, at: now) else { return }
        let start = message.header.fields.first?.whole.lowerBound ?? 0
        let signed = MailMessage(parsing: fields + message.bytes[start...])
        let outcomes = await DKIMVerifier(resolver: FuzzKeys.zone).verify(signed, at: now)
        let failed = outcomes.outcomes.first.map { $0.result != .pass } ?? true
        precondition(!failed, "what we signed does not verify: \(outcomes.outcomes.first?.reason ?? "no outcome")")
    }
}

/// Keys that are of no use elsewhere, and what is published for them.
private enum FuzzKeys {
    static let privateKey = try? DKIMPrivateKey(
        pem: """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIACFfTGKBpdMc8yfNWsNSNxUghQsPAAUm2t2+Fsoj1Fj
            -----END PRIVATE KEY-----
            """)

    static let signer: DKIMSigner? = {
        guard let privateKey, let domain = try? DomainName("example.org"), let selector = try? DomainName("ed") else {
            return nil
        }
        return DKIMSigner(keys: [DKIMSigningKey(domain: domain, selector: selector, privateKey: privateKey)])
    }()

    /// The RSA key of RFC 8463 §A.2.
    private static let rsa =
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb"
        + "3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"

    static let zone: RecordedAnswers = {
        var answers = RecordedAnswers()
        let records = [
            ("ed", privateKey?.publicRecord.text ?? ""), ("rsa", "v=DKIM1; p=\(rsa)"), ("t", "t=y; p=\(rsa)"),
            ("s", "t=s; p=\(rsa)"), ("r", "v=DKIM1; p="), ("x", "v=spf1 -all"),
        ]
        for (selector, text) in records {
            guard let name = try? DomainName("\(selector)._domainkey.example.org") else { continue }
            let record = DNSRecord(name: name, type: .txt, ttlSeconds: 300, data: .text([Array(text.utf8)]))
            answers.add(DNSAnswer(question: DNSQuestion(name, .txt), status: .noError, records: [record]))
        }
        return answers
    }()
}
