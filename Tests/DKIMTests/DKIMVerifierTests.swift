import DKIM
import DNS
import MailBytes
import MailCrypto
import MailFormat
import MailNames
import TestSupport
import Testing
import Trace

@Suite struct DKIMVerifierTests {
    /// What a signature's tags, the key record and the options lead to.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=rsa; h=from:to:subject:date"
        var record: String?
        var options = DKIMOptions()
        var at = TestMail.time
        var result: DKIMResult
        /// Part of the reason.
        var reason: String?
        var testDescription: String { name }

        /// The usual tags with some more.
        static func with(_ more: String) -> String {
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=rsa; h=from:to:subject:date; \(more)"
        }
    }

    static let key = String(lossy: Base64.encode(TestMail.rsa.publicRecord.publicKey))

    static let signatureCases = [
        Case(name: "plain", result: .pass),
        Case(name: "simple/simple", tags: "v=1; a=rsa-sha256; d=example.org; s=rsa; h=from:to", result: .pass),
        Case(name: "c=relaxed", tags: "v=1; a=rsa-sha256; c=relaxed; d=example.org; s=rsa; h=from:to", result: .pass),
        Case(
            name: "c=simple/relaxed", tags: "v=1; c=simple/relaxed; a=rsa-sha256; d=example.org; s=rsa; h=from",
            result: .pass),
        Case(name: "unknown tags and spaces", tags: Case.with("zz=1; _x"), result: .neutral, reason: "expected"),
        Case(name: "an unknown tag", tags: Case.with("zz=1; y_1=a b"), result: .pass),
        Case(
            name: "RFC 6376 §3.5: names without fields count for nothing",
            tags: "v=1; a=rsa-sha256; d=example.org; s=rsa; h=from:cc:from:cc", result: .pass),
        Case(
            name: "§6.1.1: no v=", tags: "a=rsa-sha256; d=example.org; s=rsa; h=from", result: .permerror,
            reason: "v= is missing"),
        Case(
            name: "§6.1.1: v=2", tags: "v=2; a=rsa-sha256; d=example.org; s=rsa; h=from", result: .permerror,
            reason: "version"),
        Case(
            name: "v=1.0", tags: "v=1.0; a=rsa-sha256; d=example.org; s=rsa; h=from", result: .permerror,
            reason: "version"),
        Case(
            name: "§3.2: a tag twice", tags: Case.with("d=example.org"), result: .neutral, reason: "d= is there twice"),
        Case(
            name: "§6.1.1: no From", tags: "v=1; a=rsa-sha256; d=example.org; s=rsa; h=to:date", result: .permerror,
            reason: "From"),
        Case(
            name: "RFC 8301 §3.1: rsa-sha1", tags: "v=1; a=rsa-sha1; d=example.org; s=rsa; h=from", result: .permerror,
            reason: "rsa-sha1"),
        Case(
            name: "unknown algorithm", tags: "v=1; a=rsa-sha512; d=example.org; s=rsa; h=from", result: .permerror,
            reason: "algorithm"),
        Case(
            name: "capitals in words", tags: "v=1; a=RSA-SHA256; c=Relaxed/SIMPLE; d=EXAMPLE.org; s=RSA; h=FROM:To",
            result: .pass),
        Case(name: "§3.5: i= below d=", tags: Case.with("i=joe@mail.example.org"), result: .pass),
        Case(name: "§6.1.1: i= elsewhere", tags: Case.with("i=joe@example.net"), result: .permerror, reason: "i="),
        Case(name: "i= that only ends alike", tags: Case.with("i=@notexample.org"), result: .permerror, reason: "i="),
        Case(
            name: "i= above d=", tags: "v=1; a=rsa-sha256; d=a.example.org; s=rsa; h=from; i=@example.org",
            result: .permerror, reason: "i="),
        Case(name: "i= in quoted-printable", tags: Case.with("i=joe=20b=3Bc@example.org"), result: .pass),
        Case(name: "i= without @", tags: Case.with("i=example.org"), result: .neutral, reason: "i="),
        Case(
            name: "§3.5: d= of one label", tags: "v=1; a=rsa-sha256; d=org; s=rsa; h=from", result: .permerror,
            reason: "single label"),
        Case(
            name: "d= with a dot behind", tags: "v=1; a=rsa-sha256; d=example.org.; s=rsa; h=from", result: .neutral,
            reason: "d="),
        Case(name: "q=dns/txt", tags: Case.with("q=dns/txt"), result: .pass),
        Case(name: "§3.5: q= with one known way", tags: Case.with("q=http/x : dns/txt"), result: .pass),
        Case(name: "q= without a known way", tags: Case.with("q=http/x"), result: .permerror, reason: "q="),
        Case(
            name: "h= that ends in a colon", tags: "v=1; a=rsa-sha256; d=example.org; s=rsa; h=from:", result: .neutral,
            reason: "h="),
        Case(
            name: "unknown canonicalization", tags: "v=1; a=rsa-sha256; c=nowsp; d=example.org; s=rsa; h=from",
            result: .permerror, reason: "c="),
        Case(
            name: "no selector", tags: "v=1; a=rsa-sha256; d=example.org; h=from", result: .permerror,
            reason: "s= is missing"),
        Case(name: "z= is not looked at", tags: Case.with("z=From:joe|To:=20x"), result: .pass),
    ]

    static let timeCases = [
        Case(name: "t= and x= around now", tags: Case.with("t=1599999990; x=1600000010"), result: .pass),
        Case(name: "expired, but within the skew of clocks", tags: Case.with("x=1599999700"), result: .pass),
        Case(
            name: "§3.5: expired", tags: Case.with("x=1599999699"), result: .permerror,
            reason: "expired at 2020-09-13T12:21:39Z"),
        Case(
            name: "§3.5: x= not after t=", tags: Case.with("t=1599999999; x=1599999999"), result: .permerror,
            reason: "x= is not later"),
        Case(name: "from the future", tags: Case.with("t=1700000000"), result: .pass),
        Case(
            name: "from the future, refused by option", tags: Case.with("t=1600000301"),
            options: DKIMOptions(refusesFutureSignatures: true), result: .policy, reason: "in the future"),
        Case(
            name: "from the future within the skew", tags: Case.with("t=1600000300"),
            options: DKIMOptions(refusesFutureSignatures: true), result: .pass),
        Case(
            name: "§3.5: more than 12 digits are for ever", tags: Case.with("x=99999999999999999999999999"),
            result: .pass),
        Case(name: "x= of year 200,000", tags: Case.with("x=6249139200000"), result: .pass),
        Case(name: "negative t=", tags: Case.with("t=-1"), result: .neutral, reason: "t="),
        Case(name: "empty x=", tags: Case.with("x="), result: .neutral, reason: "x="),
    ]

    static let recordCases = [
        Case(name: "revoked", record: "v=DKIM1; k=rsa; p=", result: .permerror, reason: "revoked"),
        Case(name: "no p=", record: "v=DKIM1; k=rsa", result: .permerror, reason: "p= is missing"),
        Case(name: "p= alone", record: "p=\(key)", result: .pass),
        Case(
            name: "white space in p=", record: "v=DKIM1; p= \(key.prefix(40)) \t\(key.dropFirst(40)) ;", result: .pass),
        Case(name: "p= that is no base64", record: "v=DKIM1; p=*", result: .permerror, reason: "p="),
        Case(name: "p= that is no key", record: "v=DKIM1; p=AAAA", result: .permerror, reason: "no usable key"),
        Case(
            name: "octets behind the key",
            record: "v=DKIM1; p=\(Base64.text(TestMail.rsa.publicRecord.publicKey + [0]))", result: .permerror,
            reason: "octets behind"),
        Case(
            name: "§3.6.1: v= not first", record: "k=rsa; v=DKIM1; p=\(key)", result: .permerror,
            reason: "not the first"),
        Case(name: "§3.6.1: v=DKIM1.0", record: "v=DKIM1.0; p=\(key)", result: .permerror, reason: "version"),
        Case(name: "v=dkim1", record: "v=dkim1; p=\(key)", result: .permerror, reason: "version"),
        Case(name: "a wildcard's record", record: "v=spf1 -all", result: .permerror, reason: "malformed"),
        Case(name: "an empty record", record: "", result: .permerror, reason: "malformed"),
        Case(name: "h=sha256", record: "v=DKIM1; h=sha1:sha256; p=\(key)", result: .pass),
        Case(name: "§6.1.2: h=sha1", record: "v=DKIM1; h=sha1; p=\(key)", result: .permerror, reason: "sha256 (h=)"),
        Case(name: "s=email", record: "v=DKIM1; s=email; p=\(key)", result: .pass),
        Case(name: "s=tlsrpt:*", record: "v=DKIM1; s=tlsrpt : *; p=\(key)", result: .pass),
        Case(name: "§3.6.1: s=tlsrpt", record: "v=DKIM1; s=tlsrpt; p=\(key)", result: .permerror, reason: "(s=)"),
        Case(name: "§6.1.2: k=ed25519 for RSA", record: TestMail.ed25519Record, result: .permerror, reason: "(k=)"),
        Case(name: "unknown k=", record: "v=DKIM1; k=foo; p=\(key)", result: .permerror, reason: "foo (k=)"),
        Case(name: "g= is history", record: "v=DKIM1; g=nobody; p=\(key)", result: .pass),
        Case(name: "t= without flags", record: "v=DKIM1; t=; p=\(key)", result: .pass),
        Case(
            name: "t=s with the same domain", tags: Case.with("i=joe@example.org"), record: "v=DKIM1; t=s; p=\(key)",
            result: .pass),
        Case(name: "t=s without i=", record: "v=DKIM1; t=s; p=\(key)", result: .pass),
        Case(
            name: "§3.6.1: t=s and a subdomain", tags: Case.with("i=joe@mail.example.org"),
            record: "v=DKIM1; t=y:s; p=\(key)", result: .neutral, reason: "(t=s)"),
        Case(name: "t=y and a pass", record: "v=DKIM1; t=y; p=\(key)", result: .pass),
        Case(
            name: "a key of another pair", record: "v=DKIM1; p=\(otherKey)", result: .fail,
            reason: "the body is unchanged"),
        Case(name: "§3.6.1: t=y and a failure", record: "v=DKIM1; t=y; p=\(otherKey)", result: .neutral, reason: "t=y"),
        Case(name: "a tag twice", record: "v=DKIM1; p=\(key); p=", result: .permerror, reason: "twice"),
        Case(
            name: "key below the option's size", record: "v=DKIM1; p=\(key)",
            options: DKIMOptions(keyBitsMin: 2048), result: .policy, reason: "1024 bits, fewer than 2048"),
        Case(
            name: "key above the option's size", record: "v=DKIM1; p=\(key)", options: DKIMOptions(keyBitsMax: 1000),
            result: .policy, reason: "more than 1000"),
        Case(
            name: "RFC 8301 §3.2: key of 512 bits", record: "v=DKIM1; p=\(smallKey)", result: .permerror,
            reason: "512 bits"),
        Case(
            name: "refused domain",
            options: DKIMOptions(refusedDomains: [domain]), result: .policy, reason: "not accepted"),
    ]

    static let domain: DomainName = {
        guard let name = try? DomainName("example.org") else { fatalError("example.org is a name") }
        return name
    }()

    /// A public key of 1024 bits that nobody has the private half of.
    static let otherKey =
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEd/Y07tvNK2uWmV2Jg5AEtsFayvAB/DTfiv59OF0dEW1NZeehbmmoPGf8JudX"
        + "rAGZO+enBC7IEnOZFVqUSM5S+13zAmeKvF8sWgA0eOS9FGyNtZORJy68PZOHa2qWxdwQjf6J2jokYWALAFYyWC3Y4yoVldZVnWn8"
        + "PqY2SI5Q+wIDAQAB"
    static let smallKey =
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANzf/Ur3Nqjy3W7995LCTto6WcmvTxjdC64B7M82PfSiFGN9pINd4+dlWAPlNzRfJ4dT"
        + "+u1Nl7KqGcqO/RlE1w0CAwEAAQ=="

    @Test(arguments: signatureCases + timeCases + recordCases)
    func aSignatureGetsTheResultAndTheReason(_ test: Case) async throws {
        var mail = TestMail()
        mail.tags = test.tags
        let message = TestMail.message([try fieldOrUnsigned(mail)] + mail.fields, mail.body)
        let zone = test.record.map { TestMail.zone([("rsa._domainkey.example.org", $0)]) } ?? TestMail.zone
        let outcome = await TestMail.outcome(message, zone: zone, options: test.options, at: test.at)
        #expect(outcome.result == test.result, "\(outcome.reason ?? "")")
        #expect((outcome.reason == nil) == (test.result == .pass), "a reason is there unless it passed")
        if let words = test.reason { #expect(outcome.reason?.contains(words) == true, "\(outcome.reason ?? "")") }
        #expect(!outcome.trace.steps.isEmpty)
    }

    /// The field, with an arbitrary signature where the tags cannot be read.
    private func fieldOrUnsigned(_ mail: TestMail) throws -> String {
        if let field = try? mail.signatureField() { return field }
        let hash = Base64.text(CanonicalReference.bodyHash(Array(mail.body.utf8), .relaxed))
        return "DKIM-Signature: \(mail.tags); bh=\(hash); b=AAAA"
    }

    @Test func theOutcomeOfAPassSaysWhatIsKnown() async throws {
        var mail = TestMail()
        mail.tags =
            "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=Example.ORG; s=ed; h= From : to\r\n : from; "
            + "i=Joe=40x@mail.example.org; t=1599999999"
        mail.key = TestMail.ed25519
        let message = try mail.signed()
        let outcome = await TestMail.outcome(message, zone: TestMail.zone)
        #expect(outcome.result == .pass)
        #expect(outcome.domain?.text == "example.org")
        #expect(outcome.selector?.text == "ed")
        #expect(outcome.algorithm == "ed25519-sha256")
        #expect(outcome.identity == "Joe@x@mail.example.org")
        #expect(outcome.reason == nil)
        #expect(outcome.keyBits == 256)
        #expect(outcome.signedFieldNames == ["From", "to", "from"])
        #expect(outcome.coversWholeBody && !outcome.isTesting)
        #expect(outcome.security == .insecure)
        let b = try #require(String(lossy: message.bytes).split(separator: " b=").last)
        #expect(outcome.signaturePrefix.map { b.hasPrefix($0) } == true)
        #expect(outcome.signaturePrefix?.utf8.count == 8)
    }

    @Test func withoutIdentityTheDomainStandsForIt() async throws {
        #expect(await TestMail.outcome(try TestMail().signed()).identity == "@example.org")
    }

    @Test func aMessageWithoutSignatureHasNoOutcome() async {
        let outcomes = await DKIMVerifier(resolver: TestMail.zone)
            .verify(TestMail.message(TestMail().fields, "x"), at: TestMail.time)
        #expect(outcomes.outcomes.isEmpty && outcomes.omitted == 0)
    }

    @Test func signaturesThatBeginAlikeAreToldApart() async throws {
        // RFC 6008 §4.
        let mail = TestMail()
        let field = try mail.signatureField()
        let other = field.dropLast(20) + "AAAA" + field.suffix(16)
        func prefixes(_ fields: [String]) async -> [String?] {
            await DKIMVerifier(resolver: TestMail.zone)
                .verify(TestMail.message(fields + mail.fields, mail.body), at: TestMail.time)
                .outcomes.map(\.signaturePrefix)
        }
        let alike = await prefixes([field, String(other)])
        #expect(alike.count == 2 && alike[0] != alike[1])
        #expect(alike.allSatisfy { ($0?.utf8.count ?? 0) > 8 })
        #expect(alike[0]?.dropLast() == alike[1]?.dropLast())
        // Copies cannot be told apart.
        let copies = await prefixes([field, field])
        #expect(copies.allSatisfy { $0?.utf8.count == 8 })
    }

    @Test func anIdentityIsPrintedWithoutWhatSteersATerminal() {
        let local = Array("a\u{1B}[31m\u{202E}b\u{9B}é ".utf8) + [0xFF]
        let identity = DKIMIdentity(localPart: local, domain: Self.domain)
        #expect(identity.text == "a\u{FFFD}[31m\u{FFFD}b\u{FFFD}é \u{FFFD}@example.org")
    }

    @Test func outcomesComeInTheOrderOfTheFields() async throws {
        var second = TestMail()
        second.tags = "v=1; a=ed25519-sha256; d=example.org; s=ed; h=from"
        second.key = TestMail.ed25519
        let first = TestMail()
        let fields = [try first.signatureField(), "DKIM-Signature: x", try second.signatureField()] + first.fields
        let outcomes = await DKIMVerifier(resolver: TestMail.zone)
            .verify(TestMail.message(fields, first.body), at: TestMail.time).outcomes
        #expect(outcomes.map(\.result) == [.pass, .neutral, .pass])
        #expect(outcomes.map { $0.selector?.text } == ["rsa", nil, "ed"])
    }
}
