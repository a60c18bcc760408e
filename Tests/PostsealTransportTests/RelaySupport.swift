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
    private struct State {
        var whole: [String] = []
        var broken = 0
        var clients: [IPAddress] = []
        var open = 0
        var openMost = 0
    }

    private let state = Mutex(State())
    /// The senders with what they said of TLS, as they come.
    let senders = Diary<String>()
    /// Connections that have ended.
    let endings = Diary<Int>()

    /// The messages, each as its recipients and the number of its octets.
    var messages: [String] { state.withLock { $0.whole }.sorted() }
    /// Messages that ended before their end.
    var brokenCount: Int { state.withLock { $0.broken } }
    /// Who connected, once for each connection.
    var clients: [IPAddress] { state.withLock { $0.clients } }
    /// The most connections that were there at once.
    var openMost: Int { state.withLock { $0.openMost } }

    func add(_ message: String) { state.withLock { $0.whole.append(message) } }

    func addBroken() { state.withLock { $0.broken += 1 } }

    func connected(_ facts: SMTPConnectionFacts) {
        state.withLock { state in
            if let address = facts.clientAddress { state.clients.append(address) }
            state.open += 1
            state.openMost = max(state.open, state.openMost)
        }
    }

    func disconnected() {
        endings.add(
            state.withLock { state in
                state.open -= 1
                return state.open
            })
    }
}

/// A mail server of the world. `bad@` is refused, and what is for `late@` is refused at the end.
struct WorldHandler: SMTPMailHandler {
    let inbox: Inbox
    var leavesAt: WorldLeave?
    var gate: Gate?

    func begin(_ facts: SMTPConnectionFacts) -> WorldConversation {
        inbox.connected(facts)
        return WorldConversation(inbox: inbox, leavesAt: leavesAt, gate: gate)
    }
}

/// When a mail server of the world goes away, in the second message of a connection.
enum WorldLeave: CaseIterable {
    case mail, recipient, data
}

struct WorldConversation: SMTPConversation {
    let inbox: Inbox
    var leavesAt: WorldLeave?
    /// The text of messages waits for it.
    var gate: Gate?
    private var recipients: [String] = []
    private var messages = 0

    init(inbox: Inbox, leavesAt: WorldLeave?, gate: Gate?) {
        self.inbox = inbox
        self.leavesAt = leavesAt
        self.gate = gate
    }

    private func answer(_ point: WorldLeave, _ usual: SMTPReply) -> SMTPReply {
        messages > 1 && leavesAt == point
            ? SMTPReply(421, SMTPEnhancedCode(4, 3, 2), "enough for this connection") : usual
    }

    mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPReply {
        recipients = []
        messages += 1
        inbox.senders.add("\(sender.path)" + (sender.parameters.requireTLS ? " REQUIRETLS" : ""))
        return answer(.mail, .ok)
    }

    mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPReply {
        let text = String(decoding: recipient.path.bare, as: UTF8.self)
        if text.hasPrefix("bad@") { return SMTPReply(550, SMTPEnhancedCode(5, 1, 1), "no such user") }
        recipients.append(text)
        return answer(.recipient, .ok)
    }

    mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply { answer(.data, .goAhead) }

