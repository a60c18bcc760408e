import DKIM
import MailBytes
import MailCrypto
import Testing

@Suite struct DKIMBodyHasherTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var body: String
        var simple: String
        var relaxed: String
        var testDescription: String { body.debugDescription }
    }

    static let cases = [
        // RFC 6376 §3.4.5.
        Case(body: " C \r\nD \t E\r\n\r\n\r\n", simple: " C \r\nD \t E\r\n", relaxed: " C\r\nD E\r\n"),
        // RFC 6376 §3.4.3, §3.4.4: the empty body, and a body of empty lines.
        Case(body: "", simple: "\r\n", relaxed: ""),
        Case(body: "\r\n", simple: "\r\n", relaxed: ""),
        Case(body: "\r\n\r\n\r\n", simple: "\r\n", relaxed: ""),
        Case(body: " \t\r\n \r\n", simple: " \t\r\n \r\n", relaxed: ""),
        Case(body: "  ", simple: "  \r\n", relaxed: ""),
        // A last line without CR LF gets one.
        Case(body: "a", simple: "a\r\n", relaxed: "a\r\n"),
        Case(body: "a \r\n \r\nb\t", simple: "a \r\n \r\nb\t\r\n", relaxed: "a\r\n\r\nb\r\n"),
        Case(body: "\r\n\r\na", simple: "\r\n\r\na\r\n", relaxed: "\r\n\r\na\r\n"),
        Case(body: "\t\ta  b", simple: "\t\ta  b\r\n", relaxed: " a b\r\n"),
        // CR and LF by themselves are octets like others.
        Case(body: "a \rb", simple: "a \rb\r\n", relaxed: "a \rb\r\n"),
        Case(body: "a\n\n", simple: "a\n\n\r\n", relaxed: "a\n\n\r\n"),
        Case(body: "a\r", simple: "a\r\r\n", relaxed: "a\r\r\n"),
        Case(body: "a\r\r\n", simple: "a\r\r\n", relaxed: "a\r\r\n"),
        Case(body: "a \r\r\n", simple: "a \r\r\n", relaxed: "a \r\r\n"),
        Case(body: "a\u{0}\r\n", simple: "a\u{0}\r\n", relaxed: "a\u{0}\r\n"),
        Case(body: "\n\r\n", simple: "\n\r\n", relaxed: "\n\r\n"),
    ]

    @Test(arguments: cases) func aBodyHasTheCanonicalFormOfTheRFC(_ test: Case) {
        for (form, expected) in [(DKIMCanonicalization.Form.simple, test.simple), (.relaxed, test.relaxed)] {
            var hasher = DKIMBodyHasher(form)
            hasher.update(Array(test.body.utf8))
            let hash = hasher.finish()
            #expect(hash.digest == SHA256Hasher.hash(Array(expected.utf8)), "\(form)")
            #expect(hash.canonicalLength == expected.utf8.count)
            #expect(CanonicalReference.body(Array(test.body.utf8), form) == Array(expected.utf8), "reference, \(form)")
        }
    }

    @Test func theHashesOfTheEmptyBodyAreThoseOfTheRFC() {
        // RFC 6376 §3.4.3, §3.4.4.
        for (form, base64) in [
            (DKIMCanonicalization.Form.simple, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
            (.relaxed, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ] {
            var hasher = DKIMBodyHasher(form)
            #expect(Base64.text(hasher.finish().digest.bytes) == base64)
        }
    }

    @Test(arguments: cases) func everyWayOfCuttingABodyInTwoOrThreeGivesOneHash(_ test: Case) {
        let body = Array(test.body.utf8)
        for form in DKIMCanonicalization.Form.allCases {
            let expected = CanonicalReference.bodyHash(body, form)
            for first in 0...body.count {
                for second in first...body.count {
                    var hasher = DKIMBodyHasher(form)
                    for part in [body[..<first], body[first..<second], body[second...]] { hasher.update(part) }
                    #expect(hasher.finish().digest.bytes == expected, "\(form), cut at \(first) and \(second)")
                }
            }
        }
    }

    @Test func manyBodiesHashAsTheReferenceSaysInPiecesOfAnySize() {
        var random = Generator(6376)
        for round in 0..<3_000 {
            let alphabet = ["a \t\r\n", "ab \r\n\r\n", "abcdefghijklmnop \r\n", "x\r\n"][round % 4]
            let body = random.octets(
                of: alphabet, count: Int.random(in: 0...(round % 50 == 0 ? 9_000 : 140), using: &random))
            for form in DKIMCanonicalization.Form.allCases {
                let canonical = CanonicalReference.body(body, form)
                let limit = Bool.random(using: &random) ? Int.random(in: 0...canonical.count + 2, using: &random) : nil
                var hasher = DKIMBodyHasher(form, lengthLimit: limit)
                var rest = body[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(Int.random(in: 1...(round % 3 == 0 ? 3 : 5_000), using: &random))
                    hasher.update(piece)
                    rest = rest.dropFirst(piece.count)
                }
                let hash = hasher.finish()
                #expect(hash.digest.bytes == CanonicalReference.bodyHash(body, form, limit: limit), "round \(round)")
                #expect(hash.canonicalLength == canonical.count)
                #expect(hash.reachesLimit == (limit.map { $0 <= canonical.count } ?? true))
            }
        }
    }

    @Test func longRunsOfEveryKindHashAsTheReferenceSays() {
        let line = [UInt8](repeating: UInt8(ascii: "A"), count: 76) + [.carriageReturn, .lineFeed]
        let base64 = (0..<200).flatMap { _ in line }
        var bodies = [
            base64, base64 + [.space, .carriageReturn, .lineFeed] + base64, base64 + [.space, .tab] + base64,
        ]
        bodies.append([UInt8](repeating: .space, count: 10_000) + base64)
        bodies.append(base64 + (0..<5_000).flatMap { _ in [.carriageReturn, .lineFeed] as [UInt8] } + base64)
        bodies.append([UInt8](repeating: .carriageReturn, count: 5_000))
        bodies.append([UInt8](repeating: .lineFeed, count: 5_000) + base64)
        // A change at every place around the borders of a block.
        for offset in 0..<140 {
            var body = Array(base64[..<600])
            body.replaceSubrange(offset..<offset + 2, with: [.space, .space])
            bodies.append(body)
            body[offset] = .tab
            body[offset + 1] = UInt8(ascii: "b")
            bodies.append(body)
        }
        for (index, body) in bodies.enumerated() {
            for form in DKIMCanonicalization.Form.allCases {
                var hasher = DKIMBodyHasher(form)
                for start in stride(from: 0, to: body.count, by: 1_000) {
                    hasher.update(body[start..<min(start + 1_000, body.count)])
                }
                #expect(
                    hasher.finish().digest.bytes == CanonicalReference.bodyHash(body, form), "body \(index), \(form)")
            }
        }
    }
}
