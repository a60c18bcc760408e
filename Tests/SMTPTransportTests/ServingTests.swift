import MailNames
import SMTPProtocol
import SMTPTransport
import Sockets
import TestSupport
import Testing

@Suite("What a server bears, and what it does not", .timeLimit(.minutes(5)))
struct ServingTests {
    @Test(
        "Clients that are slow with commands, text and handshakes are closed",
        arguments: [
            SMTPCloseReason.Wait.command, .data, .handshake,
        ])
    func timeouts(_ wait: SMTPCloseReason.Wait) async throws {
        let handler = TestHandler()
        let change: @Sendable (inout SMTPServerOptions) -> Void = {
            switch wait {
            case .command: $0.commandTimeout = .milliseconds(200)
            case .data: $0.dataTimeout = .milliseconds(200)
            case .handshake, .write: $0.handshakeTimeout = .milliseconds(200)
            }
        }
        try await serving(handler, change, tls: try serverTLS()) { running in
            let raw = try await RawClient.connect(to: running)
            await raw.wait(for: "220 ")
            switch wait {
            case .command: break
            case .data:
                try await raw.send("EHLO c.example\r\n")
                await raw.wait(for: "250 ")
                try await raw.send("MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n")
                await raw.wait(for: "354 ")
                // On a busy machine its time may be over already.
                try? await raw.send("x")
            case .handshake, .write: try await raw.send("STARTTLS\r\n")
            }
            let text = await raw.closed()
            #expect(text.contains("421 4.4.2") == (wait != .handshake))
            #expect(await running.diary.closed() == [.timeout(wait)])
            if wait == .data { await handler.failures.wait { $0 == [.lost] } }
        }
    }

    @Test("Too many connections hear so, in all and from one address")
    func admission() async throws {
        for (all, each) in [(1, 10), (10, 1)] {
            try await serving(TestHandler()) {
                $0.connectionsMax = all
                $0.connectionsPerClientMax = each
            } _: { running in
                let first = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
                let second = try await RawClient.connect(to: running)
                #expect(await second.closed().hasPrefix("421 4.7.0 too many connections"))
                await first.quit()
                await running.diary.closed(each == 1 ? 2 : 1)
                while running.server.connections > 0 { await Task.yield() }
                let third = try await RawClient.connect(to: running)
                #expect(await third.wait(for: "220 ").hasPrefix("220 "))
                await third.close()
            }
        }
    }

    @Test("Who speaks before the greeting is cut off")
    func earlyTalker() async throws {
        let gate = Gate()
        var handler = TestHandler()
        handler.greet = {
            await gate.pass()
            return .ok
        }
        try await serving(handler, threads: 1) { running in
            let raw = try await RawClient.connect(to: running)
            try await raw.send("EHLO c.example\r\n")
            // On one event loop, what was sent is read before what this second connection does.
            let other = try await RawClient.connect(to: running)
            await running.diary.notes.wait { $0.filter { $0 == .opened }.count == 2 }
            await other.close()
            await running.diary.closed()
            gate.open()
            #expect(await raw.closed().hasPrefix("554 5.5.0"))
        }
    }

    @Test("A balancer's header says who the client is, and nobody is let in without one")
    func proxyHeader() async throws {
        let handler = TestHandler()
        let change: @Sendable (inout SMTPServerOptions) -> Void = { $0.expectsProxyHeader = true }
        try await serving(handler, change) { running in
            let header = "PROXY TCP4 192.0.2.7 192.0.2.8 4000 25\r\n"
            let raw = try await RawClient.connect(to: running)
            for piece in [header.prefix(10), header.dropFirst(10)] { try await raw.send(String(piece)) }
            await raw.wait(for: "220 ")
            try await raw.send("QUIT\r\n")
            _ = await raw.closed()
            let facts = handler.facts.values.first
            #expect(facts?.clientAddress == IPAddress("192.0.2.7") && facts?.clientPort == 4000)
            #expect(facts?.serverAddress == IPAddress("192.0.2.8") && facts?.serverPort == 25)
            let without = try await RawClient.connect(to: running)
            try await without.send("EHLO c.example\r\n")
            #expect(await without.closed() == "<closed>")
            #expect(await running.diary.closed(2).last == .proxyHeader(.signature))
        }
    }

