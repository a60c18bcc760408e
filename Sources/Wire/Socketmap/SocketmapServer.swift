public import NIOCore
public import Sockets

/// Answers the look-ups of mail servers from a table.
///
///     let server = SocketmapServer(table: table, on: group)
///     try await server.listen(on: [ListenSocket(.unix("/run/postseal/tls-policy.sock"), mode: 0o666)])
///     await server.run()                          // until somebody calls shutdown(grace:)
///
/// A connection is asked many times, and its requests are answered one after the other, in their order. An answer that
/// the table has at hand is given on the event loop; a look-up has a task of its own below ``run()``. A connection that
/// is idle has none.
public final class SocketmapServer: Sendable {
    private let server: ConnectionServer<SocketmapConnectionHandler>
    private let table: Replaceable<any SocketmapTable>

    /// A server that does not listen yet.
    ///
    /// - Parameter group: where connections are read and written, and look-ups begin. It outlives the server.
    public init(
        table: any SocketmapTable, options: SocketmapServerOptions = SocketmapServerOptions(),
        on group: any EventLoopGroup, observer: (any SocketmapServerObserver)? = nil
    ) {
        self.table = Replaceable(table)
        server = ConnectionServer(
            SocketmapShared(options: options, table: self.table, observer: observer), times: SocketmapTimes(options),
            connectionsMax: options.connectionsMax, on: group
        ) { number, address in
            observer?.observe(.acceptFailed(number), on: address)
        } refused: { channel, address, isStopping in
            if !isStopping { observer?.observe(.refused, on: address) }
            return channel.close()
        } connected: { keeper, _, address in
            SocketmapConnectionHandler(keeper, address)
        }
    }

    /// Connections at this moment.
    public var connections: Int { server.admission.count }

    /// Where the server listens.
    public var listeners: ListenerSet { server.listeners }

    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Puts another table in the place of the one that there is. Look-ups that have begun are finished by the old one.
    public func replaceTable(_ table: any SocketmapTable) { self.table.value = table }

    /// Listens on these sockets, and on no others any more; see `ListenerSet`.
    ///
    /// - Throws: where one of the sockets can't be had, or the server stops. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) { try await listeners.listen(on: sockets) }

    /// Serves until the server is shut down. To be called once. When its task is cancelled, everything ends at once, as
    /// with a grace of zero.
    public func run() async { await server.run() }

    /// Stops: takes no new connections, closes those without an open request at once, lets look-ups on their way come
    /// to their end, and after the grace closes what is left. Sockets in the file system are removed.
    ///
    /// - Returns: when all connections and sockets are closed.
    public func shutdown(grace: Duration) async { await server.shutdown(grace: grace) }
}
