import MailFormat
import MailNames
import SMTPProtocol
import SMTPTransport
import TestSupport
import Testing

@testable import PostsealProxy

@Suite("What the proxy lets through", .timeLimit(.minutes(5)))
struct PassingTests {
    @Test("A good message arrives with results and a trace on top, and the server's answer is the client's")
    func accepted() async throws {
        let behind = Behind()
        let messageGuard = TestGuard()
        let forged = "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example\r\n"
        try await proxying(messageGuard, behind) { world in
            let client = try await world.connect()
            let outcome = await client.send(
                try .from("a@good.example", to: "b@example.org"),
                letter(from: "good.example", more: forged, body: "one\r\n.\r\n..two\r\n"))
            #expect(outcome.recipients.map(\.answer.description) == ["250 2.0.0 queued behind"])
            await client.quit()
        }
        let arrived = try #require(behind.arrived.values.first)
        let sent = try SMTPEnvelope.from("a@good.example", to: "b@example.org")
        #expect(arrived.envelope == sent)
        let header = MailMessage(parsing: Array(arrived.text.utf8)).header
        let names = header.fields.map { String(decoding: header.name(of: $0), as: UTF8.self) }
        #expect(
            names == ["Authentication-Results", "Received", "From", "To", "Subject", "Message-ID", "Date"])
        #expect(arrived.text.hasPrefix("Authentication-Results: mx.example.org;"))
        #expect(arrived.text.contains("dmarc=pass") && !arrived.text.contains("bank.example"))
        #expect(
            arrived.text.contains(
                "Received: from client.example ([127.0.0.1])\r\n\tby mx.example.org (Postseal) with ESMTP id "))
        #expect(arrived.text.contains("\r\n\tfor <b@example.org>;\r\n\tMon, 21 Sep 2026 "))
        #expect(arrived.text.hasSuffix("\r\n\r\none\r\n.\r\n..two\r\n"))
        #expect(arrived.forwarded.address?.text == "127.0.0.1")
        #expect(arrived.forwarded.known(.helo).map { String(decoding: $0, as: UTF8.self) } == "client.example")
        #expect(messageGuard.events.values == ["judged", "delivered"])
    }

    @Test("The judge hears what the server behind says, and nothing of a message that does not get there")
    func heard() async throws {
        let answers = [
            Reply(250, SMTPEnhancedCode(2, 0, 0), "queued"), Reply(451, SMTPEnhancedCode(4, 2, 0), "later"),
            Reply(554, SMTPEnhancedCode(5, 7, 1), "no"),
        ]
        for (answer, outcome) in zip(answers, [ProxyOutcome.delivered, .deferred, .refused]) {
            var behind = Behind()
            behind.answer = { answer }
            let messageGuard = TestGuard()
            try await proxying(messageGuard, behind) { world in
                for domain in ["good.example", "strict.example"] {
                    let client = try await world.connect()
                    _ = await client.send(try .from("a@\(domain)", to: "b@example.org"), letter(from: domain))
                    await client.quit()
                }
            }
            #expect(messageGuard.outcomes.values == [outcome])
        }
    }

    @Test("A message under TLS says so in its trace") func secured() async throws {
        let behind = Behind()
        let tls = try SMTPServerTLS(
            chain: try CertificateFixtures.pem("key-ec-certificate"), key: try CertificateFixtures.pem("key-ec"))
        try await proxying(TestGuard(), behind, tls: tls) { world in
            let client = try await world.connect {
                $0.tlsUse = .required
                $0.tls = try? SMTPClientTLS(versions: .tls12 ... .tls13)
            }
            let outcome = await client.send(
                try .from("a@good.example", to: "b@example.org", "c@example.org"), letter(from: "good.example"))
            #expect(outcome.isDelivered)
            await client.quit()
        }
        let text = try #require(behind.arrived.values.first).text
        #expect(text.contains(" with ESMTPS tls TLS_"))
        #expect(!text.contains("\tfor <"))
    }

    @Test("Two messages on a connection take one connection behind") func twice() async throws {
        let behind = Behind()
        try await proxying(TestGuard(), behind) { world in
            let client = try await world.connect()
            for _ in 0..<2 {
                #expect(
                    await client.send(
                        try .from("a@good.example", to: "b@example.org"), letter(from: "good.example")
                    ).isDelivered)
            }
            await client.quit()
        }
        #expect(behind.arrived.values.count == 2)
        #expect(behind.connections.values.count == 1)
    }

    @Test("The connection behind waits for the next client, but not once something was refused on it")
    func reused() async throws {
        var behind = Behind()
        behind.recipient = { $0.path.description == "<no@example.org>" ? Reply(550, nil, "unknown") : .ok }
        let steps = behind.steps
        try await proxying(TestGuard(), behind) { world in
            for recipient in ["b@example.org", "no@example.org", "b@example.org"] {
                let client = try await world.connect()
                _ = await client.send(try .from("a@good.example", to: recipient), letter(from: "good.example"))
                await client.quit()
            }
            await steps.wait { $0.filter { $0 == "MAIL" }.count == 3 }
        }
        #expect(behind.connections.values.count == 2)
        #expect(behind.arrived.values.count == 2)
    }

    @Test("A connection that waited too long takes nobody's place, and the next message goes over a new one")
    func waitedTooLong() async throws {
        let behind = Behind()
        let changes = Changes(route: { ($0.idleConnectionsMax, $0.idleTime) = (1, .milliseconds(1)) })
        let steps = behind.steps
        try await proxying(TestGuard(), behind, changes: changes) { world in
            for count in 1...3 {
                let client = try await world.connect()
                let sent = await client.send(
                    try .from("a@good.example", to: "b@example.org"), letter(from: "good.example"))
                #expect(sent.isDelivered)
                await client.quit()
                await steps.wait { $0.count { $0 == "closed" } == count }
            }
        }
        #expect(behind.arrived.values.count == 3)
        #expect(behind.connections.values.count == 3)
    }

    @Test("Wishes for delivery reports are passed on to a server that takes them") func delivered() async throws {
        let behind = Behind()
        let changes = Changes(behind: { $0.configuration.extensions.insert(.dsn) })
        let messageGuard = TestGuard()
        try await proxying(messageGuard, behind, changes: changes) { world in
            var envelope = try SMTPEnvelope.from("a@good.example", to: "b@example.org")
            envelope.sender.parameters.envelopeID = Array("id+1".utf8)
            for _ in 0..<2 {
                let client = try await world.connect()
                #expect(await client.send(envelope, letter(from: "good.example")).isDelivered)
                await client.quit()
            }
        }
        let identities = behind.arrived.values.map(\.envelope.sender.parameters.envelopeID)
        #expect(identities == [nil, Array("id+1".utf8)])
        // What the sender calls the envelope is known where it is judged.
        #expect(messageGuard.events.values.filter { $0.hasPrefix("envelope") } == ["envelope id+1"])
    }

    @Test("A large message waits in a file, and arrives as it is", arguments: [SMTPMode.smtp, .lmtp])
    func large(_ mode: SMTPMode) async throws {
        let behind = Behind()
        let body = String(repeating: "A line of a message that is rather long.\r\n..dots\r\n", count: 100_000)
        try await withFolder { folder in
            var changes = Changes(route: { $0.spoolFolder = folder })
            if mode == .lmtp { changes.behind = Changes.lmtp().behind }
            try await proxying(TestGuard(), behind, changes: changes) { world in
                let client = try await world.connect()
                let outcome = await client.send(
                    try .from("a@good.example", to: "b@example.org"), letter(from: "good.example", body: body))
                #expect(outcome.isDelivered)
                await client.quit()
            }
        }
        #expect(behind.arrived.values.first?.text.hasSuffix("\r\n\r\n" + body) == true)
    }

    @Test("Messages share the memory that there is, and give it back") func shared() async throws {
        let memory = SpoolMemory(octetsMax: 10)
        try await withFolder { folder in
            var spools = (0..<3).map { _ in
                MessageSpool(folder: folder, share: SpoolShare(of: memory, octetsMax: 6))
            }
            for index in spools.indices {
                for _ in 0..<2 { try await spools[index].append([1, 2, 3][...]) }
            }
            // Six octets, three and the rest in a file, none at all.
            #expect(spools.map(\.isInFile) == [false, true, true])
            #expect(memory.octets == 9)
            for index in spools.indices {
                var all: [UInt8] = []
                while let piece = try await spools[index].next() { all += piece }
                #expect(all == [1, 2, 3, 1, 2, 3])
            }
            #expect(memory.octets == 0)
            spools[0] = MessageSpool(folder: folder, share: SpoolShare(of: memory, octetsMax: 6))
            try await spools[0].append([1][...])
            spools = []
        }
        #expect(memory.octets == 0)
    }

    @Test("With LMTP behind there is one recipient at a time") func lmtp() async throws {
        let behind = Behind()
        try await proxying(TestGuard(), behind, changes: .lmtp()) { world in
            let client = try await world.connect()
            let outcome = await client.send(
                try .from("a@good.example", to: "b@example.org", "c@example.org"), letter(from: "good.example"))
            #expect(outcome.recipients.map(\.answer.code) == [250, 452])
            await client.quit()
        }
        #expect(behind.arrived.values.map(\.envelope.recipients.count) == [1])
    }

    @Test("A message without a body, and one whose header ends without an empty line") func odd() async throws {
        let behind = Behind()
        try await proxying(TestGuard(), behind) { world in
            let client = try await world.connect()
            for text in ["From: a@good.example\r\n", "From: a@good.example\r\nno field\r\nmore\r\n"] {
                #expect(await client.send(try .from("a@good.example", to: "b@example.org"), text).isDelivered)
            }
            await client.quit()
        }
        let texts = behind.arrived.values.map(\.text)
        #expect(texts.first?.hasSuffix("From: a@good.example\r\n\r\n") == true)
        #expect(texts.last?.hasSuffix("From: a@good.example\r\n\r\nno field\r\nmore\r\n") == true)
    }
}
