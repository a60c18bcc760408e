import DANE
import DNS
import MailNames
import TestSupport
import Testing
import Trace

@Suite struct DANELookupTests {
    private static let digest = String(repeating: "ab", count: 32)
    private static let record = "3 1 1 \(digest)"

    private func word(_ outcome: DANELookupOutcome) -> String {
        switch outcome.finding {
        case .usable(_, let base): "usable \(base.text)"
        case .unusable(_, let base): "unusable \(base.text)"
        case .none(let absence): "none \(absence)"
        case .failure(let failure): "failure \(failure.question)"
        case .unreachable: "unreachable"
        }
    }

    private func look(
        _ zones: SignedZones, _ host: String, _ expected: String, asked: [String]? = nil, port: UInt16 = 25
    ) async throws {
        let outcome = await DANELookup(resolver: zones).lookUp(host: try DomainName(host), port: port, tracing: true)
        #expect(word(outcome).hasPrefix(expected), "\(word(outcome)): \(outcome.reason)")
        if let asked { #expect(zones.asked == asked.sorted()) }
        #expect(Set(outcome.answers.map { "\($0.question)" }) == Set(zones.asked), "the evidence is what was asked")
        #expect(!outcome.reason.isEmpty && !outcome.trace.steps.isEmpty)
    }

    /// RFC 7672 §3.2.2, its example.
    @Test(arguments: [
        ("mx10.example.com", "usable mx10.example.com"), ("mx15.example.com", "usable mx15.example.com"),
        ("mx20.example.com", "usable mxbackup.example.net"),
    ])
    func theExampleOfBaseDomains(_ host: String, _ expected: String) async throws {
        let zones = SignedZones(
            [
                "mx10.example.com A 192.0.2.10", "_25._tcp.mx10.example.com TLSA 2 0 1 \(Self.digest)",
                "mx15.example.com CNAME mxbackup.example.com", "mxbackup.example.com A 192.0.2.15",
                "_25._tcp.mx15.example.com TLSA 2 0 1 \(Self.digest)", "mx20.example.com CNAME mxbackup.example.net",
                "mxbackup.example.net A 198.51.100.20", "_25._tcp.mxbackup.example.net TLSA 2 0 1 \(Self.digest)",
            ], signed: ["example.com", "example.net"])
        try await look(zones, host, expected)
    }

    /// RFC 7672 §3.1.2, and RFC 7671 §5.2: the records of several hosts are one set, by aliases.
    @Test func aliasesOfTheRecordsDoNotChangeTheBaseDomain() async throws {
        let zones = SignedZones(
            [
                "mx1.example.com A 192.0.2.1", "_25._tcp.mx1.example.com CNAME tlsa201._dane.example.com",
                "tlsa201._dane.example.com TLSA 2 0 1 \(Self.digest)",
            ], signed: ["example.com"])
        try await look(zones, "mx1.example.com", "usable mx1.example.com")
    }

    // RFC 7672 §2.2.2: addresses first; no question for records where they are not signed.
    @Test func unsignedAddressesEndTheSearch() async throws {
        let zones = SignedZones(
            ["mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org TLSA servfail"], signed: [])
        try await look(
            zones, "mx.example.org", "none the addresses are not signed",
            asked: ["mx.example.org A", "mx.example.org AAAA"])
    }

    @Test func aSignedHostTakesThreeQuestions() async throws {
        let zones = SignedZones(
            ["mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org TLSA \(Self.record)"], signed: ["example.org"])
        try await look(
            zones, "mx.example.org", "usable mx.example.org",
            asked: ["mx.example.org A", "mx.example.org AAAA", "_25._tcp.mx.example.org TLSA"])
    }

    // RFC 7672 §2.2.2, "insecure CNAME".
    @Test func aSignedAliasOfAnUnsignedHostCounts() async throws {
        let lines = [
            "mx.example.org CNAME host.example.net", "host.example.net A 192.0.2.1",
            "_25._tcp.mx.example.org TLSA \(Self.record)", "_25._tcp.host.example.net TLSA servfail",
        ]
        try await look(
            SignedZones(lines, signed: ["example.org"]), "mx.example.org", "usable mx.example.org",
            asked: ["mx.example.org A", "mx.example.org AAAA", "mx.example.org CNAME", "_25._tcp.mx.example.org TLSA"])
        // And an unsigned alias of a signed host does not.
        try await look(
            SignedZones(lines, signed: ["example.net"]), "mx.example.org", "none the addresses are not signed",
            asked: ["mx.example.org A", "mx.example.org AAAA", "mx.example.org CNAME"])
        let failing = SignedZones(
            ["mx.example.org A 192.0.2.1", "mx.example.org CNAME host.example.net", "host.example.net A 192.0.2.1"],
            signed: ["example.org"])
        try await look(failing, "mx.example.org", "none there are no TLSA records")
    }

    @Test func namesInTheMiddleAreNoCandidates() async throws {
        let zones = SignedZones(
            [
                "mx.example.org CNAME middle.example.org", "middle.example.org CNAME end.example.org",
                "end.example.org A 192.0.2.1", "_25._tcp.middle.example.org TLSA \(Self.record)",
            ], signed: ["example.org"])
        try await look(
            zones, "mx.example.org", "none there are no TLSA records",
            asked: [
                "mx.example.org A", "mx.example.org AAAA", "_25._tcp.end.example.org TLSA",
                "_25._tcp.mx.example.org TLSA",
            ])
    }

    // RFC 7672 §2.1.2: an error on the way makes the server unreachable, and is never "no records".
    @Test(arguments: ["servfail", "timeout", "bogus"])
    func aQuestionForRecordsThatFailsIsAFailure(_ word: String) async throws {
        let zones = SignedZones(
            ["mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org TLSA \(word)"], signed: ["example.org"])
        try await look(zones, "mx.example.org", "failure _25._tcp.mx.example.org TLSA")
        // Even if the next candidate had some.
        let alias = SignedZones(
            [
                "mx.example.org CNAME host.example.org", "host.example.org A 192.0.2.1",
                "_25._tcp.host.example.org TLSA \(word)", "_25._tcp.mx.example.org TLSA \(Self.record)",
            ], signed: ["example.org"])
        try await look(alias, "mx.example.org", "failure _25._tcp.host.example.org TLSA")
    }

    @Test(arguments: [
        // Address lines, and what comes of them.
        (["mx.example.org A servfail"], "failure mx.example.org A"),
        (["mx.example.org A bogus"], "failure mx.example.org A"),
        (["mx.example.org A timeout", "mx.example.org AAAA timeout"], "failure mx.example.org AAAA"),
        (["mx.example.org TXT x"], "unreachable"), (["example.org TXT x"], "unreachable"),
        // One family is enough.
        (["mx.example.org A 192.0.2.1", "mx.example.org AAAA servfail"], "usable"),
        (["mx.example.org AAAA 2001:db8::1"], "usable"),
        (["mx.example.org CNAME nowhere.example.org"], "unreachable"),
    ])
    func addresses(_ lines: [String], _ expected: String) async throws {
        let zones = SignedZones(lines + ["_25._tcp.mx.example.org TLSA \(Self.record)"], signed: ["example.org"])
        try await look(zones, "mx.example.org", expected)
    }

    @Test func recordsWithoutProofAreNone() async throws {
        let lines = [
            "mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org CNAME tlsa.example.net",
            "tlsa.example.net TLSA \(Self.record)",
        ]
        try await look(
            SignedZones(lines, signed: ["example.org"]), "mx.example.org",
            "none the TLSA records, or their absence, are not")
        // Then the next candidate counts.
        let alias = [
            "alias.example.org CNAME mx.example.org", "_25._tcp.alias.example.org TLSA \(Self.record)",
        ]
        try await look(
            SignedZones(lines + alias, signed: ["example.org"]), "alias.example.org", "usable alias.example.org")
    }

    @Test func recordsOfNoUseStillMeanTLS() async throws {
        let zones = SignedZones(
            ["mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org TLSA 1 1 1 \(Self.digest)"], signed: ["example.org"]
        )
        let outcome = await DANELookup(resolver: zones).lookUp(host: try DomainName("mx.example.org"))
        #expect(word(outcome) == "unusable mx.example.org")
        #expect(outcome.finding.requiresTLS)
        #expect(outcome.serverName.text == "mx.example.org")
        #expect(outcome.trace.steps.isEmpty)
    }

    @Test func withoutValidationThereIsNoDANE() async throws {
        let lines = ["mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org TLSA \(Self.record)"]
        try await look(
            SignedZones(lines, signed: [], unvalidated: [""]), "mx.example.org", "none nothing is validated",
            asked: ["mx.example.org A", "mx.example.org AAAA"])
        // But an answer of which nothing is known behind proved addresses is a failure: it may have been suppressed.
        try await look(
            SignedZones(lines, signed: ["example.org"], unvalidated: ["_tcp.mx.example.org"]), "mx.example.org",
            "failure _25._tcp.mx.example.org TLSA")
    }

    @Test func thePortIsThatOfTheConnection() async throws {
        let zones = SignedZones(
            [
                "mx.example.org A 192.0.2.1", "_25._tcp.mx.example.org TLSA servfail",
                "_2525._tcp.mx.example.org TLSA \(Self.record)",
            ], signed: ["example.org"])
        try await look(zones, "mx.example.org", "usable mx.example.org", port: 2525)
    }

    @Test func aNameWithoutRoomForThePrefixHasNoRecords() async throws {
        let label = String(repeating: "a", count: 60)
        let host = [label, label, label, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "example"]
            .joined(
                separator: ".")
        let zones = SignedZones(["\(host) A 192.0.2.1"], signed: ["example"])
        try await look(zones, host, "none there are no TLSA records", asked: ["\(host) A", "\(host) AAAA"])
    }

    @Test func theAnswerIsKeptForTheLeastOfItsTimes() async throws {
        let zones = SignedZones(
            [
                "mx.example.org A 192.0.2.1", "mx.example.org AAAA 2001:db8::1",
                "_25._tcp.mx.example.org TLSA \(Self.record)",
            ],
            signed: ["example.org"])
        let outcome = await DANELookup(resolver: zones).lookUp(host: try DomainName("mx.example.org"))
        #expect(outcome.ttlSeconds == 300)
        #expect(outcome.addresses.map(\.text) == ["2001:db8::1", "192.0.2.1"])
        #expect(outcome.addressSecurity == .secure)
    }
}
