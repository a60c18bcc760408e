import Certificates
import DANE
import MailNames
import PostsealTransport
import SMTPProtocol
import SMTPTransport
import TestSupport
import Testing
import TransportPolicy

/// What the sender of a message says about TLS (RFC 8689).
@Suite(.timeLimit(.minutes(10))) struct RelayRequireTLSTests {
    private static let host = ["example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.1"]
    private static let sts = ["_mta-sts.example.org TXT \"v=STSv1; id=1;\""]
    private static let policy = "version: STSv1\nmode: testing\nmx: mx.example.org\nmax_age: 86400\n"
    private static let waiver = "TLS-Required: No\r\nSubject: x\r\n\r\nhello\r\n"

    private static func anchors() throws -> TrustAnchors {
        TrustAnchors([try #require(Certificate.list(pem: CertificateFixtures.pem("key-ec-certificate")).first)])
    }

    /// A record for the world's certificate, or for another.
    private static func tlsa(_ file: String = "key-ec-certificate") throws -> String {
        let certificate = try #require(Certificate.list(pem: CertificateFixtures.pem(file)).first)
        let record = try #require(
            TLSARecord(
                naming: certificate, usage: TLSAUsage(rawValue: 3), selector: TLSASelector(rawValue: 1),
                matchingType: TLSAMatchingType(rawValue: 1)))
        return "_25._tcp.mx.example.org TLSA \(record.text)"
    }

    // MARK: REQUIRETLS

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var isSigned = false
        var hasRecord = false
        var hasPolicy = false
        var isTrusted = false
        var offers = true
        var hasTLS = true
        var answer: String
    }

    /// RFC 8689 §4.2.1: the way is proved, the server is, and it promises to go on likewise.
    @Test(arguments: [
        Case(testDescription: "DANE", isSigned: true, hasRecord: true, answer: "250 2.0.0"),
        Case(testDescription: "signed MX, certificate", isSigned: true, isTrusted: true, answer: "250 2.0.0"),
        Case(testDescription: "MTA-STS", hasPolicy: true, isTrusted: true, answer: "250 2.0.0"),
        Case(testDescription: "nothing says whose server it is", isTrusted: true, answer: "550 5.7.30"),
        Case(testDescription: "signed MX, a certificate of nobody", isSigned: true, answer: "550 5.7.10"),
        Case(testDescription: "MTA-STS, a certificate of nobody", hasPolicy: true, answer: "550 5.7.10"),
        Case(testDescription: "not offered", isSigned: true, hasRecord: true, offers: false, answer: "550 5.7.30"),
        Case(testDescription: "no STARTTLS", isSigned: true, isTrusted: true, hasTLS: false, answer: "550 5.7.10"),
        Case(
            testDescription: "DANE without STARTTLS", isSigned: true, hasRecord: true, hasTLS: false,
            answer: "550 5.7.10"),
    ])
    func whatIsProvedGoesOn(_ row: Case) async throws {
        var setting = RelaySetting()
        if row.offers { setting.extensions = [.requireTLS] }
        setting.hasTLS = row.hasTLS
        if row.isTrusted { setting.anchors = try Self.anchors() }
        if row.hasPolicy { setting.policy = Self.policy }
        let lines = Self.host + (row.hasPolicy ? Self.sts : []) + (row.hasRecord ? [try Self.tlsa()] : [])
        try await withRelay(lines, signed: row.isSigned ? ["example.org"] : [], setting) { world in
            let got1 = try await world.send(["a@example.org"], requiringTLS: true)
            #expect(got1 == [row.answer])
            let isDelivered = row.answer.hasPrefix("250")
            #expect(
                world.inbox.senders.values == (isDelivered ? ["<me@origin.example.net> REQUIRETLS"] : []),
                "the word is passed on, and nothing is said to a server without it")
            #expect(world.inbox.messages.count == (isDelivered ? 1 : 0))
            let got2 = try await world.send(["a@example.org"], text: Self.waiver, requiringTLS: true)
            #expect(
                got2 == [row.answer],
                "RFC 8689 §4.1: the header does not count beside it")
        }
    }

    /// RFC 8689 §4.2.1: each host on the list is tried.
    @Test func theNextServerIsTried() async throws {
        var setting = RelaySetting()
        setting.extensions = [.requireTLS]
        setting.policy = Self.policy
        setting.anchors = try Self.anchors()
        let lines = Self.host + Self.sts + ["example.org MX 5 other.example.org", "other.example.org A 127.0.0.1"]
        try await withRelay(lines, setting) { world in
            let got3 = try await world.send(["a@example.org"], requiringTLS: true)
            #expect(got3 == ["250 2.0.0"])
            #expect(world.sessions.value.map(\.server.host.text) == ["mx.example.org"], "the policy names one of them")
        }
    }

    @Test func aServerThatIsDownIsNoReasonToBounce() async throws {
        var setting = RelaySetting()
        setting.extensions = [.requireTLS]
        let lines = ["example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.9", try Self.tlsa()]
        try await withRelay(lines, signed: ["example.org"], setting) { world in
            let got4 = try await world.send(["a@example.org"], requiringTLS: true)
            #expect(got4 == ["451 4.4.1"])
        }
    }

    /// RFC 8689 §5: a bounce is not thrown away for it.
    @Test func aBounceGoesWithoutWhereItMust() async throws {
        for offers in [true, false] {
            var setting = RelaySetting()
            if offers { setting.extensions = [.requireTLS] }
            try await withRelay(Self.host, setting) { world in
                let got5 = try await world.send(["a@example.org"], from: .null, requiringTLS: true)
                #expect(got5 == ["250 2.0.0"])
                #expect(world.inbox.senders.values == [offers ? "<> REQUIRETLS" : "<>"])
            }
        }
    }

    /// RFC 8689 §2: it is offered under TLS alone, and taken there alone.
    @Test func inTheClearItIsNoParameter() async throws {
        try await withRelay(Self.host) { world in
            let clear = try await world.client()
            #expect(!clear.capabilities.extensions.contains(.requireTLS))
            await clear.quit()
            let secured = try await world.client(tls: true)
            #expect(secured.capabilities.extensions.contains(.requireTLS))
            await secured.quit()
        }
    }

    // MARK: TLS-Required: No

    /// RFC 8689 §4.2.2: the sender prefers delivery.
    @Test func aWaiverGoesToWhomeverThereIs() async throws {
        for hasTLS in [true, false] {
            var setting = RelaySetting()
            setting.hasTLS = hasTLS
            try await withRelay(Self.host + [Self.tlsa("good")], signed: ["example.org"], setting) { world in
                let got6 = try await world.send(["a@example.org", "b@example.org"], text: Self.waiver)
                #expect(
                    got6 == [
                        "250 2.0.0", "250 2.0.0",
                    ])
                #expect(world.inbox.messages == ["a@example.org,b@example.org \(Self.waiver.utf8.count)"])
                let session = try #require(world.sessions.value.last)
                #expect(session.judgement?.policies.isEmpty == true, "nobody was held to a policy: nothing to report")
                #expect(session.judgement?.isEncrypted == hasTLS, "TLS where there is any")
                let got7 = try await world.send(["a@example.org"])
                #expect(got7 == ["451 4.7.5"], "others are held to it as before")
                #expect(world.inbox.messages.count == 1)
            }
        }
    }

    @Test(arguments: [
        "TLS-Required: Yes\r\n", "TLS-Required: No\r\nTLS-Required: No\r\n", "Subject: TLS-Required: No\r\n",
        "X: y\r\n\r\nTLS-Required: No\r\n", "TLS-Required: No thanks\r\n", "TLS-Required:\r\n", "",
    ])
    func whatIsNoWaiver(_ header: String) async throws {
        try await withRelay(Self.host + [Self.tlsa("good")], signed: ["example.org"]) { world in
            let got8 = try await world.send(["a@example.org"], text: header + "\r\nhello\r\n")
            #expect(got8 == ["451 4.7.5"])
            #expect(world.inbox.messages.isEmpty && world.inbox.senders.values.isEmpty)
        }
    }

    @Test(arguments: ["tls-required:no\r\n", "TLS-REQUIRED: \t NO  \r\n", "TLS-Required:\r\n No\r\n"])
    func howAWaiverMayBeSpelled(_ header: String) async throws {
        try await withRelay(Self.host + [Self.tlsa("good")], signed: ["example.org"]) { world in
            let got9 = try await world.send(["a@example.org"], text: "A: b\r\n" + header)
            #expect(got9 == ["250 2.0.0"])
        }
    }

    /// Others of the same message have their servers from the start, and miss nothing.
    @Test func aLargeMessageWithBothKindsOfRecipients() async throws {
        let lines = Self.host + ["example.net MX 10 mx.example.net", "mx.example.net A 127.0.0.1"]
        let text = Self.waiver + String(repeating: String(repeating: "x", count: 78) + "\r\n", count: 20_000)
        try await withRelay(lines + [Self.tlsa("good")], signed: ["example.org"]) { world in
            let answers = try await world.send(["b@example.net", "a@example.org", "bad@example.org"], text: text)
            #expect(answers == ["250 2.0.0", "250 2.0.0", "550 5.1.1"])
            #expect(world.inbox.messages == ["a@example.org", "b@example.net"].map { "\($0) \(text.utf8.count)" })
        }
    }

    @Test func theSwitchIsObeyed() async throws {
        var setting = RelaySetting()
        setting.options.honoursTLSRequired = false
        try await withRelay(Self.host + [Self.tlsa("good")], signed: ["example.org"], setting) { world in
            let got10 = try await world.send(["a@example.org"], text: Self.waiver)
            #expect(got10 == ["451 4.7.5"])
        }
    }

    /// What was not looked up can't be waived: there is no server.
    @Test func aWaiverFindsNoServerWhereThereIsNone() async throws {
        try await withRelay(["example.org MX servfail"]) { world in
            let got11 = try await world.send(["a@example.org"], text: Self.waiver)
            #expect(got11 == ["451 4.7.5"])
        }
        try await withRelay(Self.host + ["_25._tcp.mx.example.org TLSA servfail"], signed: ["example.org"]) { world in
            let got12 = try await world.send(["a@example.org"], text: Self.waiver)
            #expect(got12 == ["250 2.0.0"])
        }
    }
}
