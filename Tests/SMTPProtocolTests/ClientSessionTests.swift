import SMTPProtocol
import Testing

@Suite("The client's side of a connection")
struct ClientSessionTests {
    @Test("A message, pipelined")
    func pipelined() throws {
        var host = ClientHost()
        host.receive("220 mx.example.org ESMTP\r\n")
        #expect(host.sent() == "EHLO client.example\r\n")
        host.receive("250-mx.example.org hello\r\n")
        host.receive("250-PIPELINING\r\n250-SIZE 1000\r\n250-X-OTHER a b\r\n250 8bitmime\r\n")
        #expect(host.session.capabilities.extensions == [.pipelining, .size, .eightBitMIME])
        #expect(host.session.capabilities.sizeMax == 1000)
        #expect(host.session.isReady)
        var envelope = try SMTPEnvelope.to("b@example.org", "c@example.org")
        envelope.sender.parameters.size = 20
        host.session.begin(envelope)
        #expect(
            host.sent()
                == "MAIL FROM:<a@example.net> SIZE=20\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n"
        )
        host.receive("250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no such user\r\n354 go\r\n")
        #expect(host.sent() == "Subject: x\r\n\r\nhello\r\n.\r\n")
        host.receive("250 2.0.0 queued\r\n")
        let outcome = try #require(host.outcome)
        #expect(outcome.recipients.map(\.isDelivered) == [true, false])
        #expect(outcome.recipients[1].answer == SMTPReply(550, SMTPEnhancedCode(5, 1, 1), "no such user"))
        #expect(host.session.isReady)
        host.session.quit()
        #expect(host.sent() == "QUIT\r\n")
    }

    @Test("Without PIPELINING each command waits")
    func lockstep() throws {
        var host = ClientHost.ready([])
        host.session.begin(try .to("b@example.org", "c@example.org"))
        #expect(host.sent() == "MAIL FROM:<a@example.net>\r\n")
        host.receive("250 ok\r\n")
        #expect(host.sent() == "RCPT TO:<b@example.org>\r\n")
        host.receive("250 ok\r\n")
        #expect(host.sent() == "RCPT TO:<c@example.org>\r\n")
        host.receive("450 later\r\n")
        #expect(host.sent() == "DATA\r\n")
        host.receive("354 go\r\n")
        #expect(host.sent().hasSuffix("\r\n.\r\n") == true)
        host.receive("250 ok\r\n")
        #expect(host.outcome?.recipients.map(\.answer.code) == [250, 450])
    }

    /// Recipients, the server's answers to a pipelined message, what is sent for text, and each recipient's code.
    static let refusals: [(answers: [String], text: String, codes: [Int])] = [
        (["550 no\r\n503 x\r\n503 x\r\n503 x\r\n"], "", [550, 550]),
        (["550 no\r\n503 x\r\n503 x\r\n354 go\r\n", "554 nobody\r\n"], ".\r\n", [550, 550]),
        (["250 ok\r\n550 a\r\n451 b\r\n354 go\r\n", "250 ok\r\n"], ".\r\n", [550, 451]),
        (["250 ok\r\n550 a\r\n551 b\r\n554 none\r\n"], "", [550, 551]),
        (["250 ok\r\n250 a\r\n551 b\r\n451 not now\r\n"], "", [451, 551]),
        (["250 ok\r\n250 a\r\n251 b\r\n354 go\r\n", "552 too much\r\n"], "text", [552, 552]),
        (["250 ok\r\n250 a\r\n421 bye\r\n"], "", [451, 451]),
        (["421 bye\r\n"], "", [451, 451]),
        (["250 ok\r\n250 a\r\n551 b\r\n250 strange\r\n"], "", [451, 551]),
        (["354 strange\r\n503 x\r\n503 x\r\n503 x\r\n"], "", [451, 451]),
    ]

    @Test("Refusals at each step", arguments: refusals)
    func refused(_ example: (answers: [String], text: String, codes: [Int])) throws {
        for isCut in [false, true] {
            var host = ClientHost.ready()
            host.session.begin(try .to("b@example.org", "c@example.org"))
            _ = host.sent()
            var text = ""
            for answer in example.answers {
                if isCut { for octet in answer.utf8 { host.receive([octet]) } } else { host.receive(answer) }
                text += host.sent()
            }
            #expect(text == (example.text == "text" ? "Subject: x\r\n\r\nhello\r\n.\r\n" : example.text))
            #expect(host.outcome?.recipients.map(\.answer.code) == example.codes)
            #expect(host.failure == nil)
        }
    }

    @Test("A message that is dropped before its text costs nothing until the next begins")
    func dropped() throws {
        var host = ClientHost.ready()
        let sender = SMTPSender(.mailbox(try SMTPAddress("a@example.net")))
        host.session.mail(sender)
        host.session.dropMessage()
        #expect(!host.session.isReady, "a reply is awaited")
        host.receive("250 ok\r\n")
        _ = host.sent()
        host.session.dropMessage()
        #expect(host.session.isReady && host.sent().isEmpty)
        host.session.mail(sender)
        #expect(host.sent() == "RSET\r\nMAIL FROM:<a@example.net>\r\n")
        host.receive("250 ok\r\n550 no\r\n")
        _ = host.sent()
        host.session.dropMessage()
        host.session.mail(sender)
        #expect(host.sent() == "MAIL FROM:<a@example.net>\r\n", "there is nothing to be taken back")
    }

    @Test("After a message that came to nothing, the next begins with RSET")
    func cleanup() throws {
        var host = ClientHost.ready()
        host.session.begin(try .to("b@example.org"))
        host.receive("250 ok\r\n550 no\r\n554 none\r\n")
        _ = host.sent()
        host.session.begin(try .to("c@example.org"))
        #expect(host.sent() == "RSET\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n")
        host.receive("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 done\r\n")
        #expect(host.events.filter { if case .finished = $0 { true } else { false } }.count == 2)
        #expect(!host.events.contains { if case .replied = $0 { true } else { false } })
        _ = host.sent()
        host.session.begin(try .to("d@example.org"))
        #expect(host.sent().hasPrefix("MAIL") == true)
    }

    @Test("Step by step, as a proxy does it")
    func stepwise() throws {
        var host = ClientHost.ready()
        let envelope = try SMTPEnvelope.to("b@example.org", "c@example.org")
        host.session.mail(envelope.sender)
        #expect(host.sent() == "MAIL FROM:<a@example.net>\r\n")
        #expect(host.session.recipient(envelope.recipients[0]) == 0)
        #expect(host.session.recipient(envelope.recipients[1]) == 1)
        host.session.data()
        #expect(host.sent() == "RCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\n")
        host.receive("250 ok\r\n550 no\r\n")
        #expect(host.sent() == "")
        host.receive("250 ok\r\n")
        #expect(host.sent() == "DATA\r\n")
        host.receive("354 go\r\n")
        #expect(host.sent().hasSuffix(".\r\n") == true)
        host.receive("250 ok\r\n")
        #expect(host.outcome?.recipients.map(\.isDelivered) == [false, true])
        host.session.mail(envelope.sender)
        host.receive("550 not you\r\n")
        #expect(host.events.last == .sender(SMTPReply(550, "not you")))
        #expect(host.session.isReady)
        host.session.mail(envelope.sender)
        host.receive("250 ok\r\n")
        host.session.reset()
        host.receive("250 ok\r\n")
        #expect(host.session.isReady)
    }

    @Test("Chunks where they are offered and asked for")
    func chunking() throws {
        var host = ClientHost.ready(["PIPELINING", "CHUNKING"]) { $0.usesChunking = true }
        host.body = [UInt8](".a\nb")
        host.session.begin(try .to("b@example.org"))
        #expect(host.sent() == "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\n")
        host.receive("250 ok\r\n250 ok\r\n")
        #expect(host.sent() == "BDAT 5\r\n.a\r\nbBDAT 2 LAST\r\n\r\n")
        host.receive("250 ok\r\n250 done\r\n")
        #expect(host.outcome?.recipients == [.delivered(SMTPReply(250, "done"))])
        host.events = []
        host.session.begin(try .to("b@example.org"))
        host.receive("250 ok\r\n550 no\r\n")
        #expect(host.outcome?.recipients.map(\.answer.code) == [550])
        var plain = ClientHost.ready(["CHUNKING"]) { $0.usesChunking = true }
        plain.session.begin(try .to("b@example.org"))
        plain.receive("250 ok\r\n250 ok\r\n")
        #expect(plain.sent().hasSuffix("DATA\r\n") == true)
    }

    @Test("A chunk that fails while the text is sent ends the connection")
    func failingChunk() throws {
        var session = ClientHost.ready(["PIPELINING", "CHUNKING"]) { $0.usesChunking = true }.session
        session.begin(try .to("b@example.org"))
        session.append([UInt8]("250 ok\r\n250 ok\r\n"))
        while let event = try session.next(), event != .bodyWanted {}
        session.body([UInt8]("text")[...])
        session.append([UInt8]("552 full\r\n"))
        let outcome = SMTPDeliveryOutcome(recipients: [.refused(SMTPReply(552, "full"), at: .end)])
        #expect(try session.next() == .finished(outcome))
        #expect(try session.next() == .closing(SMTPReply(552, "full")))
        #expect(!session.isReady)
    }

    @Test("LMTP has an answer for each accepted recipient")
    func lmtp() throws {
        var host = ClientHost { $0.mode = .lmtp }
        host.receive("220 mx.example.org LMTP\r\n")
        #expect(host.sent() == "LHLO client.example\r\n")
        host.receive("250-mx\r\n250 PIPELINING\r\n")
        host.session.begin(try .to("a@example.org", "b@example.org", "c@example.org"))
        host.receive("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n")
        host.receive("250 one\r\n")
        #expect(host.outcome == nil)
        host.receive("452 three\r\n")
        #expect(host.outcome?.recipients.map(\.answer.code) == [250, 550, 452])
        #expect(host.outcome?.answersAtEnd.map(\.code) == [250, 452])
        // The rest of a message that is answered for in part.
        host.events = []
        host.session.begin(try .to("a@example.org", "b@example.org"))
        host.receive("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 one\r\n")
        #expect(
            host.session.connectionLost()?.recipients
                == [.delivered(SMTPReply(250, "one")), .lost(isUnknowable: true)])
        var closing = ClientHost.ready { $0.mode = .lmtp }
        closing.session.begin(try .to("a@example.org", "b@example.org"))
        closing.receive("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n421 bye\r\n")
        #expect(
            closing.outcome?.recipients == [.refused(SMTPReply(421, "bye"), at: .end), .lost(isUnknowable: true)])
    }

    @Test("A lost connection says whether the end had been sent")
    func lost() throws {
        let answers = ["", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"]
        for count in 0...answers.count {
            var host = ClientHost.ready()
            host.session.begin(try .to("b@example.org"))
            for answer in answers.prefix(count) { host.receive(answer) }
            let outcome = host.session.connectionLost()
            #expect(outcome?.recipients == [.lost(isUnknowable: count == answers.count)])
            #expect(outcome?.recipients.first?.answer.code == 451)
            #expect(host.session.connectionLost() == nil)
        }
    }

    /// What a message needs, what the server offers, and the code that we give in its place; nil if it is sent.
    static let needs: [(change: @Sendable (inout SMTPEnvelope) -> Void, keyword: String, code: String?)] = [
        ({ $0.sender.parameters.size = 1001 }, "SIZE 1000", "552 5.3.4"),
        ({ $0.sender.parameters.size = 1001 }, "SIZE", nil),
        ({ $0.sender.parameters.size = 1001 }, "SIZE 0", nil),
        ({ $0.sender.parameters.smtpUTF8 = true }, "8BITMIME", "550 5.6.7"),
        ({ $0.sender.parameters.smtpUTF8 = true }, "SMTPUTF8", nil),
        ({ $0.sender.parameters.requireTLS = true }, "REQUIRETLS", "550 5.7.10"),
        ({ $0.sender.parameters.body = .eightBitMIME }, "SIZE", "554 5.6.3"),
        ({ $0.sender.parameters.body = .eightBitMIME }, "8BITMIME", nil),
        ({ $0.sender.parameters.body = .sevenBit }, "SIZE", nil),
    ]

    @Test("What a server does not offer is not asked of it", arguments: needs)
    func checkNeeds(_ example: (change: @Sendable (inout SMTPEnvelope) -> Void, keyword: String, code: String?)) throws
    {
        var host = ClientHost.ready([example.keyword])
        var envelope = try SMTPEnvelope.to("b@example.org")
        example.change(&envelope)
        host.session.begin(envelope)
        host.receive("")
        let text = host.sent()
        #expect(text.isEmpty == (example.code != nil))
        guard let code = example.code else { return }
        #expect(host.outcome?.recipients.first?.answer.description.hasPrefix(code) == true)
        #expect(host.session.isReady)
        host.session.begin(try .to("b@example.org"))
        #expect(host.sent().hasPrefix("MAIL") == true)
    }

    @Test("REQUIRETLS needs TLS and the offer")
    func requireTLS() throws {
        var envelope = try SMTPEnvelope.to("b@example.org")
        envelope.sender.parameters.requireTLS = true
        var without = ClientHost.ready([], isTLS: true)
        without.session.begin(envelope)
        without.receive("")
        #expect(without.outcome?.recipients.first?.answer.enhanced == SMTPEnhancedCode(5, 7, 30))
        var with = ClientHost.ready(["REQUIRETLS"], isTLS: true)
        with.session.begin(envelope)
        #expect(with.sent() == "MAIL FROM:<a@example.net> REQUIRETLS\r\n")
    }

    @Test("DSN is passed on, or left out and said so")
    func dsn() throws {
        var envelope = try SMTPEnvelope.to("b@example.org")
        envelope.sender.parameters.returns = .headers
        envelope.sender.parameters.envelopeID = [UInt8]("a=b")
        envelope.recipients[0].parameters.notify = [.success, .failure]
        envelope.recipients[0].parameters.originalRecipient = .init(
            kind: [UInt8]("rfc822"), address: [UInt8]("x+y@example.org"))
        var with = ClientHost.ready(["PIPELINING", "DSN"])
        with.session.begin(envelope)
        #expect(
            with.sent()
                == "MAIL FROM:<a@example.net> RET=HDRS ENVID=a+3Db\r\n"
                + "RCPT TO:<b@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x+2By@example.org\r\nDATA\r\n")
        var without = ClientHost.ready()
        without.session.begin(envelope)
        #expect(without.sent() == "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
        without.receive("250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n")
        #expect(without.outcome?.isDSNDropped == true)
    }

    @Test("A recipient outside of ASCII is refused alone where MAIL did not say SMTPUTF8")
    func utf8Recipient() throws {
        var host = ClientHost.ready(["PIPELINING", "SMTPUTF8"])
        host.session.begin(try .to("ü@example.org", "b@example.org"))
        #expect(host.sent() == "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
        host.receive("250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n")
        #expect(host.outcome?.recipients.map(\.answer.code) == [553, 250])
        host.events = []
        host.session.begin(try .to("ü@example.org", from: "ä@example.net"))
        _ = host.sent()
        host.session = ClientHost.ready(["SMTPUTF8"]).session
        host.session.begin(try .to("ü@example.org", from: "ä@example.net"))
        #expect(host.sent() == "MAIL FROM:<ä@example.net> SMTPUTF8\r\n")
    }

    @Test("TLS, and what comes in clear text behind it")
    func startTLS() {
        var host = ClientHost.ready(["STARTTLS", "DSN"])
        let hostBegins = host.session.startTLS()
        #expect(hostBegins)
        #expect(host.sent() == "STARTTLS\r\n")
        host.receive("220 go\r\n")
        #expect(host.events == [.startTLS])
        #expect(host.sent() == "EHLO client.example\r\n")
        #expect(host.session.isTLS && host.session.capabilities.extensions.isEmpty)
        host.receive("250 mx.example.org\r\n")
        #expect(host.session.isReady)
        let again = host.session.startTLS()
        #expect(!again)
        for text in ["250 x\r\n", "x", "\r\n"] {
            var injected = ClientHost.ready(["STARTTLS"])
            _ = injected.session.startTLS()
            injected.receive("220 go\r\n" + text)
            #expect(injected.failure == .inputBeforeTLS)
            #expect(!injected.events.contains(.startTLS))
            injected.receive("250 more\r\n")
            #expect(injected.failure == .inputBeforeTLS)
        }
        var refused = ClientHost.ready(["STARTTLS"])
        _ = refused.session.startTLS()
        refused.receive("454 not now\r\n")
        #expect(refused.events == [.startTLSRefused(SMTPReply(454, "not now"))])
        #expect(refused.session.isReady)
    }

    @Test("Servers that do not want us, or know HELO alone")
    func greetings() {
        var refused = ClientHost()
        refused.receive("554 go away\r\n")
        #expect(refused.events == [.refused(SMTPReply(554, "go away"))])
        #expect(!refused.session.isReady)
        refused.session.quit()
        #expect(refused.sent() == "QUIT\r\n")
        var old = ClientHost()
        old.receive("220 x\r\n502 what\r\n")
        #expect(old.sent().hasSuffix("HELO client.example\r\n") == true)
        old.receive("250 hello\r\n")
        #expect(old.session.isReady && old.session.capabilities == SMTPCapabilities())
        var busy = ClientHost()
        busy.receive("220 x\r\n421 busy\r\n")
        #expect(busy.events == [.refused(SMTPReply(421, "busy")), .closing(SMTPReply(421, "busy"))])
    }

    static let hostile: [(text: String, error: SMTPClientProtocolError)] = [
        ("250 unasked\r\n", .unexpectedReply(250)), ("554 unasked\r\n", .unexpectedReply(554)),
        ("hello\r\n", .reply(.noCode)), ("250-a\r\n220 b\r\n", .reply(.differentCodes)),
    ]

    @Test("What no server says ends the connection", arguments: hostile)
    func notAReply(_ example: (text: String, error: SMTPClientProtocolError)) {
        var host = ClientHost.ready()
        host.receive(example.text)
        #expect(host.failure == example.error)
        #expect(host.sent() == "")
    }

    @Test("421 comes at any time, and while the text is sent any refusal")
    func closing() throws {
        var idle = ClientHost.ready()
        idle.receive("421 bye\r\n")
        #expect(idle.events == [.closing(SMTPReply(421, "bye"))])
        var session = ClientHost.ready().session
        session.begin(try .to("b@example.org"))
        session.append([UInt8]("250 ok\r\n250 ok\r\n354 go\r\n"))
        while let event = try session.next(), event != .bodyWanted {}
        session.body([UInt8]("x\r\n")[...])
        session.append([UInt8]("552 too much\r\n"))
        #expect(
            try session.next()
                == .finished(SMTPDeliveryOutcome(recipients: [.refused(SMTPReply(552, "too much"), at: .end)])))
        session.endBody()
        #expect(!session.isReady)
    }
}
