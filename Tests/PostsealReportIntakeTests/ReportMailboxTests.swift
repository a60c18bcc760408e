import MailBytes
import MailNames
import NIOPosix
import PostsealEngine
import SMTPProtocol
import SMTPTransport
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import PostsealReportIntake

/// What a mail server hears that hands over reports by LMTP.
@Suite struct ReportMailboxTests {
    /// Hands a mail over, and gives the answer with what was noted.
    private static func answer(
        _ intake: Intake, _ mail: [UInt8], _ zone: [String], room: Int = ReportMailMemory.mailOctetsMax
    ) async throws -> (reply: SMTPProtocol.SMTPReply?, noted: [ReportReception]) {
        let noted = Mutex<[ReportReception]>([])
        let note: @Sendable (ReportOrigin, ReportReception) -> Void = { _, reception in
            noted.withLock { $0.append(reception) }
        }
        let receiver = ReportReceiver(store: intake.store, now: { Intake.now }, noted: note)
        let reader = ReportMailReader(receivers: [], options: InspectionOptions())
        let resolver = Zone(zone)
        let rules = ReportMailboxRules(addresses: [], reader: reader) { resolver }
        let memory = ReportMailMemory(octetsMax: room)
        let mailbox = ReportMailbox(receiver: receiver, memory: memory, now: { Intake.now }, rules: { rules })
        var configuration = SMTPServerConfiguration(name: "mx.example", extensions: [.enhancedStatusCodes])
        configuration.mode = .lmtp
        let group = MultiThreadedEventLoopGroup.singleton
        let server = SMTPServer(
            handler: mailbox, options: SMTPServerOptions(configuration: configuration), on: group)
        try await server.listen(on: [ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))])
        let address = server.addresses[0]
        let reply = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await server.run() }
            do {
                var client = SMTPClientConfiguration(name: "client.example")
                client.mode = .lmtp
                let connection = try await SMTPClient.connect(
                    to: address, options: SMTPClientOptions(configuration: client), on: group)
                let envelope = SMTPEnvelope(
                    sender: SMTPSender(.null),
                    recipients: [SMTPRecipient(.mailbox(try SMTPAddress("dmarc@mx.example")))])
                let outcome = await connection.send(envelope) { await $0.write(mail) }
                await connection.quit()
                await server.shutdown(grace: .zero)
                return outcome.recipients.first?.answer
            } catch {
                await server.shutdown(grace: .zero)
                throw error
            }
        }
        return (reply, noted.withLock(\.self))
    }

    /// A directory that does not answer is no reason to refuse a report, or to take it for a forgery (RFC 3463 §3.5).
    @Test func whatDNSDoesNotSayComesAgain() async throws {
        try await Intake.with { intake in
            let (mail, key) = try Intake.signed(Intake.mail(try Intake.aggregate()))
            let silent = try await Self.answer(intake, mail, ["s._domainkey.reporter.example TXT timeout"])
            #expect(silent.reply?.code == 451)
            #expect(silent.reply?.enhanced == SMTPEnhancedCode(4, 4, 3))
            #expect(silent.noted == [.undecided])
            #expect(try await intake.counts() == (0, 0))
            #expect(try await Self.answer(intake, mail, [key]).reply?.code == 250)
            #expect(try await intake.counts() == (1, 0))
            // What holds none need not come again.
            let (other, _) = try Intake.signed(Intake.mail(Array("hello".utf8)))
            let none = try await Self.answer(intake, other, ["s._domainkey.reporter.example TXT timeout"])
            #expect(none.reply?.code == 554)
        }
    }

    @Test func whoFindsNoMemoryIsNoted() async throws {
        try await Intake.with { intake in
            let answer = try await Self.answer(intake, Intake.mail(try Intake.aggregate()), [], room: 100)
            #expect(answer.reply?.code == 451)
            #expect(answer.noted == [.busy])
        }
    }
}
