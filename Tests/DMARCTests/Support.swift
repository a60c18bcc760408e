import DMARC
import DNS
import MailNames
import Synchronization
import TestSupport

/// A table of DMARC records: `domain record` a line, put below `_dmarc`; lines with a type are taken as they are.
func zone(_ records: [String: String], and lines: [String] = []) -> Zone {
    Zone(records.sorted { $0.key < $1.key }.map { "_dmarc.\($0.key) TXT \"\($0.value)\"" } + lines)
}

func domain(_ text: String) throws -> DomainName { try DomainName(mailDomain: text) }

func evaluate(
    _ author: String, spf: [String] = [], dkim: [String] = [], in zone: some Resolver, tracing: Bool = false
) async throws -> DMARCOutcome {
    let request = DMARCRequest(
        authorDomain: try domain(author), spfPass: try spf.map(domain), dkimPass: try dkim.map(domain))
    return await DMARCVerifier(resolver: zone).evaluate(request, tracing: tracing)
}

/// What people compare of an outcome, as one line: `fail reject/sp -> quarantine at example.com of example.com`.
func summary(_ outcome: DMARCOutcome) -> String {
    "\(outcome.result.rawValue) \(outcome.policy?.rawValue ?? "-")/\(outcome.policyTag?.rawValue ?? "-")"
        + " -> \(outcome.applied?.rawValue ?? "-") at \(outcome.policyDomain?.text ?? "-")"
        + " of \(outcome.organizationalDomain?.text ?? "-")"
}

/// Counts the questions that reach a zone.
final class CountingResolver: Resolver {
    let zone: Zone
    private let asked = Mutex<[DNSQuestion]>([])

    init(_ zone: Zone) { self.zone = zone }

    var questions: [DNSQuestion] { asked.withLock { $0 } }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        asked.withLock { $0.append(question) }
        return await zone.answer(question)
    }
}
