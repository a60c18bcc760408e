import SMTPProtocol
import Testing

@Suite("Client and server together")
struct RoundTripTests {
    /// Lets the two talk until neither has more to say.
    private func talk(_ client: inout ClientHost, _ server: inout ServerHost, pieceOctets: Int) {
        server.run()
        while true {
            let down = server.output + server.session.takeOutput()
            server.output = []
            for start in stride(from: 0, to: down.count, by: pieceOctets) {
                client.receive(down[start..<min(start + pieceOctets, down.count)])
            }
            let up = client.output + client.session.takeOutput()
            client.output = []
            for start in stride(from: 0, to: up.count, by: pieceOctets) {
                server.send(up[start..<min(start + pieceOctets, up.count)])
            }
            if down.isEmpty, up.isEmpty { return }
        }
    }

    static let bodies = [
        "", "x", "x\r\n", ".\r\n", "\r\n.\r\n", "..\r\n.a\r\n", "a\nb\n.\nc", "\n.\n", "\r\n.\n", "\r", "a\r\r\nb",
        "\r.\r",
        "\r\n.\r\r\n", "\r\n\r\n\r\n", ".", "a\r\n.", "ü\u{1}",
    ]

    @Test("Whatever a message is, it arrives as one message with its lines in order", arguments: bodies)
    func arriving(_ body: String) throws {
        for mode in [SMTPMode.smtp, .lmtp] {
            for chunking in [false, true] {
                for piece in [1, 7, 100_000] {
                    var server = ServerHost(.everything { $0.mode = mode })
                    var client = ClientHost {
                        $0.mode = mode
                        $0.usesChunking = chunking
                    }
                    client.body = [UInt8](body)
                    talk(&client, &server, pieceOctets: piece)
                    client.session.begin(try .to("b@example.org", "c@example.org"))
                    talk(&client, &server, pieceOctets: piece)
                    #expect(client.outcome?.isDelivered == true)
                    #expect(server.messages.count == 1)
                    let arrived = server.messages.first ?? []
                    #expect(String(arrived) == normalised(body))
                }
            }
        }
    }

    /// As the client documents it: LF becomes CR LF, CR alone a space, and the last line has an end.
    private func normalised(_ body: String) -> String {
        var output: [UInt8] = []
        let octets = [UInt8](body)
        for (index, octet) in octets.enumerated() {
            let next = index + 1 < octets.count ? octets[index + 1] : 0
            switch octet {
            case 0x0D: if next != 0x0A { output.append(0x20) }
            case 0x0A: output += [0x0D, 0x0A]
            default: output.append(octet)
            }
        }
        if !output.isEmpty, output.last != 0x0A { output += [0x0D, 0x0A] }
        return String(output)
    }

    @Test("Several messages and a refusal on one connection")
    func several() throws {
        var server = ServerHost()
        server.answer = { event in
            guard case .recipient(let recipient) = event, recipient.path.description.contains("no@") else { return nil }
            return [SMTPReply(550, SMTPEnhancedCode(5, 1, 1), "no such user")]
        }
        var client = ClientHost()
        talk(&client, &server, pieceOctets: 1000)
        for names in ["a", "no", "no b", "c"] {
            let recipients = names.split(separator: " ").map { String($0) + "@example.org" }
            client.events = []
            var envelope = try SMTPEnvelope.to()
            envelope.recipients = try recipients.map { SMTPRecipient(.mailbox(try SMTPAddress($0))) }
            client.session.begin(envelope)
            talk(&client, &server, pieceOctets: 1000)
            #expect(client.outcome?.recipients.map(\.isDelivered) == recipients.map { $0.prefix(3) != "no@" })
            #expect(client.session.isReady)
        }
        #expect(server.messages.count == 3)
        client.session.quit()
        talk(&client, &server, pieceOctets: 1000)
        #expect(server.closed == .quit)
    }

    @Test("TLS and what is offered under it")
    func tls() {
        var server = ServerHost()
        var client = ClientHost()
        talk(&client, &server, pieceOctets: 1000)
        let begins = client.session.startTLS()
        #expect(begins)
        talk(&client, &server, pieceOctets: 1000)
        #expect(client.session.isReady && client.session.isTLS && server.session.isTLS)
        #expect(client.session.capabilities.extensions.contains(.requireTLS))
        #expect(!client.session.capabilities.extensions.contains(.startTLS))
    }
}
