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
            let count = counts[Self.key(address), default: 0]
            guard count < connectionsMax else { return false }
            counts[Self.key(address)] = count + 1
            return true
        }
    }

    /// One is gone.
    func leave(_ address: IPAddress) {
        counts.withLock { counts in
            let count = counts[Self.key(address), default: 1] - 1
            counts[Self.key(address)] = count > 0 ? count : nil
        }
    }

    /// Whoever has one IPv6 address has 2^64 of them.
    private static func key(_ address: IPAddress) -> IPAddress {
        if case .v6(let high, _) = address { .v6(high, 0) } else { address }
    }
}
