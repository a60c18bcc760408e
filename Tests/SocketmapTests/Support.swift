import MailBytes
import NIOCore
import NIOPosix
import Socketmap
import Sockets
import TestSupport

/// Keeps what a server tells.
struct ServerDiary: SocketmapServerObserver {
    let events = Diary<SocketmapServerEvent>()

    func observe(_ event: SocketmapServerEvent, on address: ListenAddress) { events.add(event) }

    /// Waits for the end of so many connections; why they ended.
    @discardableResult
    func closed(_ count: Int = 1) async -> [SocketmapCloseReason] {
        await events.wait { $0.reasons.count >= count }.reasons
    }
}

extension [SocketmapServerEvent] {
    var reasons: [SocketmapCloseReason] {
        compactMap { if case .closed(let reason) = $0 { reason } else { nil } }
    }
}

/// What a table was asked.
enum TableNote: Hashable, Sendable {
    case cached(String)
    case lookedUp(String)
    case cancelled(String)
}

/// A table of closures: what `cached` does not know is looked up.
struct TestTable: SocketmapTable {
    var notes = Diary<TableNote>()
    var cached: @Sendable (String) -> SocketmapReply? = { _ in nil }
    var lookUp: @Sendable (String) async -> SocketmapReply = { _ in .notFound }

    func cached(_ key: [UInt8], in map: [UInt8]) -> SocketmapReply? {
        guard let reply = cached(text(map, key)) else { return nil }
        notes.add(.cached(text(map, key)))
        return reply
    }

    func lookUp(_ key: [UInt8], in map: [UInt8]) async -> SocketmapReply {
        notes.add(.lookedUp(text(map, key)))
        let reply = await lookUp(text(map, key))
        if Task.isCancelled { notes.add(.cancelled(text(map, key))) }
        return reply
    }

    private func text(_ map: [UInt8], _ key: [UInt8]) -> String {
        String(decoding: map + [0x2F] + key, as: UTF8.self)
    }

    /// Answers with what it was asked, at once.
    static let echo = TestTable(cached: { .found(Array($0.utf8)) })
}

/// Runs a server on a loopback port for one test, and stops it.
func withServer(
    _ table: TestTable = .echo, options: SocketmapServerOptions = SocketmapServerOptions(),
    _ body: (SocketmapServer, ServerDiary) async throws -> Void
) async throws {
    let diary = ServerDiary()
    let server = SocketmapServer(
        table: table, options: options, on: MultiThreadedEventLoopGroup.singleton, observer: diary)
    try await server.listen(on: [ListenSocket(ListenAddress("tcp:127.0.0.1:0"))])
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        do {
            try await body(server, diary)
            await server.shutdown(grace: .zero)
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
    }
}

/// A mail server that sends what it likes.
struct TestClient: Sendable {
    let channel: any Channel
    let replies = Diary<String>()

    init(to server: SocketmapServer, isReading: Bool = true) async throws {
        let replies = replies
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: isReading)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(replies))
                }
            }
        channel = try await bootstrap.connect(to: server.addresses[0].socketAddress()).get()
    }

    func send(_ octets: [UInt8]) async throws {
        try await channel.writeAndFlush(channel.allocator.buffer(bytes: octets)).get()
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func ask(_ requests: String...) async throws {
        try await send(requests.flatMap { Netstring.octets(Array($0.utf8)) })
    }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    func close() async { _ = try? await channel.close().get() }

    func closed() async { _ = try? await channel.closeFuture.get() }

    /// Waits for so many replies.
    @discardableResult
    func replies(_ count: Int) async -> [String] { await replies.wait { $0.count >= count } }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let replies: Diary<String>
    private var reader = NetstringReader(payloadOctetsMax: SocketmapReply.payloadOctetsMax)

    init(_ replies: Diary<String>) { self.replies = replies }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(unwrapInboundIn(data).readableBytesView)
        do throws(NetstringError) {
            while let payload = try reader.next() { replies.add(String(decoding: payload, as: UTF8.self)) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
