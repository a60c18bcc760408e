import DNS
import MailBytes
import MailNames
import NIOCore
import NIOPosix
import PostsealEngine
import SMTPProtocol
import SMTPTransport
import Sockets
import Synchronization
import TestSupport

@testable import PostsealProxy

typealias Reply = SMTPProtocol.SMTPReply

/// A guard that answers from a zone.
struct TestGuard: ProxyGuard {
    let mailGuard: MailGuard
    let zone: Zone
    let events = Diary<String>()
    /// What judges heard.
    let outcomes = Diary<ProxyOutcome>()
    /// Passed before each verdict.
    var gate: Gate?

    init(zone: [String] = TestGuard.zone) {
        var settings = GuardSettings(authservID: "mx.example.org")
        settings.quarantine = .header
        settings.policy.onRejectRequest = .reject
        mailGuard = MailGuard(settings: settings)
        self.zone = Zone(zone)
    }

    static let zone = [
        "good.example TXT \"v=spf1 ip4:127.0.0.1 -all\"", "_dmarc.good.example TXT \"v=DMARC1; p=reject\"",
        "strict.example TXT \"v=spf1 -all\"", "_dmarc.strict.example TXT \"v=DMARC1; p=reject\"",
        "broken.example TXT servfail", "_dmarc.broken.example TXT servfail", "_dmarc.example TXT nodata",
    ]

    func begin(_ transaction: MailTransaction, id: String) -> TestJudge {
        if let envelopeID = transaction.envelope.envelopeID {
            events.add("envelope \(String(decoding: envelopeID, as: UTF8.self))")
        }
        return TestJudge(message: mailGuard.begin(transaction), all: self)
    }

    func observe(_ event: ProxyEvent) {
        switch event {
        case .unreachable: events.add("unreachable")
        case .passedOn(_, let outcome, _): events.add(outcome.rawValue)
        case .spoolFailed: events.add("spool failed")
        }
    }
}

struct TestJudge: ProxyJudge {
    var message: GuardedMessage
    let all: TestGuard

    var needsBody: Bool { message.needsBody }

    mutating func update(_ octets: ArraySlice<UInt8>) { message.update(octets) }

    mutating func finish() async -> GuardVerdict {
        all.events.add("judged")
        await all.gate?.pass()
        return await message.finish(resolver: all.zone)
    }

    func passedOn(_ outcome: ProxyOutcome) { all.outcomes.add(outcome) }

    func abandon() { all.events.add("abandoned") }
}

/// The server behind: keeps what came, and answers as a test wants it.
struct Behind: SMTPMailHandler {
    struct Arrived: Sendable {
        var envelope: SMTPEnvelope
        var text: String
        var forwarded: SMTPClientAttributes
    }

    let arrived = Diary<Arrived>()
    let connections = Diary<Int>()
    let steps = Diary<String>()
    var mail: @Sendable (SMTPSender) async -> Reply = { _ in .ok }
    var recipient: @Sendable (SMTPRecipient) async -> Reply = { _ in .ok }
    var data: @Sendable () async -> Reply = { .goAhead }
    /// Called for each piece of text.
    var piece: @Sendable () async -> Void = {}
    var answer: @Sendable () async -> Reply = { Reply(250, SMTPEnhancedCode(2, 0, 0), "queued behind") }

    func begin(_ facts: SMTPConnectionFacts) -> BehindConversation {
        connections.add(1)
        return BehindConversation(behind: self)
    }
}

struct BehindConversation: SMTPConversation {
    let behind: Behind
    var envelope: SMTPEnvelope?
    var forwarded = SMTPClientAttributes()

    mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> Reply {
        behind.steps.add("MAIL")
        forwarded = facts.forwarded
        return await behind.mail(sender)
    }

    mutating func recipient(_ recipient: SMTPRecipient) async -> Reply { await behind.recipient(recipient) }

    mutating func data(_ envelope: SMTPEnvelope) async -> Reply {
        behind.steps.add("DATA")
        self.envelope = envelope
        return await behind.data()
    }

