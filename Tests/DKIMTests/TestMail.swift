import DKIM
import DNS
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import TestSupport

/// Signs messages field by field, without the code under test: its canonical forms are those of
/// ``CanonicalReference``.
struct TestMail {
    /// Fields as `Name: value`, folds included, without the last CR LF.
    var fields = [
        "From: Joe SixPack <joe@example.org>", "To: Suzie Q <suzie@shopping.example.net>",
        "Subject: Is dinner ready?", "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
    ]
    var body = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
    /// Tags without `bh=` and `b=`.
    var tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=rsa; h=from:to:subject:date"
    var key: DKIMPrivateKey = TestMail.rsa
    /// What is in `bh=`; nil for the right hash.
    var bodyHash: String?

    static let time = UnixTime(seconds: 1_600_000_000)

    /// The keys of RFC 8463 §A.1.
    static let rsa = privateKey(SampleKeys.rsaPEM)
    static let ed25519: DKIMPrivateKey = {
        guard let seed = Base64.decode(Array(SampleKeys.ed25519Seed.utf8)),
            let key = try? Ed25519PrivateKey(raw: seed)
        else { fatalError("the key of RFC 8463 is not read") }
        return .ed25519(key)
    }()

    static func privateKey(_ pem: String) -> DKIMPrivateKey {
        guard let key = try? DKIMPrivateKey(pem: pem) else { fatalError("a test key is not read") }
        return key
    }

    /// The text of the records that fit the keys.
    static let rsaRecord = rsa.publicRecord.text
    static let ed25519Record = ed25519.publicRecord.text

    /// The DKIM-Signature field, complete.
    func signatureField() throws -> String {
        let octets = Array(fields.map { $0 + "\r\n" }.joined().utf8) + Array(("\r\n" + body).utf8)
        let message = MailMessage(parsing: octets)
        let list = try DKIMTagList(Array(tags.utf8), in: 0..<tags.utf8.count)
        let forms = try list.canonicalization()
        let limit = try list.bodyLength()
        let hash = bodyHash ?? Base64.text(CanonicalReference.bodyHash(Array(body.utf8), forms.body, limit: limit))
        let opening = "\(tags); bh=\(hash); b="
        var input: [UInt8] = []
        var taken: Set<Int> = []
        let names = (list.value("h") ?? []).split(separator: UInt8(ascii: ":")).map(\.trimmingWhitespace)
        for name in names {
            // RFC 6376 §5.4.2: from the bottom.
            guard let position = message.header.positions(named: name).last(where: { !taken.contains($0) }) else {
                continue
            }
            taken.insert(position)
            let field = message.header.fields[position]
            if forms.header == .simple {
                input += message.header.bytes[field.whole]
            } else {
                input += CanonicalReference.field(
                    name: Array(message.header.name(of: field)), value: Array(message.header.value(of: field)))
                input += [.carriageReturn, .lineFeed]
            }
        }
        if forms.header == .simple {
            input += Array("DKIM-Signature: \(opening)".utf8)
        } else {
            input += CanonicalReference.field(name: Array("DKIM-Signature".utf8), value: Array(" \(opening)".utf8))
        }
        return "DKIM-Signature: " + opening + Base64.text(try key.signature(of: SHA256Hasher.hash(input)))
    }

    /// The signed message. The changes come after signing.
    func signed(
        fields changedFields: [String]? = nil, body changedBody: String? = nil, onTop: [String] = []
    ) throws -> MailMessage {
        Self.message([try signatureField()] + onTop + (changedFields ?? fields), changedBody ?? body)
    }

    static func message(_ fields: [String], _ body: String) -> MailMessage {
        MailMessage(parsing: Array((fields.map { $0 + "\r\n" }.joined() + "\r\n" + body).utf8))
    }

    /// A zone with these texts; each is cut into strings as DNS wants it.
    static func zone(_ records: [(name: String, text: String)]) -> Zone {
        Zone(
            records.map { name, text in
                let octets = Array(text.utf8)
                let strings = stride(from: 0, to: max(1, octets.count), by: 255).map {
                    Array(octets[$0..<min($0 + 255, octets.count)])
                }
                return "\(name) TXT \(DNSRecordData.text(strings).presentation)"
            })
    }

    /// The records of both keys, under the selectors `rsa` and `ed` of example.org.
    static let zone = zone([
        ("rsa._domainkey.example.org", rsaRecord), ("ed._domainkey.example.org", ed25519Record),
    ])

    /// The one outcome of a message with one signature.
    static func outcome(
        _ message: MailMessage, zone: Zone = zone, options: DKIMOptions = DKIMOptions(), at now: UnixTime = time
    ) async -> DKIMOutcome {
        let outcomes = await DKIMVerifier(resolver: zone, options: options).verify(message, at: now, tracing: true)
        return outcomes.outcomes.count == 1 ? outcomes.outcomes[0] : DKIMOutcome(result: .none)
    }
}
