import SMTPProtocol
import SMTPTransport
import Sockets
import TestSupport
import Testing

@testable import PostsealProxy

@Suite("What the proxy does not let through, and what is lost on the way", .timeLimit(.minutes(5)))
struct RefusingTests {
    private func answers(
        _ messageGuard: TestGuard = TestGuard(), _ behind: Behind = Behind(), from domain: String = "good.example",
        _ text: String? = nil, route: @escaping (inout ProxyRoute) -> Void = { _ in }
    ) async throws -> [String] {
        let codes = Diary<[String]>()
        try await proxying(messageGuard, behind, changes: Changes(route: route)) { world in
            let client = try await world.connect()
            let outcome = await client.send(
                try .from("a@\(domain)", to: "b@example.org", "c@example.org"), text ?? letter(from: domain))
            codes.add(outcome.recipients.map { "\($0.answer.code) \($0.answer.enhanced?.description ?? "")" })
            await client.quit()
        }
        return codes.values.first ?? []
    }

    @Test("DMARC says reject: the client hears it, and the server behind gets nothing but RSET")
    func rejected() async throws {
        let behind = Behind()
        #expect(try await answers(TestGuard(), behind, from: "strict.example") == ["550 5.7.1", "550 5.7.1"])
        #expect(behind.arrived.values.isEmpty)
        #expect(behind.steps.values == ["MAIL", "RSET", "closed"])
    }

    @Test("DNS does not work: later, and nothing is delivered") func deferred() async throws {
        let behind = Behind()
        let answers = try await self.answers(TestGuard(), behind, from: "broken.example")
        #expect(answers.allSatisfy { $0.hasPrefix("451 4.7") }, "\(answers)")
        #expect(behind.arrived.values.isEmpty)
        #expect(!behind.steps.values.contains("DATA"))
    }

    @Test("The server behind refuses: at RCPT, at DATA, at the end") func refusedBehind() async throws {
        var behind = Behind()
        let unknown = Reply(550, SMTPEnhancedCode(5, 1, 1), "no")
        behind.recipient = { $0.path.description == "<b@example.org>" ? unknown : .ok }
        #expect(try await answers(TestGuard(), behind) == ["550 5.1.1", "250 2.0.0"])
        behind = Behind()
        behind.data = { Reply(554, SMTPEnhancedCode(5, 5, 0), "no") }
        #expect(try await answers(TestGuard(), behind) == ["554 5.5.0", "554 5.5.0"])
        behind = Behind()
        behind.answer = { Reply(552, SMTPEnhancedCode(5, 2, 2), "full") }
        #expect(try await answers(TestGuard(), behind) == ["552 5.2.2", "552 5.2.2"])
        behind = Behind()
        behind.mail = { _ in Reply(450, SMTPEnhancedCode(4, 1, 8), "not now") }
        #expect(try await answers(TestGuard(), behind) == ["450 4.1.8", "450 4.1.8"])
    }

    @Test("There is no server behind") func unreachable() async throws {
        let messageGuard = TestGuard()
        let answers = try await self.answers(messageGuard) { $0.server = .unix("/nonexistent/postseal.sock") }
        #expect(answers == ["451 4.4.1", "451 4.4.1"])
        #expect(messageGuard.events.values == ["unreachable"])
    }

    @Test("The server behind goes away before the end of the message, and at it") func lost() async throws {
        for isAtEnd in [false, true] {
            let messageGuard = TestGuard()
            var behind = Behind()
            let (reached, gate) = (Diary<Int>(), Gate())
            let halt: @Sendable () async -> Void = {
                reached.add(1)
                await gate.pass()
            }
            if isAtEnd {
                behind.answer = {
                    await halt()
                    return .ok
                }
            } else {
                behind.piece = halt
            }
            try await proxying(messageGuard, behind) { world in
                let client = try await world.connect()
                let body = isAtEnd ? "hello\r\n" : String(repeating: "a line of some length\r\n", count: 1_300_000)
                async let outcome = client.send(
                    try .from("a@good.example", to: "b@example.org"), letter(from: "good.example", body: body))
                await reached.wait { !$0.isEmpty }
                await world.stopBehind()
                let answers = try await outcome.recipients.map(\.answer.description)
                #expect(answers.allSatisfy { $0.hasPrefix("451 4.4.2 connection lost") })
                #expect(answers.first?.hasSuffix("end of the message") == isAtEnd)
                await client.quit()
            }
            #expect(messageGuard.events.values.last == (isAtEnd ? "unknowable" : "lost"))
        }
    }

