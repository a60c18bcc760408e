import DNS
import MTASTS
import MailBytes
import MailNames
import Synchronization
import TestSupport
import Testing
import Trace
import TransportPolicy

@testable import PostsealTransport

/// Policies are fetched anew ahead of their end (RFC 8461 §10.2).
@Suite struct PolicyRefreshTests {
    private static let begin = UnixTime(seconds: 1_800_000_000)
    private static let record = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]

    /// A policy host that works or does not, and counts.
    private final class Host: MTASTSPolicyFetcher {
        let isUp = Mutexed(true)
        let maxAge = Mutexed(604_800)
        let fetches = Mutexed(0)

        func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome {
            fetches.change { $0 += 1 }
            guard isUp.value else { return .failure(.status(503)) }
            let text = "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: \(maxAge.value)\n"
            return .policy(text: Array(text.utf8), mediaType: "text/plain")
        }
    }

    private struct Bench {
        let host = Host()
        let cache: MTASTSCacheFile
        let time = Mutexed(begin)
        var lines = record

        init(_ folder: String) throws { cache = try MTASTSCacheFile(path: "\(folder)/mta-sts") { _ in } }

        var keeper: MTASTSKeeper { MTASTSKeeper(store: cache, fetcher: host) }

        /// Goes through all domains, so much later.
        func refresh(after seconds: Int64) async -> [PolicyRefresh<ZoneResolver>.Warning] {
            time.change { $0 = begin.adding(seconds: seconds) }
            return await PolicyRefresh(
                cache: cache, keeper: keeper, resolver: ZoneResolver(zones: SignedZones(lines, signed: [])),
                now: { [time] in time.value }
            ).run()
        }

        /// A message to the domain.
        func ask() async throws -> STSState {
            var trace = Trace.disabled
            return await keeper.state(
                of: try DomainName("example.org"), resolver: SignedZones(lines, signed: []), at: time.value, &trace)
        }
    }

    @Test func onceADayAndNotBefore() async throws {
        try await withFolder { folder in
            let bench = try Bench(folder)
            _ = try await bench.ask()
            for (hours, fetches) in [(1, 1), (23, 1), (25, 2), (26, 2), (50, 3)] as [(Int64, Int)] {
                #expect(await bench.refresh(after: hours * 3_600).isEmpty)
                #expect(bench.host.fetches.value == fetches, "after \(hours) hours")
            }
            #expect(
                await bench.cache.entry(for: try DomainName("example.org"))?.fetched?.fetchedAt.seconds
                    == Self.begin.seconds + 50 * 3_600)
        }
    }

    /// A policy that lives for less than a day is fetched when half of its life is over.
    @Test func shortLivesAreLookedAfterSooner() async throws {
        try await withFolder { folder in
            let bench = try Bench(folder)
            bench.host.maxAge.change { $0 = 7_200 }
            _ = try await bench.ask()
            _ = await bench.refresh(after: 3_000)
            #expect(bench.host.fetches.value == 1)
            _ = await bench.refresh(after: 3_700)
            #expect(bench.host.fetches.value == 2)
        }
    }

    /// What keeps failing is told once a day, and the policy holds to its end.
    @Test func aHostThatIsDownIsTold() async throws {
        try await withFolder { folder in
            let bench = try Bench(folder)
            _ = try await bench.ask()
            bench.host.isUp.change { $0 = false }
            var warnings: [Int64] = []
            for hour in 25..<167 as Range<Int64> {
                for warning in await bench.refresh(after: hour * 3_600) {
                    warnings.append(hour)
                    #expect(warning.domain.text == "example.org" && warning.reason.contains("503"))
                    #expect(warning.expiresAt == Self.begin.adding(seconds: 604_800))
                }
                #expect(try await bench.ask().active != nil)
            }
            #expect((1...7).contains(warnings.count), "\(warnings)")
            bench.time.change { $0 = Self.begin.adding(seconds: 604_801) }
            #expect(try await bench.ask().active == nil)
        }
    }

    /// The record that is gone, or can't be looked up, does not keep a policy from being fetched anew.
    @Test func withoutARecordItIsFetchedAllTheSame() async throws {
        for lines in [["example.org A 192.0.2.1"], ["_mta-sts.example.org TXT servfail"]] {
            try await withFolder { folder in
                var bench = try Bench(folder)
                _ = try await bench.ask()
                bench.lines = lines
                #expect(await bench.refresh(after: 90_000).isEmpty)
                #expect(bench.host.fetches.value == 2)
            }
        }
    }

    /// Many domains: each once, and none of them in the way of another.
    @Test func manyDomains() async throws {
        try await withFolder { folder in
            var bench = try Bench(folder)
            let names = try (0..<50).map { try DomainName("d\($0).example") }
            bench.lines = names.map { "_mta-sts.\($0.text) TXT \"v=STSv1; id=1;\"" }
            let policy = try MTASTSPolicy(
                parsing: Array("version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 604800\n".utf8))
            for name in names {
                await bench.cache.keep(
                    MTASTSCacheEntry(domain: name, fetched: .init(policy: policy, id: "1", fetchedAt: Self.begin)))
            }
            #expect(await bench.refresh(after: 90_000).isEmpty)
            #expect(bench.host.fetches.value == 50)
            #expect(await bench.refresh(after: 90_060).isEmpty)
            #expect(bench.host.fetches.value == 50)
        }
    }

    /// A restart knows what the program before knew: with DNS and the policy host gone, mail is held to the policy.
    @Test func aRestartHoldsToWhatWasKnown() async throws {
        try await withFolder { folder in
            let before = try Bench(folder)
            _ = try await before.ask()
            var after = try Bench(folder)
            after.host.isUp.change { $0 = false }
            after.lines = ["_mta-sts.example.org TXT servfail"]
            #expect(try await after.ask().active?.policy.mode == .enforce)
            #expect(after.host.fetches.value == 0)
        }
    }
}
