public import MailBytes
internal import MailCrypto
public import TLSRPT

/// When reports are made and sent: after a day is over, each domain's at a time of its own, and again where it failed.
public struct SendingSchedule: Hashable, Sendable {
    /// A day is closed so long after its end, when all nodes have written what they counted.
    public var settlingSeconds: Int64
    /// Over so long the reports of a day are spread.
    public var spreadSeconds: Int64
    /// How long it is tried.
    public var ageMaxSeconds: Int64

    /// The first pause after a failure; each is twice as long as the one before.
    public static let firstPauseSeconds: Int64 = 300
    /// The longest.
    public static let longestPauseSeconds: Int64 = 4 * 3600
    /// RFC 8460 §5.5: so long a TLS report is tried, if not less is set.
    public static let tlsAgeMaxSeconds: Int64 = 86_400

    public init(settlingSeconds: Int64 = 600, spreadSeconds: Int64 = 4 * 3600, ageMaxSeconds: Int64 = 2 * 86_400) {
        self.settlingSeconds = settlingSeconds
        self.spreadSeconds = spreadSeconds
        self.ageMaxSeconds = ageMaxSeconds
    }

    /// When a day may be closed.
    public func closing(of day: TLSReportDay) -> UnixTime { day.end.adding(seconds: 1 + settlingSeconds) }

    /// When the report to a domain is due: RFC 8460 §5.4 has reporters wait for a time of their own, and whoever gets
    /// reports from everybody does not get them at midnight.
    public func due(_ domain: String, of day: TLSReportDay) -> UnixTime {
        guard spreadSeconds > 0 else { return closing(of: day) }
        let hash = SHA256Hasher.hash(Array("\(domain) spread".utf8)).bytes.prefix(7).reduce(Int64(0)) {
            $0 << 8 | Int64($1)
        }
        return closing(of: day).adding(seconds: hash % spreadSeconds)
    }

    /// When it is tried again after so many failures; nil where it is too old by then.
    public func retry(after failures: Int, since begin: UnixTime, now: UnixTime) -> UnixTime? {
        let doublings = Int64(1) << Int64(min(max(failures - 1, 0), 16))
        let next = now.adding(seconds: min(Self.firstPauseSeconds * doublings, Self.longestPauseSeconds))
        return next.seconds - begin.seconds <= ageMaxSeconds ? next : nil
    }
}
