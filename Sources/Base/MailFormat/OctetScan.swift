internal import MailBytes

/// Searches that look at eight octets at a time. Every load is within the bounds of the span, which checks it.
enum OctetScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The offset of the next octet below 0x20, or `end`. The octets passed over are gathered in `seen`, a few behind
    /// the place among them.
    @inline(__always)
    static func control(_ span: RawSpan, from start: Int, to end: Int, _ seen: inout UInt64) -> Int {
        var index = start
        while index + 8 <= end {
            let word = unsafe UInt64(littleEndian: span.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            seen |= word
            // Sets the high bit of the first octet that is below 0x20; higher ones may be wrong, and do not matter.
            let below = (word &- ones &* 0x20) & ~word & highBits
            if below != 0 { return index + below.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            let byte = unsafe span.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            seen |= UInt64(byte)
            if byte < 0x20 { return index }
            index += 1
        }
        return end
    }

    /// The offset of the next line feed, or `end`.
    @inline(__always)
    static func lineFeed(_ span: RawSpan, from start: Int, to end: Int) -> Int {
        var index = start
        while index + 8 <= end {
            let word = unsafe UInt64(littleEndian: span.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let matched = word ^ (ones &* UInt64(UInt8.lineFeed))
            let zero = (matched &- ones) & ~matched & highBits
            if zero != 0 { return index + zero.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            if unsafe span.unsafeLoad(fromByteOffset: index, as: UInt8.self) == .lineFeed { return index }
            index += 1
        }
        return end
    }
}
