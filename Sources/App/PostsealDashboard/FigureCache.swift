internal import MailBytes
internal import Synchronization

/// What domains came to, as it was asked for less than a minute ago: a year of a large domain is many sums, and its
/// pages are looked at one after the other.
final class FigureCache: Sendable {
    /// Limit: domains and periods that are remembered.
    private static let entriesMax = 200
    private static let secondsMax: Int64 = 60

    private struct Key: Hashable {
        var domain: String
        var period: ReportDays
    }

    private let entries = Mutex<[Key: (figures: DomainFigures, time: UnixTime)]>([:])
    private let now: @Sendable () -> UnixTime

    init(now: @escaping @Sendable () -> UnixTime) { self.now = now }

    func figures(of domain: String, _ period: ReportDays) -> DomainFigures? {
        let time = now()
        return entries.withLock { entries in
            guard let entry = entries[Key(domain: domain, period: period)],
                time.seconds - entry.time.seconds < Self.secondsMax, entry.time <= time
            else { return nil }
            return entry.figures
        }
    }

    func keep(_ figures: DomainFigures) {
        let time = now()
        entries.withLock { entries in
            if entries.count >= Self.entriesMax {
                entries = entries.filter { time.seconds - $0.value.time.seconds < Self.secondsMax }
                if entries.count >= Self.entriesMax { entries = [:] }
            }
            entries[Key(domain: figures.domain, period: figures.period)] = (figures, time)
        }
    }
}
