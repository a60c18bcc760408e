internal import MailBytes
internal import Synchronization

/// What domains came to, as it was asked for less than a minute ago: a year of a large domain is many sums, and its
/// pages are looked at one after the other.
final class FigureCache: Sendable {
    /// Limit: domains and periods that are remembered.
    private static let entriesMax = 1000
    /// Limit: octets of all of them, by estimate.
    private static let octetsMax = 64 << 20
    private static let secondsMax: Int64 = 60

    private struct Key: Hashable {
        var domain: String
        var period: ReportDays
    }

    private struct Entries {
        var entries: [Key: (figures: DomainFigures, time: UnixTime, octets: Int)] = [:]
        var octets = 0
    }

    private let entries = Mutex(Entries())
    private let now: @Sendable () -> UnixTime

    init(now: @escaping @Sendable () -> UnixTime) { self.now = now }

    func figures(of domain: String, _ period: ReportDays) -> DomainFigures? {
        let time = now()
        return entries.withLock { entries in
            guard let entry = entries.entries[Key(domain: domain, period: period)],
                time.seconds - entry.time.seconds < Self.secondsMax, entry.time <= time
            else { return nil }
            return entry.figures
        }
    }

    /// Forgets what is known of a domain, because something was changed about it.
    func forget(_ domain: String) {
        entries.withLock { entries in
            for (key, entry) in entries.entries where key.domain == domain {
                entries.octets -= entry.octets
                entries.entries[key] = nil
            }
        }
    }

    func keep(_ figures: DomainFigures) {
        let time = now()
        entries.withLock { entries in
            let key = Key(domain: figures.domain, period: figures.period)
            if let old = entries.entries.removeValue(forKey: key) { entries.octets -= old.octets }
            let octets = figures.octets
            if entries.entries.count >= Self.entriesMax || entries.octets + octets > Self.octetsMax {
                entries.entries = entries.entries.filter { time.seconds - $0.value.time.seconds < Self.secondsMax }
                entries.octets = entries.entries.values.reduce(0) { $0 + $1.octets }
            }
            if entries.entries.count >= Self.entriesMax || entries.octets + octets > Self.octetsMax {
                entries = Entries()
            }
            guard octets <= Self.octetsMax else { return }
            entries.entries[key] = (figures, time, octets)
            entries.octets += octets
        }
    }
}
