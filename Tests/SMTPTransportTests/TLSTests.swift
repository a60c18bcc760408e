import MailNames
import NIOCore
import NIOPosix
import SMTPProtocol
import SMTPTransport
import Sockets
import TestSupport
import Testing

@Suite("TLS between client and server", .timeLimit(.minutes(5)))
struct TLSTests {
    static let ways: [(use: SMTPClientOptions.TLSUse, version: SMTPTLSVersion)] = [
        (.required, .tls12), (.required, .tls13), (.ifOffered, .tls13), (.implicit, .tls12), (.implicit, .tls13),
    ]

    @Test("A message under TLS, and both sides know what was negotiated", arguments: ways)
    func message(_ way: (use: SMTPClientOptions.TLSUse, version: SMTPTLSVersion)) async throws {
        let handler = TestHandler()
        let shown = Diary<[[UInt8]]>()
        let change: @Sendable (inout SMTPServerOptions) -> Void = { $0.isImplicitTLS = way.use == .implicit }
        try await serving(handler, change, tls: try serverTLS()) { running in
            let options = SMTPClientOptions.usual {
                $0.tlsUse = way.use
                $0.tls = try? SMTPClientTLS(versions: .tls10...way.version)
                $0.serverName = CertificateFixtures.host
                $0.verification = { chain, name in
                    shown.add(chain)
                    return name == CertificateFixtures.host ? .accept : .refuse("another name")
                }
            }
            let client = try await SMTPClient.connect(to: running.address, options: options, on: running.group)
            #expect(client.tls?.version == way.version)
            #expect(
                client.tls?.cipher?.contains(way.version == .tls13 ? "TLS_AES" : "TLS_ECDHE_ECDSA_WITH_AES") == true)
            #expect(client.tls?.presentedChain.count == 1)
            #expect(client.tls?.presentedChain == shown.values.first)
            #expect(client.capabilities.extensions.contains(.requireTLS))
            #expect(!client.capabilities.extensions.contains(.startTLS))
            var envelope = try SMTPEnvelope.to("b@example.org")
            envelope.sender.parameters.requireTLS = true
            let text = String(repeating: "a line of text\r\n", count: 20_000)
            #expect(await client.send(envelope, text).isDelivered)
            await client.quit()
            #expect(handler.arrived.values.first?.text.count == text.utf8.count)
            #expect(handler.facts.values.last?.tls?.version == way.version)
            #expect(handler.facts.values.last?.tls?.cipher == client.tls?.cipher)
        }
    }

    @Test("A certificate that is refused, and the clause of the refusal")
    func refused() async throws {
        try await serving(tls: try serverTLS()) { running in
            for use in [SMTPClientOptions.TLSUse.required, .ifOffered] {
                let options = SMTPClientOptions.usual {
                    $0.tlsUse = use
                    $0.tls = try? SMTPClientTLS(versions: .tls12 ... .tls13)
                    $0.serverName = "192.0.2.1"
                    $0.verification = { _, name in .refuse(name == nil ? "not this one" : "a name that is none") }
                }
                await #expect(throws: SMTPClientError.certificate("not this one")) {
                    try await SMTPClient.connect(to: running.address, options: options, on: running.group)
                }
            }
            let reasons = await running.diary.closed(2)
            #expect(reasons.allSatisfy { if case .tls = $0 { true } else { $0 == .lost } })
        }
    }

    @Test("Old versions are not spoken by default, and TLS that is required is not left out")
    func floor() async throws {
        try await serving(tls: try serverTLS()) { running in
            let options = SMTPClientOptions.usual {
                $0.tlsUse = .required
                $0.tls = try? SMTPClientTLS(versions: .tls10 ... .tls11)
            }
            do throws(SMTPClientError) {
                _ = try await SMTPClient.connect(to: running.address, options: options, on: running.group)
                Issue.record("an old version was spoken")
            } catch {
                #expect(error.description.hasPrefix("TLS handshake failed"))
            }
            running.server.replaceTLS(nil)
            await #expect(throws: SMTPClientError.tlsNotOffered) {
                try await SMTPClient.connect(to: running.address, options: options, on: running.group)
            }
        }
    }

    @Test("Clear text behind STARTTLS ends the connection")
    func injection() async throws {
        try await serving(tls: try serverTLS()) { running in
            let raw = try await RawClient.connect(to: running)
            await raw.wait(for: "220 ")
            try await raw.send("EHLO c.example\r\n")
            await raw.wait(for: "STARTTLS\r\n")
            try await raw.send("STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<>\r\n")
            let text = await raw.closed()
            #expect(text.contains("554 5.5.0") && !text.contains("220 2.0.0"))
            #expect(await running.diary.closed() == [.session(.inputBeforeTLS)])
        }
    }

    @Test("What comes in clear text while the handshake is awaited is no handshake")
    func lateInjection() async throws {
        let handler = TestHandler()
        try await serving(handler, tls: try serverTLS()) { running in
            let raw = try await RawClient.connect(to: running)
            await raw.wait(for: "220 ")
            try await raw.send("STARTTLS\r\n")
            await raw.wait(for: "220 2.0.0")
            try await raw.send("EHLO evil.example\r\nMAIL FROM:<>\r\n")
            _ = await raw.closed()
            let reasons = await running.diary.closed()
            #expect(reasons.allSatisfy { if case .tls = $0 { true } else { false } })
        }
        #expect(handler.facts.values.count == 1)
    }

    @Test("A server that slips clear text in front of TLS is left")
    func injectingServer() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ScriptedServer(["220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n250 evil\r\n"]))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(server.localAddress?.port ?? 0)
        let options = SMTPClientOptions.usual {
            $0.tlsUse = .ifOffered
            $0.tls = try? SMTPClientTLS(versions: .tls12 ... .tls13)
        }
        await #expect(throws: SMTPClientError.protocolError(.inputBeforeTLS, .handshake)) {
            try await SMTPClient.connect(to: .tcp(.v4(0x7F00_0001), port: port), options: options, on: group)
        }
        try await server.close()
        try await group.shutdownGracefully()
    }

    @Test("A certificate and a key that do not belong together, or are none")
    func badCertificates() throws {
        let chain = try CertificateFixtures.pem("key-ec-certificate")
        let key = try CertificateFixtures.pem("key-ec")
        #expect(throws: SMTPTLSError("the certificate can't be read")) { try SMTPServerTLS(chain: [0x41], key: key) }
        #expect(throws: SMTPTLSError("the key can't be read")) { try SMTPServerTLS(chain: chain, key: [0x41]) }
        let other = try CertificateFixtures.pem("key-rsa")
        #expect(throws: SMTPTLSError("the key does not belong to the certificate")) {
            try SMTPServerTLS(chain: chain, key: other)
        }
    }
}

/// Says one line after another, each when something came.
final class ScriptedServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private var lines: [String]

    init(_ lines: [String]) { self.lines = lines }

    func channelActive(context: ChannelHandlerContext) { say(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { say(context) }

    private func say(_ context: ChannelHandlerContext) {
        guard !lines.isEmpty else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: lines.removeFirst())), promise: nil)
    }
}
