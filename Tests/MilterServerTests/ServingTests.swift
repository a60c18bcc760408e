import MilterProtocol
import MilterServer
import TestSupport
import Testing

@Suite("A milter server and its messages", .timeLimit(.minutes(10)))
struct ServingTests {
    @Test("A message is judged, changed and answered")
    func message() async throws {
        let seen = Diary<(MilterMessage, [UInt8], String?)>()
        let change = MilterChange.insertHeader(index: 1, name: [UInt8]("A"), value: [UInt8](" b"))
        var filter = TestFilter()
        filter.finish = { message, body, macros in
            seen.add((message, body, macros.text("i")))
            return MilterJudgement(verdict: .accept, changes: [change])
        }
        try await withServer(filter) { server, diary in
            let client = try await server.connect()
            let outcome = try await client.send(.sample)
            #expect(outcome == MilterOutcome(command: 0x45, reply: .accept, refusedRecipients: [], changes: [change]))
            await client.quit()
            #expect(await diary.closed() == [.quit])
            #expect(
                diary.events.values == [.opened, .negotiated(client.negotiated), .closed(.quit)])
        }
        let (message, body, queueID) = try #require(seen.values.first)
        #expect(message.header == MilterTransaction.sample.header)
        #expect(message.recipients == MilterTransaction.sample.recipients)
        #expect(message.actions == .all.subtracting(.chooseMacros))
        #expect(body == MilterTransaction.sample.body)
        #expect(queueID == "4F2A")
        #expect(filter.notes.values == [.began(1), .finishing, .finished])
    }

    static let verdicts: [(verdict: MilterVerdict, reply: MilterReply)] = [
        (.continue, .accept), (.accept, .accept), (.reject, .reject), (.tempfail, .tempfail), (.discard, .discard),
    ]

    @Test("Every verdict arrives, and none but a good one takes changes along", arguments: verdicts)
    func verdict(_ example: (verdict: MilterVerdict, reply: MilterReply)) async throws {
        var filter = TestFilter()
        filter.finish = { _, _, _ in
            MilterJudgement(verdict: example.verdict, changes: [.addHeader(name: [UInt8]("A"), value: [UInt8](" b"))])
        }
        try await withServer(filter) { server, _ in
            let client = try await server.connect()
            let outcome = try await client.send(.sample)
            #expect(outcome.reply == example.reply)
            #expect(outcome.changes.count == (example.reply == .accept ? 1 : 0))
            await client.close()
        }
    }

    @Test("Several messages of several clients come over one connection")
    func messages() async throws {
        let seen = Diary<MilterMessage>()
        var filter = TestFilter()
        filter.finish = { message, _, _ in
            seen.add(message)
            return MilterJudgement(verdict: .accept)
        }
        try await withServer(filter) { server, diary in
            let client = try await server.connect()
            var transaction = MilterTransaction.sample
            _ = try await client.send(transaction)
            _ = try await client.send(transaction)
            await client.nextClient()
            transaction.helo = [UInt8]("other.example.net")
            _ = try await client.send(transaction)
            await client.quit()
            #expect(await diary.closed() == [.quit])
        }
        #expect(seen.values.map(\.number) == [1, 2, 3])
        #expect(
            seen.values.map(\.helo) == [
                [UInt8]("mx.example.net"), [UInt8]("mx.example.net"), [UInt8]("other.example.net"),
            ])
    }

    @Test("A body of any size arrives, whatever the mail server offers", arguments: [MilterNegotiation.all, .version2])
    func largeBody(_ offer: MilterNegotiation) async throws {
        var transaction = MilterTransaction.sample
        transaction.body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let seen = Diary<[UInt8]>()
        var filter = TestFilter()
        filter.finish = { _, body, _ in
            seen.add(body)
            return MilterJudgement(verdict: .accept, changes: [.replaceBody(body + body)])
        }
        try await withServer(filter) { server, _ in
            let client = try await server.connect(offer: offer)
            var applier = MilterChangeApplier(transaction)
            applier.apply(try await client.send(transaction).changes)
            #expect(applier.body == transaction.body + transaction.body)
            await client.quit()
        }
        #expect(seen.values == [transaction.body])
    }

    @Test("What a judge does not need of a body is not sent")
    func skip() async throws {
        var transaction = MilterTransaction.sample
        transaction.body = [UInt8](repeating: 0x61, count: 1_000_000)
        let seen = Diary<Int>()
        var filter = TestFilter()
        filter.bodyOctetsWanted = 1
        filter.finish = { _, body, _ in
            seen.add(body.count)
            return MilterJudgement(verdict: .accept)
        }
        try await withServer(filter) { server, _ in
            let client = try await server.connect()
            #expect(try await client.send(transaction).reply == .accept)
            await client.quit()
        }
        #expect(seen.values == [65_535])
    }

    @Test("Two hundred connections at once")
    func many() async throws {
        let gate = Gate()
        let filter = TestFilter(finish: { message, _, _ in
            await gate.pass()
            return MilterJudgement(verdict: .accept, changes: [.addHeader(name: message.sender.address, value: [])])
        })
        try await withServer(filter) { server, diary in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        var transaction = MilterTransaction.sample
                        transaction.sender = MilterPath("sender-\(number)")
                        let client = try await server.connect()
                        let outcome = try await client.send(transaction)
                        await client.quit()
                        let field = MilterChange.addHeader(name: [UInt8]("sender-\(number)"), value: [])
                        return outcome.changes == [field]
                    }
                }
                // All of them are being judged, before one is answered.
                await filter.notes.wait { $0.count { $0 == .finishing } == 200 }
                #expect(server.connections == 200)
                gate.open()
                for try await isRight in group { #expect(isRight) }
            }
            #expect(await diary.closed(200) == Array(repeating: .quit, count: 200))
        }
    }

    @Test("Another filter takes the next messages, the old one finishes its own")
    func replaced() async throws {
        let gate = Gate()
        let old = TestFilter(finish: { _, _, _ in
            await gate.pass()
            return MilterJudgement(verdict: .tempfail)
        })
        let new = TestFilter(finish: { _, _, _ in MilterJudgement(verdict: .reject) })
        try await withServer(old) { server, _ in
            let client = try await server.connect()
            async let first = client.send(.sample)
            await old.notes.wait(for: .finishing)
            server.replaceFilter(new)
            gate.open()
            #expect(try await first.reply == .tempfail)
            // On the same connection.
            #expect(try await client.send(.sample).reply == .reject)
            await client.quit()
        }
        #expect(old.notes.values == [.began(1), .finishing, .finished])
        #expect(new.notes.values == [.began(2), .finishing, .finished])
    }

    /// A header edit, and one that the mail server does not take or that is none.
    static let changes: [MilterChange] = [
        .changeHeader(name: [UInt8]("From"), occurrence: 1, value: [UInt8](" b")),
        .addHeader(name: [UInt8]("A:B"), value: []),
    ]

    @Test("Where one change is refused, none is made, and the judge's word for it counts", arguments: changes)
    func refused(_ change: MilterChange) async throws {
        let good = MilterChange.addHeader(name: [UInt8]("A"), value: [UInt8](" b"))
        var offer = MilterNegotiation.all
        offer.actions.remove(.changeHeader)
        for fallback in [nil, MilterVerdict.reject, .accept] {
            var filter = TestFilter()
            filter.finish = { _, _, _ in
                var judgement = MilterJudgement(verdict: .accept, changes: [good, change, good])
                if let fallback { judgement.fallback = fallback }
                return judgement
            }
            try await withServer(filter) { [offer] server, diary in
                let client = try await server.connect(offer: offer)
                let outcome = try await client.send(.sample)
                #expect(outcome.reply == (fallback ?? .tempfail).reply)
                #expect(outcome.changes == [])
                await client.quit()
                let refused = diary.events.values.compactMap {
                    if case .changesRefused(let refused) = $0 { refused.refused.map(\.change) } else { nil }
                }
                #expect(refused == [[change]])
            }
        }
    }

    @Test("The macros that were asked for arrive")
    func macros() async throws {
        var options = MilterServerOptions.test
        options.preferences.macros = [MilterMacroList(.connect, ["j"]), MilterMacroList(.endOfMessage, ["i"])]
        let seen = Diary<(String?, String?, String?)>()
        var filter = TestFilter()
        filter.finish = { message, _, macros in
            seen.add((message.macros.text("j"), message.macros.text("i"), macros.text("{i}")))
            return MilterJudgement(verdict: .accept)
        }
        try await withServer(filter, options: options) { server, _ in
            let client = try await server.connect()
            #expect(client.negotiated.macros == options.preferences.macros)
            _ = try await client.send(.sample)
            await client.quit()
        }
        let (name, early, late) = try #require(seen.values.first)
        #expect(name == "mail.example.org")
        // It comes with the end of the header, too, where nothing else was chosen.
        #expect(early == "4F2A")
        #expect(late == "4F2A")
    }
}
