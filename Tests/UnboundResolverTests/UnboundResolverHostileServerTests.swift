import DNS
import MailNames
import Testing
import UnboundResolver

extension UnboundResolverTests {
    /// Servers that are silent, late, wrong or too generous. Against the world of Integration/dns-resolver.
    @Suite struct HostileServerTests {
        struct Case: CustomTestStringConvertible, Sendable {
            var name: String
            var type = DNSRecordType.a
            /// Nil: any failure will do.
            var status: DNSStatus?
            var count = 0
            var testDescription: String { "\(name) \(type)" }
        }

        static let cases = [
            Case(name: "www.counted.org", status: .noError, count: 1),
            Case(name: "nodata.counted.org", status: .noError),
            Case(name: "nobody.counted.org", status: .nxDomain),
            // Deaf at first, and without EDNS: asked again until it answers.
            Case(name: "www.deaf.org", status: .noError, count: 1),
            Case(name: "www.noedns.org", status: .noError, count: 1),
            // Truncated: asked again over TCP.
            Case(name: "www.truncated.org", status: .noError, count: 1),
            Case(name: "www.large.org", type: .txt, status: .noError, count: 49),
            Case(name: "www.huge.org", type: .txt, status: .noError, count: 600),
            Case(name: "www.tcprefused.org"),
            Case(name: "www.tcpsilent.org"),
            // Answers to something else are not taken.
            Case(name: "www.wrongid.org"),
            Case(name: "www.wrongquestion.org"),
            Case(name: "www.garbage.org"),
            // Refusals.
            Case(name: "www.servfail.org", status: .serverFailure),
            Case(name: "www.refused.org", status: .serverFailure),
            Case(name: "www.notimp.org", status: .serverFailure),
            // Chains without an end.
            Case(name: "a.loop.org"),
            Case(name: "n0.endless.org"),
            // An answer is not made wrong by what else its server says.
            Case(name: "www.poison.org", status: .noError, count: 1),
            Case(name: "nobody.nosoa.org", status: .nxDomain),
        ]

        @Test(arguments: cases)
        func `Whatever a server does, there is an answer or a failure within the limit`(_ test: Case) async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration { $0.lookupLimit = .seconds(3) })
            defer { resolver.close() }
            let (answer, time) = await measure { await resolver.answer(question(test.name, test.type)) }
            if let status = test.status { #expect(answer.status == status) } else { #expect(answer.status.isFailure) }
            #expect(answer.data.count == test.count)
            #expect(answer.security == (answer.status.isFailure ? .indeterminate : .insecure))
            #expect(time < .seconds(3.3))
            print("  \(test.testDescription): \(answer.status) after \(Int(time.milliseconds)) ms")
        }

        @Test func `A truncated answer is asked for over TCP`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let asked = question("tcp.large.org", .txt)
            let before = world.questions(asked, over: "tcp")
            let answer = await resolver.answer(asked)
            #expect(answer.texts.count == 49)
            #expect(world.questions(asked, over: "tcp") == before + 1)
        }

        @Test func `A server can't plant an answer about another's name`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let answer = await resolver.answer(question("www.poison.org"))
            #expect(answer.records.map(\.name) == [name("www.poison.org")])
            #expect(await resolver.answer(question("www.unsigned.org")).data.map(\.presentation) == ["192.0.2.3"])
        }

        @Test(arguments: [0, 10_000])
        func `What was asked once is not asked again, neither an answer nor that there is none`(
            _ kept: Int
        ) async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration { $0.answersKeptMax = kept })
            defer { resolver.close() }
            for text in ["www.counted.org", "nobody\(kept).counted.org", "nodata\(kept).counted.org"] {
                let asked = question(text, .txt)
                let first = await resolver.answer(asked)
                let count = world.questions(asked)
                #expect(count > 0)
                for _ in 0..<5 {
                    let again = await resolver.answer(asked)
                    #expect(again.records.map(\.data) == first.records.map(\.data))
                    #expect(again.status == first.status)
                    #expect(again.ttlSeconds <= first.ttlSeconds && again.ttlSeconds > 0)
                }
                #expect(world.questions(asked) == count)
            }
        }

        @Test func `What may not be kept is asked for again`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let asked = question("www.brief.org")
            let before = world.questions(asked)
            for _ in 0..<3 { #expect(await resolver.answer(asked).addresses.count == 1) }
            #expect(world.questions(asked) - before == 3)
        }

        @Test func `Equal questions side by side go out once`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let asked = question("ms300.late.org")
            let before = world.questions(asked)
            let statuses = await withTaskGroup(of: DNSStatus.self) { group in
                for _ in 0..<50 { group.addTask { await resolver.answer(asked).status } }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(statuses == [.noError])
            #expect(world.questions(asked) == before + 1)
        }
    }
}
