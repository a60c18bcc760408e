public import NIOCore

/// A connection of a ``ConnectionServer``. All of it happens on the connection's event loop.
public protocol ServedConnection: ChannelHandler, SendableMetatype {
    /// What all connections of a server share.
    associatedtype Shared: Sendable
    /// How long everything may take.
    associatedtype Times: ServerTimes
    /// What has a task of its own.
    associatedtype Job: ServerJob

    /// Closes it as soon as nothing is under way that somebody waits for.
    func stopWhenIdle()

    /// Closes it, whatever is under way.
    func stopNow()

    /// Sees whether somebody takes too long.
    func check(_ now: NIODeadline)
}

/// What a connection has done in a task of its own, for it waits.
public protocol ServerJob: Sendable {
    /// Does it, and tells the connection. Returns early where its task is cancelled.
    func run() async
}

/// How long everything of a connection may take, as the event loop counts it.
public protocol ServerTimes: Sendable {
    /// How often connections are looked at.
    var tick: TimeAmount { get }
}

extension ServerTimes {
    /// How often connections are looked at where this is the shortest time: often enough to hold to a quarter of it.
    public static func tick(for shortest: TimeAmount) -> TimeAmount {
        min(.seconds(1), max(.milliseconds(1), .nanoseconds(shortest.nanoseconds / 4)))
    }
}
