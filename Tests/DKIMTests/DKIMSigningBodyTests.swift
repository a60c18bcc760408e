import DKIM
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import Testing

/// The body of a message that is to be signed, piece by piece.
@Suite struct DKIMSigningBodyTests {
    static let bodies: [(String, Int?)] = [
        ("", nil), ("a\r\n", nil), ("\r\n\r\n", nil), ("no end", nil), ("a\rb\r\n", 1), ("a\nb\r\n", 1), ("\n", 0),
        ("\r", 0), ("a\r\r\n", 1), ("a\r\n\nb\r", 3), ("a\r\nb\r", 4), ("x \t\r\n\r\n\rx", 7),
    ]

    @Test("however it is cut, it has one hash, and its first bare line break at one place", arguments: bodies)
    func everyCut(_ text: String, _ bare: Int?) {
        let octets = Array(text.utf8)
        for form in DKIMCanonicalization.Form.allCases {
            var hasher = DKIMBodyHasher(form)
            hasher.update(octets[...])
            let digest = hasher.finish().digest.bytes
            var single = DKIMSigningBody(form)
            for index in octets.indices { single.update(octets[index...index]) }
            #expect(single.bareLineBreak == bare)
            #expect(single.digest == digest)
            for cut in 0...octets.count {
                var body = DKIMSigningBody(form)
                body.update(octets[..<cut])
                body.update(octets[cut..<cut])
                body.update(octets[cut...])
                #expect(body.bareLineBreak == bare)
                #expect(body.digest == digest)
                #expect(body.form == form)
            }
        }
    }

    @Test("a signature over a body that came in pieces is that over the whole message")
    func sameSignature() throws {
        let message = MailMessage(parsing: Array("From: a@example.org\r\n\r\nbody \r\n\r\n".utf8))
        let key = DKIMSigningKey(
            domain: try DomainName("example.org"), selector: try DomainName("rsa"), privateKey: TestMail.rsa)
        let signer = DKIMSigner(keys: [key])
        var body = DKIMSigningBody(.relaxed)
        for byte in message.bodyBytes { body.update([byte][...]) }
        let header = MailMessage(parsing: Array(message.bytes[..<message.body.lowerBound]))
        #expect(
            try signer.sign(header, body: body, at: TestMail.time) == signer.sign(message, at: TestMail.time))
        #expect(throws: DKIMSigningError.bodyInAnotherForm) {
            try signer.sign(header, body: DKIMSigningBody(.simple), at: TestMail.time)
        }
        var bare = DKIMSigningBody(.relaxed)
        bare.update(Array("a\rb".utf8)[...])
        #expect(throws: DKIMSigningError.bareLineBreak(offset: message.body.lowerBound + 1)) {
            try signer.sign(header, body: bare, at: TestMail.time)
        }
    }
}
