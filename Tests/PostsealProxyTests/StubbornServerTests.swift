import MailNames
import NIOCore
import NIOPosix
import SMTPProtocol
import SMTPTransport
import Sockets
import TestSupport
import Testing

@testable import PostsealProxy

/// A server that does not forget a message that it was to forget: the next one would join it.
@Suite("A server behind that refuses RSET", .timeLimit(.minutes(5)))
struct StubbornServerTests {
    private func serving(_ body: @escaping @Sendable (World) async throws -> Void) async throws -> [String] {
        let steps = Diary<String>()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StubbornServer(steps))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(server.localAddress?.port ?? 0)
        let changes = Changes(route: { $0.server = .tcp(.v4(0x7F00_0001), port: port) })
        try await proxying(changes: changes, body)
        try await server.close()
        return steps.values
    }

    @Test("After a message that is refused, the next of the same client goes over a connection of its own")
    func sameClient() async throws {
        let steps = try await serving { world in
            let client = try await world.connect()
            for (domain, code) in [("strict.example", 550), ("good.example", 250)] {
                let outcome = await client.send(
                    try .from("a@\(domain)", to: "b@example.org"), letter(from: domain))
                #expect(outcome.recipients.map(\.answer.code) == [code])
            }
            await client.quit()
        }
        #expect(
            steps.prefix(8) == [
                "opened", "MAIL FROM:<a@strict.example>", "RCPT TO:<b@example.org>", "RSET",
                "opened", "MAIL FROM:<a@good.example>", "RCPT TO:<b@example.org>", "DATA",
            ])
    }

    @Test("It waits for no other client, either") func otherClient() async throws {
        let steps = try await serving { world in
            let first = try await world.connect()
            _ = try await first.mail(SMTPEnvelope.from("a@good.example", to: "b@example.org").sender)
            _ = try await first.reset()
            await first.quit()
            let second = try await world.connect()
            let outcome = await second.send(
                try .from("c@good.example", to: "b@example.org"), letter(from: "good.example"))
            #expect(outcome.isDelivered)
            await second.quit()
        }
        #expect(steps.count { $0 == "opened" } == 2)
        #expect(steps.prefix(4) == ["opened", "MAIL FROM:<a@good.example>", "RSET", "opened"])
    }
}

/// Takes every message, and forgets none.
private final class StubbornServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let steps: Diary<String>
    private var pending = ""
    private var isInText = false

    init(_ steps: Diary<String>) { self.steps = steps }

    func channelActive(context: ChannelHandlerContext) {
        steps.add("opened")
        say("220 stubborn.example", context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending += String(buffer: unwrapInboundIn(data))
        while let end = pending.firstRange(of: "\r\n") {
            let line = String(pending[..<end.lowerBound])
            pending.removeSubrange(..<end.upperBound)
            take(line, context)
        }
    }

    private func take(_ line: String, _ context: ChannelHandlerContext) {
        guard !isInText else {
            guard line == "." else { return }
            isInText = false
            return say("250 2.0.0 taken", context)
        }
        if !line.hasPrefix("EHLO") { steps.add(line) }
        switch line.prefix(4) {
        case "RSET": say("502 5.5.1 never", context)
        case "DATA":
            isInText = true
            say("354 go ahead", context)
        case "QUIT": say("221 2.0.0 bye", context)
        default: say("250 ok", context)
        }
    }

    private func say(_ line: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line + "\r\n")), promise: nil)
    }
}
