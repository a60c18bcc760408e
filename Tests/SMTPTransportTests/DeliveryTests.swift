import MailNames
import SMTPProtocol
import SMTPTransport
import Sockets
import Testing

@Suite("Client and server over the loopback", .timeLimit(.minutes(5)))
struct DeliveryTests {
    @Test("Messages on one connection, with recipients that are refused")
    func messages() async throws {
        var handler = TestHandler()
        handler.recipient = { recipient in
            recipient.path.description.contains("no@") ? SMTPReply(550, SMTPEnhancedCode(5, 1, 1), "no such user") : .ok
        }
        let arrived = handler.arrived
        let facts = handler.facts
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            #expect(client.capabilities.extensions.contains(.pipelining))
            #expect(!client.capabilities.extensions.contains(.startTLS))
            for number in 0..<20 {
                let outcome = await client.send(
                    try .to("b@example.org", "no@example.org"), "Subject: \(number)\r\n\r\n.\r\nhello\n")
                #expect(outcome.recipients.map(\.answer.code) == [250, 550])
            }
            let refused = await client.send(try .to("no@example.org"), "x")
            #expect(refused.recipients.map(\.answer.code) == [550])
            await client.quit()
            #expect(await running.diary.closed() == [.session(.quit)])
        }
        #expect(arrived.values.count == 20)
        #expect(arrived.values.last?.text == Array("Subject: 19\r\n\r\n.\r\nhello\r\n".utf8))
        #expect(facts.values.first?.clientAddress == IPAddress("127.0.0.1"))
        #expect(facts.values.last?.hello?.text == "client.example")
    }

    static let ways: [(mode: SMTPMode, chunking: Bool)] = [
        (.smtp, false), (.smtp, true), (.lmtp, false), (.lmtp, true),
    ]

    @Test("A large message arrives as it is, whatever the way", arguments: ways)
    func large(_ way: (mode: SMTPMode, chunking: Bool)) async throws {
        var handler = TestHandler()
        handler.answer = { _ in [.ok, SMTPReply(452, "second is full")] }
        let arrived = handler.arrived
        let text = String(
            repeating: "A line of a message that is rather long, and its dots.\r\n..\r\n.x\r\n", count: 50_000)
        try await serving(handler) {
            $0.configuration.mode = way.mode
        } _: { running in
            let options = SMTPClientOptions.usual {
                $0.configuration.mode = way.mode
                $0.configuration.usesChunking = way.chunking
            }
            let client = try await SMTPClient.connect(to: running.address, options: options, on: running.group)
            let outcome = await client.send(try .to("b@example.org", "c@example.org")) { body in
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    guard await body.write(Array(rest.prefix(50_001))) else { return false }
                    rest = rest.dropFirst(50_001)
                }
                return true
            }
            #expect(outcome.recipients.map(\.answer.code) == (way.mode == .lmtp ? [250, 452] : [250, 250]))
            await client.quit()
        }
        #expect(arrived.values.first?.text == Array(text.utf8))
    }

    @Test("A slow taker makes a slow client, and not a growing memory")
    func backPressure() async throws {
        let gate = Gate()
        let first = Diary<Int>()
        var handler = TestHandler()
        handler.piece = { piece in
            first.add(piece.count)
            await gate.pass()
        }
        let written = Diary<Int>()
        let arrived = handler.arrived
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    let outcome = await client.send(try .to("b@example.org")) { body in
                        let block = Array(
                            String(repeating: String(repeating: "x", count: 98) + "\r\n", count: 1000).utf8)
                        for _ in 0..<400 {
                            guard await body.write(block) else { return false }
                            written.add(block.count)
                        }
                        return true
                    }
                    #expect(outcome.isDelivered)
                }
                // The taker holds the first piece; what fits into the buffers between is written, and no more.
                await first.wait { !$0.isEmpty }
                await written.wait { $0.count >= 3 }
                for _ in 0..<50 {
                    _ = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
                }
                #expect(written.values.count < 400)
                gate.open()
                try await tasks.waitForAll()
            }
        }
        #expect(arrived.values.first?.text.count == 40_000_000)
    }

    @Test("Step by step, as a proxy does it")
    func stepwise() async throws {
        var handler = TestHandler()
        handler.recipient = { $0.path.description.contains("no@") ? SMTPReply(550, "no") : .ok }
        let arrived = handler.arrived
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            let envelope = try SMTPEnvelope.to("no@example.org", "b@example.org")
            #expect(try await client.mail(envelope.sender).code == 250)
            #expect(try await client.recipient(envelope.recipients[0]).code == 550)
            #expect(try await client.reset().code == 250)
            #expect(try await client.mail(envelope.sender).code == 250)
            #expect(try await client.recipient(envelope.recipients[0]).code == 550)
            #expect(try await client.recipient(envelope.recipients[1]).code == 250)
            #expect(try await client.startBody() == nil)
            #expect(await client.write(Array("one\r\n".utf8)))
            #expect(await client.write(Array("two\r\n".utf8)))
            #expect(try await client.finish().recipients.map(\.answer.code) == [550, 250])
            #expect(try await client.noop().code == 250)
            #expect(try await client.mail(envelope.sender).code == 250)
            #expect(try await client.startBody()?.recipients == [])
            await #expect(throws: SMTPClientError.misuse) { try await client.finish() }
            await client.quit()
        }
        #expect(arrived.values.map(\.text) == [Array("one\r\ntwo\r\n".utf8)])
    }

    @Test("An answer before the end waits for it, and nothing is kept")
    func earlyAnswer() async throws {
        var handler = TestHandler()
        handler.answersEarly = true
        handler.answer = { _ in [SMTPReply(550, SMTPEnhancedCode(5, 7, 1), "no")] }
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            let text = String(repeating: "a line\r\n", count: 100_000)
            let outcome = await client.send(try .to("b@example.org"), text)
            #expect(outcome.recipients.first?.answer.enhanced == SMTPEnhancedCode(5, 7, 1))
            await client.quit()
        }
    }

    @Test("A message that is refused for its text is thrown away on the way")
    func badText() async throws {
        let handler = TestHandler()
        try await serving(handler) { running in
            let raw = try await RawClient.connect(to: running)
            await raw.wait(for: "220 ")
            try await raw.send("EHLO c.example\r\n")
            await raw.wait(for: "250 ")
            try await raw.send("MAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
            await raw.wait(for: "354 ")
            try await raw.send("one\r\ntwo\nthree\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n")
            let text = await raw.closed()
            #expect(text.contains("550 5.6.11") && text.contains("221 "))
            await handler.failures.wait { $0 == [.refused(.bareLineFeed)] }
        }
        #expect(handler.arrived.values.isEmpty)
    }

    @Test("A client that goes away in the middle leaves nothing behind")
    func lostClient() async throws {
        let handler = TestHandler()
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            let outcome = await client.send(try .to("b@example.org")) { body in
                _ = await body.write(Array("half of".utf8))
                return false
            }
            #expect(outcome.recipients == [.lost(isUnknowable: false)])
            await handler.failures.wait { $0 == [.lost] }
            await handler.closings.wait { $0.count == 1 }
            #expect(await running.diary.closed() == [.lost])
        }
        #expect(handler.arrived.values.isEmpty)
    }

    @Test("A server that goes away after the end leaves the outcome open")
    func unknowable() async throws {
        let gate = Gate()
        var handler = TestHandler()
        handler.answer = { _ in
            await gate.pass()
            return [.ok]
        }
        let arrived = handler.arrived
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            async let outcome = client.send(try .to("b@example.org"), "x\r\n")
            await arrived.wait { $0.count == 1 }
            await running.server.shutdown(grace: .zero)
            #expect(try await outcome.recipients == [.lost(isUnknowable: true)])
            #expect(await client.failure() != nil)
        }
    }

    @Test("A cancelled call closes the connection, and says what it knows")
    func cancelled() async throws {
        let gate = Gate()
        var handler = TestHandler()
        handler.answer = { _ in
            await gate.pass()
            return [.ok]
        }
        let arrived = handler.arrived
        try await serving(handler) { running in
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            await withTaskGroup(of: SMTPDeliveryOutcome?.self) { tasks in
                tasks.addTask { try? await client.send(.to("b@example.org"), "x\r\n") }
                await arrived.wait { $0.count == 1 }
                tasks.cancelAll()
                for await outcome in tasks { #expect(outcome?.recipients == [.lost(isUnknowable: true)]) }
            }
            await client.closed()
            #expect(await running.diary.closed() == [.lost])
        }
    }
}
