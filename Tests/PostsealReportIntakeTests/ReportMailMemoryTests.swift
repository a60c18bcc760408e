import MailNames
import Synchronization
import Testing

@testable import PostsealReportIntake

/// The memory of reports that come in: nobody keeps others out of it by sending slowly.
@Suite struct ReportMailMemoryTests {
    /// Stands still until it is told.
    private final class Clock: Sendable {
        private let start = ContinuousClock.now
        private let seconds = Mutex(0)

        var now: ContinuousClock.Instant { start + .seconds(seconds.withLock(\.self)) }

        func pass(_ more: Int) { seconds.withLock { $0 += more } }
    }

    private static func memory(_ clock: Clock = Clock()) -> ReportMailMemory {
        ReportMailMemory(octetsMax: 100) { clock.now }
    }

    @Test func itIsGivenBack() {
        let memory = Self.memory()
        do {
            let share = ReportMailMemory.Share(of: memory)
            #expect(share.add(100) && memory.octets == 100)
            #expect(!share.add(1) && memory.octets == 0)
            // What had to make room comes again as a whole.
            #expect(!share.add(1) && share.complete() == nil)
        }
        do {
            let share = ReportMailMemory.Share(of: memory)
            #expect(share.add(100) && share.complete()?.count == 100)
            #expect(memory.octets == 100)
        }
        #expect(memory.octets == 0)
    }

    @Test func whatIsTakenInIsWhatCame() {
        let share = ReportMailMemory.Share(of: Self.memory())
        for octet: UInt8 in 1...3 { #expect(share.add(2, octet)) }
        #expect(share.complete() == [1, 1, 2, 2, 3, 3])
        #expect(share.complete() == nil && !share.add(1))
    }

    @Test func whoStopsMakesRoom() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let (large, small) = (ReportMailMemory.Share(of: memory), ReportMailMemory.Share(of: memory))
        #expect(large.add(60) && small.add(40))
        clock.pass(10)
        let quick = ReportMailMemory.Share(of: memory)
        // What holds most for longest goes, and no more than is needed.
        #expect(quick.add(50) && memory.octets == 90)
        #expect(quick.complete()?.count == 50)
        #expect(!large.add(1) && large.complete() == nil)
        #expect(small.add(1) && small.complete()?.count == 41)
    }

    @Test func aSmallOneIsThereForLonger() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let small = ReportMailMemory.Share(of: memory)
        #expect(small.add(5))
        clock.pass(10)
        let large = ReportMailMemory.Share(of: memory)
        #expect(large.add(95))
        clock.pass(10)
        #expect(ReportMailMemory.Share(of: memory).add(1))
        #expect(small.complete()?.count == 5 && large.complete() == nil)
    }

    /// One who is slow, and alone, does not go before one with many connections.
    @Test func manyOfOneClientCountTogether() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let honest = ReportMailMemory.Share(of: memory, from: .v4(1))
        #expect(honest.add(30))
        // Addresses of one IPv6 network.
        let many = (0..<10).map { ReportMailMemory.Share(of: memory, from: .v6(7, $0)) }
        for share in many { #expect(share.add(6)) }
        clock.pass(10)
        // 300 of the honest one, 600 of the others, of whom no more go than is needed.
        let (next, other) = (ReportMailMemory.Share(of: memory, from: .v4(2)), ReportMailMemory.Share(of: memory))
        #expect(next.add(10) && other.add(6))
        #expect(many.count { $0.complete() != nil } == 9)
        #expect(honest.complete()?.count == 30)
    }

    /// A socket of both families tells IPv4 clients as parts of IPv6: they are not one client.
    @Test func mappedAddressesAreThoseThatTheyStandFor() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let honest = ReportMailMemory.Share(of: memory, from: .v6(0, 0xFFFF_C000_0201))
        #expect(honest.add(40))
        let same = [IPAddress.v6(0, 0xFFFF_C000_0202), .v4(0xC000_0202)]
        let many = same.map { ReportMailMemory.Share(of: memory, from: $0) }
        for share in many { #expect(share.add(30)) }
        clock.pass(10)
        #expect(ReportMailMemory.Share(of: memory).add(30))
        #expect(honest.complete()?.count == 40)
    }

    @Test func ofAClientThePartGoesThatHoldsMost() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let parts = [20, 40, 30].map { count in
            let share = ReportMailMemory.Share(of: memory, from: .v4(1))
            #expect(share.add(count))
            return share
        }
        clock.pass(10)
        #expect(ReportMailMemory.Share(of: memory, from: .v4(2)).add(50))
        #expect(parts.map { $0.complete()?.count } == [20, nil, 30])
    }

    /// It is not in the hands of who sent it how long it takes from there on.
    @Test func whatHasComeInAsAWholeStays() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let whole = ReportMailMemory.Share(of: memory)
        #expect(whole.add(90) && whole.complete()?.count == 90)
        clock.pass(1000)
        let next = ReportMailMemory.Share(of: memory)
        #expect(next.add(10) && !next.add(1) && memory.octets == 90)
        whole.giveBack()
        #expect(memory.octets == 0)
    }

    /// However many stop, whoever comes behind them finds room.
    @Test func manyThatStopKeepNobodyOut() {
        let clock = Clock()
        let memory = Self.memory(clock)
        let stopped = (0..<1000).map { _ in ReportMailMemory.Share(of: memory) }
        for share in stopped { _ = share.add(1) }
        for _ in 0..<10 {
            clock.pass(1)
            let quick = ReportMailMemory.Share(of: memory)
            for _ in 0..<5 { #expect(quick.add(10)) }
            #expect(quick.complete()?.count == 50)
            #expect(memory.octets <= 100)
        }
    }
}

extension ReportMailMemory.Share {
    fileprivate func add(_ count: Int, _ octet: UInt8 = 1) -> Bool { add(Array(repeating: octet, count: count)[...]) }
}
