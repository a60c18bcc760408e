internal import MailNames
public import NIOCore
internal import NIOPosix
public import SMTPProtocol
public import Sockets

/// A connection to an SMTP or LMTP server.
///
///     let client = try await SMTPClient.connect(to: .tcp(address, port: 25), options: options, on: group)
///     let outcome = await client.send(envelope) { body in
///         while let piece = await source.next(), await body.write(piece) {}
///         return true
///     }
///     await client.quit()
///
/// One message at a time, as a whole or step by step. A call whose task is cancelled closes the connection.
public struct SMTPClient: Sendable {
    /// What the server offers.
    public let capabilities: SMTPCapabilities
    /// The server's greeting.
    public let greeting: SMTPReply?
    /// What was negotiated; nil in clear text.
    public let tls: SMTPTLSFacts?
    let channel: any Channel
    let handler: NIOLoopBound<SMTPClientHandler>

    /// Connects, is greeted, and begins TLS as the options say.
    ///
    /// - Parameter group: where the connection is read and written: on the caller's own event loop, if it is one of
    ///   these.
    /// - Throws: where there is no connection, no welcome, or not the TLS that is asked for.
    public static func connect(
        to address: ListenAddress, options: SMTPClientOptions, on group: any EventLoopGroup
    ) async throws(SMTPClientError) -> SMTPClient {
        do {
            var bootstrap = ClientBootstrap(group: group.any()).connectTimeout(TimeAmount(options.times.connect))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(SMTPClientHandler(options))
                    }
                }
                // Nothing is read before somebody waits for it: a server may say no, and close, at once.
                .channelOption(.autoRead, value: false)
            if case .tcp = address {
                bootstrap = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                if let local = options.localAddress {
                    bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: local.text, port: 0))
                }
            }
            let channel = try await bootstrap.connect(to: try address.socketAddress()).get()
            return try await withTaskCancellationHandler {
                let (handler, ready) = try await channel.eventLoop.submit {
                    let handler = try channel.pipeline.syncOperations.handler(type: SMTPClientHandler.self)
                    let ready = channel.eventLoop.makePromise(of: Void.self)
                    handler.begin(ready)
                    return (NIOLoopBound(handler, eventLoop: channel.eventLoop), ready.futureResult)
                }.get()
                try await ready.get()
                return try await channel.eventLoop.submit {
                    SMTPClient(
                        capabilities: handler.value.session.capabilities, greeting: handler.value.session.greeting,
                        tls: handler.value.facts, channel: channel, handler: handler)
                }.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw Task.isCancelled ? .cancelled : SMTPClientError(error, .connect)
        }
    }

    /// The text of a message on its way.
    public struct Body: Sendable {
        let client: SMTPClient

        /// Sends a piece of the text, with whatever line ends, and waits until there is room for the next.
        ///
        /// - Returns: false when nobody wants it any more: the server has refused the message, or is gone.
        public func write(_ octets: [UInt8]) async -> Bool { await client.write(octets) }
    }

    /// Sends a message to all its recipients.
    ///
    /// - Parameter text: gives the text, once the server wants it. False gives the message up, which closes the
    ///   connection: there is no other way to end a message that has begun.
    /// - Returns: what became of it for each recipient. ``failure()`` says why a connection was lost.
    public func send(
        _ envelope: SMTPEnvelope, text: (Body) async -> Bool
    ) async -> SMTPDeliveryOutcome {
        do throws(SMTPClientError) {
            if let outcome = try await call({ $0.send(envelope, $1) }) as SMTPDeliveryOutcome? { return outcome }
            guard await text(Body(client: self)) else {
                await close()
                return try await finish()
            }
            return try await finish()
        } catch {
            let lost = SMTPDeliveryOutcome.Result.lost(isUnknowable: false)
            return SMTPDeliveryOutcome(recipients: envelope.recipients.map { _ in lost })
        }
    }

    /// Why the connection is of no use any more; nil while it is.
    public func failure() async -> SMTPClientError? {
        try? await channel.eventLoop.submit { [handler] in handler.value.failure }.get()
    }

    // MARK: Step by step

    /// Says MAIL: the server's answer, or ours where it does not offer what the message needs.
    public func mail(_ sender: SMTPSender) async throws(SMTPClientError) -> SMTPReply {
        try await call { $0.mail(sender, $1) }
    }

    /// Says RCPT; the numbers in the outcome are those of these calls.
    public func recipient(_ recipient: SMTPRecipient) async throws(SMTPClientError) -> SMTPReply {
        try await call { $0.recipient(recipient, $1) }
    }

    /// Says DATA, or prepares chunks.
    ///
    /// - Returns: nil where the text may be sent; else the message is over.
    public func startBody() async throws(SMTPClientError) -> SMTPDeliveryOutcome? {
        try await call { $0.startBody($1) }
    }

    /// As ``Body/write(_:)``.
    ///
    /// - Parameter isMore: whether more of the text, or its end, follows at once: then both go out together.
    public func write(_ octets: [UInt8], isMore: Bool = false) async -> Bool {
        (try? await call { $0.write(octets, isMore: isMore, $1) }) ?? false
    }

    /// Ends the text, and waits for what becomes of the message.
    ///
    /// - Throws: where no text was begun.
    public func finish() async throws(SMTPClientError) -> SMTPDeliveryOutcome {
        try await call { $0.finish($1) }
    }

    /// Gives a message up whose text has not begun.
    public func reset() async throws(SMTPClientError) -> SMTPReply {
        try await call { $0.plain(.reset, $0.options.times.command, $1) }
    }

    /// Says NOOP: whether the server is still there.
    public func noop() async throws(SMTPClientError) -> SMTPReply {
        try await call { $0.plain(.noop, $0.options.times.command, $1) }
    }

    /// Tells a server that trusts us who the client of the next message is.
    public func xforward(_ attributes: SMTPClientAttributes) async throws(SMTPClientError) -> SMTPReply {
        try await call { $0.plain(.xforward(attributes), $0.options.times.command, $1) }
    }

    /// Says that it is done, and closes the connection.
    public func quit() async {
        _ = try? await call { $0.plain(.quit, $0.options.times.quit, $1) }
        await close()
    }

    /// Says that it is done, and lets the connection be closed when the server has answered. It does not wait.
    public func leave() {
        let promise = channel.eventLoop.makePromise(of: SMTPReply.self)
        channel.eventLoop.execute { [handler] in handler.value.plain(.quit, handler.value.options.times.quit, promise) }
        promise.futureResult.whenComplete { [channel] _ in channel.close(promise: nil) }
    }

    /// Keeps the connection for another message, which may begin at any time. After so long without one it ends. A
    /// message whose text has not begun is given up.
    ///
    /// - Returns: false where it can't take another message; the connection is the caller's to close then.
    public func park(for time: Duration) async -> Bool {
        (try? await channel.eventLoop.submit { [handler] in handler.value.park(time) }.get()) ?? false
    }

    /// Calls back when the connection is closed, by whomever; at once if it is.
    public func whenClosed(_ body: @escaping @Sendable () -> Void) {
        channel.closeFuture.whenComplete { _ in body() }
    }

    /// Closes the connection without a word.
    public func close() async { _ = try? await channel.close().get() }

    /// Waits until the connection is closed, by whomever.
    public func closed() async { _ = try? await channel.closeFuture.get() }

    /// Whether nobody has closed the connection yet, as far as is known.
    public var isOpen: Bool { channel.isActive }

    /// Whether the connection is read and written by the caller's own thread.
    public var isNear: Bool { channel.eventLoop.inEventLoop }

    private func call<Value: Sendable>(
        _ body: @escaping @Sendable (SMTPClientHandler, EventLoopPromise<Value>) -> Void
    ) async throws(SMTPClientError) -> Value {
        do {
            return try await withTaskCancellationHandler {
                let promise = channel.eventLoop.makePromise(of: Value.self)
                if channel.eventLoop.inEventLoop {
                    body(handler.value, promise)
                } else {
                    channel.eventLoop.execute { [handler] in body(handler.value, promise) }
                }
                return try await promise.futureResult.get()
            } onCancel: {
                channel.eventLoop.execute { [handler] in handler.value.abandon() }
            }
        } catch {
            throw SMTPClientError(error, .connect)
        }
    }
}
