public import MailBytes

/// A date and time as messages have it, with its zone: RFC 5322 §3.3.
public struct MailDate: Hashable, Sendable {
    /// What the clock showed at the place.
    public var local: CivilTime
    /// Minutes that the place is ahead of UTC; negative to the west.
    public var offsetMinutes: Int
    /// The zone says nothing about the place: `-0000`, or a name that RFC 5322 §4.3 gives no meaning, or none.
    public var isOffsetUnknown: Bool

    public init(local: CivilTime, offsetMinutes: Int, isOffsetUnknown: Bool = false) {
        self.local = local
        self.offsetMinutes = offsetMinutes
        self.isOffsetUnknown = isOffsetUnknown
    }

    /// The moment, shown in a zone.
    public init(_ time: UnixTime, offsetMinutes: Int = 0) {
        let shifted = time.adding(seconds: Int64(offsetMinutes) * 60)
        self.init(local: CivilTime(shifted), offsetMinutes: offsetMinutes)
    }

    /// The moment; a leap second counts as the second behind it.
    public var unixTime: UnixTime? { local.unixTime?.adding(seconds: Int64(-offsetMinutes) * 60) }

    static let dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension MailDate: CustomStringConvertible {
    /// `Fri, 21 Nov 1997 09:55:06 -0600`: RFC 5322 §3.3. Parts out of range are printed as they are.
    public var text: String {
        func two(_ value: Int) -> String { value >= 0 && value < 10 ? "0\(value)" : "\(value)" }
        func four(_ value: Int) -> String {
            let digits = "\(value)"
            return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        }
        let month = Self.monthNames.indices.contains(local.month - 1) ? Self.monthNames[local.month - 1] : "???"
        let minutes = min(abs(offsetMinutes), 99 * 60 + 59)
        let sign = offsetMinutes < 0 || isOffsetUnknown ? "-" : "+"
        return dayName + "\(local.day) \(month) \(four(local.year)) \(two(local.hour)):\(two(local.minute)):"
            + "\(two(local.second)) \(sign)\(two(minutes / 60))\(two(minutes % 60))"
    }

    public var description: String { text }

    /// `Fri, `; nothing for a date that is none.
    private var dayName: String {
        guard let seconds = local.unixTime?.seconds else { return "" }
        // 1970-01-01 was a Thursday.
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        return Self.dayNames[Int(((days + 4) % 7 + 7) % 7)] + ", "
    }
}
