internal import MilterProtocol
public import NIOCore
public import Sockets

/// Takes connections of mail servers, and has a filter judge their messages.
///
///     let server = MilterFilterServer(filter: filter, options: options, on: group)
///     try await server.listen(on: [ListenSocket(.unix("/run/postseal/milter.sock"), mode: 0o660)])
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// Each message is judged in a task of its own below ``run()``; a connection that is idle has none.
public final class MilterFilterServer<Filter: MilterFilter>: Sendable {
    private let server: ConnectionServer<MilterConnectionHandler<Filter>>
    private let filter: Replaceable<Filter>

    /// A server that does not listen yet.
    ///
    /// - Parameter group: where connections are read and written, and judgements begin. It outlives the server.
    public init(
        filter: Filter, options: MilterServerOptions, on group: any EventLoopGroup,
        observer: (any MilterServerObserver)? = nil
    ) {
        self.filter = Replaceable(filter)
        server = ConnectionServer(
            MilterShared(preferences: options.preferences, filter: self.filter, observer: observer),
            times: MilterTimes(options), connectionsMax: options.connectionsMax, on: group
        ) { number, address in
            observer?.observe(.acceptFailed(number), on: address)
        } refused: { channel, address, isStopping in
            if !isStopping { observer?.observe(.refused, on: address) }
            return channel.close()
        } connected: { keeper, _, address in
            MilterConnectionHandler(keeper, address)
        }
    }

    /// Connections at this moment.
    public var connections: Int { server.admission.count }

    /// Where the server listens.
    public var listeners: ListenerSet { server.listeners }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Puts another filter in the place of the one that there is. Messages that have begun are finished by the old one.
    public func replaceFilter(_ filter: Filter) { self.filter.value = filter }

    /// Goes by other limits and times, also for connections and messages that are there already. What is asked of mail
    /// servers stays, for it has been agreed upon.
    public func replaceLimits(_ options: MilterServerOptions) {
        server.replaceLimits(connectionsMax: options.connectionsMax, times: MilterTimes(options))
    }

    /// Listens on these sockets, and on no others any more; see `ListenerSet`.
    ///
    /// - Throws: where one of the sockets can't be had, or the server stops. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) { try await listeners.listen(on: sockets) }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero.
    public func run() async { await server.run() }

    /// Stops: takes no new connections, closes those between messages at once, lets messages on their way come to their
    /// end, and after the grace closes what is left. Sockets in the file system are removed.
    ///
    /// - Returns: when all connections and sockets are closed.
    public func shutdown(grace: Duration) async { await server.shutdown(grace: grace) }
}
