import DNS
import MailNames
import Testing
import UnboundResolver

extension UnboundResolverTests {
    /// Many look-ups at once: nothing is lost, nothing grows, and the silent do not block the others. Prints how fast it
    /// went. Against the world of Integration/dns-resolver.
    @Suite struct LoadTests {
        static let count = 10_000

        /// Asks everything at once and counts the results.
        static func ask(
            _ resolver: UnboundResolver, _ names: [String], _ type: DNSRecordType, within limit: Duration = .seconds(30)
        ) async -> [DNSStatus: Int] {
            let questions = names.map { question($0, type) }
            let deadline = ContinuousClock.now + limit
            return await withTaskGroup(of: DNSStatus.self) { group in
                for question in questions { group.addTask { await resolver.answer(question, by: deadline).status } }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
        }

        static func names(_ round: Int, in zone: String) -> [String] { (0..<count).map { "r\(round)n\($0).\(zone)" } }

        static func rate(_ count: Int, _ time: Duration) -> Int { Int(Double(count) / (time / .seconds(1))) }

        @Test func `Ten thousand look-ups at once are all answered, round after round, and the process does not grow`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration {
                    $0.lookupLimit = .seconds(30)
                    $0.cacheOctetsMax = 2 << 20
                    $0.answersKeptMax = 0
                })
            defer { resolver.close() }
            var sizes: [Int] = []
            for round in 0..<6 {
                let names = Self.names(round, in: "wild.example.org")
                let (statuses, time) = await measure { await Self.ask(resolver, names, .txt) }
                #expect(statuses == [.noError: Self.count])
                sizes.append(Process.current.residentKilobytes)
                print("  round \(round): \(Self.rate(Self.count, time)) new look-ups a second, resident \(sizes[round]) kB")
            }
            #expect(sizes[5] < sizes[2] + 4096)
        }

        @Test func `Ten thousand look-ups that nobody answers end on time, and leave the others their way`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration { $0.lookupLimit = .seconds(30) })
            defer { resolver.close() }
            let before = Process.current
            #expect(await resolver.answer(question("example.org")).status == .noError)
            for round in 0..<4 {
                let names = Self.names(round, in: "never.org")
                let (statuses, time) = await measure {
                    await Self.ask(resolver, names, .a, within: .seconds(1))
                }
                let failed = statuses[.timeout, default: 0] + statuses[.serverFailure, default: 0]
                #expect(failed == Self.count)
                #expect(time < .seconds(1.1))
                let (other, otherTime) = await measure { await resolver.answer(question("r\(round).wild.example.org", .txt)) }
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
                let resolver = try UnboundResolver(configuration: world.configuration { $0.answersKeptMax = kept })
                defer { resolver.close() }
                let names = (0..<100).map { "f\($0).wild.example.org" }
                _ = await Self.ask(resolver, names, .txt)
                let many = Array(repeating: names, count: 500).flatMap { $0 }
                let (statuses, time) = await measure { await Self.ask(resolver, many, .txt) }
                #expect(statuses == [.noError: many.count])
                let asked = question(names[0], .txt)
                let (_, sequential) = await measure { for _ in 0..<10_000 { _ = await resolver.answer(asked) } }
                print(
                    "  kept by", kept == 0 ? "libunbound alone:" : "the front cache:",
                    "\(Self.rate(many.count, time)) look-ups a second side by side,",
                    "\(sequential.milliseconds / 10) us one after the other")
            }
        }
    }
}