    @Test("A client that goes away before its verdict leaves nothing behind") func clientLost() async throws {
        var messageGuard = TestGuard()
        messageGuard.gate = Gate()
        let behind = Behind()
        let events = messageGuard.events
        try await proxying(messageGuard, behind) { world in
            let client = try await world.connect()
            async let outcome = client.send(
                try .from("a@good.example", to: "b@example.org"), letter(from: "good.example"))
            await events.wait(for: "judged")
            await client.close()
            let isDelivered = try await outcome.isDelivered
            #expect(!isDelivered)
            await behind.steps.wait(for: "closed")
        }
        #expect(behind.arrived.values.isEmpty)
        #expect(!behind.steps.values.contains("DATA"))
    }

    @Test("A client that goes away in the middle of its message leaves nothing behind")
    func clientLostEarly() async throws {
        let messageGuard = TestGuard()
        let behind = Behind()
        try await proxying(messageGuard, behind) { world in
            let client = try await world.connect()
            let outcome = await client.send(try .from("a@good.example", to: "b@example.org")) { body in
                _ = await body.write(Array(letter(from: "good.example").utf8))
                return false
            }
            #expect(!outcome.isDelivered)
            await behind.steps.wait(for: "closed")
        }
        #expect(behind.arrived.values.isEmpty)
        #expect(!messageGuard.events.values.contains("judged"))
    }

    @Test("A message that goes in circles, and a header that is too large") func form() async throws {
        let behind = Behind()
        let hops = String(repeating: "Received: from a by b; Mon, 21 Sep 2026 10:00:00 +0000\r\n", count: 101)
        let circling = letter(from: "good.example", more: hops)
        #expect(try await answers(TestGuard(), behind, circling) == ["554 5.4.6", "554 5.4.6"])
        let fields = String(repeating: "X-Long: \(String(repeating: "x", count: 900))\r\n", count: 400)
        let large = letter(from: "good.example", more: fields)
        #expect(try await answers(TestGuard(), behind, large) == ["552 5.3.4", "552 5.3.4"])
        #expect(behind.arrived.values.isEmpty)
    }

    @Test("There is no room for a large message") func noRoom() async throws {
        let messageGuard = TestGuard()
        let text = letter(from: "good.example", body: String(repeating: "a line\r\n", count: 300_000))
        let answers = try await self.answers(messageGuard, Behind(), text) { $0.spoolFolder = "/nonexistent" }
        #expect(answers == ["452 4.3.1", "452 4.3.1"])
        #expect(messageGuard.events.values.contains("spool failed"))
    }

    @Test("What the server behind does not offer is refused at MAIL, and not offered again")
    func notOffered() async throws {
        let changes = Changes(behind: {
            $0.configuration.extensions = [.pipelining, .size]
            $0.configuration.limits.messageOctets = 1_000_000
        })
        try await proxying(changes: changes) { world in
            let client = try await world.connect()
            #expect(client.capabilities.extensions.contains([.eightBitMIME, .smtpUTF8]))
            #expect(!client.capabilities.extensions.contains(.dsn))
            var sender = try SMTPEnvelope.from("a@good.example").sender
            sender.parameters.smtpUTF8 = true
            #expect(try await client.mail(sender).description.hasPrefix("550 5.6.7"))
            sender.parameters.smtpUTF8 = false
            sender.parameters.body = .eightBitMIME
            #expect(try await client.mail(sender).description.hasPrefix("554 5.6.3"))
            await client.quit()
            let next = try await world.connect()
            #expect(next.capabilities.extensions.isDisjoint(with: [.eightBitMIME, .smtpUTF8, .dsn]))
            #expect(next.capabilities.sizeMax == 1_000_000)
            await next.quit()
        }
    }

    @Test("A slow server makes a slow client") func backPressure() async throws {
        var behind = Behind()
        let gate = Gate()
        behind.answer = {
            await gate.pass()
            return .ok
        }
        let steps = behind.steps
        try await proxying(TestGuard(), behind) { world in
            let client = try await world.connect()
            async let outcome = client.send(
                try .from("a@good.example", to: "b@example.org"), letter(from: "good.example"))
            await steps.wait(for: "DATA")
            gate.open()
            let isDelivered = try await outcome.isDelivered
            #expect(isDelivered)
            await client.quit()
        }
    }
}
