/// Searches that look at eight octets at a time. Every load is within the bounds of the span, which checks it.
enum XMLScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Eight octets as a number, the first the lowest.
    @inline(__always)
    static func word(_ span: RawSpan, _ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    static func octet(_ span: RawSpan, _ offset: Int) -> UInt8 {
        unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Sets the high bit of the first octet that is this one; higher ones may be wrong, and do not matter.
    @inline(__always)
    private static func matches(_ word: UInt64, _ octet: UInt8) -> UInt64 {
        let matched = word ^ (ones &* UInt64(octet))
        return (matched &- ones) & ~matched & highBits
    }

    /// The offset of the next octet that is one of the two, or the end.
    @inline(__always)
    static func first(_ span: RawSpan, from start: Int, of first: UInt8, or second: UInt8) -> Int {
        let end = span.byteCount
        guard start >= 0, start < end else { return end }
        // Both loops stay below the end.
        return unsafe span.withUnsafeBytes { octets in
            guard let base = octets.baseAddress else { return end }
            var index = start
            while index <= end &- 8 {
                let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let found = matches(word, first) | matches(word, second)
                if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
                index &+= 8
            }
            while index < end {
                let octet = unsafe base.load(fromByteOffset: index, as: UInt8.self)
                if octet == first || octet == second { return index }
                index &+= 1
            }
            return end
        }
    }

    /// The offset of the next `>` within the next 25 octets, or that of the 26th. There are 32 octets at least.
    @inline(__always)
    static func close(_ span: RawSpan, from start: Int) -> Int {
        var index = start
        while index < start + 25 {
            let found = matches(word(span, index), UInt8(ascii: ">"))
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        return start + 25
    }

    /// The offset of the next octet that is no white space, or the end. Control characters count as white space.
    @inline(__always)
    static func visible(_ span: RawSpan, from start: Int) -> Int {
        var index = start
        let end = span.byteCount
        while index + 8 <= end {
            let word = word(span, index)
            // Above 0x20: the sum of the low seven bits reaches the high bit, or it is set already. There are no
            // carries.
            let found = (((word & ~highBits) &+ ones &* 0x5F) | word) & highBits
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            if octet(span, index) > 0x20 { return index }
            index += 1
        }
        return end
    }

    /// A stretch within the span, without white space at both ends.
    @inline(__always)
    static func trimmed(_ span: RawSpan, _ start: Int, _ end: Int) -> Range<Int> {
        var (lower, upper) = (start, end)
        while lower < upper, octet(span, lower) <= 0x20 { lower += 1 }
        while lower < upper, octet(span, upper - 1) <= 0x20 { upper -= 1 }
        return lower..<upper
    }

    /// Whether two stretches have the same octets; false if one of them is not within the span.
    @inline(__always)
    static func areEqual(_ span: RawSpan, _ left: Int, _ right: Int, count: Int) -> Bool {
        guard count >= 0, left >= 0, right >= 0, max(left, right) <= span.byteCount &- count else { return false }
        // All loads are within the two stretches.
        return unsafe span.withUnsafeBytes { octets in
            guard let base = octets.baseAddress else { return true }
            let (left, right) = unsafe (base + left, base + right)
            guard count >= 8 else { return unsafe areEqual(left, right, below8: count) }
            var offset = 0
            while offset <= count &- 16 {
                guard unsafe difference(left, right, offset) | difference(left, right, offset &+ 8) == 0 else {
                    return false
                }
                offset &+= 16
            }
            if offset <= count &- 8 {
                guard unsafe difference(left, right, offset) == 0 else { return false }
            }
            return unsafe difference(left, right, count &- 8) == 0
        }
    }

    @inline(__always)
    private static func difference(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            ^ right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    @inline(__always)
    private static func areEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, below8 count: Int) -> Bool {
        if count >= 4 {
            let first = unsafe left.loadUnaligned(as: UInt32.self) ^ right.loadUnaligned(as: UInt32.self)
            let last =
                unsafe left.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
                ^ right.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return first | last == 0
        }
        for offset in 0..<count {
            let (one, other) = unsafe (
                left.load(fromByteOffset: offset, as: UInt8.self), right.load(fromByteOffset: offset, as: UInt8.self)
            )
            if one != other { return false }
        }
        return true
    }

    /// Whether all octets are ASCII, and none is a control character that XML 1.0 §2.2 forbids.
    static func isPlain(_ bytes: [UInt8]) -> Bool {
        // Without branches, so that the compiler makes vector instructions of it.
        var odd: UInt8 = 0
        for byte in bytes {
            odd |= byte & 0x80
            let isControl = byte < 0x20 ? UInt8(1) : 0
            let isSpace = (byte == 0x0A ? UInt8(1) : 0) | (byte == 0x0D ? 1 : 0) | (byte == 0x09 ? 1 : 0)
            odd |= isControl & ~isSpace
        }
        return odd == 0
    }
}
