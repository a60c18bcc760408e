public import MailBytes

/// A day of UTC, which is what a report covers (RFC 8460 §4.1).
public struct TLSReportDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let number: Int64

    private static let secondsOfDay: Int64 = 86_400

    /// The day of a moment. Moments outside of the years 0 to 9999 count as the first and last of those.
    public init(containing time: UnixTime) {
        let seconds = min(max(time.seconds, -62_167_219_200), 253_402_300_799)
        number = (seconds - (seconds < 0 ? Self.secondsOfDay - 1 : 0)) / Self.secondsOfDay
    }

    /// Reads `2026-11-25`; nil for anything else.
    public init?(text: String) {
        guard text.utf8.count == 10, let time = UnixTime(text: text + "T00:00:00Z") else { return nil }
        self.init(containing: time)
    }

    /// The first second.
    public var begin: UnixTime { UnixTime(seconds: number * Self.secondsOfDay) }

    /// The last second, as in the example of RFC 8460 appendix B.
    public var end: UnixTime { UnixTime(seconds: number * Self.secondsOfDay + Self.secondsOfDay - 1) }

    /// The date, `2026-11-25`.
    public var text: String { String(begin.rfc3339.prefix(10)) }

    public static func < (left: TLSReportDay, right: TLSReportDay) -> Bool { left.number < right.number }
}

extension TLSReportDay: CustomStringConvertible {
    public var description: String { text }
}
