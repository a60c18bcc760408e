internal import MailBytes
internal import MailNames
internal import Synchronization

/// Keys read earlier, to share between messages: fetched once and parsed once for as long as DNS allows.
///
/// Bounded; what was not asked for in a while goes first. Failed look-ups are not kept.
public final class DKIMKeyCache: Sendable {
    private struct Entry {
        var keys: DKIMKeySet
        var expiresAt: UnixTime
    }

    /// Two generations: what is asked for moves to the newer one; when that is full, the older one is dropped.
    private struct State {
        var newer: [DomainName: Entry] = [:]
        var older: [DomainName: Entry] = [:]
    }

    private let state = Mutex(State())
    private let generationMax: Int
    /// The longest time that a key is kept, whatever its TTL says.
    public let ageMaxSeconds: UInt32

    /// - Parameters:
    ///   - namesMax: key names that are kept at most; each takes some 2 KB.
    ///   - ageMaxSeconds: the longest time that a key is kept: a revoked key must not live on for long.
    public init(namesMax: Int = 20_000, ageMaxSeconds: UInt32 = 3_600) {
        generationMax = max(1, namesMax / 2)
        self.ageMaxSeconds = ageMaxSeconds
    }

    /// What is known of a key name.
    func keys(at name: DomainName, now: UnixTime) -> DKIMKeySet? {
        state.withLock { state in
            if let entry = state.newer[name] { return entry.expiresAt > now ? entry.keys : nil }
            guard let entry = state.older.removeValue(forKey: name), entry.expiresAt > now else { return nil }
            Self.insert(entry, name, generationMax, &state)
            return entry.keys
        }
    }

    func add(_ keys: DKIMKeySet, ttlSeconds: UInt32, now: UnixTime) {
        let age = min(ttlSeconds, ageMaxSeconds)
        if case .failure(let failure) = keys.keys, failure.result == .temperror { return }
        guard age > 0 else { return }
        let entry = Entry(keys: keys, expiresAt: now.adding(seconds: Int64(age)))
        state.withLock { state in Self.insert(entry, keys.name, generationMax, &state) }
    }

    private static func insert(_ entry: Entry, _ name: DomainName, _ generationMax: Int, _ state: inout State) {
        if state.newer.count >= generationMax, state.newer[name] == nil {
            state.older = state.newer
            state.newer = [:]
        }
        state.newer[name] = entry
    }
}
