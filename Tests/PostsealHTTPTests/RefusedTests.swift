import HTTPTypes
import Logging
import MailBytes
import NIOPosix
import PostsealObservability
import Sockets
import Testing

@testable import PostsealHTTP

/// What is told to who is refused by the server itself.
@Suite(.timeLimit(.minutes(10))) struct RefusedTests {
    @Test func `the page of the owner is answered, wherever the request is refused`() async throws {
        var settings = HTTPServiceSettings()
        settings.targetOctetsMax = 100
        try await withServer(settings) { address in
            for (request, status, text) in [
                ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", 413, "/a: the body is larger"),
                ("GET /b?\(String(repeating: "x", count: 100)) HTTP/1.1\r\nHost: x\r\n\r\n", 414, "/b: the target"),
                ("nothing of HTTP\r\n\r\n", 400, "none: the request breaks"),
            ] {
                try await withClient(address) { client in
                    try await client.send(request)
                    let answer = try #require(try await client.answer())
                    #expect(answer.status == status && answer.body.hasPrefix(text), "\(answer.body)")
                    #expect(answer.fields["content-type"] == "text/html")
                }
            }
        }
        // A server of its own: one that had connections before may not know yet that they are closed.
        settings.connectionsMax = 1
        try await withServer(settings) { address in
            try await withClient(address) { first in
                try await first.send("GET /c HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await first.answer()?.status == 200)
                try await withClient(address) { second in
                    let answer = try #require(try await second.answer())
                    #expect(answer.body == "none: too many connections are open; try again later")
                    #expect(answer.status == 503 && answer.fields["retry-after"] == "5")
                }
            }
        }
    }

    private func withServer(
        _ settings: HTTPServiceSettings, _ body: (_ address: ListenAddress?) async throws -> Void
    ) async throws {
        let server = HTTPServer(
            settings: settings, metrics: testMetrics(), group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { EngineVerifier.moment },
            refused: { refused in
                HTTPReply(
                    status: refused.status, fields: [.contentType: "text/html"],
                    body: Array("\(refused.path ?? "none"): \(refused.text)".utf8))
            },
            responder: { call in HTTPReply(body: try await call.body(octetsMax: 3)) })
        try await server.listeners.listen(on: [loopback])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(server.addresses.first)
            server.stop()
            try await group.waitForAll()
        }
    }
}
