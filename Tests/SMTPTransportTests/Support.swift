import MailNames
import NIOCore
import NIOPosix
import SMTPProtocol
import SMTPTransport
import Sockets
import Synchronization
import TestSupport

/// What tests wait for, instead of sleeping: values in the order of their coming.
final class Diary<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiting: [(isDone: @Sendable ([Value]) -> Bool, continuation: CheckedContinuation<[Value], Never>)] = []
    }

    private let state = Mutex(State())

    func add(_ value: Value) {
        let (values, done) = state.withLock { state in
            state.values.append(value)
            let done = state.waiting.filter { $0.isDone(state.values) }
            state.waiting.removeAll { $0.isDone(state.values) }
            return (state.values, done)
        }
        for waiter in done { waiter.continuation.resume(returning: values) }
    }

    var values: [Value] { state.withLock { $0.values } }

    /// Waits until the values are as wanted.
    @discardableResult
    func wait(until isDone: @escaping @Sendable ([Value]) -> Bool) async -> [Value] {
        await withCheckedContinuation { continuation in
            let values: [Value]? = state.withLock { state in
                if isDone(state.values) { return state.values }
                state.waiting.append((isDone, continuation))
                return nil
            }
            if let values { continuation.resume(returning: values) }
        }
    }
}

/// Keeps what a server tells.
struct ServerDiary: SMTPServerObserver {
    let notes = Diary<SMTPServerNote>()

    func observe(_ event: SMTPServerNote, _ facts: SMTPConnectionFacts) { notes.add(event) }

    /// Waits for the end of so many connections; why they ended.
    @discardableResult
    func closed(_ count: Int = 1) async -> [SMTPCloseReason] {
        @Sendable
        func reasons(_ notes: [SMTPServerNote]) -> [SMTPCloseReason] {
            notes.compactMap { if case .closed(let reason) = $0 { reason } else { nil } }
        }
        return reasons(await notes.wait { reasons($0).count >= count })
    }
}

/// A message that came.
struct Arrived: Hashable, Sendable {
    var envelope: SMTPEnvelope
    var text: [UInt8]
}

/// A handler made of closures.
struct TestHandler: SMTPMailHandler {
    var arrived = Diary<Arrived>()
    var facts = Diary<SMTPConnectionFacts>()
    var failures = Diary<SMTPBodyError>()
    var closings = Diary<Int>()
    var recipient: @Sendable (SMTPRecipient) async -> SMTPReply = { _ in .ok }
    var greet: @Sendable () async -> SMTPReply = { .ok }
    /// Called for each piece of text.
    var piece: @Sendable ([UInt8]) async -> Void = { _ in }
    /// The answer, and whether it comes before the text.
    var answer: @Sendable (Arrived) async -> [SMTPReply] = { $0.envelope.recipients.map { _ in .ok } }
    var answersEarly = false

    func begin(_ facts: SMTPConnectionFacts) -> TestConversation { TestConversation(handler: self) }
}

struct TestConversation: SMTPConversation {
    let handler: TestHandler
    var envelope: SMTPEnvelope?

    mutating func greet(_ facts: SMTPConnectionFacts) async -> SMTPReply {
        handler.facts.add(facts)
        return await handler.greet()
    }

    mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPReply {
        handler.facts.add(facts)
        return .ok
    }

    mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPReply { await handler.recipient(recipient) }

    mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply {
        self.envelope = envelope
        return .goAhead
    }

    mutating func receive(_ body: SMTPBody) async -> [SMTPReply] {
        guard let envelope else { return [] }
        if handler.answersEarly { return await handler.answer(Arrived(envelope: envelope, text: [])) }
        var text: [UInt8] = []
        do throws(SMTPBodyError) {
            while let piece = try await body.next() {
                text += piece
                await handler.piece(piece)
            }
        } catch {
            handler.failures.add(error)
            return []
        }
        let arrived = Arrived(envelope: envelope, text: text)
        handler.arrived.add(arrived)
        return await handler.answer(arrived)
    }

    mutating func close() async { handler.closings.add(1) }
}

/// A door that opens once.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    init() { (stream, end) = AsyncStream<Void>.makeStream() }

    func open() { end.finish() }

    /// Waits for it, or until the task is cancelled.
    func pass() async { for await _ in stream {} }
}

/// A running server.
struct Running: Sendable {
    var server: SMTPServer<TestHandler>
    var diary: ServerDiary
    var address: ListenAddress
    var group: MultiThreadedEventLoopGroup

    var port: UInt16 {
        if case .tcp(_, let port) = address { port } else { 0 }
    }
}

extension SMTPServerConfiguration {
    static var usual: SMTPServerConfiguration {
        SMTPServerConfiguration(
            name: "mx.example.org",
            extensions: [
                .pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn, .startTLS,
                .requireTLS,
            ])
    }
}

func serverTLS(_ versions: ClosedRange<SMTPTLSVersion> = .tls12 ... .tls13) throws -> SMTPServerTLS {
    try SMTPServerTLS(
        chain: try CertificateFixtures.pem("key-ec-certificate"), key: try CertificateFixtures.pem("key-ec"),
        versions: versions)
}

/// Runs a server for the time of the body.
func serving<Result: Sendable>(
    _ handler: TestHandler = TestHandler(), _ change: (inout SMTPServerOptions) -> Void = { _ in },
    tls: SMTPServerTLS? = nil, threads: Int = 2, _ body: @escaping @Sendable (Running) async throws -> Result
) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let diary = ServerDiary()
    var options = SMTPServerOptions(configuration: .usual)
    change(&options)
    let server = SMTPServer(handler: handler, options: options, on: group, observer: diary)
    server.replaceTLS(tls)
    try await server.listen(on: [ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))])
    let running = Running(server: server, diary: diary, address: server.addresses[0], group: group)
    do {
        let result = try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask {
                await server.run()
                return nil
            }
            tasks.addTask {
                do {
                    let result = try await body(running)
                    await server.shutdown(grace: .zero)
                    return result
                } catch {
                    await server.shutdown(grace: .zero)
                    throw error
                }
            }
            var result: Result?
            for try await one in tasks { result = one ?? result }
            return result
        }
        try await group.shutdownGracefully()
        guard let result else { throw CancellationError() }
        return result
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
}

extension SMTPClientOptions {
    static func usual(_ change: (inout SMTPClientOptions) -> Void = { _ in }) -> SMTPClientOptions {
        var options = SMTPClientOptions(configuration: SMTPClientConfiguration(name: "client.example"))
        change(&options)
        return options
    }
}

extension SMTPEnvelope {
    static func to(_ recipients: String...) throws -> SMTPEnvelope {
        SMTPEnvelope(
            sender: SMTPSender(.mailbox(try SMTPAddress("a@example.net"))),
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
