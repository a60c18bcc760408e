import NIOPosix
import Socketmap
import Sockets
import TestSupport
import Testing

@Suite("A socketmap server's limits and its end", .timeLimit(.minutes(10)))
struct LimitTests {
    private func options(_ change: (inout SocketmapServerOptions) -> Void) -> SocketmapServerOptions {
        var options = SocketmapServerOptions()
        change(&options)
        return options
    }

    @Test("Silence between requests")
    func idle() async throws {
        try await withServer(options: options { $0.idleTimeout = .milliseconds(50) }) { server, diary in
            let client = try await TestClient(to: server)
            await client.closed()
            #expect(await diary.closed() == [.timeout(.idle)])
        }
    }

    @Test("Half a request")
    func slowRequest() async throws {
        try await withServer(options: options { $0.requestTimeout = .milliseconds(50) }) { server, diary in
            let client = try await TestClient(to: server)
            try await client.send("3:m a,7:m ")
            await client.closed()
            #expect(await diary.closed() == [.timeout(.request)])
            #expect(client.replies.values == ["OK m/a"])
        }
    }

    @Test("Answers that are not read")
    func slowReader() async throws {
        let value = [UInt8](repeating: 0x61, count: 90_000)
        let table = TestTable(cached: { _ in .found(value) })
        try await withServer(table, options: options { $0.writeTimeout = .milliseconds(50) }) { server, diary in
            let client = try await TestClient(to: server, isReading: false)
            try await client.send((0..<1000).flatMap { _ in Netstring.octets(Array("m k".utf8)) })
            #expect(await diary.closed() == [.timeout(.write)])
            await client.close()
        }
    }

    @Test("A look-up that takes too long is cancelled, and the next request is answered")
    func overdue() async throws {
        let table = TestTable(
            cached: { $0 == "m/fast" ? .notFound : nil },
            lookUp: { _ in
                await untilCancelled()
                return .notFound
            })
        try await withServer(table, options: options { $0.lookupTimeout = .milliseconds(50) }) { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("m slow", "m fast")
            let replies = await client.replies(2)
            #expect(replies[0].hasPrefix("TIMEOUT ") && replies[1] == "NOTFOUND ")
            #expect(diary.events.values.contains(.overdue))
            // On a busy machine the time may be over before the look-up began.
            if table.notes.values.contains(.lookedUp("m/slow")) {
                await table.notes.wait(for: .cancelled("m/slow"))
            }
        }
    }

    @Test("A mail server that goes away takes its look-up with it")
    func gone() async throws {
        let table = TestTable(lookUp: { _ in
            await untilCancelled()
            return .notFound
        })
        try await withServer(table) { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("m slow", "m next")
            await table.notes.wait(for: .lookedUp("m/slow"))
            await client.close()
            await table.notes.wait(for: .cancelled("m/slow"))
            #expect(await diary.closed() == [.lost])
            #expect(!table.notes.values.contains(.lookedUp("m/next")))
        }
    }

    @Test("More connections than there may be are turned away")
    func connections() async throws {
        try await withServer(options: options { $0.connectionsMax = 2 }) { server, diary in
            let first = try await TestClient(to: server)
            let second = try await TestClient(to: server)
            try await first.ask("m a")
            try await second.ask("m b")
            await first.replies(1)
            await second.replies(1)
            let third = try await TestClient(to: server)
            await third.closed()
            await diary.events.wait(for: .refused)
            await first.close()
            await diary.closed()
            let fourth = try await TestClient(to: server)
            try await fourth.ask("m d")
            #expect(await fourth.replies(1) == ["OK m/d"])
            #expect(server.connections == 2)
        }
    }

    @Test("At the end, idle connections close at once, and an open request gets its answer")
    func graceful() async throws {
        let gate = Gate()
        let table = TestTable(
            cached: { $0 == "m/fast" ? .notFound : nil },
            lookUp: { _ in
                await gate.pass()
                return .found(Array("late".utf8))
            })
        try await withServer(table) { server, diary in
            let idle = try await TestClient(to: server)
            try await idle.ask("m fast")
            await idle.replies(1)
            let busy = try await TestClient(to: server)
            try await busy.ask("m slow", "m fast")
            await table.notes.wait(for: .lookedUp("m/slow"))

            async let stopped: Void = server.shutdown(grace: .seconds(3600))
            await idle.closed()
            #expect(await diary.closed() == [.shutdown])
            gate.open()
            #expect(await busy.replies(2) == ["OK late", "NOTFOUND "])
            await busy.closed()
            await stopped
            #expect(diary.events.values.reasons == [.shutdown, .shutdown])
            #expect(server.connections == 0)
            #expect(server.addresses.isEmpty)
        }
    }

    @Test("What takes longer than the grace is closed without an answer")
    func graceIsOver() async throws {
        let table = TestTable(lookUp: { _ in
            await untilCancelled()
            return .notFound
        })
        try await withServer(table) { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("m slow")
            await table.notes.wait(for: .lookedUp("m/slow"))
            await server.shutdown(grace: .milliseconds(5))
            await client.closed()
            #expect(client.replies.values.isEmpty)
            #expect(diary.events.values.reasons == [.shutdown])
            await table.notes.wait(for: .cancelled("m/slow"))
        }
    }

    @Test("Cancelling the task ends everything at once")
    func cancelled() async throws {
        let table = TestTable(lookUp: { _ in
            await untilCancelled()
            return .notFound
        })
        let diary = ServerDiary()
        let server = SocketmapServer(table: table, on: MultiThreadedEventLoopGroup.singleton, observer: diary)
        try await server.listen(on: [ListenSocket(ListenAddress("tcp:127.0.0.1:0"))])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let idle = try await TestClient(to: server)
            let busy = try await TestClient(to: server)
            try await busy.ask("m slow")
            await table.notes.wait(for: .lookedUp("m/slow"))
            group.cancelAll()
            await idle.closed()
            await busy.closed()
        }
        #expect(diary.events.values.reasons == [.shutdown, .shutdown])
    }

    @Test("A socket in the file system comes and goes with the server")
    func socketFile() async throws {
        try await withFolder { folder in
            let diary = ServerDiary()
            let server = SocketmapServer(
                table: TestTable.echo, on: MultiThreadedEventLoopGroup.singleton, observer: diary)
            try await server.listen(on: [ListenSocket(.unix("\(folder)/map.sock"), mode: 0o666)])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                let client = try await TestClient(to: server)
                try await client.ask("m a")
                #expect(await client.replies(1) == ["OK m/a"])
                await server.shutdown(grace: .zero)
            }
            #expect(server.addresses.isEmpty)
        }
    }
}