    mutating func receive(_ body: SMTPBody) async -> [Reply] {
        guard let envelope else { return [] }
        var text: [UInt8] = []
        do throws(SMTPBodyError) {
            while let piece = try await body.next() {
                text += piece
                await behind.piece()
            }
        } catch {
            behind.steps.add("lost")
            return []
        }
        let answer = await behind.answer()
        if answer.isPositive {
            behind.arrived.add(
                .init(envelope: envelope, text: String(decoding: text, as: UTF8.self), forwarded: forwarded))
        }
        return envelope.recipients.map { _ in answer }
    }

    mutating func reset() async { behind.steps.add("RSET") }

    mutating func close() async { behind.steps.add("closed") }
}

/// A proxy with a server behind, both running.
struct World: Sendable {
    var front: ListenAddress
    var group: MultiThreadedEventLoopGroup
    var stopBehind: @Sendable () async -> Void

    func connect(_ change: (inout SMTPClientOptions) -> Void = { _ in }) async throws -> SMTPClient {
        var options = SMTPClientOptions(configuration: SMTPClientConfiguration(name: "client.example"))
        change(&options)
        return try await SMTPClient.connect(to: front, options: options, on: group)
    }
}

/// What is other than usual.
struct Changes {
    var behind: (inout SMTPServerOptions) -> Void = { _ in }
    var route: (inout ProxyRoute) -> Void = { _ in }

    static func lmtp() -> Changes { Changes(behind: { $0.configuration.mode = .lmtp }) }
}

/// Runs a proxy and what is behind it for the time of the body.
func proxying(
    _ messageGuard: TestGuard = TestGuard(), _ behind: Behind = Behind(), tls: SMTPServerTLS? = nil,
    changes: Changes = Changes(),
    _ body: @escaping @Sendable (World) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let loopback = ListenAddress.tcp(.v4(0x7F00_0001), port: 0)
    var options = SMTPServerOptions(
        configuration: SMTPServerConfiguration(
            name: "behind.example",
            extensions: [.pipelining, .size, .eightBitMIME, .smtpUTF8, .enhancedStatusCodes, .xforward]))
    options.xforwardFrom = [IPPrefix("127.0.0.0/8")].compactMap(\.self)
    changes.behind(&options)
    let back = SMTPServer(handler: behind, options: options, on: group)
    try await back.listen(on: [ListenSocket(loopback)])
    var route = ProxyRoute(server: back.addresses.first, name: "mx.example.org")
    route.mode = options.configuration.mode
    changes.route(&route)
    let known = KnownOffers()
    let handler = ProxyHandler(guard: messageGuard, route: route, known: known, on: group) {
        UnixTime(seconds: 1_790_000_000)
    }
    let proxyOptions = SMTPServerOptions(
        configuration: SMTPServerConfiguration(
            name: "mx.example.org",
            extensions: [
                .pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn, .startTLS,
            ]))
    let front = SMTPServer(handler: handler, options: proxyOptions, on: group)
    front.replaceTLS(tls)
    try await front.listen(on: [ListenSocket(loopback)])
    let world = World(front: front.addresses[0], group: group) { await back.shutdown(grace: .zero) }
    do {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await back.run() }
            tasks.addTask { await front.run() }
            tasks.addTask {
                let result: Result<Void, any Error>
                do {
                    result = .success(try await body(world))
                } catch {
                    result = .failure(error)
                }
                await front.shutdown(grace: .zero)
                await back.shutdown(grace: .zero)
                try result.get()
            }
            try await tasks.waitForAll()
        }
        try await group.shutdownGracefully()
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
}

extension SMTPEnvelope {
    static func from(_ sender: String, to recipients: String...) throws -> SMTPEnvelope {
        SMTPEnvelope(
            sender: SMTPSender(.mailbox(try SMTPAddress(sender))),
            recipients: try recipients.map { SMTPRecipient(.mailbox(try SMTPAddress($0))) })
    }
}

extension SMTPClient {
    /// Sends a text as a whole.
    func send(_ envelope: SMTPEnvelope, _ text: String) async -> SMTPDeliveryOutcome {
        await send(envelope) { body in
            _ = await body.write(Array(text.utf8))
            return true
        }
    }
}

/// A message of somebody's.
func letter(from domain: String, more: String = "", body: String = "hello\r\n") -> String {
    "\(more)From: a@\(domain)\r\nTo: b@example.org\r\nSubject: x\r\nMessage-ID: <1@\(domain)>\r\n"
        + "Date: Mon, 21 Sep 2026 10:00:00 +0000\r\n\r\n\(body)"
}
