import Foundation
import Glibc
import Logging
import MailNames
import NIOCore
import NIOPosix
import PostsealObservability
import Synchronization
import Testing

@testable import PostsealHTTP

@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
    /// A folder of its own in the temporary one: paths of sockets have to be short.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/http-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func listenError(_ socket: HTTPSocket) -> String? {
        do throws(HTTPListenError) {
            _ = try ListeningSocket(socket)
            return nil
        } catch { return error.description }
    }

    @Test func `listens on several sockets, with the permissions that are asked for`() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            var settings = HTTPServiceSettings(sockets: [
                loopback, HTTPSocket(.unix(path), mode: 0o660, owner: .number(getuid()), group: .number(getgid())),
            ])
            settings.sockets.append(HTTPSocket(.tcp(.v6(0, 1), port: 0)))
            try await withService(RecordingVerifier(), settings: settings) { service in
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

    @Test func `says in one clause why it cannot listen`() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            let first = try ListeningSocket(HTTPSocket(.unix(path)))
            #expect(
                listenError(HTTPSocket(.unix(path)))
                    == "cannot listen on unix:\(path): it is in use by another program")
            first.removeFile()
            let tcp = try ListeningSocket(loopback)
            #expect(
                listenError(tcp.socket) == "cannot listen on \(tcp.socket): it is in use by another program")
            try Data().write(to: URL(filePath: folder + "/file"))
            let expectations = [
                (HTTPSocket(.unix(folder + "/file")), "there is a file of this name that is no socket"),
                (HTTPSocket(.unix(folder + "/none/s")), "its directory is not there"),
                (
                    HTTPSocket(.unix("/" + String(repeating: "x", count: 200))),
                    "the path has none or more than 107 octets"
                ),
                (HTTPSocket(.unix(path), owner: .name("no-such-user")), "there is no user 'no-such-user'"),
                (HTTPSocket(.unix(path), group: .name("no-such-group")), "there is no group 'no-such-group'"),
                (HTTPSocket(.tcp(.v4(0xC000_0201), port: 0)), "this machine does not have the address"),
            ]
            for (socket, reason) in expectations {
                #expect(listenError(socket) == "cannot listen on \(socket): \(reason)")
            }
        }
    }

    @Test func `takes the place of a socket that a dead process left, and gives users their names`() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            let descriptor = try #require(try ListeningSocket(HTTPSocket(.unix(path))).take())
            close(descriptor)
            #expect(access(path, F_OK) == 0)
            let entry = try #require(getpwuid(getuid()))
            let socket = HTTPSocket(.unix(path), mode: 0o600, owner: .name(String(cString: entry.pointee.pw_name)))
            #expect(listenError(socket) == nil)
            #expect(access(path, F_OK) != 0)
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
        var settings = HTTPServiceSettings(sockets: [loopback])
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
            let service = try HTTPService(
                settings: HTTPServiceSettings(sockets: [loopback]), verifier: RecordingVerifier(),
                metrics: testMetrics(), health: { .serving }, group: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
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
        let service = try HTTPService(
            settings: HTTPServiceSettings(sockets: []), verifier: RecordingVerifier(), metrics: testMetrics(),
            health: { .serving }, group: group,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        await service.run()
        try await group.shutdownGracefully()
        // A task that is given to a loop that is gone never ends, and NIO traps when it is forgotten.
        service.stop()
    }

    @Test func `a service that is stopped before it runs, or never runs, leaves nothing`() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            do {
                let service = try HTTPService(
                    settings: HTTPServiceSettings(sockets: [HTTPSocket(.unix(path))]), verifier: RecordingVerifier(),
                    metrics: testMetrics(), health: { .serving }, group: MultiThreadedEventLoopGroup.singleton,
                    logger: .init(label: "test"))
                service.stop()
                await service.run()
            }
            #expect(access(path, F_OK) != 0)
            _ = try ListeningSocket(HTTPSocket(.unix(path)))
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
