internal import MailBytes
internal import MailNames
internal import MailXML

extension DMARCAggregateReader {
    mutating func count(_ text: XMLText) -> Int {
        guard let number = number(text), number <= MailReportLimits.countMax else {
            bear(text.range.isEmpty ? .countMissing : .badCount)
            return 0
        }
        return number
    }

    /// A number that is not below zero.
    @inline(__always)
    private func number(_ text: XMLText) -> Int? {
        text.isDecoded ? Self.number(parser.decoded, text.range) : Self.number(parser.bytes, text.range)
    }

    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        return digits(bytes, range) ?? digits(bytes, plain(bytes, range))
    }

    /// A number of digits alone, which has no more than are sure to fit.
    @inline(__always)
    private static func digits(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 18 else { return nil }
        var value = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// A number without what XML Schema lets stand in front of it (part 2, §3.3.13, `xs:integer`): a sign, and any
    /// number of zeros.
    private static func plain(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        if bytes[start] == UInt8(ascii: "+") { start += 1 }
        while start + 1 < range.upperBound, bytes[start] == UInt8(ascii: "0") { start += 1 }
        return start..<range.upperBound
    }

    mutating func date() throws(DMARCAggregateError) -> UnixTime? {
        let text = try text()
        guard !text.range.isEmpty else { return nil }
        if let number = number(text), number <= Self.secondsMax { return UnixTime(seconds: Int64(number)) }
        if let string = string(text), let time = Self.oddDate(string) {
            bear(.dateNotSeconds)
            return time
        }
        bear(.badDate)
        return nil
    }

    /// The end of the year 9999.
    private static let secondsMax = 253_402_300_799

    /// Milliseconds, seconds with a fraction, and RFC 3339.
    private static func oddDate(_ text: String) -> UnixTime? {
        if let time = UnixTime(text: text) {
            if (0...Int64(secondsMax)).contains(time.seconds) { return time }
            let seconds = time.seconds / 1000
            return (0...Int64(secondsMax)).contains(seconds) ? UnixTime(seconds: seconds) : nil
        }
        guard let number = Double(text), (0...Double(secondsMax)).contains(number) else { return nil }
        return UnixTime(seconds: Int64(number))
    }

    mutating func source(_ text: XMLText) -> DMARCReportSource {
        guard !text.range.isEmpty else { return .missing }
        if !text.isDecoded, let address = Self.dotted(parser.bytes, text.range) { return .address(.v4(address)) }
        guard let string = string(text) else { return .missing }
        if let address = IPAddress(string) { return .address(address) }
        bear(.badSource)
        // RFC 3986 §3.2.2 has IPv6 in brackets.
        if string.hasPrefix("["), string.hasSuffix("]"), let address = IPAddress(String(string.dropFirst().dropLast()))
        {
            return .address(address)
        }
        return .other(string)
    }

    /// An IPv4 address as nearly all reports have it.
    private static func dotted(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
        guard range.count <= 15 else { return nil }
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit < 10 {
                // No zeros in front.
                guard digits == 0 || part > 0 else { return nil }
                part = part &* 10 &+ UInt32(digit)
                digits += 1
                guard part <= 255 else { return nil }
            } else {
                guard bytes[index] == UInt8(ascii: "."), digits > 0 else { return nil }
                value = value << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            }
        }
        return dots == 3 && digits > 0 ? value << 8 | part : nil
    }
}
