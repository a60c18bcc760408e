import Foundation
import MTASTS
import MailBytes
import TestSupport
import Testing

/// The records and policies of mox.
enum MTASTSSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("mta-sts") else { return nil }
        let cases = try Suites.json(folder.appending(path: "mta-sts-cases.json"))
        var records = SuiteTally(suite: "mta-sts (records)", standard: "MTA-STS (RFC 8461)")
        for (index, test) in (cases["txt"]?.arrayValue ?? []).enumerated() {
            let texts = (test["txt_rrset"]?.arrayValue ?? []).map { strings in
                (strings.arrayValue ?? []).compactMap(\.stringValue).joined()
            }
            let isValid = (try? MTASTSRecord(selectingFrom: texts.map { Array($0.utf8) })) != nil
            if isValid == test["valid"]?.boolValue {
                records.agreed += 1
            } else {
                records.failures.append("record \(index + 1): \(texts)")
            }
        }
        var policies = SuiteTally(suite: "mta-sts (policies)", standard: "MTA-STS (RFC 8461)")
        for (index, test) in (cases["policy"]?.arrayValue ?? []).enumerated() {
            let text = test["policy"]?.stringValue ?? ""
            if let problem = problem(try? MTASTSPolicy(parsing: text), test) {
                policies.failures.append("policy \(index + 1): \(problem)")
            } else {
                policies.agreed += 1
            }
        }
        return [records, policies]
    }

    /// What differs from the published expectation; nil if nothing does.
    private static func problem(_ policy: MTASTSPolicy?, _ test: JSONValue) -> String? {
        guard test["valid"]?.boolValue == true else { return policy == nil ? nil : "is read" }
        guard let policy else { return "is refused" }
        let mx = test["mx"]?.arrayValue?.compactMap(\.stringValue)
        return policy.mode.rawValue == test["mode"]?.stringValue && policy.mxPatterns.map(\.text) == mx
            && test["max_age"] == .integer(Int64(policy.maxAgeSeconds)) ? nil : "is another one: \(policy)"
    }
}

@Suite("Conformance: MTA-STS")
struct MTASTSConformance {
    @Test("every published record and policy is read or refused as expected")
    func everyCase() async throws {
        let tallies = try await MTASTSSuite.run() ?? []
        for tally in tallies {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
        }
        #expect(tallies.isEmpty || tallies.map(\.ran) == [18, 24])
    }
}
