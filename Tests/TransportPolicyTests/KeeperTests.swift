import DNS
import MTASTS
import MailBytes
import MailNames
import TestSupport
import Testing
import Trace
import TransportPolicy

@Suite struct KeeperTests {
    private let domain = try? DomainName("example.org")
    private static let record = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]

    private func state(
        _ lines: [String], _ keeper: MTASTSKeeper, at time: UnixTime = now
    ) async throws -> STSState {
        var trace = Trace.enabled
        return await keeper.state(
            of: try DomainName("example.org"), resolver: SignedZones(lines, signed: []), at: time, &trace)
    }

    /// RFC 8461 §3.3: fetched once, and in force until its age says so.
    @Test func aPolicyIsFetchedOnceAndKept() async throws {
        let policies = Policies(mode: "enforce", mx: "mx.example.org")
        let keeper = MTASTSKeeper(store: MTASTSMemory(), fetcher: policies)
        #expect(try await state(Self.record, keeper).active?.policy.mode == .enforce)
        #expect(try await state(Self.record, keeper, at: now.adding(seconds: 60)).active != nil)
        #expect(policies.count == 1)
    }

    /// RFC 8461 §3.3, §10.2: whoever can silence DNS and HTTPS can't switch it off for those who know it.
    @Test func aKeptPolicyOutlivesDNSAndItsHost() async throws {
        let store = MTASTSMemory()
        _ = try await state(
            Self.record, MTASTSKeeper(store: store, fetcher: Policies(mode: "enforce", mx: "mx.example.org")))
        let later = MTASTSKeeper(store: store, fetcher: Policies())
        for lines in [["other.example A 192.0.2.1"], ["_mta-sts.example.org TXT servfail"], Self.record] {
            #expect(try await state(lines, later, at: now.adding(seconds: 3_600)).active != nil, "\(lines)")
        }
        #expect(try await state(Self.record, later, at: now.adding(seconds: 86_401)).active == nil, "its time is over")
    }

    /// RFC 8461 §3.3: a first fetch that fails means no policy, and is not tried for every message.
    @Test func aFailedFetchIsNotRepeatedAtOnce() async throws {
        let policies = Policies()
        let keeper = MTASTSKeeper(store: MTASTSMemory(), fetcher: policies)
        for second in [0, 1, 100, 299] as [Int64] {
            let state = try await state(Self.record, keeper, at: now.adding(seconds: second))
            #expect(state.active == nil)
            #expect(state.entry?.failure?.kind == .fetchError)
        }
        #expect(policies.count == 1)
        _ = try await state(Self.record, keeper, at: now.adding(seconds: 301))
        #expect(policies.count == 2)
    }

    @Test func manyWhoAskAtOnceFetchOnce() async throws {
        let policies = Policies(mode: "enforce", mx: "mx.example.org")
        let keeper = MTASTSKeeper(store: MTASTSMemory(), fetcher: policies)
        let found = try await withThrowingTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<200 { tasks.addTask { try await self.state(Self.record, keeper).active != nil } }
            return try await tasks.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(found == 200)
        #expect(policies.count == 1)
    }

    @Test func withoutARecordNothingIsFetched() async throws {
        let policies = Policies(mode: "enforce", mx: "mx.example.org")
        let keeper = MTASTSKeeper(store: MTASTSMemory(), fetcher: policies)
        for lines in [
            ["example.org A 192.0.2.1"], ["_mta-sts.example.org TXT servfail"],
            ["_mta-sts.example.org TXT \"v=STSv1; id=1;\"", "_mta-sts.example.org TXT \"v=STSv1; id=2;\""],
            ["_mta-sts.example.org TXT \"v=STSv1; id=not-alphanumeric;\""],
        ] { #expect(try await state(lines, keeper).active == nil) }
        #expect(policies.count == 0)
    }
}
