import Certificates
import DANE
import DNS
import MTASTS
import MailBytes
import MailNames
import TLSRPT
import TestSupport
import Testing
import TransportPolicy

/// Sessions with `mx.example.org`, whose certificates are the fixtures'.
@Suite struct JudgementTests {
    private static let time = UnixTime(seconds: CertificateFixtures.timeSeconds)

    /// What the domain promises.
    enum Promise: String, CaseIterable {
        case nothing, dane, daneCA, daneUnusable, enforce, testing, enforceOther, daneAndEnforce, forgedDANEAndEnforce
    }

    private func plan(_ promise: Promise) async throws -> TransportPlan {
        let leaf = try Certificate.list(pem: CertificateFixtures.pem("good"))
        func tlsa(_ usage: UInt8, _ certificate: Certificate) throws -> String {
            let record = try #require(
                TLSARecord(
                    naming: certificate, usage: TLSAUsage(rawValue: usage), selector: TLSASelector(rawValue: 1),
                    matchingType: TLSAMatchingType(rawValue: 1)))
            return "_25._tcp.mx.example.org TLSA \(record.text)"
        }
        var lines = ["example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1"]
        var signed = ["example.org"]
        var policies = Policies()
        let record = "_mta-sts.example.org TXT \"v=STSv1; id=1;\""
        switch promise {
        case .nothing: signed = []
        case .dane: lines.append(try tlsa(3, leaf[0]))
        case .daneCA: lines.append(try tlsa(2, try #require(leaf.last)))
        case .daneUnusable: lines.append("_25._tcp.mx.example.org TLSA 1 1 1 \(digest)")
        case .enforce, .testing, .enforceOther:
            (signed, policies) = (
                [],
                Policies(
                    mode: promise == .testing ? "testing" : "enforce",
                    mx: promise == .enforceOther ? "other.example.org" : "mx.example.org")
            )
            lines.append(record)
        case .daneAndEnforce:
            lines += [try tlsa(3, leaf[0]), record]
            policies = Policies(mode: "enforce", mx: "mx.example.org")
        case .forgedDANEAndEnforce:
            // The MX records are not signed, the host is.
            lines += [try tlsa(3, leaf[0]), record]
            signed = ["mx.example.org"]
            policies = Policies(mode: "enforce", mx: "mx.example.org")
        }
        return try await TransportPolicyTests.plan(lines, signed: signed, policies: policies, at: Self.time)
    }

    private func judge(_ promise: Promise, _ facts: SessionFacts) async throws -> SessionJudgement {
        let plan = try await plan(promise)
        let server = try #require(plan.servers.first)
        let anchors = TrustAnchors([try #require(Certificate.list(pem: CertificateFixtures.pem("root")).first)])
        return SessionJudge(plan: plan, anchors: anchors).judge(facts, with: server, at: Self.time)
    }

    private func presenting(_ file: String) throws -> SessionFacts {
        SessionFacts(
            tls: .established(
                try PresentedChain(pem: CertificateFixtures.pem(file)), version: "TLSv1.3", cipher: nil))
    }

    /// RFC 7672 §2.2, RFC 8461 §5: certificates against promises. `+` may deliver, `!` is authenticated too.
    @Test(arguments: [
        ("good", "nothing+ dane! daneCA! daneUnusable+ enforce! testing! enforceOther- daneAndEnforce! forged!"),
        ("expired", "nothing+ dane! daneCA- daneUnusable+ enforce- testing+ enforceOther-"),
        ("other-name", "nothing+ daneCA- daneUnusable+ enforce- testing+ enforceOther-"),
        ("self-signed", "nothing+ dane- daneCA- daneUnusable+ enforce- testing+ enforceOther- daneAndEnforce- forged-"),
        // RFC 8461 §4.2: the common name never counts.
        ("common-name", "nothing+ enforce- testing+"),
    ])
    func certificates(_ file: String, _ expected: String) async throws {
        for word in expected.split(separator: " ") {
            let name = word.dropLast() == "forged" ? "forgedDANEAndEnforce" : String(word.dropLast())
            let promise = try #require(Promise(rawValue: name))
            // The DANE promise is about another key than these.
            let judgement = try await judge(promise, presenting(file))
            let mark = judgement.mayDeliver ? (judgement.isAuthenticated ? "!" : "+") : "-"
            if promise == .dane, file == "expired" || file == "other-name" { continue }
            #expect(mark == String(word.suffix(1)), "\(file), \(promise): \(judgement.reason)")
            #expect(judgement.isEncrypted && !judgement.reason.isEmpty)
        }
    }

    /// No TLS: what was promised decides whether mail may go all the same.
    @Test(arguments: [
        SessionFacts.TLS.notOffered, .refused("454 4.7.0 not now"), .failed("handshake failure"),
    ])
    func withoutTLS(_ tls: SessionFacts.TLS) async throws {
        for promise in Promise.allCases {
            let judgement = try await judge(promise, SessionFacts(tls: tls))
            #expect(judgement.mayDeliver == [.nothing, .testing].contains(promise), "\(promise): \(judgement.reason)")
            #expect(!judgement.isAuthenticated && !judgement.isEncrypted)
        }
    }

    /// RFC 8460 §4.3, §4.2: the type of each failure, and a policy of its own for DANE and for MTA-STS.
    @Test(arguments: [
        (Promise.nothing, nil, "no-policy-found: starttls-not-supported"),
        (.nothing, "good", "no-policy-found: ok"), (.dane, "good", "tlsa: ok"),
        (.dane, "self-signed", "tlsa: validation-failure"), (.daneCA, "expired", "tlsa: certificate-expired"),
        (.daneCA, "other-name", "tlsa: certificate-host-mismatch"), (.dane, nil, "tlsa: starttls-not-supported"),
        (.enforce, "good", "sts: ok"), (.enforce, "expired", "sts: certificate-expired"),
        (.enforce, "other-name", "sts: certificate-host-mismatch"),
        (.enforce, "self-signed", "sts: certificate-not-trusted"),
        (.testing, "self-signed", "sts: certificate-not-trusted"), (.enforce, nil, "sts: starttls-not-supported"),
        (.enforceOther, "good", "sts: validation-failure"), (.daneAndEnforce, "good", "tlsa: ok, sts: ok"),
        (.daneAndEnforce, "self-signed", "tlsa: validation-failure, sts: certificate-not-trusted"),
    ])
    func reports(_ promise: Promise, _ file: String?, _ expected: String) async throws {
        let facts = try file.map(presenting) ?? SessionFacts(tls: .notOffered)
        let judgement = try await judge(promise, facts)
        let words = judgement.policies.map { policy in
            policy.policy.type.word + ": " + (policy.failures.first?.resultType.word ?? "ok")
        }
        #expect(words.joined(separator: ", ") == expected, "\(judgement.reason)")
        #expect(judgement.policies.allSatisfy { $0.isSuccess == $0.failures.isEmpty })
    }
}
