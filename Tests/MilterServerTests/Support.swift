import Glibc
import MailNames
import MilterProtocol
import MilterServer
import NIOCore
import NIOPosix
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

extension Diary where Value: Equatable {
    /// Waits for a value.
    func wait(for value: Value) async { await wait { $0.contains(value) } }
}

/// Keeps what a server tells.
struct ServerDiary: MilterServerObserver {
    let events = Diary<MilterServerEvent>()

    func observe(_ event: MilterServerEvent, on address: MilterSocketAddress) { events.add(event) }

    /// Waits for the end of so many connections; why they ended.
    @discardableResult
    func closed(_ count: Int = 1) async -> [MilterCloseReason] {
        await events.wait { $0.reasons.count >= count }.reasons
    }
}

extension [MilterServerEvent] {
    var reasons: [MilterCloseReason] {
        compactMap { if case .closed(let reason) = $0 { reason } else { nil } }
    }
}

/// What a judge went through.
enum JudgeNote: Hashable, Sendable {
    case began(Int)
    case finishing
    case finished
    case cancelled
    case abandoned
}

/// A filter made of closures.
struct TestFilter: MilterFilter {
    var notes = Diary<JudgeNote>()
    var bodyOctetsWanted = Int.max
    var finish: @Sendable (MilterMessage, [UInt8], MilterMacros) async -> MilterJudgement = { _, _, _ in
        MilterJudgement(verdict: .accept)
    }

    func begin(_ message: MilterMessage) -> TestJudge {
        notes.add(.began(message.number))
        return TestJudge(filter: self, message: message)
    }
}

struct TestJudge: MilterJudge {
    let filter: TestFilter
    let message: MilterMessage
    var body: [UInt8] = []

    var needsBody: Bool { body.count < filter.bodyOctetsWanted }

    mutating func update(_ octets: ArraySlice<UInt8>) { body += octets }

    mutating func finish(macros: MilterMacros) async -> MilterJudgement {
        filter.notes.add(.finishing)
        let judgement = await filter.finish(message, body, macros)
        filter.notes.add(Task.isCancelled ? .cancelled : .finished)
        return judgement
    }

    func abandon() { filter.notes.add(.abandoned) }
}

/// Waits until the task is cancelled, as a look-up does that nobody answers.
func untilCancelled() async {
    let (stream, end) = AsyncStream<Void>.makeStream()
    await withTaskCancellationHandler {
        for await _ in stream {}
    } onCancel: {
        end.finish()
    }
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

/// A folder that is there for one test.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/postseal-milter-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw IOError(errnoCode: errno, reason: "mkdtemp") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["milter.sock", "other.sock", "file"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
    return try await body(path)
}

/// Runs a server on a loopback port for one test, and stops it.
@discardableResult
func withServer<Result>(
    _ filter: TestFilter = TestFilter(), options: MilterServerOptions = .test, sockets: [MilterSocket] = [.loopback],
    _ body: (MilterFilterServer<TestFilter>, ServerDiary) async throws -> Result
) async throws -> Result {
    let diary = ServerDiary()
    let server = MilterFilterServer(
        filter: filter, options: options, on: MultiThreadedEventLoopGroup.singleton, observer: diary)
    try await server.listen(on: sockets)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        do {
            let result = try await body(server, diary)
            await server.shutdown(grace: .zero)
            return result
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
    }
}

extension MilterFilterServer {
    /// A connection to its first socket.
    func connect(offer: MilterNegotiation = .all) async throws -> MilterClient {
        try await MilterClient.connect(to: addresses[0], on: MultiThreadedEventLoopGroup.singleton, offer: offer)
    }
}

extension MilterClient {
    /// What became of a message, or of the connection.
    func result(_ transaction: MilterTransaction) async -> Result<MilterOutcome, MilterClientError> {
        do throws(MilterClientError) { return .success(try await send(transaction)) } catch { return .failure(error) }
    }
}

extension MilterServerOptions {
    static let test = MilterServerOptions(preferences: MilterPreferences(actions: .all))
}

extension MilterSocket {
    static let loopback = MilterSocket(.tcp(.v4(0x7F00_0001), port: 0))
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

extension MilterTransaction {
    /// A message as there are many.
    static let sample = MilterTransaction(
        connection: MilterConnection(hostName: "mx.example.net", address: .v4(0xC000_0201), port: 40_000),
        helo: [UInt8]("mx.example.net"), sender: MilterPath("sender@example.net", arguments: ["SIZE=100"]),
        recipients: [MilterPath("one@example.org"), MilterPath("two@example.org", arguments: ["NOTIFY=NEVER"])],
        fields: [MilterField("From", "sender@example.net"), MilterField("To", "one@example.org,\r\n two@example.org")],
        body: [UInt8]("Hello\r\n"),
        macros: [
            .connect: [MilterMacro("j", "mail.example.org"), MilterMacro("client_addr", "192.0.2.1")],
            .mail: [MilterMacro("mail_addr", "sender@example.net")],
            .endOfHeader: [MilterMacro("i", "4F2A")],
        ])

    /// The header as a filter sees it.
    var header: [UInt8] { fields.flatMap(\.octets) + [0x0D, 0x0A] }
}
