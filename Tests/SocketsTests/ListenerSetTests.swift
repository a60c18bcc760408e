import Glibc
import MailNames
import NIOCore
import NIOPosix
import Sockets
import TestSupport
import Testing

@Suite("The sockets of a server", .timeLimit(.minutes(10)))
struct ListenerSetTests {
    static let loopback = ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))

    private func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    /// A server that says where each connection came in, and closes it.
    private func listeners() -> ListenerSet {
        ListenerSet(on: MultiThreadedEventLoopGroup.singleton) { _, _ in
        } connected: { channel, address in
            channel.pipeline.addHandler(Greeter(address))
        }
    }

    /// What is heard by who connects there.
    private func greeting(_ address: ListenAddress) async throws -> String {
        let heard = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listener(heard))
                }
            }
            .connect(to: address.socketAddress()).get()
        try await channel.closeFuture.get()
        return try await heard.futureResult.get()
    }

    @Test("Connections come over every kind of socket at once")
    func kinds() async throws {
        try await withFolder { folder in
            let listeners = listeners()
            try await listeners.listen(on: [
                ListenSocket(.unix("\(folder)/one")), Self.loopback, Self.loopback,
                ListenSocket(.tcp(.v6(0, 1), port: 0)),
            ])
            #expect(Set(listeners.addresses).count == 4)
            for address in listeners.addresses { #expect(try await greeting(address) == "\(address)") }
            listeners.close()
            await listeners.closed()
            #expect(listeners.addresses.isEmpty)
            #expect(status("\(folder)/one") == nil)
        }
    }

    @Test("A socket that stays keeps its file, and gets another mode")
    func access() async throws {
        try await withFolder { folder in
            let path = "\(folder)/one"
            let listeners = listeners()
            try await listeners.listen(on: [ListenSocket(.unix(path), mode: 0o600)])
            let found = try #require(status(path))
            try await listeners.listen(on: [ListenSocket(.unix(path), mode: 0o640)])
            #expect(status(path)?.st_mode == found.st_mode & ~0o7777 | 0o640)
            #expect(status(path)?.st_ino == found.st_ino)
            #expect(try await greeting(.unix(path)) == "unix:\(path)")
            listeners.close()
            await listeners.closed()
        }
    }

    @Test("Sockets come and go, all at once or not at all")
    func changed() async throws {
        try await withFolder { folder in
            let one = ListenSocket(.unix("\(folder)/one"))
            let two = ListenSocket(.unix("\(folder)/two"))
            let bad = ListenSocket(.unix("\(folder)/none/a"))
            let listeners = listeners()
            try await listeners.listen(on: [one])
            await #expect(throws: ListenError(bad.address, .noSuchDirectory)) {
                try await listeners.listen(on: [two, bad])
            }
            await #expect(throws: ListenError(two.address, .twice)) {
                try await listeners.listen(on: [two, one, two])
            }
            await #expect(throws: ListenError(two.address, .noSuchUser("no-one-is-so"))) {
                try await listeners.listen(on: [ListenSocket(two.address, owner: .name("no-one-is-so"))])
            }
            #expect(listeners.addresses == [one.address])
            #expect(status("\(folder)/two") == nil)
            #expect(try await greeting(one.address) == "\(one)")

            try await listeners.listen(on: [two])
            #expect(listeners.addresses == [two.address])
            #expect(status("\(folder)/one") == nil)
            // A socket whose file somebody took away is made anew.
            unlink("\(folder)/two")
            try await listeners.listen(on: [two])
            #expect(try await greeting(two.address) == "\(two)")
            listeners.close()
            await listeners.closed()
        }
    }

    @Test("A socket that another server has replaced stays")
    func replaced() async throws {
        try await withFolder { folder in
            let socket = ListenSocket(.unix("\(folder)/one"))
            let (first, second) = (listeners(), listeners())
            try await first.listen(on: [socket])
            await #expect(throws: ListenError(socket.address, .inUse)) { try await second.listen(on: [socket]) }
            unlink("\(folder)/one")
            try await second.listen(on: [socket])
            first.close()
            await first.closed()
            #expect(status("\(folder)/one") != nil)
            second.close()
            await second.closed()
            #expect(status("\(folder)/one") == nil)
        }
    }

    @Test("What is closed listens no more")
    func closed() async throws {
        let listeners = listeners()
        listeners.close()
        await #expect(throws: ListenError(Self.loopback.address, .stopping)) {
            try await listeners.listen(on: [Self.loopback])
        }
        #expect(listeners.addresses.isEmpty)
        await listeners.closed()
    }
}

/// Says where a connection came in, and closes it.
private final class Greeter: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let address: ListenAddress

    init(_ address: ListenAddress) { self.address = address }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: address.description)), promise: nil)
        context.close(promise: nil)
    }
}

/// Keeps what it hears until the connection ends.
private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let heard: EventLoopPromise<String>
    private var text = ""

    init(_ heard: EventLoopPromise<String>) { self.heard = heard }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
    }

    func handlerRemoved(context: ChannelHandlerContext) { heard.succeed(text) }
}
