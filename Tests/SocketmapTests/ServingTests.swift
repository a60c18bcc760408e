import Socketmap
import TestSupport
import Testing

@Suite("A socketmap server at work", .timeLimit(.minutes(10)))
struct ServingTests {
    @Test("One request after the other, answered at once and looked up, in their order")
    func order() async throws {
        let table = TestTable(
            cached: { $0.hasPrefix("fast/") ? .found(Array($0.utf8)) : nil },
            lookUp: { $0.hasSuffix("none") ? .notFound : .temporary($0) })
        try await withServer(table) { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("fast a")
            #expect(await client.replies(1) == ["OK fast/a"])
            try await client.ask("slow b", "fast c", "slow none", "slow d", "fast e")
            #expect(
                await client.replies(6)
                    == ["OK fast/a", "TEMP slow/b", "OK fast/c", "NOTFOUND ", "TEMP slow/d", "OK fast/e"])
            await client.close()
            #expect(await diary.closed() == [.done])
            let answers = diary.events.values.filter { if case .answered = $0 { true } else { false } }
            #expect(
                answers == [
                    .answered(.found, atOnce: true), .answered(.temporary, atOnce: false),
                    .answered(.found, atOnce: true), .answered(.notFound, atOnce: false),
                    .answered(.temporary, atOnce: false), .answered(.found, atOnce: true),
                ])
        }
    }

    @Test("Answers that come together are told of together, by their kind")
    func batch() async throws {
        let table = TestTable(cached: { $0.hasSuffix("none") ? .notFound : .found(Array($0.utf8)) })
        try await withServer(table) { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("m a", "m b", "m none", "m none", "m none", "m c")
            #expect(await client.replies(6).last == "OK m/c")
            await client.close()
            await diary.closed()
            var counts: [SocketmapReply.Kind: Int] = [:]
            for case .answered(let kind, atOnce: true, let count) in diary.events.values {
                counts[kind, default: 0] += count
            }
            #expect(counts == [.found: 3, .notFound: 3])
        }
    }

    @Test("10,000 requests on one connection, all sent before an answer is read")
    func manyRequests() async throws {
        let table = TestTable(
            cached: { $0.hasSuffix("0") ? nil : .found(Array($0.utf8)) }, lookUp: { .found(Array($0.utf8)) })
        try await withServer(table) { server, _ in
            let client = try await TestClient(to: server)
            let count = 10_000
            try await client.send((0..<count).flatMap { Netstring.octets(Array("map key-\($0)".utf8)) })
            let replies = await client.replies(count)
            #expect(replies == (0..<count).map { "OK map/key-\($0)" })
        }
    }

    @Test("10,000 requests on one connection, each after the answer to the last")
    func requestByRequest() async throws {
        try await withServer { server, _ in
            let client = try await TestClient(to: server)
            for number in 0..<10_000 {
                try await client.ask("map \(number)")
                await client.replies(number + 1)
            }
            #expect(client.replies.values.last == "OK map/9999")
        }
    }

    @Test("Octet by octet it is the same")
    func octetByOctet() async throws {
        try await withServer { server, _ in
            let client = try await TestClient(to: server)
            for octet in "5:a one,5:a two,".utf8 { try await client.send([octet]) }
            #expect(await client.replies(2) == ["OK a/one", "OK a/two"])
        }
    }

    @Test("What is no request gets PERM, and the connection goes on")
    func malformed() async throws {
        try await withServer { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("nothing", " x", "a b")
            let replies = await client.replies(3)
            #expect(replies.map { $0.prefix(5) } == ["PERM ", "PERM ", "OK a/"])
            #expect(diary.events.values.contains(.malformed(.noSpace(position: 7))))
            #expect(diary.events.values.contains(.malformed(.noMap)))
        }
    }

    @Test(
        "What is no netstring ends the connection, after the answers to what came before",
        arguments: [
            ("GET / HTTP/1.0\r\n\r\n", NetstringError(.noLength, position: 0)),
            ("3:a b,3:c dX", NetstringError(.noComma, position: 11)),
            ("4097:", NetstringError(.tooLong(limit: 4096), position: 3)),
            ("99999999999999999999999999", NetstringError(.tooLong(limit: 4096), position: 3)),
            ("00000000000000000000000000", NetstringError(.leadingZero, position: 0)),
        ])
    func hostile(_ text: String, _ error: NetstringError) async throws {
        try await withServer { server, diary in
            let client = try await TestClient(to: server)
            try await client.send(text)
            await client.closed()
            #expect(await diary.closed() == [.protocolError(error)])
            #expect(client.replies.values == (text.hasPrefix("3:") ? ["OK a/b"] : []))
        }
    }

    @Test("A value that would not arrive whole is not sent")
    func unsendable() async throws {
        let table = TestTable(cached: {
            switch $0 {
            case "m/long": .found([UInt8](repeating: 0x61, count: 100_000))
            case "m/nul": .found([0x61, 0, 0x62])
            default: .found([UInt8](repeating: 0x62, count: 99_997))
            }
        })
        try await withServer(table) { server, diary in
            let client = try await TestClient(to: server)
            try await client.ask("m long", "m nul", "m most")
            let replies = await client.replies(3)
            #expect(replies[0].hasPrefix("TEMP ") && replies[1].hasPrefix("TEMP "))
            #expect(replies[2].utf8.count == 100_000)
            #expect(diary.events.values.filter { $0 == .unsendable }.count == 2)
        }
    }

    @Test("A mail server that does not read is not answered further, and nothing is read from it")
    func backPressure() async throws {
        let value = [UInt8](repeating: 0x61, count: 90_000)
        let table = TestTable(cached: { _ in .found(value) })
        try await withServer(table) { server, _ in
            let client = try await TestClient(to: server, isReading: false)
            let count = 2000
            try await client.send((0..<count).flatMap { _ in Netstring.octets(Array("m k".utf8)) })
            // What goes into the buffers of both sides, and no more.
            await table.notes.wait { !$0.isEmpty }
            let other = try await TestClient(to: server)
            for number in 1...50 {
                try await other.ask("m other")
                await other.replies(number)
            }
            #expect(table.notes.values.filter { $0 == .cached("m/k") }.count < count / 2)
            try await client.startReading()
            #expect(await client.replies(count).count == count)
        }
    }

    @Test("Another table answers from the next request on")
    func replaced() async throws {
        try await withServer { server, _ in
            let client = try await TestClient(to: server)
            try await client.ask("m a")
            await client.replies(1)
            server.replaceTable(TestTable(cached: { _ in .notFound }))
            try await client.ask("m a")
            #expect(await client.replies(2) == ["OK m/a", "NOTFOUND "])
        }
    }
}
