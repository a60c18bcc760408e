import DMARC
import MailNames
import Testing

@Suite("Printing records")
struct DMARCRecordPrintingTests {
    /// A small generator with a fixed seed: the same records in every run.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    static func record(_ generator: inout Generator) throws -> DMARCRecord {
        let policies: [DMARCPolicy?] = [nil, DMARCPolicy.none, .quarantine, .reject]
        let options: [DMARCFailureOptions] = [
            .allFail, .anyFails, .dkim, .spf, [.dkim, .spf], [.allFail, .dkim], [.anyFails, .dkim, .spf],
        ]
        func uris(_ generator: inout Generator) throws -> [DMARCReportURI] {
            try (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                let locals = ["a", "a.b", "x!y", "\"p, q\"", "\u{df}"]
                let local = locals.randomElement(using: &generator) ?? "a"
                return try #require(
                    DMARCReportURI(
                        localPart: Array(local.utf8), domain: DomainName("d\(UInt8.random(in: 0...9)).example")))
            }
        }
        return DMARCRecord(
            policy: policies.randomElement(using: &generator) ?? nil,
            subdomainPolicy: policies.randomElement(using: &generator) ?? nil,
            nonexistentPolicy: policies.randomElement(using: &generator) ?? nil,
            dkimAlignment: DMARCAlignmentMode.allCases.randomElement(using: &generator) ?? .relaxed,
            spfAlignment: DMARCAlignmentMode.allCases.randomElement(using: &generator) ?? .relaxed,
            publicSuffix: DMARCPublicSuffix.allCases.randomElement(using: &generator) ?? .unspecified,
            isTesting: Bool.random(using: &generator), aggregateReports: try uris(&generator),
            failureReports: try uris(&generator), failureOptions: options.randomElement(using: &generator) ?? .allFail)
    }

    @Test("Reading what was printed gives the record")
    func roundTrip() throws {
        var generator = Generator(state: 9989)
        for _ in 0..<2_000 {
            let record = try Self.record(&generator)
            #expect(try DMARCRecord(parsing: Array(record.text.utf8)) == record)
        }
    }

    @Test("A record with defaults alone is short")
    func short() { #expect(DMARCRecord(policy: .reject).description == "v=DMARC1; p=reject") }
}
