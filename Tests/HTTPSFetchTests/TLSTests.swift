import Certificates
import HTTPSFetch
import MailBytes
import TestSupport
import Testing

@Suite("TLS of policy hosts", .timeLimit(.minutes(10)))
struct TLSTests {
    private let steps = [ServerStep.send(response("abc"))]

    @Test(
        "Certificates that prove nothing",
        arguments: [
            ("other-name", "certificate-host-mismatch", "the certificate is for www.example.org and not this host"),
            // RFC 8461 §3.3: a DNS-ID, not a common name.
            ("common-name-only", "certificate-host-mismatch", "the certificate names no host"),
            ("unknown-authority", "certificate-not-trusted", nil), ("self-signed", "certificate-not-trusted", nil),
        ])
    func certificates(_ file: String, _ type: String, _ text: String?) async throws {
        let (outcome, notes) = try await fetch(steps, certificate: file)
        guard case .tls(.certificate(let verdict)) = outcome.failure else {
            Issue.record("\(outcome.reason)")
            return
        }
        #expect(verdict.reportType == type)
        if let text { #expect(outcome.failure?.description == text) }
        #expect(outcome.peer?.verdict == verdict)
        #expect(outcome.peer?.chain != nil)
        #expect(outcome.failure?.policyReportType == "sts-webpki-invalid")
        #expect(!notes.contains { if case .request = $0 { true } else { false } }, "nothing is asked of a stranger")
    }

    @Test("A wildcard stands for a whole label")
    func wildcard() async throws {
        let (outcome, _) = try await fetch(steps, certificate: "wildcard")
        #expect(outcome.document?.body == Array("abc".utf8))
        let zone = Zone(["mta-sts.mail.example.org A 127.0.0.1"])
        let (other, _) = try await fetch(steps, certificate: "wildcard", zone: zone, host: "mta-sts.mail.example.org")
        #expect(other.failure == .tls(.certificate(.hostMismatch(presented: ["*.example.org"]))))
    }

    @Test("The time is the caller's")
    func times() async throws {
        let (late, _) = try await fetch(steps, at: UnixTime(seconds: 4_000_000_000))
        guard case .tls(.certificate(.expired)) = late.failure else { throw Unexpected(text: late.reason) }
        #expect(late.failure?.policyReportType == "sts-webpki-invalid")
        let (early, _) = try await fetch(steps, at: UnixTime(seconds: 1_600_000_000))
        guard case .tls(.certificate(.notYetValid)) = early.failure else { throw Unexpected(text: early.reason) }
    }

    @Test("TLS 1.2 is good enough, and nothing older is")
    func versions() async throws {
        let (good, _) = try await fetch(steps, versions: (.v12, .v12))
        #expect(good.document != nil)
        #expect(good.peer?.tlsVersion == "TLSv1.2")
        let (old, _) = try await fetch(steps, versions: (.v10, .v11))
        guard case .tls(.handshake(let text)) = old.failure else { throw Unexpected(text: old.reason) }
        #expect(text.contains("protocol version"))
        #expect(old.failure?.policyReportType == "sts-policy-fetch-error")
    }

    @Test("A server without TLS, and one that stops in the handshake")
    func noTLS() async throws {
        let (plain, _) = try await fetch(steps, certificate: nil)
        guard case .tls(.handshake(let text)) = plain.failure else { throw Unexpected(text: plain.reason) }
        #expect(text == "wrong version number")
        let (closed, _) = try await fetch([.close], certificate: nil)
        #expect(closed.failure?.policyReportType == "sts-policy-fetch-error")
        guard case .tls(.handshake) = closed.failure else { throw Unexpected(text: closed.reason) }
        let (silent, _) = try await fetch([], certificate: nil) { $0.handshakeTimeout = .milliseconds(100) }
        #expect(silent.failure == .timeout(.handshake))
    }
}

struct Unexpected: Error {
    var text: String
}
