import Certificates
import MTASTS
import MailBytes
import MailNames
import PostsealTransport
import Synchronization
import TLSRPT
import TestSupport
import Testing
import TransportPolicy

@Suite("What sessions of the relay count for", .timeLimit(.minutes(10)))
struct TLSSessionCountTests {
    private static let host = ["example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.1"]

    /// The sessions and passings of a message to each recipient, in the words of a report.
    private func counted(
        _ lines: [String], signed: [String] = [], hasTLS: Bool = true, to recipient: String = "a@example.org",
        header: String = "Subject: x\r\n"
    ) async throws -> [String] {
        let counted = Mutexed<[TLSSessionOutcome]>([])
        let count: RelayHandler.OutcomeObserver = { outcome in counted.change { $0.append(outcome) } }
        try await withRelay(lines, signed: signed, hasTLS: hasTLS, counted: count) { world in
            _ = try await world.send([recipient], text: "\(header)\r\nhello\r\n")
        }
        return counted.value.flatMap { outcome in
            outcome.policies.map { part in
                let failures = part.failures.map { "\($0.resultType) \($0.receivingHost ?? "-")" }
                return (["\(outcome.domain.text) \(part.policy.type) \(part.isSuccess ? "good" : "bad")"] + failures)
                    .joined(separator: " ")
            }
        }
    }

    @Test("Without a policy, TLS or its absence is counted; a failed connection is not")
    func plain() async throws {
        #expect(try await counted(Self.host) == ["example.org no-policy-found good"])
        #expect(
            try await counted(Self.host, hasTLS: false) == [
                "example.org no-policy-found bad starttls-not-supported mx.example.org"
            ])
        #expect(
            try await counted([
                "example.org MX 5 dead.example.org", "dead.example.org A 127.0.0.9",
                "example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.1",
            ]) == ["example.org no-policy-found good"])
    }

    @Test("A server whose TLSA records can't be proved is a failure of DANE, and one whose DNS is down is not")
    func lookups() async throws {
        let bogus = Self.host + ["_25._tcp.mx.example.org TLSA bogus"]
        #expect(
            try await counted(bogus, signed: ["example.org"]) == [
                "example.org tlsa bad dnssec-invalid mx.example.org"
            ])
        let down = Self.host + ["_25._tcp.mx.example.org TLSA servfail"]
        #expect(try await counted(down, signed: ["example.org"]).isEmpty)
    }

    @Test("A session that carries a TLS report, or a message without demands, is in no report")
    func reports() async throws {
        let report = "TLS-Report-Domain: example.org\r\nTLS-Report-Submitter: relay.example.net\r\n"
        #expect(try await counted(Self.host, header: report).isEmpty)
        #expect(try await counted(Self.host, hasTLS: false, header: report).isEmpty)
        #expect(try await counted(Self.host, header: "TLS-Required: No\r\n").isEmpty)
        // Where a server is passed over, too.
        let bogus = Self.host + ["_25._tcp.mx.example.org TLSA bogus"]
        #expect(try await counted(bogus, signed: ["example.org"], header: report + "TLS-Required: No\r\n").isEmpty)
        // One of the two is no report, nor is the text.
        for header in ["TLS-Report-Domain: example.org\r\n", "Subject: x\r\n\r\n\(report)", "TLS-Required: Yes\r\n"] {
            #expect(try await counted(Self.host, header: header) == ["example.org no-policy-found good"])
        }
    }

    @Test("An address is no domain's, and a domain that is not there has no sessions")
    func nobody() async throws {
        #expect(try await counted(Self.host, to: "a@[127.0.0.1]").isEmpty)
        #expect(try await counted(Self.host, to: "a@nowhere.example").isEmpty)
    }
}
