import MailBytes
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    static let vectors: [(plain: String, coded: String)] = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func `codes the vectors of RFC 4648 §10`(_ vector: (plain: String, coded: String)) {
        #expect(Base64.text(Array(vector.plain.utf8)) == vector.coded)
        #expect(Base64.decode(Array(vector.coded.utf8), .canonical) == Array(vector.plain.utf8))
        #expect(Base64.decode(Array(vector.coded.utf8)) == Array(vector.plain.utf8))
    }

    @Test(arguments: ["Zg=", "Zg", "Z", "Zg===", "=Zg=", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm-v", "Zg==Zg==", "===="])
    func `refuses what is not canonical`(_ text: String) {
        #expect(Base64.decode(Array(text.utf8), .canonical) == nil)
    }

    @Test(arguments: [
        ("Zm 9v\r\n\tYg = =", "foob"), ("Zm9vYg", "foob"), ("Zm9vYmE", "fooba"), (" \r\n", ""), ("Zh==", "f"),
    ])
    func `passes over white space and takes missing padding: RFC 6376 §3.5`(_ example: (String, String)) {
        #expect(Base64.decode(Array(example.0.utf8)) == Array(example.1.utf8))
    }

    @Test(arguments: ["Z", "Zm9vZ", "Zm9v=", "Zm9v====", "Zg===", "Zg==Zg", "Zm-v", "Zm9v\u{0}", "=", "Zm9vYmE=="])
    func `refuses what is no base64 however tolerant it is`(_ text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test func `decodes what it encodes, at every length and with every octet`() {
        for length in 0..<260 {
            let octets = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
            let coded = Base64.encode(octets)
            #expect(coded.count == (length + 2) / 3 * 4)
            #expect(Base64.decode(coded, .canonical) == octets)
            #expect(Base64.decode(coded[...]) == octets)
        }
    }
}
