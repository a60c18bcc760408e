import MilterProtocol
import MilterServer
import Sockets
import TestSupport
import Testing

@Suite("Messages that come to nothing, and mail servers that misbehave", .timeLimit(.minutes(10)))
struct InterruptionTests {
    /// The first message of a connection is never judged.
    @Sendable
    static func waiting(_ message: MilterMessage, _: [UInt8], _: MilterMacros) async -> MilterJudgement {
        if message.number == 1 { await untilCancelled() }
        return MilterJudgement(verdict: .reject)
    }

    @Test("An abort cancels the judgement, and the next message is judged on the same connection")
    func abort() async throws {
        let filter = TestFilter(finish: Self.waiting)
        try await withServer(filter) { server, diary in
            let client = try await RawClient(to: server.addresses[0])
            try await client.send(.client + .message)
            await filter.notes.wait(for: .finishing)
            try await client.send([.abort])
            await filter.notes.wait(for: .abandoned)
            try await client.send(.message)
            #expect(await client.replies(2).dropFirst() == [.reject])
            try await client.send([.quit])
            #expect(await diary.closed() == [.quit])
        }
        #expect(
            filter.notes.values == [
                .began(1), .finishing, .cancelled, .abandoned, .began(2), .finishing, .finished,
            ])
    }

    @Test("The end of the client's connection does so too")
    func nextClient() async throws {
        let filter = TestFilter(finish: Self.waiting)
        try await withServer(filter) { server, diary in
            let client = try await RawClient(to: server.addresses[0])
            try await client.send(.client + .message)
            await filter.notes.wait(for: .finishing)
            try await client.send([.quitNewConnection] + .nextClient + .message)
            #expect(await client.replies(2).dropFirst() == [.reject])
            await client.close()
            #expect(await diary.closed() == [.lost])
        }
        #expect(filter.notes.values.count { $0 == .abandoned } == 1)
    }

    static let ends: [(commands: [MilterCommand], reason: MilterCloseReason)] = [
        ([.quit], .quit), ([], .lost),
        // The next message does not wait for its turn.
        (.envelope, .protocolError(MilterProtocolError(.beforeReply(0x4D)))),
        ([.abort, .endOfMessage([])], .protocolError(MilterProtocolError(.outOfOrder(0x45)))),
    ]

    @Test("A connection that ends while its message is judged leaves nothing behind", arguments: ends)
    func end(_ example: (commands: [MilterCommand], reason: MilterCloseReason)) async throws {
        let filter = TestFilter(finish: Self.waiting)
        try await withServer(filter) { server, diary in
            let client = try await RawClient(to: server.addresses[0])
            try await client.send(.client + .message)
            await filter.notes.wait(for: .finishing)
            // What is unread when a connection is closed breaks it.
            await client.replies(1)
            if example.commands.isEmpty { await client.close() } else { try await client.send(example.commands) }
            #expect(await diary.closed() == [example.reason])
            await client.closed()
            await filter.notes.wait(for: .abandoned)
            // On a busy machine it may be told that the message is still judged.
            #expect(client.replies.values.count { $0 != .progress } == 1)
        }
        #expect(filter.notes.values == [.began(1), .finishing, .cancelled, .abandoned])
    }

    @Test("A message given up in its body is never finished")
    func abortInBody() async throws {
        let filter = TestFilter()
        try await withServer(filter) { server, diary in
            let client = try await RawClient(to: server.addresses[0])
            try await client.send(.client + .envelope + .header + [.body([UInt8]("a")), .abort, .quit])
            #expect(await diary.closed() == [.quit])
        }
        #expect(filter.notes.values == [.began(1), .abandoned])
    }

    @Test("While a judgement takes its time the mail server is told so")
    func progress() async throws {
        let gate = Gate()
        var options = MilterServerOptions.test
        options.progressInterval = .milliseconds(5)
        let filter = TestFilter(finish: { _, _, _ in
            await gate.pass()
            return MilterJudgement(verdict: .accept)
        })
        try await withServer(filter, options: options) { server, _ in
            let client = try await RawClient(to: server.addresses[0])
            try await client.send(.client + .message)
            #expect(await client.replies(4)[1...3] == [.progress, .progress, .progress])
            gate.open()
            await client.replies.wait(for: .accept)
            await client.close()
        }
    }

    @Test("A judgement that takes too long is cancelled, and something is said for it")
    func overdue() async throws {
        var options = MilterServerOptions.test
        options.judgementTimeout = .milliseconds(300)
        let filter = TestFilter(overdue: .discard, finish: Self.waiting)
        try await withServer(filter, options: options) { server, diary in
            let client = try await server.connect()
            #expect(try await client.send(.sample).reply == .discard)
            await filter.notes.wait(for: .abandoned)
            #expect(diary.events.values.contains(.overdue))
            #expect(try await client.send(.sample).reply == .reject)
            await client.quit()
        }
    }

    @Test("Other limits and times hold at once, also for connections that are there")
    func replacedLimits() async throws {
        try await withServer(TestFilter(finish: Self.waiting)) { server, diary in
            let client = try await server.connect()
            var options = MilterServerOptions.test
            options.connectionsMax = 1
            options.judgementTimeout = .milliseconds(50)
            server.replaceLimits(options)
            #expect(try await client.send(.sample).reply == .tempfail)
            await #expect(throws: MilterClientError.self) { try await server.connect() }
            #expect(diary.events.values.contains(.refused))
            options.connectionsMax = 2
            server.replaceLimits(options)
            let second = try await server.connect()
            #expect(try await second.send(.sample).reply == .tempfail)
            await second.quit()
            await client.quit()
        }
    }

    /// What is sent, and what the mail server is then too slow with.
    static let silences: [(commands: [UInt8], wait: MilterCloseReason.Wait)] = [
        ([], .message), ([0, 0], .message),
        ([MilterCommand].client.flatMap(\.wire), .idle),
        ([MilterCommand].client.flatMap(\.wire) + [0, 0, 0], .message),
        (([MilterCommand].client + .envelope).flatMap(\.wire), .message),
        (([MilterCommand].client + .envelope + .header).flatMap(\.wire), .message),
        (([MilterCommand].client + .message).flatMap(\.wire), .idle),
    ]

    @Test("Silence ends a connection", arguments: silences)
    func silence(_ example: (commands: [UInt8], wait: MilterCloseReason.Wait)) async throws {
        var options = MilterServerOptions.test
        switch example.wait {
        case .idle: options.idleTimeout = .milliseconds(20)
        default: options.messageTimeout = .milliseconds(20)
        }
        try await withServer(options: options) { server, diary in
            let client = try await RawClient(to: server.addresses[0])
            // On a slow machine the time may be over before that.
            if !example.commands.isEmpty { try? await client.send(example.commands) }
            #expect(await diary.closed() == [.timeout(example.wait)])
            await client.closed()
        }
    }

    @Test("A packet that comes octet by octet is not waited for")
    func drip() async throws {
        var options = MilterServerOptions.test
        options.messageTimeout = .milliseconds(50)
        try await withServer(options: options) { server, diary in
            let client = try await RawClient(to: server.addresses[0])
            do {
                try await client.send(.client + .envelope)
                // Less than the packet is long, and more than can be sent in the time.
                try await client.send([0, 0x10, 0, 0])
                for _ in 0..<1_000_000 { try await client.send([0x4C]) }
            } catch {
                // The connection is closed.
            }
            #expect(await diary.closed() == [.timeout(.message)])
        }
    }

    @Test("A mail server that reads no answers is not written to for ever")
    func unread() async throws {
        var options = MilterServerOptions.test
        options.writeTimeout = .milliseconds(50)
        try await withFolder { folder in
            // Less is kept for a reader than on TCP.
            let socket = ListenSocket(.unix("\(folder)/milter.sock"))
            try await withServer(options: options, sockets: [socket]) { server, diary in
                let client = try await RawClient(to: socket.address, isReading: false)
                do {
                    try await client.send(MilterCommand.negotiate(.version2).wire)
                    // Each of these is answered, in version 2.
                    let unknown = Array(Array(repeating: MilterCommand.unknown([]).wire, count: 1000).joined())
                    for _ in 0..<10_000 { try await client.send(unknown) }
                } catch {
                    // The connection is closed.
                }
                #expect(await diary.closed() == [.timeout(.write)])
            }
        }
    }

    static let nonsense: [(octets: [UInt8], code: MilterProtocolError.Code)] = [
        ([UInt8]("GET / HTTP/1.1\r\n\r\n"), .packetTooLong(octets: 0x4745_5420)),
        ([0xFF, 0xFF, 0xFF, 0xFF, 0x4F], .packetTooLong(octets: 0xFFFF_FFFF)),
        ([0, 0, 0, 0], .emptyPacket), ([0, 0, 0, 1, 0x7A], .unknownCommand(0x7A)),
        (MilterCommand.helo([]).wire, .outOfOrder(0x48)),
        (MilterCommand.negotiate(.all).wire + MilterCommand.negotiate(.all).wire, .outOfOrder(0x4F)),
        (MilterCommand.negotiate(MilterNegotiation(version: 1, actions: [], steps: [])).wire, .versionTooOld(1)),
    ]

    @Test("Garbage ends the connection, and no other one", arguments: nonsense)
    func garbage(_ example: (octets: [UInt8], code: MilterProtocolError.Code)) async throws {
        try await withServer { server, diary in
            let good = try await server.connect()
            let bad = try await RawClient(to: server.addresses[0])
            try await bad.send(example.octets)
            #expect(await diary.closed() == [.protocolError(MilterProtocolError(example.code))])
            await bad.closed()
            #expect(try await good.send(.sample).reply == .accept)
            await good.quit()
        }
    }

    @Test("A conversation may break off at every octet")
    func cuts() async throws {
        let filter = TestFilter()
        let whole = ([MilterCommand].client + .message).flatMap(\.wire)
        try await withServer(filter) { server, diary in
            for end in 0...whole.count {
                let client = try await RawClient(to: server.addresses[0])
                if end > 0 { try await client.send(Array(whole[..<end])) }
                await client.close()
            }
            let reasons = await diary.closed(whole.count + 1)
            #expect(reasons.allSatisfy { if case .broken = $0 { true } else { $0 == .lost } })
            // Whatever was begun came to an end.
            await filter.notes.wait { notes in
                notes.count { $0 == .abandoned || $0 == .finished } >= notes.count { $0 == .began(1) }
            }
        }
    }

    @Test("Connections beyond the limit are closed at once")
    func tooMany() async throws {
        var options = MilterServerOptions.test
        options.connectionsMax = 2
        try await withServer(options: options) { server, diary in
            let one = try await server.connect()
            let two = try await server.connect()
            let three = try await RawClient(to: server.addresses[0])
            await three.closed()
            await diary.events.wait(for: .refused)
            #expect(server.connections == 2)
            await one.quit()
            await diary.closed()
            let four = try await server.connect()
            #expect(try await four.send(.sample).reply == .accept)
            await four.quit()
            await two.quit()
        }
    }
}
