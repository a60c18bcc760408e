internal import Glibc
internal import MailBytes
internal import NIOCore
internal import NIOPosix

/// What the demo waits for, in the order in which it happens.
enum DemoEvent: Sendable {
    /// The daemon wrote a line into its log.
    case log(DemoRecord)
    /// A second went by.
    case second
}

/// The daemon's log, as it comes out of a pipe, and the time that goes by.
struct DemoEvents: Sendable {
    /// The end of the pipe that the daemon writes to; it stays open as long as the process.
    let descriptor: Int32
    let stream: AsyncStream<DemoEvent>
    private let continuation: AsyncStream<DemoEvent>.Continuation

    /// Limit: so many events wait to be shown; the oldest go.
    private static let waitingMax = 10_000

    /// Opens the pipe.
    static func open(on group: any EventLoopGroup) async throws -> DemoEvents {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw DemoError(description: "cannot open a pipe for the log: error \(errno)")
        }
        let (stream, continuation) = AsyncStream.makeStream(
            of: DemoEvent.self, bufferingPolicy: .bufferingNewest(waitingMax))
        _ = try await NIOPipeBootstrap(group: group)
            .takingOwnershipOfDescriptor(input: ends[0]) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineHandler(continuation))
                }
            }
        return DemoEvents(descriptor: ends[1], stream: stream, continuation: continuation)
    }

    /// Lets time go by until the task is cancelled.
    func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { continuation.yield(.second) }
        continuation.finish()
    }
}

/// Cuts what comes out of the pipe into lines.
private final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<DemoEvent>.Continuation
    private var line: [UInt8] = []
    /// Limit: what is longer is no line of the daemon's.
    private static let octetsMax = 1 << 20

    init(_ continuation: AsyncStream<DemoEvent>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for byte in unwrapInboundIn(data).readableBytesView {
            guard byte == .lineFeed else {
                if line.count < Self.octetsMax { line.append(byte) }
                continue
            }
            if let record = DemoRecord(line[...]) { continuation.yield(.log(record)) }
            line.removeAll(keepingCapacity: true)
        }
    }
}
