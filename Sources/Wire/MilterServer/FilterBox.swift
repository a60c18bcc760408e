internal import Synchronization

/// The filter for new messages, which can be another one at any time.
final class FilterBox<Filter: MilterFilter>: Sendable {
    private let filter: Mutex<Filter>

    init(_ filter: Filter) { self.filter = Mutex(filter) }

    var value: Filter {
        get { filter.withLock { $0 } }
        set { filter.withLock { $0 = newValue } }
    }
}
