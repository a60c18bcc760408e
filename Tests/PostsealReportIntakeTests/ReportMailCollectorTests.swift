import DNS
import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import Synchronization
import TestSupport
import Testing

@testable import PostsealReportIntake

/// Mail to the report addresses on its way through milter or proxy.
@Suite struct ReportMailCollectorTests {
    private static let silent = "s._domainkey.reporter.example TXT timeout"

    /// What becomes of a report in a signed mail.
    private static func verdict(
        _ intake: Intake, _ zone: [String], waitsForDNS: Bool, room: Int = ReportMailMemory.mailOctetsMax,
        receiver: ReportReceiver? = nil, meanwhile: (ReportMailMemory) -> Void = { _ in }
    ) async throws -> GuardVerdict {
        let message = MailMessage(parsing: try Intake.signed(Intake.mail(try Intake.aggregate())).mail)
        let header = MailMessage(parsing: Array(message.bytes[..<message.body.lowerBound]))
        let transaction = MailTransaction(
            clientAddress: IPAddress("192.0.2.1"), recipients: [Array("dmarc@mx.example".utf8)], message: header,
            receivedAt: Intake.now)
        let rules = ReportMailRules(
            addresses: [.anyone(at: try DomainName("mx.example"))], discards: true, waitsForDNS: waitsForDNS)
        let memory = ReportMailMemory(octetsMax: room)
        let watch = ReportMailWatch(rules: rules, receiver: receiver ?? intake.receiver, memory: memory)
        var collector = try #require(watch.collector(of: transaction))
        var guarded = MailGuard(settings: GuardSettings(authservID: "mx.example")).begin(transaction)
        guarded.update(message.bodyBytes)
        collector.add(message.bodyBytes)
        collector.end()
        meanwhile(memory)
        let resolver = Zone(zone)
        return await collector.finish(await guarded.finish(resolver: resolver, policyResolver: resolver))
    }

    @Test func whatDNSDoesNotSayComesAgain() async throws {
        try await Intake.with { intake in
            let verdict = try await Self.verdict(intake, [Self.silent], waitsForDNS: true)
            #expect(verdict.decision.disposition == .tempfail)
            #expect(verdict.decision.reply?.code == 451)
            #expect(verdict.decision.reply?.enhancedCode == "4.4.3")
            #expect(try await intake.counts() == (0, 0))
        }
    }

    /// As incoming.fail.dns has it; then the mail is the only copy that can still be verified.
    @Test func whereDNSIsNotWaitedForTheReportIsKeptApartAndTheMailDelivered() async throws {
        try await Intake.with { intake in
            let verdict = try await Self.verdict(intake, [Self.silent], waitsForDNS: false)
            #expect(verdict.decision.disposition == .accept)
            #expect(!verdict.isConsumed)
            #expect(try await intake.counts() == (0, 1))
        }
    }

    @Test func whatIsVerifiedIsCountedAndDiscarded() async throws {
        try await Intake.with { intake in
            let key = try Intake.signed(Intake.mail([])).key
            let verdict = try await Self.verdict(intake, [key], waitsForDNS: true)
            #expect(verdict.decision.disposition == .accept)
            #expect(verdict.isConsumed)
            #expect(try await intake.counts() == (1, 0))
        }
    }

    /// However long its verdict takes.
    @Test func whatHasComeToItsEndMakesRoomForNone() async throws {
        try await Intake.with { intake in
            let key = try Intake.signed(Intake.mail([])).key
            let verdict = try await Self.verdict(intake, [key], waitsForDNS: true, room: 1 << 20) { memory in
                let other = ReportMailMemory.Share(of: memory)
                #expect(!other.add([UInt8](repeating: 0, count: 1 << 20)[...]))
            }
            #expect(verdict.decision.disposition == .accept)
            #expect(try await intake.counts() == (1, 0))
        }
    }

    @Test func whoFindsNoMemoryIsNoted() async throws {
        try await Intake.with { intake in
            let noted = Mutex<[ReportReception]>([])
            let note: @Sendable (ReportOrigin, ReportReception) -> Void = { _, reception in
                noted.withLock { $0.append(reception) }
            }
            let receiver = ReportReceiver(store: intake.store, now: { Intake.now }, noted: note)
            let verdict = try await Self.verdict(intake, [], waitsForDNS: true, room: 100, receiver: receiver)
            #expect(verdict.decision.reply?.enhancedCode == "4.3.0")
            #expect(noted.withLock(\.self) == [.busy])
        }
    }
}
