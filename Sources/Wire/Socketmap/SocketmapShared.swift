internal import NIOCore
internal import Sockets

/// What all connections of a server share.
struct SocketmapShared: Sendable {
    let options: SocketmapServerOptions
    let table: Replaceable<any SocketmapTable>
    let observer: (any SocketmapServerObserver)?
}

/// The options' times as the event loop counts them.
struct SocketmapTimes: ServerTimes {
    let idle: TimeAmount
    let request: TimeAmount
    let lookup: TimeAmount
    let write: TimeAmount
    let tick: TimeAmount

    init(_ options: SocketmapServerOptions) {
        idle = TimeAmount(options.idleTimeout)
        request = TimeAmount(options.requestTimeout)
        lookup = TimeAmount(options.lookupTimeout)
        write = TimeAmount(options.writeTimeout)
        tick = Self.tick(for: min(idle, request, lookup, write))
    }
}
