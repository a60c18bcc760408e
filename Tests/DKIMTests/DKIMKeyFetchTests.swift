import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames
import Synchronization
import TestSupport
import Testing
import Trace

@Suite struct DKIMKeyFetchTests {
    /// Counts what it is asked.
    final class CountingZone: Resolver {
        let zone: Zone
        private let asked = Mutex<[String]>([])

        init(_ zone: Zone) { self.zone = zone }

        var names: [String] { asked.withLock { $0 } }

        func answer(_ question: DNSQuestion) async -> DNSAnswer {
            asked.withLock { $0.append(question.name.text) }
            return zone.answers.lookUp(question)
        }
    }

    private static let name = "rsa._domainkey.example.org"

    @Test(arguments: [
        ("timeout", DKIMResult.temperror, "time-out"), ("servfail", .temperror, "server failure"),
        ("bogus", .temperror, "DNSSEC"), ("nxdomain", .permerror, "does not exist"),
        ("nodata", .permerror, "no TXT record"),
    ])
    func whatDNSDoesIsNamed(_ data: String, _ result: DKIMResult, _ words: String) async throws {
        // RFC 6376 §6.1.2: no answer is TEMPFAIL, no record is PERMFAIL.
        let outcome = await TestMail.outcome(try TestMail().signed(), zone: Zone(["\(Self.name) TXT \(data)"]))
        #expect(outcome.result == result)
        #expect(outcome.reason?.contains(words) == true, "\(outcome.reason ?? "")")
    }

    @Test func aKeyBehindCNAMEsIsFound() async throws {
        let zone = Zone([
            "\(Self.name) CNAME k1.provider.example.", "k1.provider.example CNAME k2.provider.example.",
            "k2.provider.example TXT \(DNSRecordData.text(TestMail.rsa.publicRecord.strings).presentation)",
        ])
        #expect(await TestMail.outcome(try TestMail().signed(), zone: zone).result == .pass)
    }

    @Test func ofSeveralRecordsAnyKeyMayFit() async throws {
        // RFC 6376 §6.1.2, step 4: the records are tried one after the other.
        let other = "v=DKIM1; p=\(DKIMVerifierTests.otherKey)"
        func outcome(_ texts: [String]) async throws -> DKIMOutcome {
            await TestMail.outcome(
                try TestMail().signed(), zone: TestMail.zone(texts.map { (name: Self.name, text: $0) }))
        }
        #expect(try await outcome([other, TestMail.rsaRecord]).result == .pass)
        #expect(try await outcome([TestMail.rsaRecord, other]).result == .pass)
        #expect(try await outcome(["v=spf1 -all", TestMail.rsaRecord]).result == .pass)
        #expect(try await outcome(["v=DKIM1; p=", TestMail.rsaRecord]).result == .pass)
        #expect(try await outcome([TestMail.ed25519Record, TestMail.rsaRecord]).result == .pass)
        let failed = try await outcome(["v=DKIM1; p=", other])
        #expect(failed.result == .fail)
        #expect(try await outcome(["v=spf1 -all", "x"]).reason?.contains("malformed") == true)
        // Limit: the fifth record is not looked at.
        let late = try await outcome([String](repeating: other, count: 4) + [TestMail.rsaRecord])
        #expect(late.result == .fail)
    }

    @Test func nothingIsAskedForASignatureThatCannotPass() async throws {
        let zone = CountingZone(TestMail.zone)
        for tags in ["v=1; a=rsa-sha1", "v=1; a=foo-bar", "v=2; a=rsa-sha256", "a", "v=1; a=rsa-sha256; c=nowsp"] {
            let field = "DKIM-Signature: \(tags); d=example.org; s=rsa; h=from; bh=AAAA; b=AAAA"
            let message = TestMail.message([field] + TestMail().fields, "x")
            let outcomes = await DKIMVerifier(resolver: zone).verify(message, at: TestMail.time).outcomes
            #expect(outcomes.map(\.result) != [.pass])
        }
        #expect(zone.names.isEmpty)
    }

    @Test func oneNameIsAskedOnceForAMessage() async throws {
        let zone = CountingZone(TestMail.zone)
        var edwards = TestMail()
        edwards.key = TestMail.ed25519
        edwards.tags = "v=1; a=ed25519-sha256; d=example.org; s=ed; h=from"
        let mail = TestMail()
        let field = try mail.signatureField()
        let message = TestMail.message([field, try edwards.signatureField(), field, field] + mail.fields, mail.body)
        let outcomes = await DKIMVerifier(resolver: zone).verify(message, at: TestMail.time).outcomes
        #expect(outcomes.map(\.result) == [.pass, .pass, .pass, .pass])
        #expect(zone.names.sorted() == ["ed._domainkey.example.org", Self.name])
    }

