internal import SMTPTransport
internal import Synchronization
internal import TLSRPT
internal import TransportPolicy

/// Sessions that one message led to, until it is known whether TLS reports are to have them: its header says so.
final class RelaySessions: Sendable {
    private enum State {
        case waiting([TLSSessionOutcome])
        /// All that comes counts, or nothing does.
        case settled(counts: Bool)
    }

    private let state = Mutex(State.waiting([]))
    private let counted: @Sendable (TLSSessionOutcome) -> Void

    /// - Parameter counted: is told of each one that counts.
    init(_ counted: @escaping @Sendable (TLSSessionOutcome) -> Void) { self.counted = counted }

    /// A session was tried, or a server passed over.
    func add(_ outcome: TLSSessionOutcome?) {
        guard let outcome else { return }
        let isCounted = state.withLock { state in
            switch state {
            case .waiting(let outcomes):
                state = .waiting(outcomes + [outcome])
                return false
            case .settled(let counts): return counts
            }
        }
        if isCounted { counted(outcome) }
    }

    /// It is known whether they count. Only the first word matters.
    func settle(counts: Bool) {
        let outcomes = state.withLock { state -> [TLSSessionOutcome] in
            guard case .waiting(let outcomes) = state else { return [] }
            state = .settled(counts: counts)
            return counts ? outcomes : []
        }
        for outcome in outcomes { counted(outcome) }
    }
}
