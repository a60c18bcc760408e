import DKIM
import DNS
import Foundation
import MailBytes
import MailFormat
import MailNames
import TestSupport
import Testing

/// The public DKIM messages: `dkim-dkim_verifier` and `dkim-perl-corpus`.
enum DKIMSuite {
    static func run() async throws -> [SuiteTally]? {
        guard let verifier = try Suites.folder("dkim-dkim_verifier"),
            let corpus = try Suites.folder("dkim-perl-corpus")
        else { return nil }
        return [try await runVerifier(verifier), try await runCorpus(corpus)]
    }
}

// MARK: Variants of the RFC examples

extension DKIMSuite {
    /// Cases whose published verdict is a policy of the program they come from, beyond DKIM.
    private static let addOnPolicy =
        "the published verdict is that program's policy on unsigned second fields; the signature itself verifies "
        + "(RFC 6376 §6.1.3), and a message with two such fields is for the message checks to refuse (RFC 5322 §3.6)"

    private static func runVerifier(_ folder: URL) async throws -> SuiteTally {
        var tally = SuiteTally(suite: "dkim-dkim_verifier", standard: "RFC 6376, RFC 8463")
        let records = strings(try Suites.json(folder.appending(path: "dns.json")))
        guard case .array(let cases) = try Suites.json(folder.appending(path: "expected.json")) else {
            tally.failures.append("expected.json is no array")
            return tally
        }
        for entry in cases {
            guard let name = entry["name"]?.stringValue, let file = entry["file"]?.stringValue,
                case .array(let verifies)? = entry["verifies"], case .array(let signatures)? = entry["signatures"]
            else {
                tally.failures.append("a case without name, file or verdict")
                continue
            }
            var zone = records
            if let changed = entry["dns"] { zone.merge(strings(changed)) { $1 } }
            let bytes = try Suites.bytes(folder.appending(path: "messages/\(file)"))
            let message = MailMessage(parsing: MailMessage.withNetworkLineEndings(bytes))
            // The messages are of 2018 to 2020; none expires.
            let outcomes = await DKIMVerifier(resolver: resolver(zone))
                .verify(message, at: UnixTime(seconds: 1_600_000_000)).outcomes
            let ours = outcomes.map { $0.result == .pass }
            let label = "\(name) (\(file))"
            // A case of one verdict for a message of two signatures speaks of the first.
            guard zip(ours, verifies).allSatisfy({ .bool($0) == $1 }), ours.count >= verifies.count,
                let fault = differences(outcomes, signatures)
            else {
                tally.failures.append("\(label): \(outcomes.map { "\($0.result) \($0.reason ?? "")" })")
                continue
            }
            let published = signatures.compactMap { $0["result"]?.stringValue }
            if !fault.isEmpty {
                tally.failures.append("\(label): \(fault)")
            } else if file.hasPrefix("dkim/added_header-") {
                tally.decided.append(
                    SuiteTally.Difference(
                        name: label, published: published.joined(separator: ", "),
                        ours: outcomes.map(\.result.rawValue).joined(separator: ", "), reason: addOnPolicy))
            } else {
                tally.agreed += 1
            }
        }
        return tally
    }

    /// What the published facts about a signature and ours differ in; nil if there are not enough outcomes.
    private static func differences(_ outcomes: [DKIMOutcome], _ published: [JSONValue]) -> String? {
        guard outcomes.count >= published.count else { return nil }
        for (index, facts) in published.enumerated() {
            // The program sorts its signatures; where a selector is given it tells which one is meant.
            let named = outcomes.first { facts["selector"]?.stringValue == $0.selector?.text }
            let outcome = named ?? outcomes[index]
            func check(_ key: String, _ ours: String?) -> String? {
                guard let theirs = facts[key]?.stringValue else { return nil }
                return theirs == ours ? nil : "\(key) is \(ours ?? "nil"), published \(theirs)"
            }
            let algorithm = outcome.algorithm?.split(separator: "-").map(String.init) ?? []
            let faults = [
                check("sdid", outcome.domain?.text), check("auid", outcome.identity),
                check("selector", outcome.selector?.text), check("algorithmSignature", algorithm.first),
                check("algorithmHash", algorithm.last),
            ]
            if let fault = faults.compactMap(\.self).first { return fault }
            if case .array(let names)? = facts["signedHeaders"],
                names != outcome.signedFieldNames.map({ .string($0.lowercased()) })
            {
                return "signed fields \(outcome.signedFieldNames)"
            }
            guard let error = facts["errorType"]?.stringValue, let words = reasons[error] else { continue }
            guard let reason = outcome.reason, reason.contains(words) else {
                return "reason is \(outcome.reason ?? "nil"), published \(error)"
            }
        }
        return ""
    }

