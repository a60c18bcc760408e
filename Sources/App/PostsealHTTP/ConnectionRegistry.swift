internal import NIOCore
internal import PostsealObservability
internal import Synchronization

/// The connections that are open.
final class ConnectionRegistry: Sendable {
    /// What is to be done with a new connection.
    enum Admission {
        case serve
        /// Tell it that there are too many.
        case refuse
        /// Close it: even those that are told so are too many.
        case drop
    }

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
        /// Nothing will be opened any more.
        var hasEnded = false
        var deadline: Scheduled<Void>?
    }

    let settings: HTTPServiceSettings
    let metrics: Metrics
    /// What those are told who are refused.
    let refused: HTTPRefused.Page
    private let state = Mutex(State())
    /// Connections that are told that there are too many, at once.
    private static let refusedMax = 100

    init(
        settings: HTTPServiceSettings, metrics: Metrics, refused: @escaping HTTPRefused.Page = { _ in nil }
    ) {
        self.refused = refused
        self.settings = settings
        self.metrics = metrics
    }

    func add(_ channel: any Channel) -> Admission {
        state.withLock { state in
            guard !state.isStopping, state.channels.count < settings.connectionsMax + Self.refusedMax else {
                return .drop
            }
            state.channels[ObjectIdentifier(channel)] = channel
            return state.channels.count > settings.connectionsMax ? .refuse : .serve
        }
    }

    func remove(_ channel: any Channel) {
        _ = state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Closes what waits, tells the rest to end, and closes that too when the time is over.
    func stop(on eventLoop: any EventLoop) {
        let channels = state.withLock { state -> [any Channel] in
            // Where nothing is open, the event loop may be gone already: nothing may be left with it.
            guard !state.isStopping, !state.hasEnded else { return [] }
            state.isStopping = true
            state.deadline = eventLoop.scheduleTask(in: TimeAmount(settings.stopTimeout)) { self.closeAll() }
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Closes everything at once.
    func closeAll() {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    /// Nothing is open any more.
    func ended() {
        state.withLock { state in
            state.hasEnded = true
            state.deadline?.cancel()
            state.deadline = nil
        }
    }
}
