import DKIM
import MailBytes
import MailCrypto
import MailFormat
import Testing

@Suite struct DKIMHeaderHashTests {
    private static func message(_ text: String) -> MailMessage { MailMessage(parsing: Array(text.utf8)) }

    private static func hash(_ message: MailMessage, _ form: DKIMCanonicalization.Form) -> SHA256Digest {
        var hash = DKIMHeaderHash(form)
        for field in message.header.fields { hash.add(field, of: message.header) }
        return hash.finish()
    }

    @Test func theExampleOfTheRFCHasItsForms() {
        // RFC 6376 §3.4.5.
        let message = Self.message("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n")
        #expect(Self.hash(message, .relaxed) == SHA256Hasher.hash(Array("a:X\r\nb:Y Z\r\n".utf8)))
        #expect(Self.hash(message, .simple) == SHA256Hasher.hash(Array("A: X\r\nB : Y\t\r\n\tZ  \r\n".utf8)))
    }

    @Test(arguments: [
        ("Subject:\r\n\r\n", "subject:\r\n"), ("Subject: \t\r\n \r\n\r\n", "subject:\r\n"),
        ("Subject:a\r\n\r\n", "subject:a\r\n"), ("SUBJECT:\r\n\ta\r\n  b\r\n\r\n", "subject:a b\r\n"),
        // A CR by itself is text, and so are octets beyond ASCII.
        ("X: a\rb\r\n\r\n", "x:a\rb\r\n"), ("X: \r a\r\n\r\n", "x:\r a\r\n"), ("X: a \r\r\n\r\n", "x:a \r\r\n"),
        ("X: ä ö\r\n\r\n", "x:ä ö\r\n"), ("X: a\u{0}  b\r\n\r\n", "x:a\u{0} b\r\n"),
        // Lines that end in LF give the same relaxed form, and the end of the text ends a field.
        ("X: a\n b\n\n", "x:a b\r\n"), ("X: a", "x:a\r\n"),
    ])
    func aFieldHasItsRelaxedForm(_ text: String, _ expected: String) {
        #expect(Self.hash(Self.message(text), .relaxed) == SHA256Hasher.hash(Array(expected.utf8)))
    }

    @Test func manyFieldsHashAsTheReferenceSays() {
        var random = Generator(5839)
        for round in 0..<3_000 {
            let alphabet = ["ab \t", "abcdefgh \t\r", "a", " \t"][round % 4]
            var value: [UInt8] = []
            for fold in 0..<Int.random(in: 1...4, using: &random) {
                if fold > 0 { value += [.carriageReturn, .lineFeed, Bool.random(using: &random) ? .space : .tab] }
                value += random.octets(
                    of: alphabet, count: Int.random(in: 0...(round % 100 == 0 ? 6_000 : 90), using: &random))
            }
            let text = Array("Some-Name ".utf8) + [UInt8(ascii: ":")] + value + [.carriageReturn, .lineFeed]
            let message = MailMessage(parsing: text + [.carriageReturn, .lineFeed])
            guard message.header.fields.count == 1 else { continue }
            let expected = CanonicalReference.field(
                name: Array("Some-Name".utf8), value: Array(message.header.value(of: message.header.fields[0])))
            #expect(
                Self.hash(message, .relaxed) == SHA256Hasher.hash(expected + [.carriageReturn, .lineFeed]),
                "round \(round)")
            #expect(Self.hash(message, .simple) == SHA256Hasher.hash(text), "round \(round)")
        }
    }

    @Test func aBlankedPartLeavesNoTraceInEitherForm() {
        let message = Self.message("Sig: a=1; b = \r\n xyz ; c=2 \r\n\r\n")
        let field = message.header.fields[0]
        guard let list = try? DKIMTagList(message.bytes, in: field.value), let blank = list.tag("b")?.extent else {
            Issue.record("the list is not read")
            return
        }
        var relaxed = DKIMHeaderHash(.relaxed)
        relaxed.add(signatureField: field, blanking: blank, of: message.header)
        #expect(relaxed.finish() == SHA256Hasher.hash(Array("sig:a=1; b =; c=2".utf8)))
        var simple = DKIMHeaderHash(.simple)
        simple.add(signatureField: field, blanking: blank, of: message.header)
        #expect(simple.finish() == SHA256Hasher.hash(Array("Sig: a=1; b =; c=2 ".utf8)))
    }

    @Test(arguments: [10, 64, 65, 500]) func fieldsArePickedFromTheBottomAndOnce(_ count: Int) {
        let filler = (0..<count - 4).map { "X-\($0): \($0)\r\n" }.joined()
        let message = Self.message("A: 1\r\nB: 2\r\n\(filler)a: 3\r\nA : 4\r\n\r\n")
        #expect(message.header.fields.count == count)
        func picked(_ names: [String], except own: Int? = nil) -> [String] {
            var selector = DKIMFieldSelector(message.header, except: own)
            return names.map { name in
                selector.next(Array(name.utf8)[...]).map { String(lossy: message.header.unfolded($0)) } ?? "-"
            }
        }
        #expect(picked(["a", "A", "b", "a", "a", "B", "c"]) == ["4", "3", "2", "1", "-", "-", "-"])
        #expect(picked(["a", "a", "a"], except: 0) == ["4", "3", "-"])
        #expect(picked(["a", "a", "a"], except: count - 1) == ["3", "1", "-"])
    }
}
