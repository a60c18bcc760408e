internal import MailBytes
internal import MailNames
internal import Synchronization

/// Parsed records by domain, each until its time to live is over, to be shared by all checks of a process.
///
/// Only good records are kept: that there is none, or that one is broken, is left to the resolver's cache.
///
/// Memory is bounded by two numbers. Records are in two generations: new and used ones go into the young one, and
/// when that is full it becomes the old one, whose predecessor is dropped. So what is used stays, and nothing ever
/// has to be searched for the eldest.
public final class SPFRecordCache: Sendable {
    private struct Entry {
        let record: SPFRecord
        let expires: Int64
    }

    private struct Generations {
        var young: [DomainName: Entry] = [:]
        var old: [DomainName: Entry] = [:]
        /// What the young generation takes, by estimate.
        var youngBytes = 0
    }

    private let generations = Mutex(Generations())
    private let recordsMax: Int
    private let bytesMax: Int
    private let ageSecondsMax: Int64

    /// - Parameters:
    ///   - recordsMax: Records at most.
    ///   - bytesMax: Octets at most, by estimate. A record that takes a sixteenth of it is not kept.
    ///   - ageSecondsMax: The longest time a record is kept, whatever its time to live (RFC 8767 §4 has a week for
    ///     resolvers; a day does no harm to anybody who changes a record).
    public init(recordsMax: Int = 20_000, bytesMax: Int = 32 << 20, ageSecondsMax: Int64 = 86_400) {
        self.recordsMax = max(2, recordsMax)
        self.bytesMax = max(2, bytesMax)
        self.ageSecondsMax = max(0, ageSecondsMax)
    }

    /// How many records are kept, expired ones among them.
    public var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// Forgets everything.
    public func removeAll() { generations.withLock { $0 = Generations() } }

    /// The record of a domain, if it is known and not too old at that time.
    func record(of domain: DomainName, at now: UnixTime) -> SPFRecord? {
        generations.withLock { generations in
            if let entry = generations.young[domain] {
                return entry.expires > now.seconds ? entry.record : nil
            }
            guard let entry = generations.old[domain], entry.expires > now.seconds else { return nil }
            add(entry, of: domain, to: &generations)
            return entry.record
        }
    }

    func store(_ record: SPFRecord, of domain: DomainName, ttlSeconds: UInt32, at now: UnixTime) {
        let age = min(Int64(ttlSeconds), ageSecondsMax)
        guard age > 0, Self.bytes(record) < bytesMax / 16 else { return }
        let entry = Entry(record: record, expires: now.adding(seconds: age).seconds)
        generations.withLock { add(entry, of: domain, to: &$0) }
    }

    private func add(_ entry: Entry, of domain: DomainName, to generations: inout Generations) {
        let bytes = Self.bytes(entry.record)
        if generations.young.count >= recordsMax / 2 || generations.youngBytes + bytes > bytesMax / 2 {
            generations.old = generations.young
            generations.young = [:]
            generations.youngBytes = 0
        }
        if let replaced = generations.young.updateValue(entry, forKey: domain) {
            generations.youngBytes -= Self.bytes(replaced.record)
        }
        generations.youngBytes += bytes
        generations.old[domain] = nil
    }

    /// What a record takes, by estimate: its text, its terms, its names, and its place in the table.
    private static func bytes(_ record: SPFRecord) -> Int {
        record.bytes.count + record.entries.count * MemoryLayout<SPFEntry>.stride + record.names.count * 64 + 256
    }
}
