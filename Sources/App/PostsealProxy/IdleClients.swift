internal import SMTPTransport
internal import Synchronization

/// Connections to the server behind that wait for the next message, whoever sends it.
///
/// Most clients bring one message: a connection for each would be most of the work. Only those are kept on which the
/// server refused nothing, because servers slow down, or end, connections with many errors.
final class IdleClients: Sendable {
    private struct State {
        var clients: [SMTPClient] = []
        var isRetired = false

        /// Those that the server behind has closed, or that waited too long, take nobody's place.
        mutating func prune() { clients.removeAll { !$0.isOpen } }
    }

    private let countMax: Int
    private let time: Duration
    private let state = Mutex(State())

    init(countMax: Int, time: Duration) {
        self.countMax = countMax
        self.time = time
    }

    /// A connection, one of the caller's own event loop if there is one.
    func take() -> SMTPClient? {
        state.withLock { state in
            state.prune()
            guard let last = state.clients.indices.last else { return nil }
            return state.clients.remove(at: state.clients.lastIndex { $0.isNear } ?? last)
        }
    }

    /// Lets it wait, if it may; else it ends in good order.
    func giveBack(_ client: SMTPClient) async {
        guard countMax > 0, await client.park(for: time) else { return client.leave() }
        let isKept = state.withLock { state in
            state.prune()
            guard !state.isRetired, state.clients.count < countMax else { return false }
            state.clients.append(client)
            return true
        }
        if !isKept { client.leave() }
    }

    /// Ends all that wait, and those that come back.
    func retire() {
        let clients = state.withLock { state in
            state.isRetired = true
            defer { state.clients = [] }
            return state.clients
        }
        for client in clients { client.leave() }
    }
}