    mutating func receive(_ body: SMTPBody) async -> [SMTPReply] {
        var count = 0
        await gate?.pass()
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

    mutating func close() async { inbox.disconnected() }
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
    let handler: RelayHandler
    /// Puts another handler in the place of the one that there is.
    let replace: @Sendable (RelayOptions) throws -> Void
    /// How often a message went over a session that was there.
    let reuses: Mutexed<Int>

    /// A client of the relay.
    func client(tls: Bool = false) async throws -> SMTPClient {
        var configuration = SMTPClientConfiguration(name: "origin.example.net")
        configuration.mode = mode
        var options = SMTPClientOptions(configuration: configuration)
        if tls {
            options.tlsUse = .required
            options.tls = try SMTPClientTLS(versions: .tls12 ... .tls13)
        }
        return try await SMTPClient.connect(to: relay, options: options, on: group)
    }

    /// Hands a message over; the code and enhanced code for each recipient.
    func send(
        _ recipients: [String], text: String = "Subject: x\r\n\r\nhello\r\n", from path: SMTPPath? = nil,
        requiringTLS: Bool = false
    ) async throws -> [String] {
        let client = try await client(tls: requiringTLS)
        var parameters = SMTPMailParameters()
        parameters.requireTLS = requiringTLS
        let envelope = SMTPEnvelope(
            sender: SMTPSender(try path ?? .mailbox(SMTPAddress("me@origin.example.net")), parameters),
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

/// What a test wants of the relay and the world.
struct RelaySetting: Sendable {
    var mode = SMTPMode.lmtp
    /// Sessions wait for as long as any test may take.
    var options = RelayOptions.patient
    /// Whether the world's mail server offers STARTTLS, and what it offers besides.
    var hasTLS = true
    var extensions: SMTPExtensions = []
    var isOpen = true
    var anchors = TrustAnchors([])
    var address = "127.0.0.1"
    var source4: String?
    var source6: String?
    var leavesAt: WorldLeave?
    var gate: Gate?
    var idleLimit: Duration = .seconds(300)
    /// The MTA-STS policy of `example.org`.
    var policy: String?
    var observed: RelayHandler.SessionObserver = { _, _ in }
    var counted: RelayHandler.OutcomeObserver = { _ in }

    init() {}
}

extension RelayOptions {
    fileprivate static var patient: RelayOptions {
        var options = RelayOptions()
        (options.idleTime, options.sessionAge) = (.seconds(600), .seconds(600))
        return options
    }
}

/// Gives one policy to `example.org`.
private struct OnePolicy: MTASTSPolicyFetcher {
    let text: String

    func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome {
        domain.text == "example.org"
            ? .policy(text: Array(text.utf8), mediaType: "text/plain") : .failure(.status(404))
    }
}

/// The world's mail server.
private func worldServer(
    _ setting: RelaySetting, _ inbox: Inbox, on group: MultiThreadedEventLoopGroup
) -> SMTPServer<WorldHandler> {
    var world = SMTPServerConfiguration(
        name: "mx.example.org", extensions: [.pipelining, .eightBitMIME, .smtpUTF8, .enhancedStatusCodes, .startTLS])
    world.extensions.formUnion(setting.extensions)
    world.refusesEarlyInput = true
    var worldOptions = SMTPServerOptions(configuration: world)
    worldOptions.commandTimeout = setting.idleLimit
    return SMTPServer(
        handler: WorldHandler(inbox: inbox, leavesAt: setting.leavesAt, gate: setting.gate), options: worldOptions,
        on: group)
}

/// Runs a test with a relay.
///
/// - Parameters:
///   - hasTLS: whether the world's mail server offers STARTTLS.
func withRelay(
    _ lines: [String], signed: [String] = [], mode: SMTPMode = .lmtp, hasTLS: Bool = true,
    lettingIn isOpen: Bool = true, observed: @escaping RelayHandler.SessionObserver = { _, _ in },
    counted: @escaping RelayHandler.OutcomeObserver = { _ in },
    _ body: @escaping @Sendable (RelayWorld) async throws -> Void
) async throws {
    var setting = RelaySetting()
    (setting.mode, setting.hasTLS, setting.isOpen) = (mode, hasTLS, isOpen)
    (setting.observed, setting.counted) = (observed, counted)
    try await withRelay(lines, signed: signed, setting, body)
}

/// As above, with everything that can be chosen.
func withRelay(
    _ lines: [String], signed: [String] = [], _ setting: RelaySetting,
    _ body: @escaping @Sendable (RelayWorld) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let inbox = Inbox()
    let server = worldServer(setting, inbox, on: group)
    let identity = try SMTPServerTLS(
        chain: CertificateFixtures.pem("key-ec-certificate"), key: CertificateFixtures.pem("key-ec"))
    if setting.hasTLS { server.replaceTLS(identity) }
    let place = try #require(IPAddress(setting.address))
    try await server.listen(on: [ListenSocket(.tcp(place, port: 0))])
    guard case .tcp(_, let port)? = server.addresses.first else { return }

    var opening = SessionOpener.Settings(name: "relay.example.net")
    opening.port = port
    opening.source4 = setting.source4.flatMap { IPAddress($0) }
    opening.source6 = setting.source6.flatMap { IPAddress($0) }
    let opener = try SessionOpener(settings: opening, anchors: setting.anchors, on: group, now: { relayTime })
    let keeper = setting.policy.map { MTASTSKeeper(store: MTASTSMemory(), fetcher: OnePolicy(text: $0)) }
    let service = TransportService(
        resolver: PlanningResolver(ZoneResolver(zones: SignedZones(lines, signed: signed))), keeper: keeper,
        settings: TransportService.Settings(), now: { relayTime })
    let sessions = Mutexed<[OpenedSession]>([])
    let reuses = Mutexed(0)
    let isOpen = setting.isOpen
    let make: @Sendable (RelayOptions, RelayHandler?) -> RelayHandler = { options, old in
        var options = options
        options.mode = setting.mode
        return RelayHandler(
            service: service, opener: opener, options: options, succeeding: old, isAllowed: { _ in isOpen },
            observed: { plan, session in
                sessions.change { $0.append(session) }
                setting.observed(plan, session)
            }, counted: setting.counted, reused: { reuses.change { $0 += 1 } })
    }
    let handler = make(setting.options, nil)
    var front = SMTPServerConfiguration(
        name: "relay.example.net",
        extensions: [
            .pipelining, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn, .startTLS, .requireTLS,
        ])
    front.mode = setting.mode
    let relay = SMTPServer(handler: handler, options: SMTPServerOptions(configuration: front), on: group)
    relay.replaceTLS(identity)
    let loopback = try #require(IPAddress("127.0.0.1"))
    try await relay.listen(on: [ListenSocket(.tcp(loopback, port: 0))])
    guard let address = relay.addresses.first else { return }
    let current = Mutexed(handler)
    let replace: @Sendable (RelayOptions) throws -> Void = { options in
        let old = current.value
        let new = make(options, old)
        relay.replaceHandler(new)
        current.change { $0 = new }
        old.retire()
    }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await server.run() }
        tasks.addTask { await relay.run() }
        tasks.addTask {
            let world = RelayWorld(
                inbox: inbox, relay: address, sessions: sessions, group: group, mode: setting.mode, handler: handler,
                replace: replace, reuses: reuses)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(world))
            } catch {
                result = .failure(error)
            }
            await relay.shutdown(grace: .zero)
            current.value.retire()
            await server.shutdown(grace: .zero)
            try result.get()
        }
        try await tasks.waitForAll()
    }
}
