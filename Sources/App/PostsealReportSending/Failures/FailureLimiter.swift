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
    }

    /// Limit: domains that are remembered in an hour; reports of others wait for the next one.
    static let domainsMax = 10_000

    private let hour = Mutex(Hour())

    public init() {}

    /// Whether a report about a domain may go out: how many messages it stands for; nil where it may not.
    public func admit(_ domain: String, perHour: Int, at now: UnixTime) -> Int? {
        hour.withLock { hour in
            let number = now.seconds / 3600
            if number != hour.number {
                // What was held back goes with the next report.
                let heldBack = hour.heldBack
                hour = Hour(number: number)
                hour.heldBack = heldBack
            }
            let ofDomain = hour.domains[domain] ?? 0
            guard hour.all < perHour, ofDomain < max(perHour / 10, 1),
                ofDomain > 0 || hour.domains.count < Self.domainsMax
            else {
                if hour.heldBack[domain] != nil || hour.heldBack.count < Self.domainsMax {
                    hour.heldBack[domain, default: 0] += 1
                }
                return nil
            }
            hour.all += 1
            hour.domains[domain] = ofDomain + 1
            return 1 + (hour.heldBack.removeValue(forKey: domain) ?? 0)
        }
    }
}
