internal import CUnbound
internal import Glibc
internal import Synchronization

/// What the rest of the program hands to the resolver's thread, and the descriptor that wakes it.
final class Mailbox: Sendable {
    enum Item: Sendable {
        case lookup(Lookup)
        case selfTest(CheckedContinuation<ResolverSelfTest, Never>)
    }

    private struct Contents {
        var items: [Item] = []
        var isClosed = false
        /// Whether the thread has been woken and has not looked yet.
        var isWoken = false
    }

    private let contents = Mutex(Contents())
    /// Readable while there is something to look at.
    let descriptor: CInt

    init() throws(UnboundResolverError) {
        descriptor = postseal_eventfd()
        guard descriptor >= 0 else { throw UnboundResolverError("cannot make an event descriptor: error \(errno)") }
    }

    deinit { close(descriptor) }

    /// Hands an item over. False once closed.
    func post(_ item: Item) -> Bool {
        let (isAccepted, mustWake) = contents.withLock { contents in
            guard !contents.isClosed else { return (false, false) }
            contents.items.append(item)
            defer { contents.isWoken = true }
            return (true, !contents.isWoken)
        }
        if mustWake { wake() }
        return isAccepted
    }

    /// Lets nothing more in and tells the thread to end.
    func shut() {
        contents.withLock { $0.isClosed = true }
        wake()
    }

    /// For the thread: everything that was handed over since the last time, and whether to end.
    func collect() -> (items: [Item], isClosed: Bool) {
        var count: UInt64 = 0
        // Reading takes the descriptor back to "not readable"; that it was not readable is no error.
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        return contents.withLock { contents in
            contents.isWoken = false
            defer { contents.items.removeAll() }
            return (contents.items, contents.isClosed)
        }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }
}
