import SMTPProtocol
import Testing

@Suite("Replies")
struct ReplyTests {
    static let printed: [(reply: SMTPReply, wire: String)] = [
        (SMTPReply(250, SMTPEnhancedCode(2, 1, 0), "ok"), "250 2.1.0 ok\r\n"),
        (SMTPReply(354, SMTPEnhancedCode(2, 1, 0), "go"), "354 go\r\n"),
        (SMTPReply(250, ""), "250 \r\n"),
        (SMTPReply(550, SMTPEnhancedCode(2, 7, 1), "no"), "550 5.7.1 no\r\n"),
        (SMTPReply(550, SMTPEnhancedCode(5, 7, 1), lines: ["one", "two"]), "550-5.7.1 one\r\n550 5.7.1 two\r\n"),
        (SMTPReply(99, "x"), "451 x\r\n"),
        (SMTPReply(600, "x"), "451 x\r\n"),
        (SMTPReply(250, "a\r\n250 b\u{0}ü"), "250 a??250 b???\r\n"),
        (SMTPReply(550, SMTPEnhancedCode(5, -1, 5000), "x"), "550 5.0.999 x\r\n"),
    ]

    @Test("Whatever a reply is made of, it keeps its form", arguments: printed)
    func printing(_ example: (reply: SMTPReply, wire: String)) {
        #expect(String(example.reply.wire()) == example.wire)
    }

    @Test("Long lines are broken at spaces, and each has at most 512 octets")
    func longLines() throws {
        let text = String(repeating: "word ", count: 300) + String(repeating: "x", count: 1500)
        let wire = SMTPReply(550, SMTPEnhancedCode(5, 7, 1), text).wire()
        let lines = wire.split(separator: 0x0A)
        #expect(lines.count >= 6)
        #expect(lines.allSatisfy { $0.count < 512 && $0.starts(with: [UInt8]("550")) })
        let again = try SMTPReply(wire: wire)
        #expect(again.enhanced == SMTPEnhancedCode(5, 7, 1))
        #expect(try SMTPReply(wire: again.wire()) == again)
        #expect(SMTPReply(250, lines: Array(repeating: "x", count: 5000)).wire().split(separator: 0x0A).count == 100)
    }

    static let read: [(wire: String, reply: SMTPReply?)] = [
        ("250 2.1.0 ok\r\n", SMTPReply(250, SMTPEnhancedCode(2, 1, 0), "ok")),
        ("250-2.1.0 a\r\n250 2.1.0 b\r\n", SMTPReply(250, SMTPEnhancedCode(2, 1, 0), lines: ["a", "b"])),
        ("250\r\n", SMTPReply(250, "")),
        ("250 \r\n", SMTPReply(250, "")),
        ("250-\r\n250\r\n", SMTPReply(250, lines: ["", ""])),
        ("250 ok\n", SMTPReply(250, "ok")),
        ("550 2.1.0 no\r\n", SMTPReply(550, "2.1.0 no")),
        ("550 5.1.1234 no\r\n", SMTPReply(550, "5.1.1234 no")),
        ("550 n\u{0}\u{7}ö\r\n", SMTPReply(550, "n????")),
        ("250-a\r\n251 b\r\n", nil), ("25 ok\r\n", nil), ("abc\r\n", nil), ("\r\n", nil), ("250ok\r\n", nil),
        ("150 x\r\n", nil), ("650 x\r\n", nil), ("250 a\r\n250 b\r\n", nil), ("250-a\r\n", nil), ("250 a", nil),
    ]

    @Test("Replies are read, and what is none is refused", arguments: read)
    func reading(_ example: (wire: String, reply: SMTPReply?)) {
        #expect((try? SMTPReply(wire: [UInt8](example.wire))) == example.reply)
    }

    @Test("Where the octets are cut does not matter")
    func cuts() throws {
        let wire = [UInt8]("250-2.0.0 one\r\n250-2.0.0 two\r\n250 2.0.0 three\r\n421 4.3.2 bye\r\n")
        for cut in 0...wire.count {
            var reader = SMTPReplyReader()
            var replies: [SMTPReply] = []
            for piece in [wire[..<cut], wire[cut...]] {
                reader.append(Array(piece))
                while let reply = try reader.next() { replies.append(reply) }
            }
            #expect(replies.map(\.code) == [250, 421])
            #expect(replies.first?.lines == ["one", "two", "three"])
            #expect(reader.pendingOctets == 0)
        }
    }

    static let tooLong: [(text: String, error: SMTPReplyError)] = [
        (String(repeating: "2", count: 3000), .lineTooLong),
        ("250 " + String(repeating: "x", count: 3000) + "\r\n", .lineTooLong),
        (String(repeating: "250-x\r\n", count: 101), .tooLong),
        (String(repeating: "250-" + String(repeating: "x", count: 1000) + "\r\n", count: 40), .tooLong),
    ]

    @Test("A reply has an end", arguments: tooLong)
    func endless(_ example: (text: String, error: SMTPReplyError)) {
        var reader = SMTPReplyReader()
        #expect(throws: example.error) {
            for octet in example.text.utf8 {
                reader.append([octet])
                _ = try reader.next()
            }
        }
    }
}
