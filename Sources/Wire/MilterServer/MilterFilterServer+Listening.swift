internal import MilterProtocol
internal import NIOCore
public import Sockets

extension MilterFilterServer {
    /// Where the server listens, with the ports that the system chose.
    public var addresses: [ListenAddress] { listeners.addresses }

    /// Listens on these sockets, and on no others any more. Sockets that it listens on already are left as they are,
    /// but for their mode and owner; connections go on in any case. To be called by one at a time.
    ///
    /// A socket in the file system that a server which is gone has left behind is replaced.
    ///
    /// - Throws: where one of the sockets can't be had, or the server stops. Then everything is as before.
    public func listen(on sockets: [ListenSocket]) async throws(ListenError) { try await listeners.listen(on: sockets) }

    /// The sockets of a server that has these places.
    static func listeners(
        _ shared: ServerShared<Filter>, _ places: [Place], on group: any EventLoopGroup
    ) -> ListenerSet {
        ListenerSet(on: group) { number, address in
            shared.observer?.observe(.acceptFailed(number), on: address)
        } connected: { channel, address in
            guard shared.admission.enter() else {
                if !shared.admission.isShut { shared.observer?.observe(.refused, on: address) }
                return channel.close()
            }
            return channel.eventLoop.makeCompletedFuture {
                guard let place = places.first(where: { $0.loop === channel.eventLoop }) else {
                    shared.admission.leave()
                    throw ChannelError.ioOnClosedChannel
                }
                let handler = MilterConnectionHandler(place.keeper.value, address)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
    }
}
