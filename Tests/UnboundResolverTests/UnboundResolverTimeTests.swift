import DNS
import Foundation
import MailNames
import Testing
import UnboundResolver

extension UnboundResolverTests {
    /// Deadlines, cancellation, closing, and the way back after an outage. Against the world of
    /// Integration/dns-resolver.
    @Suite struct TimeTests {
        @Test func `A look-up that gets no answer ends at its deadline, within ten per cent`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            var worst = 0.0
            for milliseconds in [20, 50, 100, 250, 1000, 3000] {
                let wanted = Duration.milliseconds(milliseconds)
                let (answer, time) = await measure {
                    await resolver.answer(question("d\(milliseconds).never.org"), by: .now + wanted)
                }
                #expect(answer == DNSAnswer(question: answer.question, status: .timeout))
                #expect(time >= wanted)
                // Of the shortest, a scheduler's turn is ten per cent already.
                #expect(time < max(wanted * 1.1, wanted + .milliseconds(20)))
                worst = max(worst, (time - wanted).milliseconds)
            }
            print("  deadlines from 20 to 3000 ms: at most \(worst) ms late, never early")
        }

        @Test func `The configuration's limit holds where no earlier deadline is given`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(
                configuration: world.configuration { $0.lookupLimit = .milliseconds(200) })
            defer { resolver.close() }
            let (later, first) = await measure {
                await resolver.answer(question("l1.never.org"), by: .now + .seconds(60))
            }
            let (none, second) = await measure { await resolver.answer(question("l2.never.org")) }
            #expect(later.status == .timeout && none.status == .timeout)
            for time in [first, second] { #expect(time >= .milliseconds(200) && time < .milliseconds(240)) }
        }

        @Test func `An answer that comes after the deadline is there for the next question`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let intime = await resolver.answer(question("ms150.late.org"), by: .now + .seconds(2))
            #expect(intime.addresses.count == 1)
            let asked = question("ms350.late.org")
            let before = world.questions(asked)
            #expect(await resolver.answer(asked, by: .now + .milliseconds(60)).status == .timeout)
            #expect(await resolver.answer(asked, by: .now + .seconds(2)).addresses.count == 1)
            #expect(world.questions(asked) == before + 1)
        }

        @Test func `A deadline that has passed asks nobody`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let asked = question("past.counted.org")
            #expect(await resolver.answer(asked, by: .now - .seconds(1)).status == .timeout)
            #expect(world.questions(asked) == 0)
        }

        @Test func `Cancelling the task ends its look-up at once, and no other`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let asked = question("c1.never.org")
            let cancelled = Task { await measure { await resolver.answer(asked) } }
            let other = Task { await resolver.answer(question("ms400.late.org")) }
            // By the time that a late answer has come, the others are on their way.
            _ = await resolver.answer(question("ms200.late.org"))
            #expect(world.questions(asked) > 0)
            cancelled.cancel()
            let (answer, time) = await cancelled.value
            #expect(answer.status == .timeout)
            #expect(time < .seconds(1))
            #expect(await other.value.status == .noError)
        }

        @Test func `A task that is cancelled already does not wait`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer { resolver.close() }
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await measure { await resolver.answer(question("c2.never.org")) }
            }
            let (answer, time) = await task.value
            #expect(answer.status == .timeout)
            #expect(time < .milliseconds(100))
        }

        @Test func `Closing ends every look-up, and the thread`() async throws {
            guard let world = DNSWorld.shared else { return }
            // libunbound opens its log, which goes nowhere, once for the process.
            try UnboundResolver(configuration: world.configuration()).close()
            let before = Process.current
            let resolver = try UnboundResolver(configuration: world.configuration())
            let kept = question("www.example.org")
            #expect(await resolver.answer(kept).status == .noError)
            let statuses = await withTaskGroup(of: DNSStatus.self) { group in
                for number in 0..<200 {
                    group.addTask { await resolver.answer(question("e\(number).never.org")).status }
                }
                group.addTask {
                    _ = await resolver.answer(question("ms200.late.org"))
                    let (_, time) = await measure { resolver.close() }
                    #expect(time < .milliseconds(500))
                    return .noError
                }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [.serverFailure: 200, .noError: 1])
            let (late, time) = await measure { await resolver.answer(question("x.never.org")) }
            #expect(late.status == .serverFailure)
            #expect(time < .milliseconds(50))
            #expect(await resolver.answer(kept).status == .noError)
            #expect(await resolver.selfTest().validation == .unknown)
            resolver.close()
            #expect(await Process.hasNoResolverThread)
            // The one that is left wakes the thread, and lives as long as the object: a late caller must not write to
            // a number that the system has given to somebody else.
            #expect(Process.current.descriptors == before.descriptors + 1)
        }

        @Test func `A resolver that is let go without closing takes its thread along`() async throws {
            guard let world = DNSWorld.shared else { return }
            // libunbound opens its log, which goes nowhere, once for the process.
            try UnboundResolver(configuration: world.configuration()).close()
            let before = Process.current
            for _ in 0..<20 {
                let resolver = try UnboundResolver(configuration: world.configuration())
                #expect(await resolver.answer(question("example.org")).status == .noError)
            }
            #expect(Process.current.descriptors == before.descriptors)
            #expect(await Process.hasNoResolverThread)
        }

        @Test func `After an outage of its only server a zone is back within half a minute`() async throws {
            guard let world = DNSWorld.shared else { return }
            let resolver = try UnboundResolver(configuration: world.configuration())
            defer {
                world.setOutage(false)
                resolver.close()
            }
            #expect(await resolver.answer(question("a.outage.org")).status == .noError)
            world.setOutage(true)
            var number = 0
            let outage = ContinuousClock.now
            while outage.duration(to: .now) < .seconds(12) {
                number += 1
                let answer = await resolver.answer(question("b\(number).outage.org"), by: .now + .milliseconds(500))
                #expect(answer.status.isFailure)
            }
            world.setOutage(false)
            let end = ContinuousClock.now
            var status = DNSStatus.timeout
            while status != .noError, end.duration(to: .now) < .seconds(60) {
                number += 1
                // A failure is kept for some seconds by libunbound, so each question is a new one.
                status = await resolver.answer(question("b\(number).outage.org"), by: .now + .milliseconds(500)).status
            }
            let time = end.duration(to: .now)
            #expect(time < .seconds(30))
            print("  back \(Int(time.milliseconds)) ms after an outage of 12 s")
        }
    }
}

/// What the process holds.
struct Process {
    var descriptors: Int
    var residentKilobytes: Int

    /// How many threads have the name that the resolver gives to its own.
    static var resolverThreads: Int {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return threads.count { thread in
            (try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8)) == "postseal-dns\n"
        }
    }

    /// Whether the resolver's threads are gone. One that has been joined is still listed for a moment.
    static var hasNoResolverThread: Bool {
        get async {
            let end = ContinuousClock.now + .seconds(2)
            while resolverThreads > 0, ContinuousClock.now < end { await Task.yield() }
            return resolverThreads == 0
        }
    }

    static var current: Process {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func number(_ field: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") } ?? ""
            return Int(line.filter(\.isNumber)) ?? 0
        }
        return Process(
            descriptors: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0,
            residentKilobytes: number("VmRSS"))
    }
}
