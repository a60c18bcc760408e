import MilterProtocol
import MilterServer
import NIOPosix
import TestSupport
import Testing

@Suite("A milter server that stops", .timeLimit(.minutes(10)))
struct StoppingTests {
    @Test("Idle connections close at once, messages on their way come to their end")
    func graceful() async throws {
        let gate = Gate()
        let filter = TestFilter(finish: { _, _, _ in
            await gate.pass()
            return MilterJudgement(verdict: .accept)
        })
        try await withServer(filter) { server, diary in
            let idle = try await server.connect()
            let half = try await RawClient(to: server.addresses[0])
            try await half.send(.client + .envelope)
            await half.replies(1)
            let busy = try await server.connect()
            let address = server.addresses[0]
            async let outcome = busy.send(.sample)
            await filter.notes.wait(for: .finishing)

            async let stopped: Void = server.shutdown(grace: .seconds(3600))
            await idle.closed()
            #expect(await diary.closed() == [.shutdown])
            await #expect(throws: MilterClientError.self) {
                try await MilterClient.connect(to: address, on: MultiThreadedEventLoopGroup.singleton)
            }
            // The header and the end come while it stops.
            try await half.send(.header + [.endOfMessage([])])
            gate.open()
            #expect(try await outcome.reply == .accept)
            #expect(await half.replies(2).last == .accept)
            await busy.closed()
            await half.closed()
            await stopped
            #expect(diary.events.values.reasons == [.shutdown, .shutdown, .shutdown])
            #expect(server.connections == 0)
        }
    }

    @Test("What takes longer than the grace is closed without an answer")
    func graceIsOver() async throws {
        let filter = TestFilter(finish: { _, _, _ in
            await untilCancelled()
            return MilterJudgement(verdict: .accept)
        })
        try await withServer(filter) { server, diary in
            let client = try await server.connect()
            async let outcome = client.result(.sample)
            await filter.notes.wait(for: .finishing)
            await server.shutdown(grace: .milliseconds(5))
            #expect(await outcome == .failure(.closed))
            #expect(diary.events.values.reasons == [.shutdown])
            await filter.notes.wait(for: .abandoned)
        }
    }

    @Test("Cancelling the task ends everything at once")
    func cancelled() async throws {
        let filter = TestFilter(finish: { _, _, _ in
            await untilCancelled()
            return MilterJudgement(verdict: .accept)
        })
        let diary = ServerDiary()
        let server = MilterFilterServer(
            filter: filter, options: .test, on: MultiThreadedEventLoopGroup.singleton, observer: diary)
        try await server.listen(on: [.loopback])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let idle = try await server.connect()
            let busy = try await server.connect()
            async let outcome = busy.result(.sample)
            await filter.notes.wait(for: .finishing)
            group.cancelAll()
            #expect(await outcome == .failure(.closed))
            await idle.closed()
        }
        // It returned, and with all its connections closed.
        #expect(server.connections == 0)
        #expect(diary.events.values.reasons == [.shutdown, .shutdown])
        #expect(filter.notes.values == [.began(1), .finishing, .cancelled, .abandoned])
        #expect(server.addresses == [])
    }

    @Test("Messages that no task takes up any more are abandoned")
    func neverRun() async throws {
        let filter = TestFilter()
        let server = MilterFilterServer(filter: filter, options: .test, on: MultiThreadedEventLoopGroup.singleton)
        try await server.listen(on: [.loopback])
        let client = try await RawClient(to: server.addresses[0])
        try await client.send(.client + .message)
        await filter.notes.wait(for: .began(1))
        await server.shutdown(grace: .zero)
        await client.closed()
        #expect(filter.notes.values == [.began(1), .abandoned])
    }
}
