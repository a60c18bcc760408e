import ARC
import AuthenticationResults
import DKIM
import DNS
import Foundation
import MailBytes
import MailFormat
import MailNames
import TestSupport
import Testing
import Yams

/// ValiMail's suite for RFC 8617: validation and signing.
enum ARCSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("arc-valimail") else { return nil }
        return [
            try await validation(folder.appending(path: "arc-draft-validation-tests.yml")),
            try await signing(folder.appending(path: "arc-draft-sign-tests.yml")),
        ]
    }

    // MARK: Validation

    private static func validation(_ file: URL) async throws -> SuiteTally {
        var tally = SuiteTally(suite: "arc-valimail (validation)", standard: "ARC (RFC 8617)")
        for scenario in try scenarios(file) {
            let verifier = ARCVerifier(resolver: scenario.answers)
            for test in scenario.tests {
                let outcome = await verifier.verify(test.message, at: UnixTime(seconds: 12_350))
                let published = test.texts["cv"]?.lowercased() ?? ""
                switch published {
                case "":
                    // The suite gives no status for chains that already say cv=fail; only a pass would be wrong.
                    if outcome.result == .pass {
                        tally.failures.append("\(test.name): pass, though the chain says cv=fail")
                    } else {
                        tally.withoutExpectation += 1
                    }
                case outcome.result.rawValue: tally.agreed += 1
                default:
                    tally.failures.append(
                        "\(test.name): published \(published), ours \(outcome.result): \(outcome.reason ?? "")")
                }
            }
        }
        return tally
    }

    // MARK: Signing

    private static func signing(_ file: URL) async throws -> SuiteTally {
        var tally = SuiteTally(suite: "arc-valimail (signing)", standard: "ARC (RFC 8617)")
        for scenario in try scenarios(file) {
            for test in scenario.tests {
                if let problem = try await check(test, scenario) {
                    tally.failures.append("\(test.name): \(problem)")
                } else {
                    tally.agreed += 1
                }
            }
        }
        return tally
    }

    private static func check(_ test: Case, _ scenario: Scenario) async throws -> String? {
        guard let domain = scenario.texts["domain"], let selector = scenario.texts["sel"],
            let pem = scenario.texts["privatekey"], let time = test.texts["t"].flatMap({ Int64($0) }),
            let names = test.texts["sig-headers"], let authservID = test.texts["srv-id"]
        else { return "incomplete" }
        let key = DKIMSigningKey(
            domain: try DomainName(domain), selector: try DomainName(selector), privateKey: try DKIMPrivateKey(pem: pem)
        )
        let sealer = ARCSealer(
            key: key, authservID: authservID, signedFields: .exactly(names.split(separator: ":").map(String.init)),
            layout: .alphabetical)
        let chain = await ARCVerifier(resolver: scenario.answers).verify(test.message, at: UnixTime(seconds: time))
        let set: [UInt8]
        do {
            set = try sealer.seal(test.message, chain: chain, at: UnixTime(seconds: time))
        } catch {
            set = []
            guard error == .chainDeclaredBroken else { return "\(error)" }
        }
        let header = MailMessage(parsing: set).header
        var problems: [String] = []
        for (tag, name) in [
            ("AS", "ARC-Seal"), ("AMS", "ARC-Message-Signature"), ("AAR", "ARC-Authentication-Results"),
        ] {
            let ours = header.first(named: name).map { String(decoding: header.value(of: $0), as: UTF8.self) } ?? ""
            let published = test.texts[tag] ?? ""
            if tags(ours) != tags(published) { problems.append("\(tag) is \(ours)") }
        }
        return problems.isEmpty ? nil : problems.joined(separator: ", ")
    }

    /// The tags of a field, without white space in base64 and with single spaces elsewhere.
    private static func tags(_ field: String) -> [String] {
        field.split(separator: ";").map { tag in
            let words = tag.split(whereSeparator: \.isWhitespace)
            let isBase64 = ["b=", "bh="].contains { words.first?.hasPrefix($0) ?? false }
            return words.joined(separator: isBase64 ? "" : " ")
        }
        .filter { !$0.isEmpty }
    }

    // MARK: Files

    private struct Case {
        var name: String
        var texts: [String: String]
        var message: MailMessage
    }

    private struct Scenario {
        var texts: [String: String] = [:]
        var answers = RecordedAnswers()
        var tests: [Case] = []
    }

    private static func scenarios(_ file: URL) throws -> [Scenario] {
        let text = distinct(String(decoding: try Suites.bytes(file), as: UTF8.self))
        var scenarios: [Scenario] = []
        for document in try Yams.compose_all(yaml: text) {
            guard let mapping = document.mapping else { continue }
            var scenario = Scenario()
            for (key, value) in mapping {
                if let text = value.string { scenario.texts[key.string ?? ""] = text }
            }
            for (name, record) in mapping["txt-records"]?.mapping ?? [:] {
                scenario.answers.add(try answer(name.string ?? "", record.string ?? ""))
            }
            for (name, test) in mapping["tests"]?.mapping ?? [:] {
                var texts: [String: String] = [:]
                for (key, value) in test.mapping ?? [:] { texts[key.string ?? ""] = value.string ?? "" }
                let octets = MailMessage.withNetworkLineEndings(Array((texts["message"] ?? "").utf8))
                scenario.tests.append(
                    Case(name: name.string ?? "", texts: texts, message: MailMessage(parsing: octets)))
            }
            scenarios.append(scenario)
        }
        return scenarios
    }

    private static func answer(_ name: String, _ text: String) throws -> DNSAnswer {
        let question = DNSQuestion(try DomainName(name), .txt)
        let strings = text.split(separator: "\n").map { Array($0.utf8) }
        let record = DNSRecord(name: question.name, type: .txt, ttlSeconds: 300, data: .text(strings))
        return DNSAnswer(question: question, status: .noError, records: [record], security: .insecure, ttlSeconds: 300)
    }

    /// The file with a number behind each test name that stands twice in one scenario, which YAML does not allow.
    private static func distinct(_ text: String) -> String {
        var seen: [String: Int] = [:]
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.hasPrefix("---") { seen = [:] }
            let isName = line.hasPrefix("  ") && line.dropFirst(2).first != " " && line.hasSuffix(":")
            guard isName else { return String(line) }
            let name = line.dropLast()
            seen[String(name), default: 0] += 1
            let count = seen[String(name)] ?? 1
            return count == 1 ? String(line) : "\(name)_\(count):"
        }
        .joined(separator: "\n")
    }
}

@Suite("Conformance: ARC")
struct ARCConformance {
    @Test("every published chain has its status, every published set is made again")
    func everyCase() async throws {
        for tally in try await ARCSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
        }
    }
}
