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
        _ lines: [String], signed: [String] = [], hasTLS: Bool = true, to recipient: String = "a@example.org"
    ) async throws -> [String] {
        let counted = Mutexed<[TLSSessionOutcome]>([])
        let observed: RelayHandler.SessionObserver = { plan, session in
            if let outcome = TLSSessionOutcome(plan, session) { counted.change { $0.append(outcome) } }
        }
        let passedOver: RelayHandler.PassingObserver = { plan, server in
            if let outcome = TLSSessionOutcome(plan, passedOver: server) { counted.change { $0.append(outcome) } }
        }
        try await withRelay(lines, signed: signed, hasTLS: hasTLS, observed: observed, passedOver: passedOver) {
            world in
            _ = try await world.send([recipient])
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

    @Test("An address is no domain's, and a domain that is not there has no sessions")
    func nobody() async throws {
        #expect(try await counted(Self.host, to: "a@[127.0.0.1]").isEmpty)
        #expect(try await counted(Self.host, to: "a@nowhere.example").isEmpty)
    }
}
