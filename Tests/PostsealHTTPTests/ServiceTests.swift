import Glibc
import Logging
import MailNames
import NIOCore
import NIOPosix
import PostsealObservability
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import PostsealHTTP

@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
    @Test func `listens on several sockets, with the permissions that are asked for`() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            let sockets = [
                loopback, ListenSocket(.unix(path), mode: 0o660, owner: .number(getuid()), group: .number(getgid())),
                ListenSocket(.tcp(.v6(0, 1), port: 0)),
            ]
            try await withService(RecordingVerifier(), sockets: sockets) { service in
                #expect(service.addresses.count == 3)
                for socket in service.addresses {
                    try await withClient(socket) { client in
                        try await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                        #expect(try await client.answer()?.status == 200)
                    }
                }
                var status = stat()
                #expect(lstat(path, &status) == 0)
                #expect(status.st_mode & 0o7777 == 0o660)
            }
            #expect(access(path, F_OK) != 0, "the socket's file is left behind")
        }
    }

    /// A service that does not listen yet.
    private func service(
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    )
        -> HTTPService<RecordingVerifier>
    {
        HTTPService(
            verifier: RecordingVerifier(), metrics: testMetrics(), health: { .serving }, group: group,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test func `sockets come and go while it runs, and connections stay`() async throws {
        try await withFolder { folder in
            let socket = ListenSocket(.unix(folder + "/s"))
            try await withService(RecordingVerifier()) { service in
                try await withClient(service.addresses.first) { old in
                    try await old.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect(try await old.answer()?.status == 200)
                    try await service.listeners.listen(on: [socket])
                    #expect(service.addresses == [socket.address])
                    try await old.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect(try await old.answer()?.status == 200)
                    try await withClient(socket.address) { new in
                        try await new.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                        #expect(try await new.answer()?.status == 200)
                    }
                }
                try await service.listeners.listen(on: [])
                #expect(access(folder + "/s", F_OK) != 0)
            }
        }
    }

    @Test func `stopping lets a request finish and closes what waits`() async throws {
        let gate = Gate()
        let verifier = RecordingVerifier(outcome: {
            await gate.wait()
            return await RecordingVerifier.emptyReport()
        })
        try await withService(verifier) { service in
            try await withClient(service.addresses.first) { waiting in
                try await waiting.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await waiting.answer()?.status == 200)
                try await withClient(service.addresses.first) { busy in
                    try await busy.send(post("A: 1\n\n"))
                    await gate.reached()
                    service.stop()
                    #expect(try await waiting.isAtEnd())
                    gate.open()
                    let answer = try #require(try await busy.answer())
                    #expect(answer.status == 200)
                    #expect(answer.fields["connection"] == "close")
                    #expect(try await busy.isAtEnd())
                }
            }
        }
    }

    @Test func `stopping closes what does not end in time`() async throws {
        var settings = HTTPServiceSettings()
        settings.stopTimeout = .milliseconds(50)
        try await withService(RecordingVerifier(), settings: settings) { service in
            try await withClient(service.addresses.first) { client in
                try await client.send(
                    "POST /v1/verify HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
                #expect(try await client.answer()?.status == 100)
                service.stop()
                #expect(try await client.isAtEnd())
            }
        }
    }

    @Test func `a service that is cancelled while clients come ends at once`() async throws {
        for _ in 0..<20 {
            let service = service()
            try await service.listeners.listen(on: [loopback])
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try? await withClient(service.addresses.first) { client in
                            try await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                            _ = try await client.answer()
                        }
                    }
                }
                await withTaskGroup(of: Void.self) { inner in
                    inner.addTask { await service.run() }
                    inner.addTask {
                        try? await withClient(service.addresses.first) { client in
                            try await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                            _ = try await client.answer()
                        }
                    }
                    // Whoever is first: the client has its answer.
                    await inner.next()
                    inner.cancelAll()
                }
            }
        }
    }

    @Test func `a service without sockets, stopped after its end, leaves nothing with a loop`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let service = service(on: group)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await service.run() }
            tasks.cancelAll()
        }
        try await group.shutdownGracefully()
        // A task that is given to a loop that is gone never ends, and NIO traps when it is forgotten.
        service.stop()
    }

    @Test func `a service that is stopped before it runs leaves nothing`() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            do {
                let service = service()
                try await service.listeners.listen(on: [ListenSocket(.unix(path))])
                service.stop()
                await service.run()
            }
            #expect(access(path, F_OK) != 0)
        }
    }
}

/// Holds somebody up until it is opened, and tells when somebody came.
final class Gate: Sendable {
    private let arrived = AsyncStream<Void>.makeStream()
    private let opened = AsyncStream<Void>.makeStream()

    func wait() async {
        arrived.continuation.finish()
        for await _ in opened.stream {}
    }

    func reached() async { for await _ in arrived.stream {} }
    func open() { opened.continuation.finish() }
}
