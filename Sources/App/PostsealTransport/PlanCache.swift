internal import MailBytes
internal import Synchronization

/// Answers that were made of plans, for as long as the plans hold, and a few minutes at most.
///
/// Two generations, as in the resolver's cache: what is asked for again stays, and there are never more than the limit.
final class PlanCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var until: UnixTime
    }

    private struct Generations {
        var young: [Key: Entry] = [:]
        var old: [Key: Entry] = [:]
    }

    private let generationMax: Int
    private let generations = Mutex(Generations())

    /// - Parameter entriesMax: 0 keeps nothing.
    init(entriesMax: Int) { generationMax = max(0, entriesMax / 2) }

    /// What is kept and still good.
    func value(for key: Key, at now: UnixTime) -> Value? {
        generations.withLock { generations in
            if let entry = generations.young[key] { return entry.until > now ? entry.value : nil }
            guard let entry = generations.old.removeValue(forKey: key), entry.until > now else { return nil }
            put(entry, key, &generations)
            return entry.value
        }
    }

    /// Keeps a value until a time.
    func keep(_ value: Value, for key: Key, until: UnixTime) {
        guard generationMax > 0 else { return }
        generations.withLock { put(Entry(value: value, until: until), key, &$0) }
    }

    private func put(_ entry: Entry, _ key: Key, _ generations: inout Generations) {
        if generations.young.count >= generationMax, generations.young[key] == nil {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[key] = entry
    }
}
