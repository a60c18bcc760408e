import MailBytes
import MailReports
import PostsealReports
import TestSupport
import Testing

/// What TLS reports about many domains come to: the same, whatever store it is.
@Suite struct TLSOverviewTests {
    private static func report(_ id: Int, _ numbers: inout Numbers) -> ReportArrival {
        let policies = (0..<6).map { _ in
            let failures = (0..<numbers.below(8)).map { _ in
                let kind = ["certificate-expired", "validation-failure", "sts-policy-invalid"][numbers.below(3)]
                let host = numbers.below(3) == 0 ? "" : ",\"receiving-mx-hostname\":\"mx\(numbers.below(3)).example\""
                let sender = numbers.below(3) == 0 ? "" : ",\"sending-mta-ip\":\"192.0.2.\(numbers.below(3))\""
                return "{\"result-type\":\"\(kind)\",\"failed-session-count\":\(numbers.below(90) + 1)\(host)\(sender)}"
            }
            return """
                {"policy":{"policy-type":"sts","policy-domain":"d\(numbers.below(9)).example"},
                "summary":{"total-successful-session-count":\(numbers.below(500)),
                "total-failure-session-count":\(numbers.below(50))},
                "failure-details":[\(failures.joined(separator: ","))]}
                """
        }
        let day = 10 + id % 12
        let text = """
            {"organization-name":"Sender \(id % 3)","date-range":{"start-datetime":"2026-11-\(day)T00:00:00Z",
            "end-datetime":"2026-11-\(day)T23:59:59Z"},"contact-info":"a@sender.example","report-id":"\(id)",
            "policies":[\(policies.joined(separator: ","))]}
            """
        return ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now)
    }

    /// From the sums of each domain.
    private static func slow(
        _ store: any ReportStore, _ domains: [String], _ from: UnixTime, _ to: UnixTime
    ) async throws -> TLSOverview {
        var overview = TLSOverview()
        var failures: [[String]: Int] = [:]
        for domain in domains {
            for sum in try await store.tlsSums(of: domain, from: from, to: to) {
                switch sum.outcome {
                case .succeeded: overview.succeeded += sum.sessions
                case .failed: overview.failed += sum.sessions
                case .failure(let failure):
                    let place = failure.mx.map { "mx \($0)" } ?? "from \(failure.sender.text ?? "")"
                    failures[[domain, place, failure.result], default: 0] += sum.sessions
                }
            }
        }
        overview.failures = failures.map { key, sessions in
            TLSOverview.Failure(
                domain: key[0], failure: TLSTally.Failure(result: key[2], mx: key[1]), sessions: sessions)
        }
        return overview
    }

    private static func lines(_ failures: [TLSOverview.Failure]) -> Set<String> {
        Set(
            failures.map {
                let place = $0.failure.mx ?? "from \($0.failure.sender.text ?? "")"
                let host = place.hasPrefix("mx ") || place.hasPrefix("from ") ? place : "mx \(place)"
                return "\($0.domain) \(host) \($0.failure.result) \($0.sessions)"
            })
    }

    @Test(arguments: StoreKind.allCases)
    func itIsTheSumOfItsDomains(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var numbers = Numbers(seed: 5)
            _ = try await store.take((0..<40).map { Self.report($0, &numbers) })
            let all = try await store.tlsDomains()
            #expect(all.count == 9)
            let (first, last) = (UnixTime(seconds: Made.day - 8 * 86_400), UnixTime(seconds: Made.day - 2 * 86_400))
            for (domains, from, to) in [
                (all, UnixTime(seconds: 0), UnixTime(seconds: .max)), (all, first, last),
                (["d3.example", "d7.example", "none.example"], first, last), ([], first, last),
            ] {
                let expected = try await Self.slow(store, domains, from, to)
                let found = try await store.tlsOverview(of: domains, from: from, to: to, failures: 1000)
                #expect(found.succeeded == expected.succeeded && found.failed == expected.failed)
                #expect(Self.lines(found.failures) == Self.lines(expected.failures))
                #expect(found.failures.count == expected.failures.count)
                #expect(found.failures.map(\.sessions) == expected.failures.map(\.sessions).sorted(by: >))
                // Some of them are those with most sessions, and piece by piece it comes to the same.
                let few = try await store.tlsOverview(of: domains, from: from, to: to, failures: 7)
                #expect(few.failures.map(\.sessions) == found.failures.prefix(7).map(\.sessions))
                #expect(few.succeeded == found.succeeded)
                var pieces = TLSOverview()
                for domain in domains {
                    pieces.add(
                        try await store.tlsOverview(of: [domain], from: from, to: to, failures: 7), failures: 7)
                }
                #expect(pieces.failures.map(\.sessions) == few.failures.map(\.sessions))
                #expect(pieces.succeeded == found.succeeded && pieces.failed == found.failed)
            }
        }
    }

    /// More than are gathered before some are let go.
    @Test(arguments: StoreKind.allCases)
    func ofVeryManyFailuresThoseWithMostSessionsAreKept(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let failures = (0..<1500).map { number in
                """
                {"result-type":"certificate-expired","receiving-mx-hostname":"mx\(number).example",
                "failed-session-count":\(number * 7 % 1500 + 1)}
                """
            }
            let text = """
                {"organization-name":"S","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
                "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@s.example","report-id":"1","policies":[
                {"policy":{"policy-type":"sts","policy-domain":"d.example"},"summary":{
                "total-successful-session-count":1,"total-failure-session-count":1},
                "failure-details":[\(failures.joined(separator: ","))]}]}
                """
            _ = try await store.take([ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now)])
            let (first, last) = (UnixTime(seconds: 0), UnixTime(seconds: .max))
            for count in [0, 1, 5, 1499] {
                let found = try await store.tlsOverview(of: ["d.example"], from: first, to: last, failures: count)
                #expect(found.failures.map(\.sessions) == (0..<count).map { 1500 - $0 }, "\(count)")
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func countsThatNobodyCanHaveStopAtTheLargest(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let most = 9_007_199_254_740_991
            let policies = (0..<3).map {
                """
                {"policy":{"policy-type":"sts","policy-domain":"d\($0).example"},"summary":{
                "total-successful-session-count":\(most),"total-failure-session-count":\(most)},"failure-details":[
                {"result-type":"certificate-expired","failed-session-count":\(most)}]}
                """
            }
            let text = """
                {"organization-name":"S","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
                "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@s.example","report-id":"1",
                "policies":[\(policies.joined(separator: ","))]}
                """
            _ = try await store.take([ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now)])
            let found = try await store.tlsOverview(
                of: try await store.tlsDomains(), from: UnixTime(seconds: 0), to: UnixTime(seconds: .max), failures: 9)
            #expect(found.succeeded == most && found.failed == most)
            #expect(found.failures.map(\.sessions) == [most, most, most])
        }
    }
}
