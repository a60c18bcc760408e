internal import MilterProtocol
internal import NIOCore
internal import Sockets

/// What all connections of a server share.
struct MilterShared<Filter: MilterFilter>: Sendable {
    let preferences: MilterPreferences
    let filter: Replaceable<Filter>
    let observer: (any MilterServerObserver)?
}

/// The options' times as the event loop counts them.
struct MilterTimes: ServerTimes {
    let idle: TimeAmount
    let message: TimeAmount
    let judgement: TimeAmount
    let progress: TimeAmount
    let write: TimeAmount
    let tick: TimeAmount

    init(_ options: MilterServerOptions) {
        idle = TimeAmount(options.idleTimeout)
        message = TimeAmount(options.messageTimeout)
        judgement = TimeAmount(options.judgementTimeout)
        progress = TimeAmount(options.progressInterval)
        write = TimeAmount(options.writeTimeout)
        tick = Self.tick(for: min(idle, message, judgement, progress, write))
    }
}
