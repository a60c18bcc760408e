/// A reading position within a stretch of octets: the one tool every parser here is built on.
///
/// It never traps: reading past the end gives nil. It holds the array, so it copies no octets.
public struct ByteCursor: Sendable {
    /// The octets that are read, also those outside of the range.
    public let bytes: [UInt8]
    /// Offset of the next octet, counted from the start of `bytes`.
    public private(set) var position: Int
    /// Offset behind the last octet that may be read.
    public let end: Int

    /// A cursor over all octets.
    public init(_ bytes: [UInt8]) {
        self.init(bytes, in: 0..<bytes.count)
    }

    /// A cursor over part of an array; the range is clamped to the array.
    public init(_ bytes: [UInt8], in range: Range<Int>) {
        let clamped = range.clamped(to: 0..<bytes.count)
        self.bytes = bytes
        position = clamped.lowerBound
        end = clamped.upperBound
    }

    /// A cursor over the text's UTF-8.
    public init(_ text: String) { self.init(Array(text.utf8)) }

    /// Whether there is no next octet.
    @inlinable public var isAtEnd: Bool { position >= end }

    /// How many octets are left.
    @inlinable public var remaining: Int { end - position }

    /// The next octet, without moving.
    @inlinable public var peek: UInt8? { position < end ? bytes[position] : nil }

    /// The octet `distance` behind the next one, without moving; nil outside the range.
    @inlinable public func peek(at distance: Int) -> UInt8? {
        let (index, overflow) = position.addingReportingOverflow(distance)
        return !overflow && index >= 0 && index < end ? bytes[index] : nil
    }

    /// The next octet, moving past it.
    public mutating func next() -> UInt8? {
        guard position < end else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Moves past `count` octets, or to the end if there are fewer.
    public mutating func advance(by count: Int = 1) {
        position = count >= remaining ? end : position + Swift.max(0, count)
    }

    /// Moves to an absolute offset, clamped to the end.
    public mutating func move(to offset: Int) {
        position = Swift.min(Swift.max(0, offset), end)
    }

    /// Moves past the next octet if it is this one.
    public mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    /// Moves past this ASCII text if it comes next, in any case.
    public mutating func skip(ignoringCase text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= remaining else { return false }
        let equal = text.withUTF8Buffer { wanted in
            for index in 0..<length
            where unsafe wanted[index].asciiLowercased != bytes[position + index].asciiLowercased {
                return false
            }
            return true
        }
        if equal { position += length }
        return equal
    }

    /// Moves past all octets that satisfy the predicate, and returns their range.
    @discardableResult
    public mutating func skip(while predicate: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while position < end, predicate(bytes[position]) { position += 1 }
        return start..<position
    }

    /// Moves past spaces and tabs.
    public mutating func skipWSP() { skip { $0.isWSP } }

    /// Moves past spaces, tabs, CR and LF: folding white space read with tolerance.
    public mutating func skipFWS() { skip { $0.isWSPOrLineBreak } }

    /// The octets of a range, as a slice of the same storage.
    public func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[range.clamped(to: 0..<bytes.count)]
    }

    /// What is left, as a slice of the same storage.
    public var rest: ArraySlice<UInt8> { bytes[position..<end] }

    /// An unsigned decimal number of at least one and at most `digits` digits; nil, without moving,
    /// if there is none, there are more digits, or it does not fit.
    public mutating func decimal(digits: Int = 19) -> Int? {
        var value = 0
        var index = position
        while index < end, bytes[index].isDigit {
            guard index - position < digits else { return nil }
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            guard !first, !second else { return nil }
            value = sum
            index += 1
        }
        guard index > position else { return nil }
        position = index
        return value
    }
}
