import DMARC
import DNS
import MailNames
import TestSupport
import Testing

@Suite("DNS failures")
struct DMARCFailureTests {
    static let reject = "v=DMARC1; p=reject"

    @Test(
        "A failure on the way to the policy is a temporary error (RFC 9989 §5.3.6)",
        arguments: ["timeout", "servfail", "bogus"], ["mail.example.com", "example.com", "com"])
    func discovery(_ failure: String, _ name: String) async throws {
        let records = name == "com" ? ["example.com": Self.reject] : [:]
        let resolver = zone(records, and: ["_dmarc.\(name) TXT \(failure)"])
        let outcome = try await evaluate("mail.example.com", dkim: ["mail.example.com"], in: resolver)
        #expect(summary(outcome) == "temperror -/- -> - at - of -")
        #expect(outcome.queries.last?.text == "_dmarc.\(name)")
        let words = ["timeout": "time-out", "servfail": "server failure", "bogus": "DNSSEC validation failed"]
        #expect(outcome.reason.contains(try #require(words[failure])))
        #expect(outcome.reason.contains("_dmarc.\(name)"))
    }

    @Test("What the resolver says about a failed validation is passed on")
    func bogus() async throws {
        struct Bogus: Resolver {
            func answer(_ question: DNSQuestion) async -> DNSAnswer {
                DNSAnswer(question: question, status: .bogus, security: .bogus, whyBogus: "signature expired")
            }
        }
        let outcome = try await evaluate("example.com", in: Bogus())
        #expect(
            outcome.reason == "the policy cannot be found out: "
                + "DNSSEC validation failed for _dmarc.example.com (signature expired)")
    }

    @Test("A failure on an identifier's way leaves the result open, with the policy known")
    func alignment() async throws {
        let resolver = zone(["example.com": Self.reject], and: ["_dmarc.a.example.com TXT timeout"])
        let outcome = try await evaluate("example.com", dkim: ["a.example.com"], in: resolver)
        #expect(summary(outcome) == "temperror reject/p -> - at example.com of example.com")
        #expect(!outcome.dkimAligned)
    }

    @Test("One aligned identifier passes, whatever became of the others")
    func onePass() async throws {
        let resolver = zone(
            ["example.com": Self.reject], and: ["_dmarc.a.example.com TXT timeout", "_dmarc.other.com TXT servfail"])
        for dkim in [
            ["example.com", "a.example.com"], ["a.example.com", "b.example.com"], ["other.com", "b.example.com"],
        ] {
            let outcome = try await evaluate("example.com", spf: ["a.example.com"], dkim: dkim, in: resolver)
            #expect(outcome.result == .pass)
            #expect(outcome.dkimAligned && !outcome.spfAligned)
        }
    }

    @Test("A failure above an author domain that is its own proof does no harm")
    func above() async throws {
        let resolver = zone(["example.com": Self.reject], and: ["_dmarc.com TXT timeout"])
        #expect(
            try await evaluate("example.com", spf: ["other.com"], dkim: ["example.com"], in: resolver).result == .pass)
        #expect(try await evaluate("example.com", spf: ["other.com"], in: resolver).result == .temperror)
        // Nothing was authenticated, so no organizational domain is needed to fail.
        #expect(
            summary(try await evaluate("example.com", in: resolver)) == "fail reject/p -> reject at example.com of -")
    }

    @Test("Where the existence of the author domain is not known, the policy is not, unless it is the same")
    func existence() async throws {
        func outcome(_ tags: String, dkim: [String] = []) async throws -> String {
            let resolver = zone(["example.com": "v=DMARC1; \(tags)"], and: ["a.example.com A timeout"])
            // The name exists in the zone by its A question, so that the failure is what counts.
            return summary(try await evaluate("a.example.com", dkim: dkim, in: Hidden(zone: resolver)))
        }
        #expect(try await outcome("p=none; np=reject") == "temperror -/- -> - at example.com of example.com")
        #expect(try await outcome("p=reject; np=reject") == "fail reject/p -> reject at example.com of example.com")
        #expect(
            try await outcome("p=none; np=reject", dkim: ["example.com"])
                == "pass -/- -> none at example.com of example.com")
    }

    /// A zone whose `_dmarc` names do not exist where they have no records.
    struct Hidden: Resolver {
        let zone: Zone
        func answer(_ question: DNSQuestion) async -> DNSAnswer {
            var answer = await zone.answer(question)
            if answer.status == .noError, answer.records.isEmpty { answer.status = .nxDomain }
            return answer
        }
    }

    @Test("A temporary error of SPF or DKIM leaves the result open, if a policy applies and nothing else passes")
    func mechanisms() async throws {
        let verifier = DMARCVerifier(resolver: zone(["example.com": Self.reject]))
        var request = DMARCRequest(authorDomain: try domain("example.com"), spfTempError: true)
        #expect(summary(await verifier.evaluate(request)) == "temperror reject/p -> - at example.com of example.com")
        request.dkimPass = [try domain("example.com")]
        #expect(await verifier.evaluate(request).result == .pass)
        request = DMARCRequest(authorDomain: try domain("example.net"), dkimTempError: true)
        #expect(await verifier.evaluate(request).result == .none)
    }

    @Test("A stranger whose DNS is silent gets no temporary error out of a failure")
    func silentStranger() async throws {
        let silent = Zone([
            "_dmarc.example.com TXT \"\(Self.reject)\"", "_dmarc.other.com TXT timeout",
            "_dmarc.sub.example.com TXT timeout",
        ])
        for (name, expected) in [("other.com", DMARCResult.fail), ("sub.example.com", .temperror)] {
            let request = DMARCRequest(authorDomain: try domain("example.com"), dkimPass: [try domain(name)])
            let outcome = await DMARCVerifier(resolver: silent).evaluate(request)
            #expect(outcome.result == expected)
            #expect(outcome.policy == .reject)
        }
    }

    @Test("A temporary error for a domain that would not be aligned changes nothing")
    func strangers() async throws {
        let relaxed = DMARCVerifier(resolver: zone(["example.com": Self.reject]))
        let strict = DMARCVerifier(resolver: zone(["example.com": "v=DMARC1; p=reject; adkim=s; aspf=s"]))
        for (name, inRelaxed, inStrict) in [
            ("example.com", DMARCResult.temperror, DMARCResult.temperror), ("a.example.com", .temperror, .fail),
            ("other.com", .fail, .fail), ("example.net", .fail, .fail),
        ] {
            for request in [
                DMARCRequest(authorDomain: try domain("example.com"), spfTempErrorDomains: [try domain(name)]),
                DMARCRequest(authorDomain: try domain("example.com"), dkimTempErrorDomains: [try domain(name)]),
            ] {
                #expect(await relaxed.evaluate(request).result == inRelaxed)
                #expect(await strict.evaluate(request).result == inStrict)
            }
        }
    }
}
