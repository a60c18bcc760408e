/// A moment in whole seconds since 1970-01-01T00:00:00Z, as the tags `t=` and `x=` of DKIM count.
///
/// Time is always an argument below the Wire floor: nothing here reads a clock.
public struct UnixTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public var seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public static func < (left: UnixTime, right: UnixTime) -> Bool { left.seconds < right.seconds }

    /// The moment `seconds` later; stops at the ends of the range instead of overflowing.
    public func adding(seconds more: Int64) -> UnixTime {
        let (sum, overflow) = seconds.addingReportingOverflow(more)
        return UnixTime(seconds: overflow ? (more > 0 ? .max : .min) : sum)
    }
}

/// A date and time of day in the proleptic Gregorian calendar, UTC.
public struct CivilTime: Hashable, Sendable {
    /// The year; 0 is the one before 1.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 60: a leap second is accepted where the RFCs accept it.
    public var second: Int

    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Days in a month, 0 for a month that is none.
    public static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: 31
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 0
        }
    }

    /// Whether every part is within its range (years 0 to 9999).
    public var isValid: Bool {
        (0...9999).contains(year) && day >= 1 && day <= Self.days(inMonth: month, year: year)
            && (0...23).contains(hour) && (0...59).contains(minute) && (0...60).contains(second)
    }

    /// The moment, if the parts are valid.
    public var unixTime: UnixTime? {
        guard isValid else { return nil }
        // Days from the civil date with the year starting in March, so that leap days come last.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return UnixTime(seconds: Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second))
    }

    /// The parts of a moment, which is clamped to the years 0 to 9999.
    public init(_ time: UnixTime) {
        let clamped = min(max(time.seconds, -62_167_219_200), 253_402_300_799)
        let days = Int(clamped >= 0 ? clamped / 86_400 : (clamped - 86_399) / 86_400)
        let secondOfDay = Int(clamped) - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * monthIndex + 2) / 5 + 1, hour: secondOfDay / 3600,
            minute: secondOfDay / 60 % 60, second: secondOfDay % 60)
    }
}

extension UnixTime {
    /// RFC 3339 in UTC, `2026-11-23T22:31:56Z`.
    public var rfc3339: String {
        let civil = CivilTime(self)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(civil.year)".utf8.count)) + "\(civil.year)"
        return "\(year)-\(two(civil.month))-\(two(civil.day))T"
            + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))Z"
    }

    /// Reads RFC 3339 (`2026-11-23T22:31:56Z`, with fraction or numeric offset) or a bare count of
    /// Unix seconds; nil for anything else.
    public init?(text: String) {
        var cursor = ByteCursor(text)
        if let time = Self.rfc3339(&cursor), cursor.isAtEnd {
            self = time
            return
        }
        guard text.utf8.allSatisfy(\.isDigit), let seconds = Int64(text) else { return nil }
        self.init(seconds: seconds)
    }

    private static func rfc3339(_ cursor: inout ByteCursor) -> UnixTime? {
        func fixed(_ digits: Int, _ cursor: inout ByteCursor) -> Int? {
            let start = cursor.position
            guard let value = cursor.decimal(digits: digits), cursor.position - start == digits else { return nil }
            return value
        }
        guard let year = fixed(4, &cursor), cursor.skip(UInt8(ascii: "-")), let month = fixed(2, &cursor),
            cursor.skip(UInt8(ascii: "-")), let day = fixed(2, &cursor),
            let separator = cursor.next(), separator.asciiLowercased == UInt8(ascii: "t") || separator == .space,
            let hour = fixed(2, &cursor), cursor.skip(UInt8(ascii: ":")), let minute = fixed(2, &cursor),
            cursor.skip(UInt8(ascii: ":")), let second = fixed(2, &cursor)
        else { return nil }
        if cursor.skip(UInt8(ascii: ".")), cursor.skip(while: \.isDigit).isEmpty { return nil }
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let local = civil.unixTime, let zone = cursor.next() else { return nil }
        if zone.asciiLowercased == UInt8(ascii: "z") { return local }
        guard zone == UInt8(ascii: "+") || zone == UInt8(ascii: "-"), let offsetHours = fixed(2, &cursor),
            cursor.skip(UInt8(ascii: ":")), let offsetMinutes = fixed(2, &cursor), offsetHours < 24, offsetMinutes < 60
        else { return nil }
        let offset = Int64(offsetHours * 3600 + offsetMinutes * 60)
        return local.adding(seconds: zone == UInt8(ascii: "+") ? -offset : offset)
    }
}
