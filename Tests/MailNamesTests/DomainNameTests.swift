import MailBytes
import MailNames
import Testing

@Suite struct DomainNameTests {
    static let spellings: [(text: String, name: String)] = [
        ("example.org", "example.org"), ("EXAMPLE.Org.", "example.org"), ("_dmarc.Example", "_dmarc.example"),
        ("a", "a"), ("", "."), (".", "."), ("xn--BCHER-kva.example", "xn--bcher-kva.example"), ("a b", "a\\032b"),
        ("\u{0}", "\\000"), ("a\\b", "a\\092b"),
    ]

    @Test(arguments: spellings)
    func `has one form for all spellings`(_ example: (text: String, name: String)) throws {
        #expect(try DomainName(example.text).text == example.name)
    }

    @Test(arguments: [
        ("a..b", DomainNameError.emptyLabel), (".a", .emptyLabel), ("a..", .emptyLabel), ("..", .emptyLabel),
        (String(repeating: "a", count: 64), .labelTooLong),
        (String(repeating: "a.", count: 127) + "a", .nameTooLong),
    ])
    func `refuses what is no name: RFC 1035 §2.3.4`(_ example: (String, DomainNameError)) {
        #expect(throws: example.1) { try DomainName(example.0) }
    }

    @Test func `takes names up to the limits`() throws {
        #expect(try DomainName(String(repeating: "a", count: 63)).labelCount == 1)
        let longest = String(repeating: "a.", count: 126) + "a"
        #expect(try DomainName(longest).bytes.count == 253)
        #expect(try DomainName(longest + ".").labelCount == 127)
        let fourLabels = Array(repeating: String(repeating: "a", count: 63), count: 4).joined(separator: ".")
        #expect(throws: DomainNameError.nameTooLong) { try DomainName(fourLabels) }
    }

    /// RFC 8616 §3: both spellings are one name.
    @Test(arguments: [
        ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("faß.example", "xn--fa-hia.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"), ("ｅxample．org", "example.org"),
        ("example.org", "example.org"), ("_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example"),
    ])
    func `makes A-labels of U-labels`(_ example: (String, String)) throws {
        #expect(try DomainName(mailDomain: example.0).text == example.1)
    }

    @Test(arguments: [
        "", ".", "a b", "a\tb", "a\u{0}", "a\u{7F}b.example", "bü cher.example", "ü\u{0}.example", "ü..example",
        "a＠bücher.example", "a／ü.example", "x\u{2100}.example", "a＠b.example", "ａ：ｂ.example", "\u{FFFD}.example",
        "\u{202E}ü.example", "ü\u{FF0E}\u{FF0E}a",
    ])
    func `refuses mail domains that are none`(_ text: String) {
        #expect(throws: DomainNameError.self) { try DomainName(mailDomain: text) }
    }

    @Test func `refuses mail domains that are not UTF-8 or too long for IDNA`() {
        #expect(throws: DomainNameError.notInternationalised) { try DomainName(mailDomain: [0xFF, 0x2E, 0x61]) }
        #expect(throws: DomainNameError.self) {
            try DomainName(mailDomain: String(repeating: "ü", count: 64) + ".example")
        }
        #expect(throws: DomainNameError.self) { try DomainName(mailDomain: String(repeating: "ü.", count: 500)) }
        #expect(throws: DomainNameError.nameTooLong) {
            try DomainName(mailDomain: String(repeating: "ü", count: 1000))
        }
    }

    @Test func `shows U-labels to people`() throws {
        #expect(try DomainName("xn--bcher-kva.example").unicodeText == "bücher.example")
        #expect(try DomainName("example.org").unicodeText == "example.org")
        #expect(try DomainName("xn--\u{0}.example").unicodeText == "xn--\\000.example")
    }

    @Test(arguments: [
        ("example.org.", "example.org"), (".", "."), ("a\\032b.c", "a\\032b.c"), ("a\\@b", "a@b"), ("\\065.b", "a.b"),
    ])
    func `reads presentation form: RFC 1035 §5.1`(_ example: (String, String)) throws {
        #expect(try DomainName(presentation: example.0).text == example.1)
        #expect(try DomainName(presentation: DomainName(presentation: example.0).text).text == example.1)
    }

    @Test(arguments: ["a\\.b", "a\\046b", "a\\", "a\\25", "a\\256", "a..b"])
    func `refuses presentation forms it cannot hold`(_ text: String) {
        #expect(throws: DomainNameError.self) { try DomainName(presentation: text) }
    }

    @Test func `reads the wire form: RFC 1035 §3.1`() {
        #expect(DomainName(wire: [0])?.isRoot == true)
        #expect(DomainName(wire: [1, 0x41, 2, 0x62, 0x63, 0])?.text == "a.bc")
        #expect(DomainName(wire: [1, 0x00, 0])?.text == "\\000")
        let refused: [[UInt8]] = [
            [], [1, 0x41], [2, 0x41, 0], [64] + Array(repeating: 0x61, count: 64) + [0], [0xC0, 0], [1, 0x2E, 0],
            [0, 0],
            [1, 0x41, 0, 7], Array(repeating: [1, 0x61], count: 128).flatMap(\.self) + [0],
        ]
        for octets in refused { #expect(DomainName(wire: octets[...]) == nil, "\(octets.prefix(8))") }
    }

    @Test func `knows labels, parents and suffixes`() throws {
        let name = try DomainName("a.b.example.org")
        #expect(name.labelCount == 4)
        #expect(name.labels.map { String(lossy: $0) } == ["a", "b", "example", "org"])
        #expect(name.parent?.text == "b.example.org")
        #expect(name.suffix(labels: 2).text == "example.org")
        #expect(name.suffix(labels: 4) == name)
        #expect(name.suffix(labels: 9) == name)
        #expect(name.suffix(labels: 0).isRoot)
        #expect(name.suffix(labels: -1).isRoot)
        #expect(try DomainName("org").parent?.isRoot == true)
        #expect(DomainName.root.parent == nil)
        #expect(DomainName.root.labels.isEmpty)
        #expect(DomainName.root.labelCount == 0)
    }

    @Test func `compares whole labels`() throws {
        let name = try DomainName("mail.example.org")
        #expect(name.isEqualOrSubdomain(of: name))
        #expect(name.isEqualOrSubdomain(of: try DomainName("example.org")))
        #expect(name.isEqualOrSubdomain(of: .root))
        #expect(!name.isEqualOrSubdomain(of: try DomainName("ample.org")))
        #expect(!name.isEqualOrSubdomain(of: try DomainName("a.mail.example.org")))
        #expect(try DomainName("badexample.org").isEqualOrSubdomain(of: DomainName("example.org")) == false)
        #expect(try DomainName("a.example") < DomainName("b.example"))
        #expect(try Set([DomainName("A.example"), DomainName("a.EXAMPLE.")]).count == 1)
    }

    @Test func `puts labels in front`() throws {
        #expect(try DomainName("example.org").prepending("_dmarc").text == "_dmarc.example.org")
        #expect(try DomainName.root.prepending("a.b").text == "a.b")
        #expect(throws: DomainNameError.emptyLabel) { try DomainName("example.org").prepending("") }
        #expect(throws: DomainNameError.nameTooLong) {
            try DomainName(String(repeating: "a.", count: 126) + "a").prepending("x")
        }
    }

    @Test func `tells host names from others: RFC 1123 §2.1`() throws {
        #expect(try DomainName("a-1._x.example").isHostName)
        #expect(try DomainName("a!b.example").isHostName == false)
        #expect(DomainName.root.isHostName == false)
    }
}
