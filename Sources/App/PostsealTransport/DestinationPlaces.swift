internal import Synchronization
internal import TransportPolicy

/// So many connections to one destination at once, and no more: its servers would take it for an attack.
final class DestinationPlaces: Sendable {
    private let taken = Mutex<[MailDestination: Int]>([:])

    /// Takes a place of so many; false where there is none.
    func enter(_ destination: MailDestination, of max: Int) -> Bool {
        taken.withLock { taken in
            let count = taken[destination, default: 0]
            guard count < max else { return false }
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

    /// How many places of a destination are taken.
    func count(_ destination: MailDestination) -> Int { taken.withLock { $0[destination, default: 0] } }
}
