public import MilterProtocol
public import NIOCore
internal import NIOPosix
public import Sockets

/// A mail server's connection to a filter: for demonstrations, tests and load.
///
///     let client = try await MilterClient.connect(to: .unix("/run/postseal/milter.sock"), on: group)
///     let outcome = try await client.send(transaction)
///     await client.quit()
///
/// One message at a time.
public struct MilterClient: Sendable {
    /// What the filter took of the offer.
    public let negotiated: MilterNegotiation
    private let channel: any Channel
    private let handler: NIOLoopBound<MilterClientHandler>

    /// Connects, and negotiates.
    ///
    /// - Parameters:
    ///   - group: where the connection is read and written.
    ///   - timeout: how long the filter may be silent, now and later. Postfix waits for 30 seconds for most replies.
    /// - Throws: where there is no connection, or no agreement.
    public static func connect(
        to address: ListenAddress, on group: any EventLoopGroup, offer: MilterNegotiation = .all,
        timeout: Duration = .seconds(30)
    ) async throws(MilterClientError) -> MilterClient {
        let timeout = TimeAmount(timeout)
        let bootstrap = ClientBootstrap(group: group).connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MilterClientHandler(offer, timeout))
                }
            }
        do {
            let channel = try await bootstrap.connect(to: address.socketAddress()).get()
            // The promise is made once the handler is known to be there: a connection may be lost before.
            let (handler, answer) = try await channel.eventLoop.submit {
                let handler = try channel.pipeline.syncOperations.handler(type: MilterClientHandler.self)
                let answer = channel.eventLoop.makePromise(of: MilterNegotiation.self)
                handler.negotiate(answer)
                return (NIOLoopBound(handler, eventLoop: channel.eventLoop), answer.futureResult)
            }.get()
            return MilterClient(negotiated: try await answer.get(), channel: channel, handler: handler)
        } catch {
            throw MilterClientError(error)
        }
    }

    /// Shows a message to the filter, and waits for what becomes of it. A cancelled call closes the connection.
    ///
    /// - Throws: where the connection is lost, the filter is silent for too long, or does not keep to the protocol.
    public func send(_ transaction: MilterTransaction) async throws(MilterClientError) -> MilterOutcome {
        do {
            return try await withTaskCancellationHandler {
                let outcome = channel.eventLoop.makePromise(of: MilterOutcome.self)
                channel.eventLoop.execute { [handler] in handler.value.send(transaction, outcome) }
                return try await outcome.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw MilterClientError(error)
        }
    }

    /// Ends the SMTP connection: the next message is another client's.
    public func nextClient() async {
        _ = try? await channel.eventLoop.submit { [handler] in handler.value.nextClient() }.get()
    }

    /// Says that it is done, and closes the connection.
    public func quit() async {
        let done = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute { [handler] in handler.value.quit(done) }
        _ = try? await done.futureResult.get()
        await close()
    }

    /// Closes the connection without a word.
    public func close() async { _ = try? await channel.close().get() }

    /// Waits until the connection is closed, by whomever.
    public func closed() async { _ = try? await channel.closeFuture.get() }
}

/// Why a mail server's connection to a filter came to nothing.
public enum MilterClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no connection, or no more, by the number of the system's error; 0 if there is none.
    case connection(Int32)
    /// The filter closed the connection.
    case closed
    /// The filter was silent for too long.
    case timeout
    /// The filter did not keep to the protocol.
    case protocolError(MilterProtocolError)
    /// A message is on its way already.
    case busy

    public var description: String {
        switch self {
        case .connection(let number): "no connection to the filter, error \(number)"
        case .closed: "the filter closed the connection"
        case .timeout: "the filter was silent for too long"
        case .protocolError(let error): "the filter does not keep to the protocol: \(error)"
        case .busy: "a message is on its way already"
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as MilterClientError: self = error
        case let error as MilterProtocolError: self = .protocolError(error)
        case let error as IOError: self = .connection(error.errnoCode)
        case ChannelError.connectTimeout: self = .timeout
        case is ChannelError: self = .closed
        default: self = .connection(0)
        }
    }
}
