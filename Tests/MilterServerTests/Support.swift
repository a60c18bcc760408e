import Glibc
import MailNames
import MilterProtocol
import MilterServer
import NIOCore
import NIOPosix
import Sockets
import TestSupport

/// Keeps what a server tells.
struct ServerDiary: MilterServerObserver {
    let events = Diary<MilterServerEvent>()

    func observe(_ event: MilterServerEvent, on address: ListenAddress) { events.add(event) }

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
    var overdue = MilterVerdict.tempfail
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

    var overdue: MilterVerdict { filter.overdue }

    mutating func update(_ octets: ArraySlice<UInt8>) { body += octets }

    mutating func finish(macros: MilterMacros) async -> MilterJudgement {
        filter.notes.add(.finishing)
        let judgement = await filter.finish(message, body, macros)
        filter.notes.add(Task.isCancelled ? .cancelled : .finished)
        return judgement
    }

    func abandon() { filter.notes.add(.abandoned) }
}

/// Runs a server on a loopback port for one test, and stops it.
@discardableResult
func withServer<Result>(
    _ filter: TestFilter = TestFilter(), options: MilterServerOptions = .test, sockets: [ListenSocket] = [.loopback],
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

extension ListenSocket {
    static let loopback = ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}
