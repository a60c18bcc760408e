import DNS
import MailNames
import Testing
import UnboundResolver

extension UnboundResolverTests {
    /// Many look-ups at once: nothing is lost, nothing grows, and the silent do not block the others. Prints how fast
    /// it went. Against the world of Integration/dns-resolver.
    @Suite struct LoadTests {
        static let count = 10_000
        static let rounds = 8

        /// Asks everything at once and counts the results.
        static func ask(
            _ resolver: UnboundResolver, _ questions: [DNSQuestion], within limit: Duration = .seconds(30)
        ) async -> [DNSStatus: Int] {
            let deadline = ContinuousClock.now + limit
            // In groups of a hundred: a task group takes its children out of a list, one after the other.
            return await withTaskGroup(of: [DNSStatus: Int].self) { groups in
                for start in stride(from: 0, to: questions.count, by: 100) {
                    groups.addTask {
                        await withTaskGroup(of: DNSStatus.self) { group in
                            for question in questions[start..<min(start + 100, questions.count)] {
                                group.addTask { await resolver.answer(question, by: deadline).status }
                            }
                            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
                        }
                    }
                }
                return await groups.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            }
        }

        static func names(_ round: Int, in zone: String) -> [String] { (0..<count).map { "r\(round)n\($0).\(zone)" } }

        static func rate(_ count: Int, _ time: Duration) -> Int { Int(Double(count) / (time / .seconds(1))) }

        @Test func `Of ten thousand look-ups at once each is answered, and the process does not grow`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration {
                    $0.lookupLimit = .seconds(30)
                    $0.cacheOctetsMax = 2 << 20
                    $0.answersKeptMax = 0
                })
            defer { resolver.close() }
            var sizes: [Int] = []
            for round in 0..<Self.rounds {
                let questions = Self.names(round, in: "wild.example.org").map { question($0, .txt) }
                let (statuses, time) = await measure { await Self.ask(resolver, questions) }
                #expect(statuses == [.noError: Self.count])
                sizes.append(Process.current.residentKilobytes)
                print(
                    "  round \(round): \(Self.rate(Self.count, time)) new look-ups a second,",
                    "resident \(sizes[round]) kB")
            }
            // The first half fills the caches. What malloc keeps goes up and down by some megabytes; a leak of a
            // look-up's records, some 300 octets, would make the second half grow by 12 MB.
            #expect(sizes[Self.rounds - 1] < sizes[Self.rounds / 2 - 1] + 10_240)
        }

        @Test func `Ten thousand look-ups that nobody answers end on time and hinder no other`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration { $0.lookupLimit = .seconds(30) })
            defer { resolver.close() }
            let before = Process.current
            #expect(await resolver.answer(question("example.org")).status == .noError)
            for round in 0..<4 {
                let questions = Self.names(round, in: "never.org").map { question($0) }
                let (statuses, time) = await measure { await Self.ask(resolver, questions, within: .seconds(1)) }
                let failed = statuses[.timeout, default: 0] + statuses[.serverFailure, default: 0]
                #expect(failed == Self.count)
                // On a busy machine it takes a while until ten thousand tasks have had their turn.
                #expect(time >= .seconds(1) && time < .seconds(1.5))
                let (other, otherTime) = await measure {
                    await resolver.answer(question("r\(round).wild.example.org", .txt))
                }
                #expect(other.status == .noError)
                print(
                    "  round \(round): all ended after \(Int(time.milliseconds)) ms \(statuses);",
                    "another zone's look-up right after took \(otherTime.milliseconds) ms;",
                    "resident \(Process.current.residentKilobytes) kB, before \(before.residentKilobytes) kB")
            }
        }

        @Test func `How fast it is`() async throws {
            guard let world = DNSWorld.shared else { return }
            for kept in [0, 10_000] {
                let resolver = try UnboundResolver(
                    configuration: world.configuration {
                        $0.answersKeptMax = kept
                        $0.lookupLimit = .seconds(30)
                    })
                defer { resolver.close() }
                let questions = (0..<100).map { question("f\($0).wild.example.org", .txt) }
                _ = await Self.ask(resolver, questions)
                let many = Array(repeating: questions, count: 500).flatMap { $0 }
                let (statuses, time) = await measure { await Self.ask(resolver, many) }
                #expect(statuses == [.noError: many.count])
                let asked = questions[0]
                let (_, sequential) = await measure { for _ in 0..<10_000 { _ = await resolver.answer(asked) } }
                print(
                    "  kept by", kept == 0 ? "libunbound alone:" : "the front cache:",
                    "\(Self.rate(many.count, time)) look-ups a second side by side,",
                    "\(sequential.milliseconds / 10) us one after the other")
            }
        }
    }
}
