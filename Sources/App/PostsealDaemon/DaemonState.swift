internal import PostsealHTTP
internal import Synchronization

/// What of a daemon changes while it runs.
final class DaemonState: Sendable {
    private struct Values {
        var workshop: Workshop
        var resolverFault: String?
        var isStopping = false
    }

    private let values: Mutex<Values>
    private let faults: DaemonFaults

    /// - Parameter faults: what does not work although mail goes on.
    init(_ workshop: Workshop, faults: DaemonFaults) {
        values = Mutex(Values(workshop: workshop))
        self.faults = faults
    }

    /// What new messages are judged with.
    var workshop: Workshop {
        get { values.withLock { $0.workshop } }
        set { values.withLock { $0.workshop = newValue } }
    }

    /// Why DNS does not work; nil if it does, as far as is known.
    var resolverFault: String? {
        get { values.withLock { $0.resolverFault } }
        set { values.withLock { $0.resolverFault = newValue } }
    }

    /// Whether the daemon is on its way out.
    var isStopping: Bool {
        get { values.withLock { $0.isStopping } }
        set { values.withLock { $0.isStopping = newValue } }
    }

    /// What a load balancer or a monitor is told. Only what mail suffers from is a failure: a node that can't store
    /// reports judges as well as any other.
    var health: HTTPHealth {
        let (reasons, warnings) = (reasons, faults.all.map(\.text))
        if !reasons.isEmpty { return .failing(reasons) }
        return warnings.isEmpty ? .serving : .warning(warnings)
    }

    /// All that does not work, as clauses for people who see everything.
    var everyFault: [String] { reasons + faults.all.map(\.description) }

    /// What mail suffers from.
    private var reasons: [String] {
        values.withLock { values in
            [values.isStopping ? "the daemon is stopping" : nil, values.resolverFault].compactMap(\.self)
        }
    }
}
