public import MailBytes
internal import Synchronization

/// Holds failure reports to a number in an hour, overall and for each domain (RFC 9991 §2): what is held back is
/// counted with the next report (RFC 5965 §3.2, `Incidents`).
public final class FailureLimiter: Sendable {
    private struct Hour {
        var number: Int64 = 0
        var all = 0
        var domains: [String: Int] = [:]
        var heldBack: [String: Int] = [:]

        mutating func turn(to now: UnixTime) {
            guard now.seconds / 3600 != number else { return }
            // What was held back goes with the next report.
            let heldBack = heldBack
            self = Hour(number: now.seconds / 3600)
            self.heldBack = heldBack
        }

        func hasRoom(for domain: String, perHour: Int) -> Bool {
            let ofDomain = domains[domain] ?? 0
            guard all < perHour, ofDomain < max(perHour / 10, 1) else { return false }
            return ofDomain > 0 || domains.count < FailureLimiter.domainsMax
        }

        mutating func count(_ domain: String, _ reports: Int) {
            // What was admitted in the hour before may be given back in this one.
            all = max(all + reports, 0)
            let ofDomain = (domains[domain] ?? 0) + reports
            domains[domain] = ofDomain > 0 ? ofDomain : nil
        }

        mutating func holdBack(_ domain: String, _ messages: Int) {
            guard heldBack[domain] != nil || heldBack.count < FailureLimiter.domainsMax else { return }
            heldBack[domain, default: 0] += messages
        }
    }

    /// Limit: domains that are remembered in an hour; reports of others wait for the next one.
    static let domainsMax = 10_000

    private let hour = Mutex(Hour())

    public init() {}

    /// Whether a report about a domain could go out now. Where it could not, its message is counted as held back.
    ///
    /// Nothing is taken of the limit: whether anybody may have the report is not known yet.
    public func hasRoom(for domain: String, perHour: Int, at now: UnixTime) -> Bool {
        hour.withLock { hour in
            hour.turn(to: now)
            if hour.hasRoom(for: domain, perHour: perHour) { return true }
            hour.holdBack(domain, 1)
            return false
        }
    }

    /// Counts a message as held back: no report is made about it, and the next one stands for it too.
    public func holdBack(_ domain: String, at now: UnixTime) {
        hour.withLock { hour in
            hour.turn(to: now)
            hour.holdBack(domain, 1)
        }
    }

    /// Takes a report that somebody may have of the limit: how many messages it stands for; nil where it may not go
    /// out, and its message is counted as held back. ``settle(_:incidents:queued:at:)`` says what became of it.
    public func admit(_ domain: String, perHour: Int, at now: UnixTime) -> Int? {
        hour.withLock { hour in
            hour.turn(to: now)
            guard hour.hasRoom(for: domain, perHour: perHour) else {
                hour.holdBack(domain, 1)
                return nil
            }
            hour.count(domain, 1)
            return 1 + (hour.heldBack.removeValue(forKey: domain) ?? 0)
        }
    }

    /// What became of a report that was admitted: it counts as often as it is queued to go. What goes to nobody takes
    /// nothing of the limit, and its messages are counted with the next.
    ///
    /// - Parameters:
    ///   - incidents: as admitted.
    ///   - queued: how many mails are queued: one for each destination.
    public func settle(_ domain: String, incidents: Int, queued: Int, at now: UnixTime) {
        hour.withLock { hour in
            hour.turn(to: now)
            hour.count(domain, queued - 1)
            if queued == 0 { hour.holdBack(domain, incidents) }
        }
    }
}
