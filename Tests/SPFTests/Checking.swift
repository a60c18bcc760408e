import DNS
import MailBytes
import MailNames
import SPF
import Synchronization
import TestSupport
import Testing

/// A check as the tables of these tests have it.
struct Check: Sendable, CustomTestStringConvertible {
    var zone: [String]
    var client = "192.0.2.1"
    var helo = "helo.example.org"
    var mailFrom = "user@example.org"
    var limits = SPFLimits()
    var cache: SPFRecordCache?
    var at = UnixTime(seconds: 1_700_000_000)

    init(
        _ zone: [String], client: String = "192.0.2.1", helo: String = "helo.example.org",
        mailFrom: String = "user@example.org"
    ) {
        self.zone = zone
        self.client = client
        self.helo = helo
        self.mailFrom = mailFrom
    }

    /// A check of one record of example.org.
    init(record: String, _ zone: [String] = [], client: String = "192.0.2.1") {
        self.init(["example.org TXT \"\(record)\""] + zone, client: client)
    }

    var testDescription: String { "\(client) \(mailFrom) \(zone.joined(separator: "; "))" }

    func run(tracing: Bool = false) async throws -> SPFOutcome { try await ask(tracing: tracing).outcome }

    /// The outcome and what was asked, in order.
    func ask(tracing: Bool = false, helo onlyHELO: Bool = false) async throws -> (outcome: SPFOutcome, asked: [String])
    {
        let resolver = AskedResolver(Zone(zone))
        let request = SPFRequest(
            clientAddress: try #require(IPAddress(client)), helo: helo, mailFrom: mailFrom,
            receivingHost: "receiver.example", at: at)
        let verifier = SPFVerifier(resolver: resolver, limits: limits, cache: cache)
        let outcome =
            onlyHELO
            ? await verifier.checkHELO(request, tracing: tracing) : await verifier.checkHost(request, tracing: tracing)
        return (outcome, resolver.asked)
    }
}

/// A resolver that remembers the questions.
final class AskedResolver<Upstream: Resolver>: Resolver {
    private let upstream: Upstream
    private let questions = Mutex<[DNSQuestion]>([])

    init(_ upstream: Upstream) { self.upstream = upstream }

    var asked: [String] { questions.withLock { $0.map(\.description) } }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        questions.withLock { $0.append(question) }
        return await upstream.answer(question)
    }
}

/// A check with the result it must have.
struct Case: Sendable, CustomTestStringConvertible {
    var section: String
    var check: Check
    var result: SPFResult

    init(_ section: String, _ check: Check, _ result: SPFResult) {
        self.section = section
        self.check = check
        self.result = result
    }

    var testDescription: String { "RFC 7208 §\(section): \(check.testDescription)" }
}
