import DMARC
import DNS
import Foundation
import MailBytes
import MailNames
import TestSupport
import Testing

/// The cases of the mailauth library: records found by discovery, and evaluations.
enum DMARCSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let folder = try Suites.folder("dmarc-mailauth") else { return nil }
        var tallies: [SuiteTally] = []
        for file in ["dmarc-verify-test", "get-dmarc-record-test"] {
            var tally = SuiteTally(suite: "dmarc-mailauth/\(file)", standard: "RFC 9989")
            let cases = try Suites.json(folder.appending(path: "\(file).json")).arrayValue ?? []
            for test in cases { await check(test, &tally) }
            tallies.append(tally)
        }
        return tallies
    }

    /// Expectations that are about the shape of that library's objects and texts, or about its own decisions on what
    /// to ask for; the suite's description says to leave them out. A case with nothing else has no expectation.
    private static let leftOut: Set<String> = [
        "rr", "info", "isOrgRecord", "ri", "tagonly", "false", "function", "[]", "error", "status.comment",
        "alignment.dkim.underSized",
    ]

    /// Expectations that Postseal does not meet, by name and subject, with the reason.
    private static let decided: [String: String] = [
        "pct": "RFC 9989 §9.3: pct is historic; the tag is noted and ignored",
        "Should return false for headerFrom array with multiple elements":
            "RFC 9989 §5.3.1: two mailboxes of one domain are one author domain, so validation is possible",
    ]

    private static func check(_ test: JSONValue, _ tally: inout SuiteTally) async {
        let name = test["name"]?.stringValue ?? ""
        var outcomes: [DMARCOutcome] = []
        for call in test["calls"]?.arrayValue ?? [] { outcomes.append(await evaluate(call)) }
        var met = 0
        var differences: [SuiteTally.Difference] = []
        for (index, expectation) in (test["expect"]?.arrayValue ?? []).enumerated() {
            var path = (expectation["subject"]?.stringValue ?? "").split(separator: ".").map(String.init)
            let subject = path.isEmpty ? "" : path.removeFirst()
            let member = subject == "result" || subject == "result2" ? path.joined(separator: ".") : subject
            if leftOut.contains(member) { continue }
            // A case with several plain `result` expectations has one for each call.
            let which = subject == "result2" ? 1 : member.isEmpty ? min(index, outcomes.count - 1) : 0
            guard outcomes.indices.contains(which) else {
                tally.failures.append("\(name): no call for \(subject)")
                return
            }
            let published = expectation["args"]?.arrayValue?.first
            let operation = expectation["op"]?.stringValue ?? ""
            let ours = value(member, outcomes[which])
            if agrees(ours, operation, published) {
                met += 1
            } else if let reason = decided[member] ?? decided[name] {
                differences.append(
                    SuiteTally.Difference(
                        name: name, published: "\(member) \(operation) \(published?.text ?? "")",
                        ours: ours?.text ?? "ignored", reason: reason))
            } else {
                tally.failures.append(
                    "\(name): \(member) \(operation) \(published?.text ?? ""), ours \(ours?.text ?? "nil")")
                return
            }
        }
        if let first = differences.first {
            tally.decided.append(first)
        } else if met > 0 {
            tally.agreed += 1
        } else {
            tally.withoutExpectation += 1
        }
    }

    /// What Postseal has where that library has a member of this name; nil where it has nothing.
    private static func value(_ member: String, _ outcome: DMARCOutcome) -> JSONValue? {
        func text(_ text: String?) -> JSONValue? { text.map(JSONValue.string) }
        let record = outcome.record
        return switch member {
        case "status.result": text(outcome.result.rawValue)
        case "threw": .bool(outcome.result == .temperror)
        case "": record == nil ? .bool(false) : .object([])
        case "policy": text(outcome.policy?.rawValue)
        case "domain", "status.header.d": text(outcome.policyDomain?.text)
        case "status.header.from": text(outcome.domain.text)
        case "v": text(record.map { _ in "DMARC1" })
        case "p": text(record?.policy?.rawValue)
        case "sp": text(record?.subdomainPolicy?.rawValue)
        case "adkim": text(record?.dkimAlignment.rawValue)
        case "aspf": text(record?.spfAlignment.rawValue)
        case "rua": text(record?.aggregateReports.map(\.text).joined(separator: ","))
        case "ruf": text(record?.failureReports.map(\.text).joined(separator: ","))
        case "fo": text(record?.failureOptions == .anyFails ? "1" : nil)
        case "alignment.dkim.result": text(outcome.dkimAlignedDomain?.text)
        case "alignment.spf.result": text(outcome.spfAlignedDomain?.text)
        case "alignment.dkim.strict": record.map { .bool($0.dkimAlignment == .strict) }
        case "alignment.spf.strict": record.map { .bool($0.spfAlignment == .strict) }
        default: nil
        }
    }

    private static func agrees(_ ours: JSONValue?, _ operation: String, _ published: JSONValue?) -> Bool {
        switch operation {
        case "equal": ours != nil && ours == published
        case "true", "must throw": ours == .bool(true)
        case "false": ours == .bool(false)
        case "not ok", "undefined": ours == nil
        case "an": published == "object" && ours == .object([])
        default: false
        }
    }
}

// MARK: - Making a request of a call

extension DMARCSuite {
    private static func evaluate(_ call: JSONValue) async -> DMARCOutcome {
        let authors = (call["headerFrom"] ?? call["domain"]).map { $0.arrayValue ?? [$0] } ?? []
        let domains = authors.compactMap { author -> DomainName? in
            guard let domain = author.stringValue?.split(separator: "@").last else { return nil }
            return try? DomainName(mailDomain: String(domain))
        }
        let request = DMARCRequest(
            authorDomain: .root, spfPass: identifiers(call["spfDomains"]), dkimPass: identifiers(call["dkimDomains"]))
        let outcomes = await DMARCVerifier(resolver: zone(call["zone"])).evaluate(authorDomains: domains, like: request)
        return outcomes.strictest ?? DMARCOutcome(.none, domain: .root, reason: "no author domain")
    }

    private static func identifiers(_ values: JSONValue?) -> [DomainName] {
        (values?.arrayValue ?? []).compactMap { value in
            (value.stringValue ?? value["domain"]?.stringValue).flatMap { try? DomainName(mailDomain: $0) }
        }
    }

    /// The TXT records and failures of a call's DNS; records of other types are not looked at.
    private static func zone(_ names: JSONValue?) -> RecordedAnswers {
        var answers = RecordedAnswers()
        guard case .object(let members)? = names else { return answers }
        for member in members {
            guard let name = try? DomainName(member.name) else { continue }
            let question = DNSQuestion(name, .txt)
            var answer = DNSAnswer(question: question, status: .noError, security: .insecure)
            if let failure = member.value["ERR"]?.stringValue, failure != "ENODATA" { answer.status = .timeout }
            for strings in member.value["TXT"]?.arrayValue ?? [] {
                let text = (strings.arrayValue ?? []).compactMap { $0.stringValue.map { Array($0.utf8) } }
                answer.records.append(DNSRecord(name: name, type: .txt, ttlSeconds: 300, data: .text(text)))
            }
            answers.add(answer)
        }
        return answers
    }
}

@Suite struct DMARCConformance {
    @Test func casesOfTheMailauthLibrary() async throws {
        for tally in try await DMARCSuite.run() ?? [] {
            print(tally.line)
            #expect(tally.failures.isEmpty)
            #expect(tally.ran > 0)
        }
    }
}
