import Certificates
import DNS
import MTASTS
import MailNames
import NIOPosix
import PostsealTransport
import SMTPProtocol
import SMTPTransport
import Sockets
import TestSupport
import Testing

@Suite("Whether the servers of a domain hold to its policy", .timeLimit(.minutes(10)))
struct PolicyProverTests {
    private static let mx = ["example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.1"]

    /// What stands against the policy, before one mail server that stands for all hosts.
    private func proof(_ lines: [String], hasTLS: Bool = true, trusted: Bool = true) async throws -> PolicyProof {
        let group = MultiThreadedEventLoopGroup.singleton
        let configuration = SMTPServerConfiguration(name: "mx.example.org", extensions: [.startTLS])
        let server = SMTPServer(
            handler: WorldHandler(inbox: Inbox()), options: SMTPServerOptions(configuration: configuration), on: group)
        let chain = try CertificateFixtures.pem("key-ec-certificate")
        if hasTLS { server.replaceTLS(try SMTPServerTLS(chain: chain, key: CertificateFixtures.pem("key-ec"))) }
        try await server.listen(on: [ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))])
        guard case .tcp(_, let port)? = server.addresses.first else { return try PolicyHostTests.proof() }
        var settings = SessionOpener.Settings(name: "checker.example.net")
        settings.port = port
        let opener = try SessionOpener(
            settings: settings, anchors: TrustAnchors(trusted ? try Certificate.list(pem: chain) : []), on: group,
            now: { relayTime })
        let prover = PolicyProver(
            resolver: ZoneResolver(zones: SignedZones(lines, signed: [])), opener: opener,
            timeLimit: .seconds(600), now: { relayTime })
        async let serving: Void = server.run()
        let proof = await prover.proof(of: try PolicyHostTests.hosted(.enforce))
        await server.shutdown(grace: .zero)
        await serving
        return proof
    }

    @Test("A server that the policy names, with a certificate for its name, holds to it")
    func good() async throws {
        let proof = try await proof(Self.mx)
        #expect(proof.isGood, "\(proof.reason)")
        #expect(proof.hosts.map(\.text) == ["mx.example.org"])
    }

    @Test("TLSA records that can't be looked up do not matter: senders by MTA-STS do not ask for them")
    func dane() async throws {
        #expect(try await proof(Self.mx + ["_25._tcp.mx.example.org TLSA servfail"]).isGood)
    }

    @Test(
        "What stands against it, and whether that is certain",
        arguments: [
            (["example.org MX 10 x.example.org", "x.example.org A 127.0.0.1"], true, "does not name the MX host"),
            (["example.org MX servfail"], false, "the MX records can't be looked up"),
            (["example.org MX 0 ."], true, "takes no mail"),
            (["x.example A 192.0.2.1"], true, "there is no such domain"),
            (["example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.9"], false, "mx.example.org (127.0.0.9)"),
            (["example.org MX 10 mx.example.org", "mx.example.org A servfail"], false, "can't be looked up"),
        ])
    func bad(_ lines: [String], _ isCertain: Bool, _ text: String) async throws {
        let proof = try await proof(lines)
        #expect(proof.problems.map(\.isCertain) == [isCertain], "\(proof.reason)")
        #expect(proof.reason.contains(text), "\(proof.reason)")
    }

    @Test("No STARTTLS, and a certificate that nobody trusts")
    func tls() async throws {
        let clear = try await proof(Self.mx, hasTLS: false)
        #expect(clear.problems.map(\.isCertain) == [true] && clear.reason.contains("STARTTLS"), "\(clear.reason)")
        let strange = try await proof(Self.mx, trusted: false)
        #expect(strange.problems.map(\.isCertain) == [true], "\(strange.reason)")
        #expect(strange.reason.hasPrefix("mx.example.org (127.0.0.1): MTA-STS: "), "\(strange.reason)")
    }

    @Test("One bad server among several is named, and one without an address does not matter")
    func several() async throws {
        let lines = Self.mx + ["example.org MX 20 stray.example.net", "stray.example.net A 127.0.0.1"]
        let proof = try await proof(lines)
        #expect(proof.reason == "the policy does not name the MX host stray.example.net")
        #expect(proof.hosts.map(\.text) == ["mx.example.org", "stray.example.net"])
    }
}
