import MailBytes
import MailFormat
import Testing

@Suite struct HeaderTests {
    private func message(_ text: String) -> MailMessage { MailMessage(parsing: Array(text.utf8)) }

    private func fields(_ message: MailMessage) -> [String] {
        message.header.fields.map {
            String(lossy: message.header.name(of: $0)) + "|" + String(lossy: message.header.value(of: $0))
        }
    }

    /// Text, fields as `name|value`, body, defects.
    static let messages: [(text: String, fields: [String], body: String, defects: Set<MessageDefect>)] = [
        ("A: 1\r\nB: 2\r\n\r\nbody", ["A| 1", "B| 2"], "body", []),
        ("A: 1\r\n\tmore\r\n \r\nB:\r\n\r\n", ["A| 1\r\n\tmore\r\n ", "B|"], "", []),
        ("A : 1\r\n\r\n", ["A| 1"], "", [.spaceBeforeColon]),
        ("A:1", ["A|1"], "", [.noBody]),
        ("A:1\r\n", ["A|1"], "", [.noBody]),
        ("", [], "", [.noBody]),
        ("\r\nbody", [], "body", []),
        ("A:1\n\nbody", ["A|1"], "body", [.bareLineFeed]),
        ("A:1\r\nno field\r\nB:2\r\n\r\n", ["A|1"], "no field\r\nB:2\r\n\r\n", [.missingSeparator]),
        (" A:1\r\n\r\n", [], " A:1\r\n\r\n", [.missingSeparator]),
        (":1\r\n\r\n", [], ":1\r\n\r\n", [.missingSeparator]),
        ("A:1\rB:2\r\n\r\n", ["A|1\rB:2"], "", [.bareCarriageReturn]),
        ("A:1\r\r\n\r\n", ["A|1\r"], "", [.bareCarriageReturn]),
        ("A:\u{0}\r\n\r\n", ["A|\u{0}"], "", [.nulOctet]),
        ("A:\u{B}\r\n\r\n", ["A|\u{B}"], "", [.controlCharacter]),
        ("From x@y Mon\r\nA:1\r\n\r\n", ["A|1"], "", [.mboxFromLine]),
        (">From x@y Mon\r\nA:1\r\n\r\n", ["A|1"], "", [.mboxFromLine]),
        ("From : x@y\r\n\r\n", ["From| x@y"], "", [.spaceBeforeColon]),
        ("Å: 1\r\n\r\n", [], "Å: 1\r\n\r\n", [.missingSeparator]),
        ("A: Å\r\n\r\n", ["A| Å"], "", []),
        ("A:1\r\n\r\nÅ\u{0}\r", ["A|1"], "Å\u{0}\r", []),
    ]

    @Test(arguments: messages)
    func `finds fields, body and what is odd`(
        _ example: (text: String, fields: [String], body: String, defects: Set<MessageDefect>)
    ) {
        let message = message(example.text)
        #expect(fields(message) == example.fields)
        #expect(String(lossy: message.bodyBytes) == example.body)
        #expect(message.defects == example.defects)
    }

    @Test func `notices text that is not UTF-8 and lines that are too long: RFC 6532 §3.1, RFC 5322 §2.1.1`() {
        #expect(MailMessage(parsing: [0x41, 0x3A, 0xFF, 0x0D, 0x0A, 0x0D, 0x0A]).defects == [.headerNotUTF8])
        #expect(message("A:\(String(repeating: "x", count: 996))\r\n\r\n").defects == [])
        #expect(message("A:\(String(repeating: "x", count: 997))\r\n\r\n").defects == [.lineTooLong])
        #expect(message("A:1\r\n \(String(repeating: "x", count: 998))\r\n\r\n").defects == [.lineTooLong])
    }

    @Test func `reads the same at every length around the width of a word`() {
        for length in 0..<40 {
            for octet in ["\r", "\0", "\u{7}", "é"] {
                let text = String(repeating: "x", count: length) + octet + String(repeating: "y", count: 40 - length)
                let message = message("A:\(text)\r\nB: 2\r\n\r\nbody")
                #expect(fields(message) == ["A|\(text)", "B| 2"])
                #expect(message.defects.count == (octet == "é" ? 0 : 1))
            }
        }
    }

    @Test(arguments: [3, 63, 64, 65, 500])
    func `finds fields by name whatever their number`(_ count: Int) {
        let text = (0..<count).map { "\($0 % 3 == 0 ? "received" : "X-\($0)"): \($0)\r\n" }.joined()
        let header = message(text + "\r\n").header
        #expect(header.positions(named: "ReCeIved") == Array(stride(from: 0, to: count, by: 3)))
        #expect(header.positions(named: "x-1") == (count > 1 ? [1] : []))
        #expect(header.positions(named: "absent") == [])
        #expect(header.first(named: "X-2").map { header.unfolded($0) } == Array("2".utf8))
    }

    @Test func `unfolds values: RFC 5322 §2.2.3`() throws {
        let header = message("Subject: one\r\n two\r\n\t three \r\n\r\n").header
        let field = try #require(header.first(named: "subject"))
        #expect(String(lossy: header.unfolded(field)) == "one two\t three")
        #expect(header.decodedText(field) == "one two\t three")
    }

    @Test(arguments: [
        ("a\nb\n", "a\r\nb\r\n"), ("a\r\nb\n", "a\r\nb\r\n"), ("\n\n", "\r\n\r\n"), ("a", "a"), ("a\r\n", "a\r\n"),
        ("a\rb\n", "a\rb\r\n"), ("", ""), ("\n", "\r\n"), ("0123456\n", "0123456\r\n"),
        ("01234567\n8", "01234567\r\n8"),
    ])
    func `gives line feeds their carriage returns`(_ example: (String, String)) {
        #expect(MailMessage.withNetworkLineEndings(Array(example.0.utf8)) == Array(example.1.utf8))
    }
}
