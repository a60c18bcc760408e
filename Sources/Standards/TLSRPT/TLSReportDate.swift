internal import MailBytes

/// A date of a report: RFC 3339 (RFC 8460 §4.4), or what senders write in its place without leaving doubt.
struct TLSReportDate {
    var time: UnixTime
    /// What was borne; nil for RFC 3339.
    var quirk: TLSReportQuirk?

    private static let day: Int64 = 86_400
    /// What RFC 3339 can write: the years 0 to 9999.
    private static let seconds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    private init?(_ time: UnixTime?, _ quirk: TLSReportQuirk? = nil) {
        guard let time, Self.seconds.contains(time.seconds) else { return nil }
        self.time = time
        self.quirk = quirk
    }

    /// - Parameter isEnd: whether a date without a time of day is the end of that day.
    init?(_ text: String, isEnd: Bool) {
        let trimmed = String(lossy: Array(text.utf8)[...].trimmingWhitespace)
        let isCount = trimmed.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
        if isCount, let number = Double(trimmed) {
            self.init(number: number)
        } else if let time = UnixTime(text: text) {
            self.init(time)
        } else if let time = UnixTime(text: trimmed + "Z") {
            self.init(time, .dateWithoutZone)
        } else if let time = UnixTime(text: trimmed + (isEnd ? "T23:59:59Z" : "T00:00:00Z")) {
            self.init(time, .dateWithoutTime)
        } else {
            self.init(TLSReportDateReader.time(trimmed), .oddDate)
        }
    }

    /// Seconds since 1970; milliseconds where seconds would be behind the year 9999.
    init?(number: Double) {
        guard let number = Int64(exactly: number.rounded(.down)) else { return nil }
        self.init(UnixTime(seconds: number > Self.seconds.upperBound ? number / 1000 : number), .dateAsSeconds)
    }

    /// The beginning of the day that ends here, perhaps at the midnight behind it.
    init?(beforeEnd end: UnixTime) {
        self.init(Self.startOfDay(of: end.adding(seconds: -1)), .dateMissing)
    }

    /// The end of the day that begins here.
    init?(afterBegin begin: UnixTime) {
        self.init(Self.startOfDay(of: begin).adding(seconds: Self.day - 1), .dateMissing)
    }

    private static func startOfDay(of moment: UnixTime) -> UnixTime {
        let rest = moment.seconds % day
        return moment.adding(seconds: rest < 0 ? -rest - day : -rest)
    }
}

/// Reads what looks like RFC 3339: without seconds, with a comma for the point, a zone without colon or minutes, spaces
/// around, or the name of the zone: `UTC` as Go prints it, any in brackets as Java does.
private struct TLSReportDateReader {
    var cursor: ByteCursor

    static func time(_ text: String) -> UnixTime? {
        var reader = TLSReportDateReader(cursor: ByteCursor(text))
        return reader.time()
    }

    private mutating func time() -> UnixTime? {
        guard let year = number(4), cursor.skip(UInt8(ascii: "-")), let month = number(2),
            cursor.skip(UInt8(ascii: "-")), let day = number(2), cursor.skip(ignoringCase: "t") || cursor.skip(.space),
            let hour = number(2), cursor.skip(UInt8(ascii: ":")), let minute = number(2)
        else { return nil }
        var second = 0
        if cursor.skip(UInt8(ascii: ":")) {
            guard let number = number(2) else { return nil }
            second = number
            if cursor.skip(UInt8(ascii: ".")) || cursor.skip(UInt8(ascii: ",")) {
                guard !cursor.skip(while: \.isDigit).isEmpty else { return nil }
            }
        }
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let local = civil.unixTime, let offset = offset() else { return nil }
        return local.adding(seconds: -offset)
    }

    /// A number of exactly so many digits.
    private mutating func number(_ digits: Int) -> Int? {
        let start = cursor.position
        guard let value = cursor.decimal(digits: digits), cursor.position - start == digits else { return nil }
        return value
    }

    /// Seconds east of UTC, which is meant where nothing is said; nil if it is not all that is left.
    private mutating func offset() -> Int64? {
        cursor.skipWSP()
        var seconds: Int64 = 0
        let isEast = cursor.peek == UInt8(ascii: "+")
        if isEast || cursor.peek == UInt8(ascii: "-") {
            cursor.advance()
            // With a colon, without one, or hours alone.
            let digits = cursor.slice(cursor.skip(while: \.isDigit)).map { Int($0 - 0x30) }
            guard digits.count == 2 || digits.count == 4 else { return nil }
            let hours = digits[0] * 10 + digits[1]
            var minutes = digits.count == 4 ? digits[2] * 10 + digits[3] : 0
            if digits.count == 2, cursor.skip(UInt8(ascii: ":")) {
                guard let number = number(2) else { return nil }
                minutes = number
            }
            guard hours < 24, minutes < 60 else { return nil }
            seconds = Int64(hours * 3600 + minutes * 60)
            cursor.skipWSP()
        }
        // A name that says something else would leave doubt.
        if seconds == 0 {
            _ = cursor.skip(ignoringCase: "utc") || cursor.skip(ignoringCase: "gmt") || cursor.skip(ignoringCase: "z")
        }
        // Java has the zone behind it in brackets; the offset is what counts.
        if cursor.skip(UInt8(ascii: "[")) {
            cursor.skip { $0 != UInt8(ascii: "]") }
            guard cursor.skip(UInt8(ascii: "]")) else { return nil }
        }
        return cursor.isAtEnd ? (isEast ? seconds : -seconds) : nil
    }
}
