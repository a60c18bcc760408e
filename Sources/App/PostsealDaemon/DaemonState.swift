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

    init(_ workshop: Workshop) { values = Mutex(Values(workshop: workshop)) }

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

    /// What a load balancer or a monitor is told.
    var health: HTTPHealth {
        values.withLock { values in
            let faults = [values.isStopping ? "the daemon is stopping" : nil, values.resolverFault].compactMap(\.self)
            return faults.isEmpty ? .serving : .failing(faults)
        }
    }
}
