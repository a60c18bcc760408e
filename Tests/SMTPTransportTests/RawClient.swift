import NIOCore
import NIOPosix

/// A connection on which a test says what it likes: what came is kept, and can be waited for.
final class RawClient: Sendable {
    private let channel: any Channel
    private let text: Diary<String>

    private init(_ channel: any Channel, _ text: Diary<String>) {
        self.channel = channel
        self.text = text
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let text: Diary<String>

        init(_ text: Diary<String>) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text.add(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { text.add("<closed>") }
    }

    static func connect(to running: Running) async throws -> RawClient {
        let text = Diary<String>()
        let channel = try await ClientBootstrap(group: running.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(text))
                }
            }
            .connect(host: "127.0.0.1", port: Int(running.port)).get()
        return RawClient(channel, text)
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ octets: [UInt8]) async throws {
        try await channel.writeAndFlush(channel.allocator.buffer(bytes: octets)).get()
    }

    /// Waits until this text has come.
    @discardableResult
    func wait(for wanted: String) async -> String {
        await text.wait { $0.joined().contains(wanted) || $0.last == "<closed>" }.joined()
    }

    /// Waits for the end; all that came.
    func closed() async -> String { await wait(for: "<closed>") }

    func close() async { _ = try? await channel.close().get() }
}
