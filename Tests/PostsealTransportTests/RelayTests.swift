import Certificates
import DANE
import MailNames
import PostsealTransport
import SMTPProtocol
import SMTPTransport
import TestSupport
import Testing
import TransportPolicy

@Suite(.timeLimit(.minutes(10))) struct RelayTests {
    private static let host = [
        "example.org MX 10 mx.example.org", "mx.example.org A 127.0.0.1", "example.net MX 10 mx.example.net",
        "mx.example.net A 127.0.0.1",
    ]

    /// A record for the world's certificate, or for another.
    private static func tlsa(_ file: String = "key-ec-certificate", host: String = "mx.example.org") throws -> String {
        let certificate = try #require(Certificate.list(pem: CertificateFixtures.pem(file)).first)
        let record = try #require(
            TLSARecord(
                naming: certificate, usage: TLSAUsage(rawValue: 3), selector: TLSASelector(rawValue: 1),
                matchingType: TLSAMatchingType(rawValue: 1)))
        return "_25._tcp.\(host) TLSA \(record.text)"
    }

    /// RFC 2033 §4.2: an answer for each recipient, in their order, and each is that of its server.
    @Test func eachRecipientHasItsOwnAnswer() async throws {
        try await withRelay(Self.host + ["null.example MX 0 ."]) { world in
            let answers = try await world.send([
                "a@example.org", "bad@example.org", "b@example.net", "c@null.example", "d@nowhere.example",
                "e@example.org",
            ])
            #expect(answers == ["250 2.0.0", "550 5.1.1", "250 2.0.0", "556 5.1.10", "550 5.1.2", "250 2.0.0"])
            #expect(
                world.inbox.messages == ["a@example.org,e@example.org 21", "b@example.net 21"],
                "each server got its own recipients, and the message once")
        }
    }

    @Test func whatOneServerRefusesAtTheEndTheOtherTakes() async throws {
        try await withRelay(Self.host) { world in
            let answers = try await world.send(["late@example.org", "b@example.net"])
            #expect(answers == ["554 5.6.0", "250 2.0.0"])
            #expect(world.inbox.messages == ["b@example.net 21"])
        }
    }

    /// RFC 5321 §4.5.3.1.10: over SMTP one answer can't be two.
    @Test func overSMTPAMessageGoesToOneDomain() async throws {
        try await withRelay(Self.host, mode: .smtp) { world in
            let answers = try await world.send(["a@example.org", "b@example.net"])
            #expect(answers == ["250 2.0.0", "452 4.5.3"])
            #expect(world.inbox.messages == ["a@example.org 21"])
        }
    }

    /// RFC 7672 §2.2: proved, or not at all.
    @Test func daneHoldsOrTheMessageWaits() async throws {
        try await withRelay(Self.host + [Self.tlsa()], signed: ["example.org"]) { world in
            let answers = try await world.send(["a@example.org"])
            #expect(answers == ["250 2.0.0"])
            #expect(world.sessions.value.first?.judgement?.isAuthenticated == true)
        }
        try await withRelay(Self.host + [Self.tlsa("good")], signed: ["example.org"]) { world in
            let answers = try await world.send(["a@example.org"])
            #expect(answers == ["451 4.7.5"])
            #expect(world.inbox.messages.isEmpty && world.inbox.brokenCount == 0)
        }
    }

    /// A man in the middle who takes STARTTLS out of the answer gets no mail.
    @Test func withoutSTARTTLSNothingGoesToAServerThatPromisedIt() async throws {
        try await withRelay(Self.host + [Self.tlsa()], signed: ["example.org"], hasTLS: false) { world in
            let answers = try await world.send(["a@example.org", "b@example.net"])
            #expect(answers == ["451 4.7.5", "250 2.0.0"])
            #expect(world.inbox.messages == ["b@example.net 21"], "who promised nothing gets mail in the clear")
        }
    }

    @Test func theNextServerIsTriedWhereOneFails() async throws {
        let lines = [
            "example.org MX 5 dead.example.org", "dead.example.org A 127.0.0.9", "example.org MX 7 bogus.example.org",
            "bogus.example.org A servfail", "bogus.example.org AAAA servfail", "example.org MX 10 mx.example.org",
            "mx.example.org A 127.0.0.1",
        ]
        try await withRelay(lines) { world in
            let answers = try await world.send(["a@example.org"])
            #expect(answers == ["250 2.0.0"])
            #expect(world.sessions.value.map { $0.address.text } == ["127.0.0.9", "127.0.0.1"])
        }
    }

    @Test func noServerMeansLater() async throws {
        try await withRelay([
            "example.org MX 5 dead.example.org", "dead.example.org A 127.0.0.9", "example.net MX servfail",
        ]) { world in
            let answers = try await world.send(["a@example.org", "b@example.net"])
            #expect(answers == ["451 4.4.1", "451 4.7.5"])
        }
    }

    /// What the client did not finish is no message at its servers either.
    @Test func aMessageThatIsGivenUpIsNowhere() async throws {
        try await withRelay(Self.host) { world in
            let client = try await world.client()
            let sender = SMTPSender(.mailbox(try SMTPAddress("me@origin.example.net")))
            #expect(try await client.mail(sender).isPositive)
            #expect(try await client.recipient(SMTPRecipient(.mailbox(try SMTPAddress("a@example.org")))).isPositive)
            #expect(try await client.startBody() == nil)
            _ = await client.write([UInt8](repeating: 0x61, count: 200_000))
            await client.close()
        }
        // The servers are gone, and with them every connection.
        try await withRelay(Self.host) { world in
            let client = try await world.client()
            _ = try await client.mail(SMTPSender(.null))
            _ = try await client.recipient(SMTPRecipient(.mailbox(try SMTPAddress("a@example.org"))))
            #expect(try await client.reset().isPositive)
            await client.quit()
            #expect(world.inbox.messages.isEmpty)
        }
    }

    @Test func severalMessagesOnAConnection() async throws {
        try await withRelay(Self.host) { world in
            let client = try await world.client()
            for count in 1...5 {
                let envelope = SMTPEnvelope(
                    sender: SMTPSender(.null), recipients: [SMTPRecipient(.mailbox(try SMTPAddress("a@example.org")))])
                let outcome = await client.send(envelope) { body in
                    await body.write([UInt8](repeating: 0x61, count: count) + [13, 10])
                }
                #expect(outcome.isDelivered)
            }
            await client.quit()
            #expect(world.inbox.messages.count == 5)
        }
    }

    @Test func nobodyElseMaySend() async throws {
        try await withRelay(Self.host, lettingIn: false) { world in
            let client = try? await world.client()
            #expect(client == nil)
        }
    }

    @Test func aLargeMessageGoesThroughPieceByPiece() async throws {
        try await withRelay(Self.host) { world in
            let line = String(repeating: "x", count: 78) + "\r\n"
            let text = String(repeating: line, count: 100_000)
            let answers = try await world.send(["a@example.org", "b@example.net"], text: text)
            #expect(answers == ["250 2.0.0", "250 2.0.0"])
            #expect(world.inbox.messages == ["a@example.org 8000000", "b@example.net 8000000"])
        }
    }
}
