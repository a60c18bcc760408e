import MailBytes
import MailFormat
import Testing

/// What a sender can do to a reader: everything returns, in time that grows with the input and no faster.
@Suite(.timeLimit(.minutes(10))) struct HostileTests {
    private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func repeated(_ text: String, _ count: Int) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count * count)
        for _ in 0..<count { output.append(contentsOf: text.utf8) }
        return output
    }

    /// Everything there is, on one message.
    private func readAll(_ bytes: [UInt8]) -> (message: MailMessage, authors: Authors, tree: MIMETree) {
        let message = MailMessage(parsing: bytes)
        return (message, AuthorField.read(message), MIMETree(parsing: message))
    }

    @Test func `NUL octets everywhere`() {
        let (message, authors, _) = readAll(repeated("\u{0}", 100_000))
        #expect(message.defects == [.missingSeparator])
        #expect(authors.ambiguities == [.noField])
        let (inside, insideAuthors, _) = readAll(octets("From: \u{0}a\u{0}@\u{0}x.example\u{0}\r\n\u{0}\r\n\r\n"))
        #expect(inside.defects == [.nulOctet, .missingSeparator])
        #expect(insideAuthors.ambiguities.contains(.controlCharacter))
    }

    @Test func `a header field of ten megabytes`() {
        let value = repeated("a@x.example, ", 800_000)
        let (message, authors, _) = readAll(octets("From: ") + value + octets("\r\n\r\n"))
        #expect(message.header.fields.count == 1)
        #expect(message.defects == [.lineTooLong])
        #expect(authors.mailboxes.count <= AuthorLimits().mailboxes)
        #expect(authors.ambiguities.contains(.tooLong))
        let list = AddressList(parsing: value)
        #expect(list.defects.contains(.tooLong) || list.defects.contains(.tooManyMailboxes))
    }

    @Test func `two million lines of nothing get their carriage returns`() {
        let network = MailMessage.withNetworkLineEndings([UInt8](repeating: .lineFeed, count: 2_000_000))
        #expect(network.count == 4_000_000)
        #expect(network.prefix(4).elementsEqual("\r\n\r\n".utf8) && network.suffix(4).elementsEqual("\r\n\r\n".utf8))
    }

    @Test func `a hundred thousand fields, and more`() {
        let (message, authors, _) = readAll(repeated("From: a@x.example\r\n", 100_001) + octets("\r\n"))
        #expect(message.header.fields.count == 100_000)
        #expect(message.defects == [.tooManyFields])
        #expect(authors.fieldCount == 100_000)
        #expect(authors.ambiguities.contains(.severalFields))
        #expect(authors.ambiguities.contains(.unreadFields))
    }

    @Test func `messages within messages, ten thousand deep`() {
        let bytes = repeated("Content-Type: message/rfc822\r\n\r\n", 10_000)
        let (_, _, tree) = readAll(bytes)
        #expect(tree.defects.contains(.tooDeep))
        #expect(tree.parts.count == MIMELimits().depth + 1)
    }

    @Test func `multiparts within multiparts, ten thousand deep`() {
        var bytes: [UInt8] = []
        for depth in 0..<10_000 {
            bytes += octets("Content-Type: multipart/mixed; boundary=b\(depth)\r\n\r\n--b\(depth)\r\n")
        }
        let (_, _, tree) = readAll(bytes)
        #expect(tree.defects.contains(.tooDeep))
        #expect(tree.parts.count == MIMELimits().depth + 1)
    }

    @Test func `more parts than anyone needs`() {
        let (_, _, tree) = readAll(
            octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n") + repeated("--b\r\n\r\n", 100_000))
        #expect(tree.defects.contains(.tooManyParts))
        #expect(tree.parts.count == MIMELimits().parts)
    }

    @Test func `From twice, with authors that contradict each other`() {
        let (_, authors, _) = readAll(
            octets("From: a@x.example\r\nFrom: b@y.example\r\nfrom : c@z.example\r\n\r\nFrom: d@w.example\r\n"))
        #expect(authors.mailboxes.map(\.addrSpec) == ["a@x.example", "b@y.example", "c@z.example"])
        #expect(authors.domains.count == 3)
        #expect(authors.ambiguities == [.severalFields, .severalMailboxes, .spaceBeforeColon])
    }

    /// One piece, over and over: what makes a careless reader slow.
    static let pieces = [
        "(", "((", "(\"", "\"", "\"\\", "\\", "<", "<<", "<a", "<a@", "<@a:", "<@a,", "@", "a@", "a@b ", "a ", "a.",
        ".",
        ",", ";", ":", "a:", "a:;", "[", "[a", "]", ")", ">", "=?", "=?a?q?", "=?a?q?x ", "=?utf-8?q?x?= ",
        "=?utf-8?b?!?=",
        "=?a?b?", "=?utf-8?q?<?=", "\r\n ", "\r", "\u{0}", "\u{FF20}", "=?utf-8?b?A?= ", "\"a\" ", "a@b.example (c) ",
    ]

    @Test(arguments: pieces)
    func `one piece thousands of times`(_ piece: String) {
        for ending in ["", "@x?=", ")\">"] {
            let value = repeated(piece, 20_000 / piece.utf8.count) + octets(ending)
            _ = AddressList(parsing: value)
            _ = MessageIdentifier.list(parsing: value[...])
            _ = ContentType(parsing: value[...])
            _ = ContentType(parsing: (octets("a/b; c=") + value)[...])
            _ = ReceivedField(parsing: value[...])
            _ = MailDate(parsing: value[...])
            let message = MailMessage(parsing: octets("From: ") + value + octets("\r\n\r\n"))
            _ = AuthorField.read(message)
            for field in message.header.fields { _ = message.header.decodedText(field) }
        }
    }

    @Test(arguments: [
        "--\r\n", "--b0\r\n", "--b9\r\n", "--b0--\r\n", "--b0x\r\n", "\r\n", "\n", "-", "--b0\r\n\r\n--b1\r\n\r\n",
        "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b0\r\n",
    ])
    func `one line thousands of times within ninety multiparts`(_ line: String) {
        var bytes: [UInt8] = []
        for depth in 0..<90 {
            bytes += octets("Content-Type: multipart/mixed; boundary=b\(depth)\r\n\r\n--b\(depth)\r\n")
        }
        bytes += octets("\r\n") + repeated(line, 20_000)
        #expect(!MIMETree(parsing: MailMessage(parsing: bytes)).parts.isEmpty)
    }

    @Test func `every start and end of a message with everything in it`() {
        let bytes = octets(
            "From: \"A (b\" <@x:a@x.example>, =?utf-8?q?a?= (c (d)) b@[1.2.3.4]\r\n"
                + "Content-Type: multipart/mixed; b*0*=x;\r\n"
                + " boundary=\"b\"\r\nDate: 1 Jan 00 00:00 GMT\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
                + "X: =?a?b?YQ==?="
                + "\r\n\r\n=3D\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--b--\r\n")
        for cut in 0...bytes.count {
            for part in [Array(bytes[..<cut]), Array(bytes[cut...])] {
                let (message, _, tree) = readAll(part)
                #expect(message.body.upperBound == part.count)
                for part in tree.parts { _ = tree.decodedBody(of: part) }
            }
        }
    }
}
