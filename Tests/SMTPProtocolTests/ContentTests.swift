import SMTPProtocol
import Testing

@Suite("The text of messages, and its end")
struct ContentTests {
    /// What stands between two messages in one stream of octets, and is taken for the end by some servers.
    static let smuggling = [
        "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\n", "\n.\r", "\r\n.\r", "\r.\r\n", "\r\r\n.\r\r\n", "\r\n.\r\r\n",
        "\n\r\n.\r.\n", "\r\n.\u{0}\r\n", "\r\n\u{0}.\r\n", "\r\n.\r\u{0}\n", "\n\n.\n\n", "\r\n.\n\r\n",
    ]

    @Test("Nothing but CR LF . CR LF ends a message, and what tries is refused", arguments: smuggling)
    func nothingIsSmuggled(_ end: String) {
        let stream = [UInt8](
            "Subject: a\r\n\r\none" + end + "MAIL FROM:<evil@example.net>\r\nRCPT TO:<b@example.org>\r\n"
                + "DATA\r\nSubject: evil\r\n\r\ntwo\r\n.\r\nQUIT\r\n")
        var first: ServerHost.Summary?
        for cut in 0...stream.count {
            var host = ServerHost.receiving()
            host.send(stream[..<cut])
            host.send(stream[cut...])
            #expect(host.messages.isEmpty)
            #expect(host.replies.first?.hasPrefix("550 5.6.") == true)
            #expect(host.replies.dropFirst() == ["221 2.0.0 goodbye"])
            #expect(!host.events.contains { if case .mail = $0 { true } else { false } })
            #expect(host.events.contains { if case .messageRefused = $0 { true } else { false } })
            // What comes before the defect may be given, in pieces that depend on the cut; nothing else does.
            var summary = host.summary
            summary.events.removeAll { if case .data = $0 { true } else { false } }
            first = first ?? summary
            #expect(first == summary)
        }
    }

    static let repaired: [(text: String, message: String?)] = [
        ("a\nb\r\n.\r\n", "a\r\nb\r\n"), ("\n.\n\r\n.\r\n", "\r\n.\r\n\r\n"), ("a\n.\r\n.\r\n", "a\r\n.\r\n"),
        ("\r\n.\n\r\n.\r\n", "\r\n\r\n\r\n"), ("a\n..b\r\n..c\r\n.\r\n", "a\r\n..b\r\n.c\r\n"),
        ("a\rb\r\n.\r\n", nil), ("a\r\r\n.\r\n", nil), ("a\u{0}b\r\n.\r\n", nil), (".\rx\r\n.\r\n", nil),
    ]

    @Test("LF alone is repaired where that is asked for, and still ends nothing", arguments: repaired)
    func repair(_ example: (text: String, message: String?)) {
        let stream = [UInt8](example.text)
        for cut in 0...stream.count {
            var host = ServerHost.receiving(.everything { $0.lineEnds = .repair })
            host.send(stream[..<cut])
            host.send(stream[cut...])
            #expect(host.messages.map { String($0) } == (example.message.map { [$0] } ?? []))
            #expect(host.replies.map { $0.prefix(3) } == [example.message == nil ? "550" : "250"])
        }
    }

    static let dots: [(text: String, message: String)] = [
        (".\r\n", ""), ("\r\n.\r\n", "\r\n"), ("..\r\n.\r\n", ".\r\n"), ("...a\r\n.\r\n", "..a\r\n"),
        (".a\r\n.\r\n", "a\r\n"), ("a.\r\n.\r\n", "a.\r\n"), ("a\r\n..\r\n..\r\n.\r\n", "a\r\n.\r\n.\r\n"),
        ("\u{1}\u{ff}\t\r\n.\r\n", "\u{1}\u{ff}\t\r\n"),
    ]

    @Test("Dots are taken off, wherever the octets are cut", arguments: dots)
    func unstuffing(_ example: (text: String, message: String)) {
        let stream = [UInt8](example.text)
        for cut in 0...stream.count {
            for second in cut...stream.count {
                var host = ServerHost.receiving()
                for piece in [stream[..<cut], stream[cut..<second], stream[second...]] { host.send(piece) }
                #expect(host.messages == [[UInt8](example.message)])
                #expect(host.replies == ["250 2.0.0 ok"])
            }
        }
    }

