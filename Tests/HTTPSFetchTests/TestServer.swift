import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import TestSupport

/// What a server does, one step after the other, once it has a request.
enum ServerStep: Sendable {
    case send(String)
    /// Sends a text again and again, as fast as it goes.
    case flood(String)
    /// Sends a text again and again, with some time in between.
    case drip(String)
    /// Closes with the good-bye of TLS.
    case close
    /// Closes without it.
    case cut
}

/// What a server saw.
enum ServerNote: Hashable, Sendable {
    case connected
    /// The name in the handshake; nil if there is none.
    case named(String?)
    case request(String)
    case closed
}

/// An HTTPS server on the loopback that does what it is told, good or bad.
struct TestServer: Sendable {
    var channel: any Channel
    let notes = Diary<ServerNote>()

    /// - Parameters:
    ///   - certificate: the file of its certificate; nil for a server without TLS.
    ///   - steps: what it does with a request; without TLS, with whatever comes.
    init(
        _ steps: [ServerStep], certificate: String? = "good", address: String = "127.0.0.1",
        versions: (TLSVersion, TLSVersion) = (.tlsv12, .tlsv13)
    ) async throws {
        let notes = notes
        let tls = try certificate.map { try Self.context($0, versions) }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let names = SNIHandler { result in
                            if case .hostname(let name) = result {
                                notes.add(.named(name))
                            } else {
                                notes.add(.named(nil))
                            }
                            return channel.eventLoop.makeSucceededVoidFuture()
                        }
                        try pipeline.addHandler(ByteToMessageHandler(names))
                        try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try pipeline.addHandler(StepHandler(steps, notes))
                }
            }
            .bind(host: address, port: 0).get()
    }

    var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }

    func close() async { _ = try? await channel.close().get() }

    /// Waits until all connections are closed.
    func closed() async {
        await notes.wait { notes in
            notes.filter { $0 == .connected }.count == notes.filter { $0 == .closed }.count
        }
    }

    private static func context(_ file: String, _ versions: (TLSVersion, TLSVersion)) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Fixtures.pem(file)).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(bytes: Fixtures.pem("server-key"), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = versions.0
        configuration.maximumTLSVersion = versions.1
        return try NIOSSLContext(configuration: configuration)
    }
}

private final class StepHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var steps: [ServerStep]
    private let notes: Diary<ServerNote>
    private var request = ""
    private var isBegun = false

    init(_ steps: [ServerStep], _ notes: Diary<ServerNote>) {
        self.steps = steps
        self.notes = notes
    }

    func channelActive(context: ChannelHandlerContext) { notes.add(.connected) }

    func channelInactive(context: ChannelHandlerContext) { notes.add(.closed) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard !isBegun, isWhole else { return }
        isBegun = true
        notes.add(.request(request))
        next(context)
    }

    /// Without TLS it is whatever comes.
    private var isWhole: Bool {
        guard request.hasPrefix("POST ") else { return request.hasSuffix("\r\n\r\n") || !request.hasPrefix("GET ") }
        guard let end = request.firstRange(of: "\r\n\r\n"), let field = request.firstRange(of: "Content-Length: "),
            let length = Int(request[field.upperBound...].prefix { $0.isNumber })
        else { return false }
        return request[end.upperBound...].utf8.count >= length
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    private func next(_ context: ChannelHandlerContext) {
        guard !steps.isEmpty, context.channel.isActive else { return }
        let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // In a turn of its own: a write can be over at once.
        let goOn: @Sendable () -> Void = { this.eventLoop.execute { this.value.0.next(this.value.1) } }
        switch steps[0] {
        case .send(let text):
            steps.removeFirst()
            write(text, context).whenSuccess(goOn)
        case .flood(let text): write(text, context).whenSuccess(goOn)
        case .drip(let text):
            write(text, context).whenSuccess {
                this.eventLoop.scheduleTask(in: .milliseconds(5), goOn)
            }
        case .close:
            context.close(promise: nil)
        case .cut:
            let head = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            (head ?? context).close(promise: nil)
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
    }
}

/// A version of TLS, for tests that do not import what it comes from.
enum TLSVersionBound: Sendable {
    case v10, v11, v12, v13

    var version: TLSVersion {
        switch self {
        case .v10: .tlsv1
        case .v11: .tlsv11
        case .v12: .tlsv12
        case .v13: .tlsv13
        }
    }
}
