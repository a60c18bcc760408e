internal import MailNames
internal import Synchronization

/// Counts the connections of each client address.
final class ClientCount: Sendable {
    private let connectionsMax: Int
    private let counts = Mutex<[IPAddress: Int]>([:])

    init(connectionsMax: Int) { self.connectionsMax = connectionsMax }

    /// Lets one in, if the address has not too many.
    func enter(_ address: IPAddress) -> Bool {
        counts.withLock { counts in
            let count = counts[address.ofClient, default: 0]
            guard count < connectionsMax else { return false }
            counts[address.ofClient] = count + 1
            return true
        }
    }

    /// One is gone.
    func leave(_ address: IPAddress) {
        counts.withLock { counts in
            let count = counts[address.ofClient, default: 1] - 1
            counts[address.ofClient] = count > 0 ? count : nil
        }
    }
}