    @Test("A message that is too large is read to its end, and refused")
    func tooLarge() {
        var host = ServerHost.receiving(.everything { $0.limits.messageOctets = 1000 })
        let line = String(repeating: "x", count: 98) + "\r\n"
        host.send(String(repeating: line, count: 10))
        #expect(!host.events.contains(.messageRefused(.tooLarge)))
        for _ in 0..<100 { host.send(line) }
        #expect(host.events.last == .messageRefused(.tooLarge))
        #expect(host.session.pendingOctets == 0)
        host.send(".\r\n")
        #expect(host.replies == ["552 5.3.4 message too large"])
        #expect(host.messages.isEmpty)
        host.say("MAIL FROM:<> SIZE=1000", "RSET", "MAIL FROM:<> SIZE=1001")
        #expect(host.replies.suffix(3).map { $0.prefix(3) } == ["250", "250", "552"])
    }

    @Test("What is read for nothing has an end")
    func discarding() {
        var host = ServerHost.receiving(
            .everything {
                $0.limits.messageOctets = 10
                $0.limits.discardedOctets = 10_000
            })
        for _ in 0..<200 { host.send(String(repeating: "x", count: 98) + "\r\n") }
        #expect(host.closed == .discarded)
        #expect(host.replies.last?.hasPrefix("421") == true)
        var other = ServerHost.greeted(.everything { $0.limits.discardedOctets = 10_000 })
        for _ in 0..<200 { other.send(String(repeating: "x", count: 100)) }
        #expect(other.closed == .discarded)
    }

    @Test("Chunks are counted, not read")
    func chunks() {
        let stream = [UInt8](
            "BDAT 5\r\n.\r\na\rBDAT 8\r\n\n\r\n.\r\nbc"
                + "BDAT 0\r\nBDAT 2 LAST\r\n\r\nMAIL FROM:<>\r\nQUIT\r\n")
        for cut in 0...stream.count {
            var host = ServerHost.greeted()
            host.say("MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>")
            host.output = []
            host.send(stream[..<cut])
            host.send(stream[cut...])
            #expect(host.messages == [[UInt8](".\r\na\r\n\r\n.\r\nbc\r\n")])
            #expect(
                host.replies == [
                    "250 2.0.0 5 octets received", "250 2.0.0 8 octets received", "250 2.0.0 0 octets received",
                    "250 2.0.0 ok", "250 2.0.0 ok", "221 2.0.0 goodbye",
                ])
        }
    }

    static let badChunks: [(text: String, replies: [String])] = [
        ("BDAT 4\r\na\nbcBDAT 3\r\nabcBDAT 2 LAST\r\n\r\nNOOP\r\n", ["550", "550", "550", "250"]),
        ("BDAT 4 LAST\r\nabc\rNOOP\r\n", ["550", "250"]),
        ("BDAT 3\r\na\r\nRCPT TO:<c@example.org>\r\nRSET\r\nNOOP\r\n", ["250", "503", "250", "250"]),
        ("BDAT 3\r\na\r\nMAIL FROM:<>\r\nBDAT 0 LAST\r\n", ["250", "503", "250"]),
        ("BDAT 3 LAST\r\na\r\nBDAT 4\r\nQUITNOOP\r\n", ["250", "503", "250"]),
        ("BDAT x\r\nNOOP\r\n", ["501"]), ("BDAT 1 LAST x\r\nNOOP\r\n", ["501"]),
        ("BDAT 2000\r\n" + String(repeating: "x", count: 2000) + "BDAT 1 LAST\r\nxNOOP\r\n", ["552", "552", "250"]),
        ("BDAT 999999999999\r\n", ["552", "421"]),
        ("BDAT 3\r\na\r\nEHLO again.example\r\n", ["250", "250"]),
    ]

    @Test("Chunks that fail", arguments: badChunks)
    func failingChunks(_ example: (text: String, replies: [String])) {
        for cut in 0...min(example.text.utf8.count, 60) {
            var host = ServerHost.greeted(
                .everything {
                    $0.limits.messageOctets = 1000
                    $0.extensions.remove(.enhancedStatusCodes)
                    $0.extensions.remove(.dsn)
                })
            host.say("MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>")
            host.output = []
            let stream = [UInt8](example.text)
            host.send(stream[..<cut])
            host.send(stream[cut...])
            let codes = host.replies.filter { Array($0)[3] == " " }.map { String($0.prefix(3)) }
            #expect(codes == example.replies)
        }
    }

    @Test("A chunk without a message is read, and refused")
    func chunkWithoutMessage() {
        var host = ServerHost.greeted()
        host.send("BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
        #expect(host.replies.map { $0.prefix(3) } == ["503", "503", "250"])
        #expect(host.closed == nil)
    }
}
