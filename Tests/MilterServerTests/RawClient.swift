import MailNames
import MilterProtocol
import MilterServer
import NIOCore
import NIOPosix
import Sockets
import TestSupport

/// A mail server that sends what it likes.
struct RawClient: Sendable {
    let channel: any Channel
    let replies = Diary<MilterReply>()

    init(to address: ListenAddress, isReading: Bool = true) async throws {
        let replies = replies
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: isReading)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(replies))
                }
            }
        channel = try await bootstrap.connect(to: address.socketAddress()).get()
    }

    func send(_ octets: [UInt8]) async throws {
        try await channel.writeAndFlush(channel.allocator.buffer(bytes: octets)).get()
    }

    func send(_ commands: [MilterCommand]) async throws { try await send(commands.flatMap(\.wire)) }

    func close() async { _ = try? await channel.close().get() }

    func closed() async { _ = try? await channel.closeFuture.get() }

    /// Waits for so many replies.
    @discardableResult
    func replies(_ count: Int) async -> [MilterReply] { await replies.wait { $0.count >= count } }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let replies: Diary<MilterReply>
    private var reader = MilterPacketReader()

    init(_ replies: Diary<MilterReply>) { self.replies = replies }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(Array(unwrapInboundIn(data).readableBytesView))
        do throws(MilterProtocolError) {
            while let packet = try reader.next() { replies.add(try MilterReply(packet: packet)) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension [MilterCommand] {
    static let nextClient: [MilterCommand] = [
        .connect(MilterConnection(hostName: "mx.example.net", address: .v4(0xC000_0201), port: 1)),
        .helo([UInt8]("mx.example.net")),
    ]
    static let client = [.negotiate(.all)] + nextClient
    static let envelope: [MilterCommand] = [
        .mail(MilterPath("sender@example.net")), .recipient(MilterPath("one@example.org")),
    ]
    static let header: [MilterCommand] = [
        .header(name: [UInt8]("From"), value: [UInt8](" sender@example.net")), .endOfHeader,
    ]
    static let message = envelope + header + [.endOfMessage([])]
}
