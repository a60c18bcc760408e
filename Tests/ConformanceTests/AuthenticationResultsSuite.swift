import AuthenticationResults
import Foundation
import MailBytes
import MailFormat
import TestSupport
import Testing

/// 76 `Authentication-Results` fields of the DKIM Verifier add-on: the examples of RFC 8601 Appendix B, odd real
/// ones, and ones to refuse.
enum AuthenticationResultsSuite {
    private static let name = "dkim-dkim_verifier (authres-header-cases.json)"

    /// Fields that the suite judges by something that RFC 8601 does not say.
    private static let decisions: [String: SuiteTally.Difference] = [
        "Authentication-Results: example.com; dkim=Pass": SuiteTally.Difference(
            name: "Unknown results for DKIM: dkim=Pass", published: "refused", ours: "read as dkim=pass",
            reason: "RFC 8601 §2.2 takes results from ABNF, whose literals have no case (RFC 5234 §2.3); the suite "
                + "itself reads spf=Pass")
    ]

    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("dkim-dkim_verifier") else { return nil }
        let cases = try Suites.json(folder.appending(path: "authres-header-cases.json")).arrayValue ?? []
        var tally = SuiteTally(suite: name, standard: "Authentication-Results (RFC 8601)")
        for (index, test) in cases.enumerated() {
            let label = "\(index + 1) \(test["name"]?.stringValue ?? "")"
            let header = test["header"]?.stringValue ?? ""
            let problem = check(test, header)
            let decision = decisions[header.trimmingCharacters(in: .whitespacesAndNewlines)]
            switch (problem, decision) {
            case (nil, nil): tally.agreed += 1
            case (_?, let decision?): tally.decided.append(decision)
            case (let problem?, nil): tally.failures.append("\(label): \(problem)")
            case (nil, _?): tally.failures.append("\(label): listed as a difference, but agrees")
            }
        }
        return [tally]
    }

    /// What differs from the published expectation; nil if nothing does.
    private static func check(_ test: JSONValue, _ header: String) -> String? {
        let message = MailMessage(parsing: Array(header.utf8))
        guard let field = message.header.first(named: AuthenticationResultsField.fieldName) else { return "no field" }
        let strictness: AuthenticationResultsField.Strictness =
            test["relaxed"]?.boolValue == true
            ? .tolerant : test["utf8"]?.boolValue == true ? .strictInternational : .strict
        let parsed: AuthenticationResultsField
        do {
            parsed = try AuthenticationResultsField(parsing: message.header.cursor(of: field), strictness)
        } catch {
            return test["valid"]?.boolValue == true ? "refused: \(error)" : nil
        }
        guard test["valid"]?.boolValue == true else { return "read: \(parsed)" }
        return compare(parsed, test["expect"])
    }

    private static func compare(_ field: AuthenticationResultsField, _ expected: JSONValue?) -> String? {
        if let id = expected?["authserv_id"]?.stringValue, id != field.authservID { return "id \(field.authservID)" }
        if let version = expected?["authres_version"]?.integerValue.map(Int.init), version != field.version {
            return "version"
        }
        if let count = expected?["count"]?.integerValue.map(Int.init), count != field.results.count {
            return "\(field.results.count) results"
        }
        for (index, wanted) in (expected?["methods"]?.arrayValue ?? []).enumerated() {
            guard index < field.results.count else { return "\(field.results.count) results" }
            guard case .object(let members) = wanted else { continue }
            for wanted in members {
                let ours = member(wanted.name, of: field.results[index])
                let theirs = wanted.value.stringValue ?? wanted.value.integerValue.map(String.init)
                if ours != theirs { return "\(wanted.name) of result \(index + 1) is \(ours ?? "absent")" }
            }
        }
        return nil
    }

    private static func member(_ key: String, of result: MethodResult) -> String? {
        switch key {
        case "method": return result.method
        case "method_version": return String(result.methodVersion)
        case "result": return result.result
        case "reason": return result.reason
        default:
            let parts = key.split(separator: ".").map(String.init)
            return parts.count == 2 ? result.text(.init(parts[0]), parts[1]) : nil
        }
    }
}

@Suite("Conformance: Authentication-Results")
struct AuthenticationResultsConformance {
    @Test("every published field is read or refused as expected")
    func everyCase() async throws {
        for tally in try await AuthenticationResultsSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
            #expect(tally.ran == 76)
        }
    }
}
