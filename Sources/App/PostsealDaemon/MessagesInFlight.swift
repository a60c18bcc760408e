internal import PostsealObservability
internal import Synchronization

/// Counts the messages that are being judged, from their end to their verdict.
///
/// One that still comes in has no place: whoever sends slowly, or stops, would take it from the mail of others.
final class MessagesInFlight: Sendable {
    /// A message's place. It is given back when its message is done with, before anybody hears of that; at the latest
    /// when the place is gone, however the message ended.
    final class Slot: Sendable {
        private let all: MessagesInFlight
        private let isLeft = Atomic(false)

        fileprivate init(_ all: MessagesInFlight) { self.all = all }

        deinit { leave() }

        /// Gives the place back, once.
        func leave() {
            if !isLeft.exchange(true, ordering: .relaxed) { all.leave() }
        }
    }

    private let count = Atomic<Int>(0)
    private let gauge: Gauge<NoLabel, NoLabel>

    init(gauge: Gauge<NoLabel, NoLabel>) { self.gauge = gauge }

    /// How many there are.
    var current: Int { count.load(ordering: .relaxed) }

    /// A place for another message; nil where there are as many as may be.
    func enter(max: Int) -> Slot? {
        let new = count.add(1, ordering: .relaxed).newValue
        guard new <= max else {
            count.subtract(1, ordering: .relaxed)
            return nil
        }
        gauge.change(by: 1)
        return Slot(self)
    }

    private func leave() {
        count.subtract(1, ordering: .relaxed)
        gauge.change(by: -1)
    }
}
