import Certificates
import DANE
import MailBytes
import MailNames
import TestSupport
import Testing
import Trace

@Suite struct DANEVerifierTests {
    private func verify(
        _ chain: PresentedChain, _ records: [TLSARecord], host: String = CertificateFixtures.host,
        nextHop: String? = nil,
        options: DANEOptions = DANEOptions(), at time: UnixTime = now
    ) throws -> DANEOutcome {
        DANEVerifier().verify(
            chain, against: TLSARecordSet(records, options: options),
            references: DANEReferenceNames(
                baseDomain: try DomainName(host), nextHop: try nextHop.map { try DomainName($0) }),
            at: time, tracing: true)
    }

    private func word(_ outcome: DANEOutcome) -> String {
        if let record = outcome.record, let depth = outcome.depth { return "\(record.parameters) at \(depth)" }
        switch outcome.failure {
        case .noUsableRecord: return "no usable record"
        case .noMatch: return "no match"
        case .chain(.expired): return "expired"
        case .chain(.notYetValid): return "not yet valid"
        case .chain(.notTrusted): return "not trusted"
        case .chain(.hostMismatch): return "host mismatch"
        case .chain(.invalid): return "invalid"
        case .chain(.trusted), nil: return "nothing"
        }
    }

    /// A chain, and records that name certificates of files.
    private func check(_ file: String, _ records: [String], _ expected: String, nextHop: String? = nil) throws {
        let outcome = try verify(
            PresentedChain(pem: CertificateFixtures.pem(file)), records.map(record), nextHop: nextHop)
        #expect(word(outcome) == expected, "\(outcome.reason)")
        #expect(outcome.isMatched == (outcome.failure == nil))
        #expect(!outcome.reason.isEmpty && !outcome.trace.steps.isEmpty)
    }

    // RFC 7671 §5.1, RFC 7672 §3.1.1: the leaf alone counts, not its names, dates, purpose, strength or issuer.
    @Test(arguments: [
        "good", "short", "expired", "not-yet-valid", "other-name", "next-hop", "client-only", "common-name",
        "odd-names",
        "self-signed", "self-signed-expired", "self-signed-other-name", "expired-intermediate", "expired-root",
        "path-length", "no-authority", "name-constraint", "forged", "rsa-pss", "rsa-pss-key", "rsa-1024", "ed25519",
        "p384",
        "sha1",
    ])
    func aServersOwnKeyIsEnough(_ file: String) throws {
        for parameters in ["3 0 0", "3 0 1", "3 0 2", "3 1 0", "3 1 1", "3 1 2"] {
            try check(file, ["\(parameters) \(file):0"], "\(parameters) at 0")
        }
        try check(file, ["3 1 1 key-ec-certificate:0"], "no match")
    }

    @Test func aServersRecordMatchesTheServersCertificateAlone() throws {
        try check("good", ["3 1 1 good:1"], "no match")
        try check("good", ["3 0 1 good:2"], "no match")
    }

    // RFC 7671 §5.2, RFC 7672 §3.1.2, §3.2.2
    @Test(arguments: [
        ("good", "2 0 1 good:2", "2 0 1 at 2"), ("good", "2 1 1 good:1", "2 1 1 at 1"),
        ("good", "2 1 2 good:2", "2 1 2 at 2"),
        ("good", "2 0 0 good:1", "2 0 0 at 1"), ("good", "2 1 0 good:2", "2 1 0 at 2"),
        ("short", "2 0 2 short:1", "2 0 2 at 1"),
        ("good", "2 0 1 p384:1", "no match"), ("good", "2 0 1 good:0", "no match"),
        ("good", "2 1 1 good:0", "no match"),
        ("expired", "2 0 1 root:0", "expired"), ("not-yet-valid", "2 0 1 root:0", "not yet valid"),
        ("other-name", "2 0 1 root:0", "host mismatch"), ("odd-names", "2 0 1 root:0", "host mismatch"),
        ("client-only", "2 0 1 root:0", "invalid"), ("expired-intermediate", "2 0 1 root:0", "expired"),
        ("expired-root", "2 0 1 expired-root:1", "2 0 1 at 1"),
        // A signed record stands for the dates of its authority, not for those below it.
        ("expired-intermediate", "2 1 1 expired-intermediate:1", "2 1 1 at 1"),
        ("no-authority", "2 0 1 root:0", "invalid"),
        ("forged", "2 0 1 root:0", "not trusted"), ("sha1", "2 0 1 sha1:1", "invalid"),
        ("rsa-pss", "2 0 1 rsa-pss:1", "2 0 1 at 1"), ("rsa-pss-key", "2 1 1 rsa-pss-key:1", "2 1 1 at 1"),
        ("rsa-1024", "2 0 1 rsa-1024:1", "2 0 1 at 1"), ("ed25519", "2 0 1 ed25519:1", "2 0 1 at 1"),
        ("p384", "2 0 1 p384:1", "2 0 1 at 1"),
        // RFC 7672 §3.2.3: the common name counts only without a DNS-ID.
        ("common-name", "2 0 1 root:0", "2 0 1 at 2"), ("address-only", "2 0 1 root:0", "2 0 1 at 2"),
        ("common-name-beside", "2 0 1 root:0", "host mismatch"),
        // The constraints of an authority hold for what it signed.
        ("path-length", "2 0 1 root:0", "invalid"), ("path-length", "2 0 1 good:1", "invalid"),
        ("path-length", "2 0 1 path-length:1", "2 0 1 at 1"), ("name-constraint", "2 0 1 root:0", "invalid"),
        ("name-constraint", "2 0 1 name-constraint:1", "invalid"),
        // The server's own certificate is no authority above itself, though its own key may have signed it.
        ("self-signed", "2 0 1 self-signed:0", "no match"), ("self-signed", "2 1 1 self-signed:0", "no match"),
        ("self-signed", "2 0 0 self-signed:0", "no match"), ("self-signed", "2 1 0 self-signed:0", "2 1 0 at 1"),
        ("good", "2 0 0 good:0", "no match"),
        ("self-signed-expired", "2 1 0 self-signed-expired:0", "expired"),
        ("self-signed-other-name", "2 1 0 self-signed-other-name:0", "host mismatch"),
    ])
    func anAuthorityNeedsPathNamesAndDates(_ file: String, _ text: String, _ expected: String) throws {
        try check(file, [text], expected)
    }

