internal import MailBytes

extension MailDate {
    /// Reads a date: RFC 5322 §3.3, the obsolete forms of §4.3, and forms that old programs wrote
    /// (`21-Nov-97`, `Fri Nov 21 09:55:06 1997`, a month as a number). Nil for anything else, and for a day or time
    /// that does not exist. The name of the day is not checked; words behind the zone are passed over.
    public init?(parsing value: ArraySlice<UInt8>) {
        var reader = MailDateReader(words: Self.words(value))
        guard let date = reader.date() else { return nil }
        self = date
    }

    /// As ``init(parsing:)``, from text.
    public init?(_ text: String) { self.init(parsing: Array(text.utf8)[...]) }

    /// More octets than any date has, comments included.
    private static let lengthMax = 1000

    /// The words, comments out; commas and hyphens between letters and digits part words too. None for a comment
    /// without an end.
    private static func words(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        guard value.count <= lengthMax else { return [] }
        var words: [ArraySlice<UInt8>] = []
        var start: Int?
        var depth = 0
        var index = value.startIndex
        func finish(_ words: inout [ArraySlice<UInt8>]) {
            if let first = start { words.append(value[first..<index]) }
            start = nil
        }
        while index < value.endIndex {
            let byte = value[index]
            if byte == UInt8(ascii: "(") {
                finish(&words)
                depth += 1
            } else if depth > 0 {
                if byte == UInt8(ascii: ")") { depth -= 1 }
                if byte == UInt8(ascii: "\\") { index += 1 }
            } else if byte.isWSPOrLineBreak || byte == UInt8(ascii: ",") || isDateHyphen(value, index) {
                finish(&words)
            } else if start == nil {
                start = index
            }
            index += 1
        }
        index = min(index, value.endIndex)
        finish(&words)
        return depth == 0 ? words : []
    }

    /// The hyphen of `21-Nov-97`, not that of a zone.
    private static func isDateHyphen(_ value: ArraySlice<UInt8>, _ index: Int) -> Bool {
        guard value[index] == UInt8(ascii: "-"), index > value.startIndex, index + 1 < value.endIndex else {
            return false
        }
        let before = value[index - 1]
        let after = value[index + 1]
        return (before.isDigit && after.isAlpha) || (before.isAlpha && after.isDigit)
    }
}

/// Reads a date out of its words.
private struct MailDateReader {
    var words: [ArraySlice<UInt8>]
    var position = 0

    mutating func next() -> ArraySlice<UInt8>? {
        guard position < words.count else { return nil }
        defer { position += 1 }
        return words[position]
    }

    mutating func date() -> MailDate? {
        // RFC 5322 §4.3: the name of the day may be missing. It may also lack its comma.
        if let first = words.first, Self.isDayName(first) { position = 1 }
        guard let first = next() else { return nil }
        let civil: CivilTime
        var zone: ArraySlice<UInt8>?
        if let month = Self.monthName(first) {
            guard let parsed = asctime(month) else { return nil }
            (civil, zone) = parsed
        } else {
            guard let day = Self.number(first, 1...2), let monthWord = next(),
                let month = Self.monthName(monthWord) ?? Self.number(monthWord, 1...2), let year = year(next()),
                let time = Self.time(next())
            else { return nil }
            civil = CivilTime(year: year, month: month, day: day, hour: time.0, minute: time.1, second: time.2)
        }
        guard civil.isValid else { return nil }
        guard let zone = zone ?? next() else { return MailDate(local: civil, offsetMinutes: 0, isOffsetUnknown: true) }
        let offset = Self.offset(zone)
        return MailDate(local: civil, offsetMinutes: offset ?? 0, isOffsetUnknown: offset == nil)
    }

    /// `Nov 21 09:55:06 1997`, with the month read; `date` writes a zone in front of the year.
    private mutating func asctime(_ month: Int) -> (CivilTime, zone: ArraySlice<UInt8>?)? {
        guard let day = Self.number(next(), 1...2), let time = Self.time(next()), var word = next() else { return nil }
        var zone: ArraySlice<UInt8>?
        if word.first?.isAlpha == true, let following = next() { (zone, word) = (word, following) }
        guard let year = year(word) else { return nil }
        let civil = CivilTime(year: year, month: month, day: day, hour: time.0, minute: time.1, second: time.2)
        return (civil, zone)
    }

    /// RFC 5322 §4.3: years of two and three digits.
    private func year(_ word: ArraySlice<UInt8>?) -> Int? {
        guard let word, let year = Self.number(word, 2...4) else { return nil }
        switch word.count {
        case 2: return year < 50 ? year + 2000 : year + 1900
        case 3: return year + 1900
        default: return year
        }
    }

    private static func number(_ word: ArraySlice<UInt8>?, _ digits: ClosedRange<Int>) -> Int? {
        guard let word, digits.contains(word.count), word.allSatisfy(\.isDigit) else { return nil }
        return word.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// `hh:mm`, `hh:mm:ss`, and a fraction that some programs write.
    private static func time(_ word: ArraySlice<UInt8>?) -> (Int, Int, Int)? {
        guard let word else { return nil }
        let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, let hour = number(parts[0], 1...2),
            let minute = number(parts[1], 1...2)
        else { return nil }
        guard parts.count == 3 else { return (hour, minute, 0) }
        let seconds = parts[2].split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let second = number(seconds.first, 1...2) else { return nil }
        return (hour, minute, second)
    }

    private static func isDayName(_ word: ArraySlice<UInt8>) -> Bool {
        word.count >= 3 && MailDate.dayNames.contains { word.prefix(3).equalsIgnoringASCIICase(Array($0.utf8)[...]) }
            && word.allSatisfy { $0.isAlpha || $0 == UInt8(ascii: ".") }
    }

    /// Three letters, or a whole name that begins with them.
    private static func monthName(_ word: ArraySlice<UInt8>) -> Int? {
        guard word.count >= 3, word.allSatisfy(\.isAlpha) else { return nil }
        let index = MailDate.monthNames.firstIndex { word.prefix(3).equalsIgnoringASCIICase(Array($0.utf8)[...]) }
        return index.map { $0 + 1 }
    }

    /// Minutes east of UTC; nil for a zone that says nothing (RFC 5322 §3.3 `-0000`, §4.3 unknown names and the
    /// military letters).
    private static func offset(_ word: ArraySlice<UInt8>) -> Int? {
        if let sign = word.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            let digits = word.dropFirst().filter { $0 != UInt8(ascii: ":") }
            guard let value = number(digits[...], 4...4), value % 100 < 60 else { return nil }
            let minutes = value / 100 * 60 + value % 100
            if sign == UInt8(ascii: "-") { return minutes == 0 ? nil : -minutes }
            return minutes
        }
        let hours: Int? =
            switch String(lossy: Array(word).asciiLowercased) {
            case "gmt", "ut", "utc", "z": 0
            case "edt": -4
            case "est", "cdt": -5
            case "cst", "mdt": -6
            case "mst", "pdt": -7
            case "pst": -8
            default: nil
            }
        return hours.map { $0 * 60 }
    }
}
