import Certificates
import NIOPosix
import PostsealReportSending
import Sockets
import TestSupport
import Testing

/// What is said of a mail server that takes nothing.
@Suite struct ServerTransportTests {
    @Test func aServerThatIsNotThereIsNamed() async throws {
        try await withFolder { folder in
            let transport = ServerReportTransport(
                server: .unix("\(folder)/s"), name: "mx.example", resolver: Zone([]), anchors: .system(),
                on: MultiThreadedEventLoopGroup.singleton)
            let outcome = await transport.send([], from: "", to: "a@b.example")
            #expect(
                outcome
                    == .later(answer: "no connection: no such file or directory, at the server unix:\(folder)/s"))
        }
    }
}
