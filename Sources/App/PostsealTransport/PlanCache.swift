internal import MailBytes
internal import Synchronization
internal import TransportPolicy

/// Answers that were made of plans, for as long as the plans hold, and a few minutes at most.
///
/// Two generations, as in the resolver's cache: what is asked for again stays, and there are never more than the limit.
final class PlanCache<Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var until: UnixTime
    }

    private struct Generations {
        var young: [MailDestination: Entry] = [:]
        var old: [MailDestination: Entry] = [:]
    }

    private let generationMax: Int
    private let generations = Mutex(Generations())

    /// - Parameter entriesMax: 0 keeps nothing.
    init(entriesMax: Int) { generationMax = max(0, entriesMax / 2) }

    /// What is kept and still good.
    func value(for destination: MailDestination, at now: UnixTime) -> Value? {
        generations.withLock { generations in
            if let entry = generations.young[destination] { return entry.until > now ? entry.value : nil }
            guard let entry = generations.old.removeValue(forKey: destination), entry.until > now else { return nil }
            put(entry, destination, &generations)
            return entry.value
        }
    }

    /// Keeps a value until a time.
    func keep(_ value: Value, for destination: MailDestination, until: UnixTime) {
        guard generationMax > 0 else { return }
        generations.withLock { put(Entry(value: value, until: until), destination, &$0) }
    }

    private func put(_ entry: Entry, _ destination: MailDestination, _ generations: inout Generations) {
        if generations.young.count >= generationMax, generations.young[destination] == nil {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[destination] = entry
    }
}