    @Test("A balancer's header in front of TLS")
    func proxyHeaderAndTLS() async throws {
        let handler = TestHandler()
        let change: @Sendable (inout SMTPServerOptions) -> Void = {
            $0.expectsProxyHeader = true
            $0.isImplicitTLS = true
        }
        try await serving(handler, change, tls: try serverTLS()) { running in
            // A handshake behind the header in one piece; that it fails shows that it was read by TLS.
            let raw = try await RawClient.connect(to: running)
            try await raw.send("PROXY TCP4 192.0.2.7 192.0.2.8 4000 25\r\nEHLO c.example\r\n")
            _ = await raw.closed()
            let reasons = await running.diary.closed()
            #expect(reasons.allSatisfy { if case .tls = $0 { true } else { false } })
        }
    }

    @Test("XCLIENT and XFORWARD are for those who are trusted")
    func xclient() async throws {
        let handler = TestHandler()
        let prefix = try #require(IPPrefix("127.0.0.0/8"))
        let change: @Sendable (inout SMTPServerOptions) -> Void = {
            $0.xclientFrom = [prefix]
            $0.xforwardFrom = [prefix]
        }
        try await serving(handler, change) { running in
            let raw = try await RawClient.connect(to: running)
            await raw.wait(for: "220 ")
            try await raw.send("XCLIENT ADDR=2001:db8::7 PORT=4000 NAME=client.example\r\n")
            await handler.facts.wait { $0.count == 2 }
            await raw.wait(for: "Postseal\r\n220 ")
            try await raw.send("EHLO c.example\r\n")
            await raw.wait(for: "250 XFORWARD")
            try await raw.send("XFORWARD ADDR=192.0.2.9 IDENT=4F2A\r\nMAIL FROM:<>\r\nQUIT\r\n")
            _ = await raw.closed()
            let facts = handler.facts.values.last
            #expect(facts?.clientAddress == IPAddress("2001:db8::7") && facts?.clientPort == 4000)
            #expect(facts?.forwarded.address == IPAddress("192.0.2.9"))
        }
        let stranger = TestHandler()
        try await serving(stranger) { running in
            let raw = try await RawClient.connect(to: running)
            await raw.wait(for: "220 ")
            try await raw.send("XCLIENT ADDR=192.0.2.7\r\n")
            #expect(await raw.wait(for: "502 ").contains("502 5.5.1"))
            await raw.close()
        }
    }

    @Test("A server that stops closes idle connections, and lets a message come to its end")
    func stopping() async throws {
        let gate = Gate()
        var handler = TestHandler()
        handler.answer = { _ in
            await gate.pass()
            return [.ok]
        }
        let arrived = handler.arrived
        try await serving(handler) { running in
            let idle = try await RawClient.connect(to: running)
            await idle.wait(for: "220 ")
            let client = try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            async let outcome = client.send(try .to("b@example.org"), "x\r\n")
            await arrived.wait { $0.count == 1 }
            async let stopped: Void = running.server.shutdown(grace: .seconds(60))
            #expect(await idle.closed().contains("421 4.3.2"))
            gate.open()
            #expect(try await outcome.isDelivered)
            await stopped
            #expect(running.server.connections == 0)
        }
    }

    @Test("A server that does not answer is left after its time")
    func silentServer() async throws {
        let gate = Gate()
        var handler = TestHandler()
        handler.recipient = { _ in
            await gate.pass()
            return .ok
        }
        try await serving(handler) { running in
            let options = SMTPClientOptions.usual { $0.times.command = .seconds(1) }
            let client = try await SMTPClient.connect(to: running.address, options: options, on: running.group)
            let outcome = await client.send(try .to("b@example.org"), "x")
            #expect(outcome.recipients == [.lost(isUnknowable: false)])
            #expect(await client.failure() == .timeout(.recipient))
        }
        let second = Gate()
        var other = TestHandler()
        other.greet = {
            await second.pass()
            return .ok
        }
        try await serving(other) { running in
            let options = SMTPClientOptions.usual { $0.times.greeting = .milliseconds(500) }
            await #expect(throws: SMTPClientError.timeout(.greeting)) {
                try await SMTPClient.connect(to: running.address, options: options, on: running.group)
            }
        }
    }

    @Test("Nobody there, and a server that does not want us")
    func noConnection() async throws {
        var handler = TestHandler()
        handler.greet = { SMTPReply(554, SMTPEnhancedCode(5, 7, 1), "not you") }
        let address = try await serving(handler) { running in
            await #expect(throws: SMTPClientError.refused(SMTPReply(554, "not you"), .greeting)) {
                try await SMTPClient.connect(to: running.address, options: .usual(), on: running.group)
            }
            return running.address
        }
        try await serving { running in
            do throws(SMTPClientError) {
                _ = try await SMTPClient.connect(to: address, options: .usual(), on: running.group)
                Issue.record("there was somebody")
            } catch {
                #expect(error.description == "no connection: connection refused")
            }
        }
    }
}
