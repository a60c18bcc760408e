internal import Synchronization

/// The memory that all messages in hand may take together; what does not fit in it goes into files.
final class SpoolMemory: Sendable {
    private let octetsMax: Int
    private let used = Mutex(0)

    init(octetsMax: Int) { self.octetsMax = octetsMax }

    /// Octets that are taken.
    var octets: Int { used.withLock(\.self) }

    /// Takes so much, if it is there.
    fileprivate func take(_ octets: Int) -> Bool {
        used.withLock { used in
            guard used + octets <= octetsMax else { return false }
            used += octets
            return true
        }
    }

    fileprivate func giveBack(_ octets: Int) { used.withLock { $0 -= octets } }
}

/// One message's part of it, which it gives back when it is gone.
final class SpoolShare: Sendable {
    private let memory: SpoolMemory
    private let octetsMax: Int
    private let octets = Mutex(0)

    init(of memory: SpoolMemory, octetsMax: Int) {
        self.memory = memory
        self.octetsMax = octetsMax
    }

    deinit { giveBack() }

    /// Whether so much more may be kept in memory; it is counted then.
    func take(_ more: Int) -> Bool {
        octets.withLock { octets in
            guard octets + more <= octetsMax, memory.take(more) else { return false }
            octets += more
            return true
        }
    }

    /// Nothing is in memory any more.
    func giveBack() {
        memory.giveBack(
            octets.withLock { octets in
                defer { octets = 0 }
                return octets
            })
    }
}
