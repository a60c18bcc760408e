internal import MailBytes
internal import MailNames

// Addresses and prefix lengths: RFC 7208 §5.6.

extension SPFRecordParser {
    /// Reads the argument of `ip4` or `ip6`: an address in full, and a prefix length if not all bits count. Returns
    /// the offset behind it.
    func network(_ text: Span<UInt8>, _ at: Int, of entry: inout SPFEntry) throws(SPFSyntaxError) -> Int {
        guard at < text.count, text[at] == UInt8(ascii: ":") else { throw SPFSyntaxError(.argument, at: at) }
        var end: Int
        if entry.kind == .ip4 {
            guard let (value, addressEnd) = Self.address(text, at + 1) else {
                throw SPFSyntaxError(.address, at: at + 1)
            }
            entry.low = UInt64(value)
            end = addressEnd
        } else {
            end = at + 1
            while end < text.count, text[end] != UInt8(ascii: "/"), text[end] != .space { end += 1 }
            guard case .v6(let high, let low) = IPAddress(bytes: bytes[(at + 1)..<end]) else {
                throw SPFSyntaxError(.address, at: at + 1)
            }
            (entry.high, entry.low) = (high, low)
        }
        guard end < text.count, text[end] == UInt8(ascii: "/") else { return end }
        let start = end + 1
        end = start
        while end < text.count, text[end] != .space { end += 1 }
        if entry.kind == .ip4 {
            entry.v4Length = try length(text, start, end, max: 32)
        } else {
            entry.v6Length = try length(text, start, end, max: 128)
        }
        return end
    }

    /// Four numbers up to 255 without leading zeros, up to a slash, a space or the end. It stands here and not in
    /// ``IPAddress`` because records are made of these more than of anything else.
    private static func address(_ text: Span<UInt8>, _ start: Int) -> (value: UInt32, end: Int)? {
        var value: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var dots = 0
        var index = start
        while index < text.count {
            let byte = text[index]
            if byte.isDigit {
                guard digits == 0 || number > 0 else { return nil }
                digits &+= 1
                number = number &* 10 &+ UInt32(byte &- 0x30)
                guard number <= 255 else { return nil }
            } else if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                value = value << 8 | number
                number = 0
                digits = 0
                dots &+= 1
            } else {
                guard byte == UInt8(ascii: "/") || byte == .space else { return nil }
                break
            }
            index &+= 1
        }
        return digits > 0 && dots == 3 ? (value << 8 | number, index) : nil
    }

    /// A prefix length without leading zeros.
    private func length(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, max: Int
    ) throws(SPFSyntaxError) -> UInt8 {
        var value = 0
        guard start < end, end - start <= 3, text[start] != UInt8(ascii: "0") || end - start == 1 else {
            throw SPFSyntaxError(.prefixLength, at: start)
        }
        for index in start..<end {
            guard text[index].isDigit else { throw SPFSyntaxError(.prefixLength, at: index) }
            value = value &* 10 &+ Int(text[index] &- 0x30)
        }
        guard value <= max else { throw SPFSyntaxError(.prefixLength, at: start) }
        return UInt8(truncatingIfNeeded: value)
    }

    /// Reads `/24`, `//64` or `/24//64` at the end of `a` and `mx`, and returns where they begin. A slash may also be
    /// part of a domain-spec, so they are looked for from the end.
    func prefixLengths(
        _ text: Span<UInt8>, _ lower: Int, _ end: Int, of entry: inout SPFEntry
    ) throws(SPFSyntaxError) -> Int {
        var end = end
        var digits = digitsStart(text, lower, end)
        guard digits < end, digits > lower, text[digits - 1] == UInt8(ascii: "/") else { return end }
        if digits - 1 > lower, text[digits - 2] == UInt8(ascii: "/") {
            entry.v6Length = try length(text, digits, end, max: 128)
            end = digits - 2
            digits = digitsStart(text, lower, end)
            guard digits < end, digits > lower, text[digits - 1] == UInt8(ascii: "/") else { return end }
        }
        entry.v4Length = try length(text, digits, end, max: 32)
        return digits - 1
    }

    private func digitsStart(_ text: Span<UInt8>, _ lower: Int, _ end: Int) -> Int {
        var index = end
        while index > lower, text[index - 1].isDigit { index -= 1 }
        return index
    }
}
