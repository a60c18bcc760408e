import NIOCore
import NIOEmbedded
import SMTPProtocol
import TestSupport
import Testing

@testable import SMTPTransport

/// A server on the same machine can greet, and answer EHLO, before the task that connected has its next turn.
@Suite("A server that is quicker than who waits for it") struct QuickServerTests {
    private static let answers = ["220 quick.example.org ESMTP\r\n", "250 quick.example.org\r\n"]

    @Test(arguments: 0...answers.count)
    func saysItsPartBeforeAnybodyWaits(_ count: Int) throws {
        let options = SMTPClientOptions(configuration: SMTPClientConfiguration(name: "client.example.org"))
        let handler = SMTPClientHandler(options)
        let channel = EmbeddedChannel(handler: handler)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 25)).wait()
        for answer in Self.answers.prefix(count) { try channel.writeInbound(ByteBuffer(string: answer)) }
        let ready = channel.eventLoop.makePromise(of: Void.self)
        handler.begin(ready)
        for answer in Self.answers.dropFirst(count) { try channel.writeInbound(ByteBuffer(string: answer)) }
        var isReady = false
        ready.futureResult.assumeIsolated().whenSuccess { isReady = true }
        channel.embeddedEventLoop.run()
        #expect(isReady)
        handler.abandon()
        _ = try? channel.finish()
    }
}
