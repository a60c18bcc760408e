import MailBytes
import MailNames
import Testing

@testable import TLSRPT

/// Reports of a day with very many kinds of failure.
@Suite struct TLSReportShorteningTests {
    private typealias Tests = TLSReportCounterTests

    /// One policy of MTA-STS and one of DANE, each with failures of several types, of which a few are frequent.
    private static func counter(_ kinds: Int) throws -> TLSReportCounter {
        var counter = TLSReportCounter(limits: TLSReportCounterLimits(failuresMax: 100_000))
        let types: [TLSRPTResultType] = [.certificateExpired, .startTLSNotSupported, .unknown("new-word")]
        for policy in [Tests.sts, Tests.tlsa] {
            for number in 0..<kinds {
                var failure = Tests.failure(types[number % 3], "mx\(number).b.example")
                failure.reasonCode = String(repeating: "\u{1}\u{e4}", count: 100)
                for _ in 0..<(number < 5 ? 3 : 1) {
                    counter.count(try Tests.session("b.example", policy, [failure]), at: Tests.noon)
                }
            }
        }
        return counter
    }

    private static func document(_ counter: TLSReportCounter, octetsMax: Int) throws -> TLSReportDocument {
        let submitter = try Tests.submitter()
        return try #require(counter.documents(for: Tests.day, from: submitter, octetsMax: octetsMax).first)
    }

    private static func sessions(_ report: TLSReport, _ type: TLSRPTResultType? = nil) -> Int {
        report.policies.flatMap(\.failures).filter { type == nil || $0.resultType == type }
            .reduce(0) { $0 + $1.failedSessions }
    }

    @Test func `details with few sessions are summed up by type, and all counts remain true`() throws {
        let counter = try Self.counter(300)
        let whole = try Self.document(counter, octetsMax: .max)
        #expect(whole.summed == TLSReport.Summed())
        for octetsMax in [400_000, 100_000, 20_000] {
            let document = try Self.document(counter, octetsMax: octetsMax)
            let (report, summed) = (document.report, document.summed)
            #expect((octetsMax / 2...octetsMax).contains(report.octets.count))
            #expect(try TLSReport(parsing: report.octets).policies == report.policies)
            #expect(Self.sessions(report) == Self.sessions(whole.report))
            for type in [TLSRPTResultType.certificateExpired, .startTLSNotSupported] {
                #expect(Self.sessions(report, type) == Self.sessions(whole.report, type))
            }
            for (short, long) in zip(report.policies, whole.report.policies) {
                #expect(short.failedSessions == long.failedSessions && short.strings == long.strings)
                // Those with most sessions are there as they were.
                #expect(Set(long.failures.prefix(5)).isSubset(of: Set(short.failures)))
                let sums = short.failures.filter { $0.receivingMXHostname == nil }
                #expect(Set(sums.map(\.resultType)).count == sums.count && !sums.isEmpty)
                #expect(short.failures.map(\.failedSessions) == short.failures.map(\.failedSessions).sorted(by: >))
            }
            let sums = report.policies.flatMap(\.failures).filter { $0.receivingMXHostname == nil }
            #expect(summed.sessions == sums.reduce(0) { $0 + $1.failedSessions })
            #expect(summed.details == 600 - (report.policies.flatMap(\.failures).count - sums.count))
            // The same counts give the same report.
            #expect(try Self.document(counter, octetsMax: octetsMax) == document)
        }
    }

    @Test func `a limit below everything leaves the counts alone`() throws {
        let document = try Self.document(try Self.counter(50), octetsMax: 1)
        #expect(document.report.policies.map(\.failedSessions) == [60, 60])
        #expect(document.report.policies.allSatisfy { $0.strings.isEmpty && $0.failures.count == 3 })
        #expect(document.summed == TLSReport.Summed(details: 100, sessions: 120))
    }

    @Test func `what is summed up already is summed with the rest, once`() throws {
        // As a counter does it that has no room for more kinds.
        var counter = TLSReportCounter(limits: TLSReportCounterLimits(failuresMax: 40))
        for number in 0..<100 {
            let failure = Tests.failure(.certificateExpired, "mx\(number).b.example")
            counter.count(try Tests.session("b.example", Tests.sts, [failure]), at: Tests.noon)
        }
        let document = try Self.document(counter, octetsMax: 5000)
        let failures = document.report.policies[0].failures
        #expect(failures.count { $0.receivingMXHostname == nil } == 1 && failures.count < 40)
        #expect(failures.reduce(0) { $0 + $1.failedSessions } == 100)
        #expect(document.summed.details == 40 - (failures.count - 1))
        #expect(document.summed.sessions == document.summed.details)
    }

    @Test func `no report of ours is larger than receivers take`() throws {
        var counter = TLSReportCounter()
        for number in 0..<20_000 {
            let policy = TLSAppliedPolicy(type: .tlsa, strings: ["3 1 1 \(number % 32)"])
            var failure = Tests.failure(.validationFailure, "mx\(number).b.example")
            failure.additionalInformation = String(repeating: "\u{1}", count: 400)
            failure.reasonCode = failure.additionalInformation
            counter.count(try Tests.session("b.example", policy, [failure]), at: Tests.noon)
        }
        let documents = counter.documents(for: Tests.day, from: try Tests.submitter())
        #expect(documents.allSatisfy { $0.report.octets.count <= TLSRPTLimits.ownReportBytesMax })
        let report = try #require(documents.first)
        #expect(report.summed.details > 0)
        #expect(Self.sessions(report.report) == 20_000)
    }
}