    @Test func keysAreKeptForAsLongAsTheirTTL() async throws {
        let zone = CountingZone(TestMail.zone)
        let cache = DKIMKeyCache(namesMax: 4)
        let verifier = DKIMVerifier(resolver: zone, cache: cache)
        let message = try TestMail().signed()
        for seconds in [0, 10, 299] as [Int64] {
            let outcome = await verifier.verify(message, at: TestMail.time.adding(seconds: seconds)).outcomes.first
            #expect(outcome?.result == .pass)
        }
        #expect(zone.names.count == 1)
        // The zone's TTL is 300.
        _ = await verifier.verify(message, at: TestMail.time.adding(seconds: 300))
        #expect(zone.names.count == 2)
    }

    @Test func failuresAreNotKeptAndTheCacheIsBounded() async throws {
        let failing = CountingZone(Zone(["\(Self.name) TXT timeout"]))
        let cache = DKIMKeyCache(namesMax: 4)
        let message = try TestMail().signed()
        for _ in 0..<3 { _ = await DKIMVerifier(resolver: failing, cache: cache).verify(message, at: TestMail.time) }
        #expect(failing.names.count == 3)
        let zone = CountingZone(TestMail.zone((0..<50).map { ("s\($0)._domainkey.example.org", TestMail.rsaRecord) }))
        for round in 0..<50 {
            var mail = TestMail()
            mail.tags = "v=1; a=rsa-sha256; d=example.org; s=s\(round); h=from"
            let verifier = DKIMVerifier(resolver: zone, cache: cache)
            #expect(await verifier.verify(try mail.signed(), at: TestMail.time).outcomes.first?.result == .pass)
        }
        #expect(zone.names.count == 50)
    }

    @Test func aNameTooLongForDNSIsAnErrorAndNotAsked() async throws {
        let label = String(repeating: "a", count: 60)
        var mail = TestMail()
        mail.tags = "v=1; a=rsa-sha256; d=\(label).\(label).example.org; s=\(label).\(label); h=from"
        let zone = CountingZone(TestMail.zone)
        let outcome = await DKIMVerifier(resolver: zone).verify(try mail.signed(), at: TestMail.time).outcomes.first
        #expect(outcome?.result == .permerror)
        #expect(outcome?.reason == "selector and domain make too long a name")
        #expect(zone.names.isEmpty)
    }

    @Test func namesWithULabelsAreAskedAsALabelsAndHashedAsTheyCame() async throws {
        // RFC 8616 §4: d=, s= and i= may have U-labels.
        var mail = TestMail()
        mail.tags = "v=1; a=rsa-sha256; c=simple; d=bücher.example; s=schlüssel; h=from; i=ä@post.bücher.example"
        let zone = CountingZone(
            TestMail.zone([("xn--schlssel-95a._domainkey.xn--bcher-kva.example", TestMail.rsaRecord)]))
        let outcome = await DKIMVerifier(resolver: zone).verify(try mail.signed(), at: TestMail.time).outcomes.first
        #expect(zone.names == ["xn--schlssel-95a._domainkey.xn--bcher-kva.example"])
        #expect(outcome?.result == .pass, "\(outcome?.reason ?? "")")
        #expect(outcome?.domain?.text == "xn--bcher-kva.example")
        #expect(outcome?.identity == "ä@post.xn--bcher-kva.example")
        // i= in A-labels below a d= in U-labels.
        mail.tags = "v=1; a=rsa-sha256; d=bücher.example; s=schlüssel; h=from; i=@post.XN--bcher-kva.example"
        let mixed = await DKIMVerifier(resolver: zone).verify(try mail.signed(), at: TestMail.time).outcomes.first
        #expect(mixed?.result == .pass)
    }

    @Test func theTraceHoldsQuestionAnswerAndComparisons() async throws {
        let outcome = await TestMail.outcome(try TestMail().signed())
        let kinds = outcome.trace.steps.map(\.kind)
        #expect(
            kinds.contains {
                if case .asked(let question, let answer) = $0 {
                    question.name.text == Self.name && answer != nil
                } else {
                    false
                }
            })
        #expect(kinds.filter { $0 == .compared(true) }.count == 2)
        let quiet = await DKIMVerifier(resolver: TestMail.zone).verify(try TestMail().signed(), at: TestMail.time)
        #expect(quiet.outcomes.first?.trace.steps.isEmpty == true)
    }
}
