internal import Synchronization
internal import TransportPolicy

/// So many connections to one destination at once, and no more: its servers would take it for an attack.
final class DestinationPlaces: Sendable {
    private let each: Int
    private let taken = Mutex<[MailDestination: Int]>([:])

    init(each: Int) { self.each = max(1, each) }

    /// Takes a place; false where there is none.
    func enter(_ destination: MailDestination) -> Bool {
        taken.withLock { taken in
            let count = taken[destination, default: 0]
            guard count < each else { return false }
            taken[destination] = count + 1
            return true
        }
    }

    /// Gives a place back.
    func leave(_ destination: MailDestination) {
        taken.withLock { taken in
            let count = taken[destination, default: 0] - 1
            taken[destination] = count > 0 ? count : nil
        }
    }
}
