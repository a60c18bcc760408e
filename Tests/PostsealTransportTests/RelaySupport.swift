import Certificates
import DANE
import DNS
import MTASTS
import MailBytes
import MailNames
import NIOCore
import NIOPosix
import PostsealTransport
import SMTPProtocol
import SMTPTransport
import Sockets
import Synchronization
import TestSupport
import Testing
import TransportPolicy
import UnboundResolver

let relayTime = UnixTime(seconds: CertificateFixtures.timeSeconds)

/// What a mail server of the world got.
final class Inbox: Sendable {
    private let state = Mutex<(whole: [String], broken: Int)>(([], 0))

    /// The messages, each as its recipients and the number of its octets.
    var messages: [String] { state.withLock { $0.whole }.sorted() }
    /// Messages that ended before their end.
    var brokenCount: Int { state.withLock { $0.broken } }

    func add(_ message: String) { state.withLock { $0.whole.append(message) } }

    func addBroken() { state.withLock { $0.broken += 1 } }
}

/// A mail server of the world. `bad@` is refused, and what is for `late@` is refused at the end.
struct WorldHandler: SMTPMailHandler {
    let inbox: Inbox

    func begin(_ facts: SMTPConnectionFacts) -> WorldConversation { WorldConversation(inbox: inbox) }
}

struct WorldConversation: SMTPConversation {
    let inbox: Inbox
    private var recipients: [String] = []

    init(inbox: Inbox) { self.inbox = inbox }

    mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPReply {
        recipients = []
        return .ok
    }

    mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPReply {
        let text = String(decoding: recipient.path.bare, as: UTF8.self)
        if text.hasPrefix("bad@") { return SMTPReply(550, SMTPEnhancedCode(5, 1, 1), "no such user") }
        recipients.append(text)
        return .ok
    }

    mutating func receive(_ body: SMTPBody) async -> [SMTPReply] {
        var count = 0
        do throws(SMTPBodyError) {
            while let piece = try await body.next() { count += piece.count }
        } catch {
            inbox.addBroken()
            return []
        }
        if recipients.contains(where: { $0.hasPrefix("late@") }) {
            return [SMTPReply(554, SMTPEnhancedCode(5, 6, 0), "not this text")]
        }
        inbox.add("\(recipients.joined(separator: ",")) \(count)")
        return [SMTPReply(250, SMTPEnhancedCode(2, 0, 0), "taken")]
    }
}

/// Answers at once, without a deadline to keep.
struct ZoneResolver: DeadlineResolver {
    let zones: SignedZones

    func answer(_ question: DNSQuestion) async -> DNSAnswer { await zones.answer(question) }

    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        await zones.answer(question)
    }
}

/// A relay in front of a world of one mail server, which stands for all domains.
struct RelayWorld: Sendable {
    let inbox: Inbox
    let relay: ListenAddress
    let sessions: Mutexed<[OpenedSession]>
    let group: MultiThreadedEventLoopGroup
    let mode: SMTPMode

    /// A client of the relay.
    func client() async throws -> SMTPClient {
        var configuration = SMTPClientConfiguration(name: "origin.example.net")
        configuration.mode = mode
        return try await SMTPClient.connect(
            to: relay, options: SMTPClientOptions(configuration: configuration), on: group)
    }

    /// Hands a message over; the code and enhanced code for each recipient.
    func send(_ recipients: [String], text: String = "Subject: x\r\n\r\nhello\r\n") async throws -> [String] {
        let client = try await client()
        let envelope = SMTPEnvelope(
            sender: SMTPSender(.mailbox(try SMTPAddress("me@origin.example.net"))),
            recipients: try recipients.map { SMTPRecipient(.mailbox(try SMTPAddress($0))) })
        let outcome = await client.send(envelope) { body in await body.write(Array(text.utf8)) }
        await client.quit()
        return outcome.recipients.map { result in
            let reply = result.answer
            return "\(reply.code)" + (reply.enhanced.map { " \($0)" } ?? "")
        }
    }
}

/// A value behind a lock.
final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: (inout sending Value) -> Void) { mutex.withLock { body(&$0) } }
}

/// Runs a test with a relay.
///
/// - Parameters:
///   - hasTLS: whether the world's mail server offers STARTTLS.
func withRelay(
    _ lines: [String], signed: [String] = [], mode: SMTPMode = .lmtp, hasTLS: Bool = true,
    lettingIn isOpen: Bool = true,
    _ body: @escaping @Sendable (RelayWorld) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let inbox = Inbox()
    var world = SMTPServerConfiguration(
        name: "mx.example.org", extensions: [.pipelining, .eightBitMIME, .smtpUTF8, .enhancedStatusCodes, .startTLS])
    world.refusesEarlyInput = true
    let server = SMTPServer(
        handler: WorldHandler(inbox: inbox), options: SMTPServerOptions(configuration: world), on: group)
    if hasTLS {
        server.replaceTLS(
            try SMTPServerTLS(
                chain: CertificateFixtures.pem("key-ec-certificate"), key: CertificateFixtures.pem("key-ec")))
    }
    let loopback = try #require(IPAddress("127.0.0.1"))
    try await server.listen(on: [ListenSocket(.tcp(loopback, port: 0))])
    guard case .tcp(_, let port)? = server.addresses.first else { return }

    var opening = SessionOpener.Settings(name: "relay.example.net")
    opening.port = port
    let sessions = Mutexed<[OpenedSession]>([])
    let service = TransportService(
        resolver: PlanningResolver(ZoneResolver(zones: SignedZones(lines, signed: signed))), keeper: nil,
        settings: TransportService.Settings(), now: { relayTime })
    let handler = RelayHandler(
        service: service,
        opener: try SessionOpener(settings: opening, anchors: TrustAnchors([]), on: group, now: { relayTime }),
        mode: mode, isAllowed: { _ in isOpen },
        observed: { _, session in
            sessions.change { $0.append(session) }
        })
    var front = SMTPServerConfiguration(
        name: "relay.example.net",
        extensions: [.pipelining, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn])
    front.mode = mode
    let relay = SMTPServer(handler: handler, options: SMTPServerOptions(configuration: front), on: group)
    try await relay.listen(on: [ListenSocket(.tcp(loopback, port: 0))])
    guard let address = relay.addresses.first else { return }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await server.run() }
        tasks.addTask { await relay.run() }
        tasks.addTask {
            let world = RelayWorld(inbox: inbox, relay: address, sessions: sessions, group: group, mode: mode)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(world))
            } catch {
                result = .failure(error)
            }
            await relay.shutdown(grace: .zero)
            await server.shutdown(grace: .zero)
            try result.get()
        }
        try await tasks.waitForAll()
    }
}
