import SMTPProtocol
import Testing

@Suite("The server's side of a connection")
struct ServerSessionTests {
    @Test("A message from the greeting to the end")
    func message() throws {
        var host = ServerHost()
        host.say("EHLO client.example")
        #expect(
            host.replies == [
                "220 mx.example.org ESMTP Postseal", "250-mx.example.org", "250-PIPELINING", "250-SIZE 52428800",
                "250-8BITMIME", "250-SMTPUTF8", "250-CHUNKING", "250-ENHANCEDSTATUSCODES", "250-DSN", "250 STARTTLS",
            ])
        host.output = []
        host.send("MAIL FROM:<a@example.net> SIZE=20\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n")
        #expect(host.replies.map { $0.prefix(3) } == ["250", "250", "250", "354"])
        host.send("x\r\n.\r\nQUIT\r\n")
        #expect(host.replies.suffix(2) == ["250 2.0.0 ok", "221 2.0.0 goodbye"])
        #expect(host.closed == .quit)
        var sender = SMTPSender(.mailbox(try SMTPAddress("a@example.net")))
        sender.parameters.size = 20
        var envelope = try SMTPEnvelope.to("b@example.org", "c@example.org")
        envelope.sender = sender
        #expect(
            host.events == [
                .connected, .hello(SMTPHello(.ehlo, [UInt8]("client.example"))), .mail(sender),
                .recipient(envelope.recipients[0]), .recipient(envelope.recipients[1]), .dataStarted(envelope),
                .data([UInt8]("x\r\n")), .dataEnded, .closed(.quit),
            ])
    }

    /// What is said one line after another, and the codes of the answers.
    static let dialogues: [(lines: [String], codes: [Int])] = [
        (["MAIL FROM:<>"], [503]), (["RCPT TO:<a@example.org>"], [503]), (["DATA"], [503]),
        (["HELO c.example", "MAIL FROM:<>"], [250, 250]),
        (["HELO c.example", "MAIL FROM:<> SIZE=1"], [250, 555]),
        (["EHLO c.example", "RCPT TO:<a@example.org>", "DATA"], [250, 503, 503]),
        (["EHLO c.example", "MAIL FROM:<>", "MAIL FROM:<>"], [250, 250, 503]),
        (["EHLO c.example", "MAIL FROM:<>", "DATA", "RCPT TO:<a@example.org>", "DATA"], [250, 250, 503, 250, 354]),
        (["EHLO c.example", "MAIL FROM:<>", "RSET", "DATA"], [250, 250, 250, 503]),
        (["EHLO c.example", "MAIL FROM:<>", "EHLO c.example", "MAIL FROM:<>"], [250, 250, 250, 250]),
        (["LHLO c.example"], [500]), (["NOOP", "NOOP x", "HELP", "VRFY a", "EXPN a"], [250, 250, 214, 252, 502]),
        (["RSET", "EHLO c.example", "STARTTLS", "MAIL FROM:<>"], [250, 250, 220, 503]),
        (["EHLO c.example", "MAIL FROM:<>", "STARTTLS"], [250, 250, 503]),
        (["EHLO c.example", "MAIL FROM:<> REQUIRETLS"], [250, 555]),
        (["EHLO c.example", "XCLIENT NAME=a", "XFORWARD NAME=a", "FOO", ""], [250, 502, 502, 500, 500]),
        (["EHLO c.example", "MAIL FROM:<> SMTPUTF8", "RCPT TO:<ü@example.org>"], [250, 250, 250]),
        (["EHLO c.example", "MAIL FROM:<>", "RCPT TO:<ü@example.org>"], [250, 250, 553]),
        (["EHLO c.example", "MAIL FROM:<a@refused.example>", "RCPT TO:<b@example.org>"], [250, 550, 503]),
        (["EHLO c.example", "MAIL FROM:<>", "RCPT TO:<a@refused.example>", "DATA"], [250, 250, 550, 503]),
        (["EHLO c.example", "MAIL FROM:<>", "RCPT TO:<a@gone.example>", "NOOP"], [250, 250, 421]),
        (["EHLO refused.example", "MAIL FROM:<>"], [550, 503]), (["GET / HTTP/1.1"], [521]), (["QUIT"], [221]),
    ]

    @Test("Commands in and out of order", arguments: dialogues)
    func order(_ example: (lines: [String], codes: [Int])) {
        var host = ServerHost()
        host.answer = { event in
            let text =
                switch event {
                case .hello(let hello): hello.text
                case .mail(let sender): sender.path.description
                case .recipient(let recipient): recipient.path.description
                default: ""
                }
            if text.contains("refused.example") { return [SMTPReply(550, "no")] }
            return text.contains("gone.example") ? [SMTPReply(421, "gone")] : nil
        }
        host.run()
        host.output = []
        for line in example.lines { host.send(line + "\r\n") }
        let codes = host.replies.filter { Array($0)[3] == " " }.compactMap { Int($0.prefix(3)) }
        #expect(codes == example.codes)
    }

    @Test("Under TLS everything begins anew")
    func startTLS() {
        var host = ServerHost(.everything { $0.requiresTLS = true })
        host.say("EHLO client.example", "MAIL FROM:<>", "STARTTLS")
        #expect(host.replies.suffix(2) == ["530 5.7.0 STARTTLS first", "220 2.0.0 begin TLS"])
        #expect(host.session.hello == nil && host.session.isTLS)
        host.output = []
        host.say("MAIL FROM:<>", "EHLO client.example", "STARTTLS", "MAIL FROM:<> REQUIRETLS")
        #expect(host.replies.first == "503 5.5.1 greet first")
        #expect(host.replies.contains("250 REQUIRETLS") && !host.replies.contains { $0.contains("STARTTLS") })
        #expect(host.replies.suffix(2).map { $0.prefix(3) } == ["502", "250"])
    }

    @Test("Octets in clear text behind STARTTLS end the connection, whatever they are")
    func injection() {
        for text in ["NOOP\r\n", "\r\n", "x", "\u{16}\u{3}\u{1}", "STARTTLS\r\n"] {
            var host = ServerHost.greeted(.everything { $0.refusesEarlyInput = false })
            host.send("STARTTLS\r\n" + text)
            #expect(host.closed == .inputBeforeTLS)
            #expect(host.replies == ["554 5.5.0 client spoke before its turn"])
            #expect(!host.events.contains(.startTLS))
        }
    }

    static let early: [(before: [String], text: String, isRefused: Bool)] = [
        ([], "EHLO c.example\r\nNOOP\r\n", true), ([], "HELO c.example\r\nMAIL FROM:<>\r\n", true),
        (["HELO c.example"], "MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\n", true),
        (["HELO c.example"], "NOOP\r\nNOOP\r\n", true), (["HELO c.example"], "QUIT\r\nx", false),
        (["EHLO c.example"], "MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nRSET\r\nNOOP\r\n", false),
        (["EHLO c.example"], "MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nx\r\n.\r\n", true),
        (["EHLO c.example"], "EHLO c.example\r\nMAIL FROM:<>\r\n", true),
        (["EHLO c.example"], "VRFY a\r\nMAIL FROM:<>\r\n", true),
        (["EHLO c.example"], "MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nBDAT 2 LAST\r\n\r\nQUIT\r\n", false),
    ]

    @Test("A client waits where it has to", arguments: early)
    func earlyInput(_ example: (before: [String], text: String, isRefused: Bool)) {
        var host = ServerHost()
        host.run()
        for line in example.before { host.send(line + "\r\n") }
        var lenient = ServerHost(.everything { $0.refusesEarlyInput = false })
        lenient.run()
        for line in example.before { lenient.send(line + "\r\n") }
        host.send(example.text)
        lenient.send(example.text)
        #expect((host.closed == .earlyInput) == example.isRefused)
        #expect(lenient.closed != .earlyInput)
    }

    @Test("A client that speaks before the greeting, or before an answer that takes its time")
    func earlyTalker() {
        var session = SMTPServerSession(configuration: .everything)
        #expect(session.next() == .connected)
        session.append([UInt8]("EHLO c.example\r\n"))
        #expect(session.next() == nil)
        session.answer(.ok)
        #expect(session.next() == .closed(.earlyInput))
        #expect(String(session.takeOutput()) == "554 5.5.0 client spoke before its turn\r\n")

        var other = ServerHost.receiving().session
        other.append([UInt8]("x\r\n.\r\n"))
        #expect(other.next() == .data([UInt8]("x\r\n")))
        #expect(other.next() == .dataEnded)
        // What became of a message is said in any case.
        other.append([UInt8]("QUIT\r\n"))
        other.answer(.ok)
        #expect(other.next() == .closed(.quit))
        #expect(String(other.takeOutput()) == "250 2.0.0 ok\r\n221 2.0.0 goodbye\r\n")
    }

    @Test("A greeting that is a refusal leaves QUIT alone")
    func refusedGreeting() {
        var host = ServerHost()
        host.answer = { $0 == .connected ? [SMTPReply(554, SMTPEnhancedCode(5, 7, 1), "not you")] : nil }
        host.say("EHLO c.example", "FOO", "QUIT")
        #expect(host.replies.map { $0.prefix(3) } == ["554", "503", "503", "221"])
        #expect(host.replies.first == "554 not you")
        #expect(host.closed == .quit)
    }

    @Test("LMTP answers for each recipient")
    func lmtp() {
        var host = ServerHost(.everything { $0.mode = .lmtp })
        host.answer = { event in
            if case .recipient(let recipient) = event, recipient.path.description.contains("no@") {
                return [SMTPReply(550, "no")]
            }
            return event == .dataEnded ? [SMTPReply(250, "one"), SMTPReply(452, "two")] : nil
        }
        host.say("EHLO c.example", "HELO c.example", "LHLO c.example")
        #expect(host.replies.prefix(3).map { $0.prefix(3) } == ["220", "500", "500"])
        #expect(host.replies.first?.contains("LMTP") == true)
        host.output = []
        host.say(
            "MAIL FROM:<>", "RCPT TO:<a@x.example>", "RCPT TO:<no@x.example>", "RCPT TO:<b@x.example>",
            "RCPT TO:<c@x.example>", "DATA", ".")
        #expect(host.replies.suffix(3) == ["250 one", "452 two", "451 4.3.0 error here, try again later"])
        host.output = []
        host.say("MAIL FROM:<>", "RCPT TO:<a@x.example>", "RCPT TO:<b@x.example>", "DATA", "a\nb\r\n.")
        #expect(host.replies.suffix(2).map { $0.prefix(3) } == ["550", "550"])
        host.output = []
        host.say("MAIL FROM:<>", "RCPT TO:<no@x.example>", "DATA", "BDAT 0 LAST")
        #expect(host.replies.suffix(2).map { $0.prefix(3) } == ["503", "503"])
    }

    @Test("XFORWARD belongs to the next message, XCLIENT makes another client")
    func attributes() {
        var host = ServerHost(.everything { $0.extensions.formUnion([.xclient, .xforward]) })
        host.say("EHLO c.example")
        #expect(host.replies.contains("250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"))
        #expect(host.replies.contains("250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"))
        host.output = []
        host.say("XFORWARD ADDR=192.0.2.1", "XFORWARD NAME=a.example")
        #expect(host.session.forwarded.values.count == 2)
        host.say("MAIL FROM:<>", "XFORWARD NAME=b", "XCLIENT NAME=b", "RCPT TO:<a@example.org>", "DATA", ".")
        #expect(host.replies.map { $0.prefix(3) } == ["250", "250", "250", "503", "503", "250", "354", "250"])
        #expect(host.session.forwarded.values.isEmpty)
        host.output = []
        host.say("XCLIENT ADDR=192.0.2.1", "MAIL FROM:<>", "EHLO d.example")
        #expect(host.replies.prefix(3).map { $0.prefix(3) } == ["220", "503", "250"])
    }

    @Test("The server ends a connection")
    func ending() {
        var host = ServerHost.receiving()
        host.session.end()
        host.run()
        #expect(host.closed == .ended)
        #expect(host.replies == ["421 4.3.2 closing connection"])
        host.session.answer(.ok)
        host.send("NOOP\r\n")
        #expect(host.replies.count == 1)
    }
}
