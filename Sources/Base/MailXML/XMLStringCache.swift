/// Strings that were made of texts of a document already: documents of data say the same again and again.
///
/// It holds a fixed number of strings; a new one takes the place of an old one.
public struct XMLStringCache: Sendable {
    private struct Entry {
        var start = 0
        var count = 0
        var string = ""
    }

    private var entries = [Entry](repeating: Entry(), count: Self.size)
    private static let size = 64

    public init() {}

    /// What was kept for a text with the same octets; nil if there is nothing.
    public func string(_ text: XMLText, in bytes: [UInt8]) -> String? {
        guard !text.isDecoded, !text.range.isEmpty, text.range.upperBound <= bytes.count else { return nil }
        let span = unsafe bytes.span.bytes
        let entry = entries[Self.place(span, text.range)]
        guard entry.count == text.range.count,
            XMLScan.areEqual(span, entry.start, text.range.lowerBound, count: entry.count)
        else { return nil }
        return entry.string
    }

    /// Keeps a string for a text.
    public mutating func keep(_ string: String, for text: XMLText, in bytes: [UInt8]) {
        guard !text.isDecoded, !text.range.isEmpty, text.range.upperBound <= bytes.count else { return }
        unsafe entries[Self.place(bytes.span.bytes, text.range)] = Entry(
            start: text.range.lowerBound, count: text.range.count, string: string)
    }

    private static func place(_ span: RawSpan, _ range: Range<Int>) -> Int {
        // The first and the last eight octets: texts are short, and a wrong guess costs a comparison.
        let lower = range.lowerBound
        guard lower + 8 <= span.byteCount, range.upperBound >= 8 else { return 0 }
        var first = XMLScan.word(span, lower)
        if range.count < 8 { first &= (1 << UInt64(range.count * 8)) &- 1 }
        let last = range.count > 8 ? XMLScan.word(span, range.upperBound - 8) : 0
        let mixed = (first ^ (last &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(range.count)) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: mixed >> 48) & (size - 1)
    }
}