    @Test func theNextHopIsAReferenceToo() throws {
        try check("next-hop", ["2 0 1 root:0"], "host mismatch")
        try check("next-hop", ["2 0 1 root:0"], "2 0 1 at 2", nextHop: "example.org")
        try check("next-hop", ["2 0 1 root:0"], "host mismatch", nextHop: "example.net")
    }

    /// RFC 7672 §3.2.2.
    @Test func whichNamesAreReferences() throws {
        let (base, hop, expanded) = (
            try DomainName("mx10.example.com"), try DomainName("exchange.example.org"), try DomainName("example.com")
        )
        func names(_ names: DANEReferenceNames) -> [DomainName] { names.names }
        #expect(
            names(DANEReferenceNames(baseDomain: base, nextHop: hop, expandedNextHop: expanded)) == [
                base, hop, expanded,
            ])
        #expect(names(DANEReferenceNames(baseDomain: base, nextHop: hop, expandedNextHop: hop)) == [base, hop])
        #expect(names(DANEReferenceNames(baseDomain: base)) == [base])
        // Without proof of the MX records, only the base domain.
        #expect(names(DANEReferenceNames(baseDomain: base, nextHop: nil, expandedNextHop: expanded)) == [base])
        #expect(names(DANEReferenceNames(baseDomain: base, others: [base, hop])) == [base, hop])
    }

    // MARK: What is not presented

    @Test func anAuthorityInFullNeedNotBePresented() throws {
        let all = try certificates("good")
        let withoutRoot = PresentedChain(leaf: all[0], intermediates: [all[1]])
        // RFC 7671 §5.2.2: must work with the whole certificate, cannot with a digest.
        #expect(word(try verify(withoutRoot, [try record("2 0 0 good:2")])) == "2 0 0 at 2")
        #expect(word(try verify(withoutRoot, [try record("2 0 1 good:2")])) == "no match")
        // RFC 7671 §5.2.3: should work with a bare key.
        #expect(word(try verify(withoutRoot, [try record("2 1 0 good:2")])) == "2 1 0 at 2")
        #expect(word(try verify(withoutRoot, [try record("2 1 0 p384:1")])) == "no match")
        let alone = PresentedChain(leaf: all[0])
        #expect(word(try verify(alone, [try record("2 0 0 good:1")])) == "2 0 0 at 1")
        #expect(word(try verify(alone, [try record("2 1 0 good:1")])) == "2 1 0 at 1")
        #expect(word(try verify(alone, [try record("2 0 0 good:2")])) == "not trusted")
        #expect(word(try verify(alone, [try record("2 1 0 good:2")])) == "no match")
    }

    @Test func aBareKeyVouchesForNamesAndDatesNoMoreThanACertificate() throws {
        for (file, expected) in [
            ("expired", "expired"), ("other-name", "host mismatch"), ("expired-intermediate", "expired"),
        ] {
            let all = try certificates(file)
            let chain = PresentedChain(leaf: all[0], intermediates: [all[1]])
            #expect(word(try verify(chain, [try record("2 1 0 root:0")])) == expected)
        }
        // The server's own key is no authority over itself, unless it signed itself.
        let good = PresentedChain(leaf: try certificates("good")[0])
        #expect(word(try verify(good, [try record("2 1 0 good:0")])) == "no match")
    }

    // MARK: Several records

    // RFC 7671 §8, §9
    @Test(arguments: [
        (["3 1 1 p384:0", "3 1 1 good:0"], "3 1 1 at 0"), (["3 1 1 p384:0", "3 1 1 rsa-pss:0"], "no match"),
        (["3 1 1 p384:0", "2 0 1 good:2"], "2 0 1 at 2"), (["2 0 1 good:2", "3 1 1 good:0"], "3 1 1 at 0"),
        (["2 0 1 p384:1", "2 0 1 good:1"], "2 0 1 at 1"),
        // A weaker digest does not count beside a stronger one; another selector or usage is another matter.
        (["3 1 1 good:0", "3 1 2 p384:0"], "no match"), (["3 1 1 p384:0", "3 1 2 good:0"], "3 1 2 at 0"),
        (["3 1 1 good:0", "3 0 2 p384:0"], "3 1 1 at 0"), (["3 1 1 good:0", "2 1 2 p384:0"], "3 1 1 at 0"),
        (["3 1 2 p384:0", "3 1 0 good:0"], "3 1 0 at 0"), (["3 1 1 good:0", "3 1 2 abcd"], "3 1 1 at 0"),
        // Usages 0 and 1 are as if they were not there.
        (["1 1 1 good:0"], "no usable record"), (["0 0 1 good:2"], "no usable record"), ([], "no usable record"),
        (["1 1 1 good:0", "3 1 1 p384:0"], "no match"), (["1 1 1 p384:0", "3 1 1 good:0"], "3 1 1 at 0"),
        (["3 9 1 good:0"].map { $0.replacing("good:0", with: String(repeating: "ab", count: 32)) }, "no usable record"),
    ])
    func anyOneOfTheRecordsThatCountIsEnough(_ records: [String], _ expected: String) throws {
        try check("good", records, expected)
    }

    @Test func oneAuthorityThatFailsDoesNotHideAnother() throws {
        try check("path-length", ["2 0 1 root:0", "2 0 1 path-length:1"], "2 0 1 at 1")
        try check("expired", ["2 0 1 root:0", "3 1 1 expired:0"], "3 1 1 at 0")
    }

    @Test(arguments: [
        (["3 1 1 good:0", "3 1 2 p384:0"], "3 1 1 does, but a stronger digest stands beside it"),
        (["2 1 1 good:0"], "2 1 1 names the server's own certificate, which is no authority"),
        (["3 1 1 p384:0"], "no usable TLSA record matches the 3 certificates presented"),
        (["1 1 1 good:0"], "none of 1 TLSA record can be used: usages 0 and 1 do not apply to mail"),
        ([], "there is no TLSA record"),
        (["3 1 1 good:0"], "DANE-EE(3) record 3 1 1 matches the server's certificate"),
    ])
    func theReasonSaysWhatToLookAt(_ records: [String], _ reason: String) throws {
        let outcome = try verify(PresentedChain(pem: CertificateFixtures.pem("good")), records.map(record))
        #expect(outcome.reason.contains(reason), "\(outcome.reason)")
    }

    @Test func aMismatchOfNamesSaysBoth() throws {
        let outcome = try verify(
            PresentedChain(pem: CertificateFixtures.pem("other-name")), [record("2 0 1 root:0")], nextHop: "example.org"
        )
        #expect(outcome.reason.hasSuffix("is for mx.example.net and not this host: mx.example.org, example.org"))
        #expect(outcome.failure?.reportType == "certificate-host-mismatch")
        #expect(outcome.usableCount == 1)
        #expect(DANEFailure.noUsableRecord.reportType == "tlsa-invalid")
        #expect(DANEFailure.noMatch.reportType == "validation-failure")
    }

    @Test func workIsLimited() throws {
        // Each of these keys could have signed each of the certificates.
        let keys = try ["p384:0", "ed25519:0", "ed25519:1", "p384:1"].map { try record("2 1 0 \($0)") }
        let all = try certificates("good")
        let chain = PresentedChain(leaf: all[0], intermediates: Array(repeating: all[1], count: 19))
        let outcome = try verify(chain, Array(repeating: keys, count: 20).flatMap(\.self))
        #expect(word(outcome) == "no match")
        let count = outcome.trace.steps.count { $0.text.contains("signed the certificate") }
        #expect(count == TLSALimits.checksMax)
    }
}