    /// What our reason says where the suite has its code.
    private static let reasons = [
        "DKIM_SIGERROR_MISSING_V": "v= is missing", "DKIM_SIGERROR_KEY_REVOKED": "revoked",
        "DKIM_SIGERROR_KEY_HASHNOTINCLUDED": "(h=)", "DKIM_SIGERROR_KEY_MISMATCHED_K": "(k=)",
        "DKIM_SIGERROR_KEY_NOTEMAILKEY": "(s=)", "DKIM_SIGERROR_DOMAIN_I": "(t=s)",
        "DKIM_SIGERROR_CORRUPT_BH": "the body hash did not verify",
        "DKIM_SIGERROR_BADSIG": "the signature did not verify",
    ]

    private static func strings(_ value: JSONValue) -> [String: String] {
        guard case .object(let members) = value else { return [:] }
        return Dictionary(members.compactMap { member in member.value.stringValue.map { (member.name, $0) } }) { $1 }
    }

    private static func resolver(_ records: [String: String]) -> RecordedAnswers {
        var answers = RecordedAnswers()
        for (name, text) in records {
            guard let name = try? DomainName(name) else { continue }
            answers.add(textAnswer(name, text))
        }
        return answers
    }

    private static func textAnswer(_ name: DomainName, _ text: String) -> DNSAnswer {
        DNSAnswer(
            question: DNSQuestion(name, .txt), status: .noError,
            records: [DNSRecord(name: name, type: .txt, ttlSeconds: 300, data: .text([Array(text.utf8)]))],
            security: .insecure)
    }
}

// MARK: The old and odd signatures

extension DKIMSuite {
    private static func runCorpus(_ folder: URL) async throws -> SuiteTally {
        var tally = SuiteTally(suite: "dkim-perl-corpus", standard: "RFC 6376, RFC 8301, RFC 8463")
        let answers = try corpusAnswers(folder)
        guard case .array(let cases) = try Suites.json(folder.appending(path: "expected.json")) else {
            tally.failures.append("expected.json is no array")
            return tally
        }
        for entry in cases {
            guard let file = entry["file"]?.stringValue, let expected = entry["today"]?.stringValue else {
                tally.failures.append("a case without file or verdict")
                continue
            }
            let bytes = try Suites.bytes(folder.appending(path: "corpus/\(file)"))
            let message = MailMessage(parsing: MailMessage.withNetworkLineEndings(bytes))
            let outcomes = await DKIMVerifier(resolver: answers)
                .verify(message, at: UnixTime(seconds: 1_600_000_000)).outcomes
            let ours =
                outcomes.isEmpty ? "none" : outcomes.contains { $0.result == .pass } ? "pass" : "not pass"
            let hasReasons = outcomes.allSatisfy { $0.result == .pass || $0.reason?.isEmpty == false }
            if ours == expected, hasReasons {
                tally.agreed += 1
            } else {
                tally.failures.append(
                    "\(file): \(ours), published \(expected): \(outcomes.map { "\($0.result) \($0.reason ?? "")" })")
            }
        }
        return tally
    }

    /// Lines of a name and a text, where some texts stand for answers without records.
    private static func corpusAnswers(_ folder: URL) throws -> RecordedAnswers {
        var answers = RecordedAnswers()
        let lines = String(lossy: try Suites.bytes(folder.appending(path: "FAKE_DNS.dat"))).split(separator: "\n")
        for line in lines {
            guard let space = line.firstIndex(of: " "), let name = try? DomainName(String(line[..<space])) else {
                continue
            }
            let text = line[line.index(after: space)...].trimmingCharacters(in: .whitespaces)
            let question = DNSQuestion(name, .txt)
            switch text {
            case "NXDOMAIN": answers.add(DNSAnswer(question: question, status: .nxDomain))
            case "~~Query timed out~~": answers.add(DNSAnswer(question: question, status: .timeout))
            case "~~SERVFAIL~~": answers.add(DNSAnswer(question: question, status: .serverFailure))
            default: answers.add(textAnswer(name, text == "\"\"" ? "" : text))
            }
        }
        return answers
    }
}

@Suite struct DKIMConformance {
    @Test func publicMessagesGetTheVerdictsThatTheStandardsAskFor() async throws {
        guard let tallies = try await DKIMSuite.run() else { return }
        for tally in tallies {
            print(tally.line)
            #expect(tally.ran > 0)
            #expect(tally.failures.isEmpty, "\(tally.failures.joined(separator: "\n"))")
        }
    }
}
