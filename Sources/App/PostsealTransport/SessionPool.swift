internal import MailNames
internal import SMTPProtocol
internal import SMTPTransport
internal import Synchronization
internal import TransportPolicy

/// Sessions with servers that wait for the next message to the same destination.
///
/// A session is taken up again only for a message whose plan, made anew, demands of the same server just what the
/// session was judged by: other records, another policy or none, another demand of the sender make another key. A
/// session in the pool keeps its place among those of its destination, until it is closed by whomever.
final class SessionPool: Sendable {
    /// What a session can be used for.
    struct Key: Hashable, Sendable {
        var destination: MailDestination
        var host: DomainName
        var port: UInt16
        var address: IPAddress
        /// What it was judged by.
        var demand: ServerDemand
        var isWaived: Bool

        init(_ server: ServerPlan, of plan: TransportPlan, at address: IPAddress) {
            destination = plan.destination
            host = server.host
            port = server.port
            self.address = address
            demand = server.demand
            isWaived = plan.isWaived
        }
    }

    private struct State {
        var idle: [Key: [KeptSession]] = [:]
        var count = 0
        var isRetired = false
    }

    private let limits: RelayOptions
    private let places: DestinationPlaces
    private let state = Mutex(State())

    init(_ limits: RelayOptions, _ places: DestinationPlaces) {
        self.limits = limits
        self.places = places
    }

    /// How many sessions wait.
    var count: Int { state.withLock { $0.count } }

    /// The session of this kind that was used last, one of the caller's own event loop if there is one; its place goes
    /// to the caller.
    func take(_ key: Key) -> KeptSession? {
        state.withLock { state in
            guard var sessions = state.idle[key], let last = sessions.indices.last else { return nil }
            let session = sessions.remove(at: sessions.lastIndex { $0.client.isNear } ?? last)
            state.idle[key] = sessions.isEmpty ? nil : sessions
            state.count -= 1
            return session
        }
    }

    /// Takes a session back whose message is over, and lets it wait if it may; else it is closed and its place free.
    func giveBack(_ session: KeptSession) async {
        let isYoung = session.openedAt.duration(to: .now) < limits.sessionAge
        guard limits.idleTime > .zero, session.messages < limits.sessionMessages, isYoung,
            await session.client.park(for: limits.idleTime)
        else { return close(session) }
        let isKept = state.withLock { state in
            guard !state.isRetired, state.count < RelayOptions.idleSessionsMax else { return false }
            state.idle[session.key, default: []].append(session)
            state.count += 1
            return true
        }
        guard isKept else { return close(session) }
        session.client.whenClosed { self.forget(session) }
    }

    /// Ends a session in good order, without waiting for it.
    func close(_ session: KeptSession) {
        session.client.leave()
        places.leave(session.key.destination)
    }

    /// Ends a session at once, so that nothing half-sent is taken for a message.
    func drop(_ session: KeptSession) async {
        await session.client.close()
        places.leave(session.key.destination)
    }

    /// Closes a waiting session of the destination, for another to be opened in its place.
    ///
    /// - Returns: whether there was one.
    func makeRoom(for destination: MailDestination) -> Bool {
        let session: KeptSession? = state.withLock { state in
            guard let key = state.idle.keys.first(where: { $0.destination == destination }) else { return nil }
            let session = state.idle[key]?.removeFirst()
            if state.idle[key]?.isEmpty == true { state.idle[key] = nil }
            state.count -= 1
            return session
        }
        guard let session else { return false }
        close(session)
        return true
    }

    /// Closes all that wait; those that come back are closed then. For a handler that another takes the place of.
    func retire() {
        let sessions = state.withLock { state in
            state.isRetired = true
            state.count = 0
            defer { state.idle = [:] }
            return state.idle.values.flatMap(\.self)
        }
        for session in sessions { close(session) }
    }

    /// A session was closed, perhaps by its server: if it was waiting, its place is free.
    private func forget(_ session: KeptSession) {
        let wasIdle = state.withLock { state in
            guard let index = state.idle[session.key]?.firstIndex(where: { $0 === session }) else { return false }
            state.idle[session.key]?.remove(at: index)
            if state.idle[session.key]?.isEmpty == true { state.idle[session.key] = nil }
            state.count -= 1
            return true
        }
        if wasIdle { places.leave(session.key.destination) }
    }
}
