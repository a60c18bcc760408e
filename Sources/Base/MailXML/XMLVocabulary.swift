/// The names that a reader knows, so that each tag is looked up in a few steps whatever its name is.
///
/// Names are compared without the case of ASCII letters. They are ASCII, not empty, and of at most ``lengthMax``
/// octets; others are left out, and are never found.
public struct XMLVocabulary: Sendable {
    /// Octets of a name that can be known.
    public static let lengthMax = 24
    /// What ``index(of:in:)`` gives for a name that is not known.
    public static let unknown = -1

    /// A place of the table: the name as three words, small letters made of capitals, and its number.
    struct Entry: Sendable {
        var key = XMLNameKey()
        /// The name as it was given.
        var exact = XMLNameKey()
        var index = XMLVocabulary.unknown
    }

    /// Open addressing; most of the places are empty, so that a name is where it should be, or nowhere.
    private let table: [Entry]
    private let mask: Int

    /// The numbers of the names are their positions.
    public init(_ names: [String]) {
        var size = 64
        while size < names.count * 8 { size *= 2 }
        var table = [Entry](repeating: Entry(), count: size)
        let mask = size - 1
        for (index, name) in names.enumerated() {
            let octets = Array(name.utf8)
            guard let exact = unsafe XMLNameKey(octets.span.bytes, 0, octets.count) else { continue }
            let key = exact.folded
            var place = key.hash & mask
            while table[place].index != Self.unknown, table[place].key != key { place = (place + 1) & mask }
            if table[place].index == Self.unknown { table[place] = Entry(key: key, exact: exact, index: index) }
        }
        self.table = table
        self.mask = mask
    }

    /// The number of a name that stands in a range of octets, and whether its letters have the right case.
    public func index(of bytes: [UInt8], in range: Range<Int>) -> (index: Int, isExact: Bool) {
        let inside = range.clamped(to: 0..<bytes.count)
        guard let key = unsafe XMLNameKey(bytes.span.bytes, inside.lowerBound, inside.count) else {
            return (Self.unknown, false)
        }
        return find(key)
    }

    @inline(__always)
    func find(_ exact: XMLNameKey) -> (index: Int, isExact: Bool) {
        let key = exact.folded
        var place = key.hash & mask
        // An empty place always comes.
        while table[place].index != Self.unknown {
            if table[place].key == key { return (table[place].index, table[place].exact == exact) }
            place = (place + 1) & mask
        }
        return (Self.unknown, false)
    }
}

/// A short name as numbers, so that comparing it is comparing them.
struct XMLNameKey: Equatable, Sendable {
    /// The first eight octets, with zeros behind a shorter name.
    var head: UInt64 = 0
    /// The eight octets from the ninth on.
    var middle: UInt64 = 0
    /// The eight octets from the seventeenth on.
    var tail: UInt64 = 0
    var length = 0

    private static let caseBits: UInt64 = 0x2020_2020_2020_2020

    init() {}

    /// Nil for a name that is empty or too long.
    @inline(__always)
    init?(_ span: RawSpan, _ start: Int, _ length: Int) {
        guard length > 0, length <= XMLVocabulary.lengthMax else { return nil }
        self.length = length
        head = Self.word(span, start, length)
        if length > 8 { middle = Self.word(span, start + 8, length - 8) }
        if length > 16 { tail = Self.word(span, start + 16, length - 16) }
    }

    /// The name with small letters. Octets that are no letters change as well, all in the same way; of those that can
    /// stand in a name no two become one.
    @inline(__always)
    var folded: XMLNameKey {
        var key = self
        key.head |= Self.caseBits
        if length > 8 { key.middle |= Self.caseBits }
        if length > 16 { key.tail |= Self.caseBits }
        return key
    }

    @inline(__always)
    var hash: Int {
        let mixed = (head ^ (middle &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(length)) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: mixed >> 40)
    }

    /// Up to eight octets as a number; the span has at least `count` octets from `start` on.
    @inline(__always)
    private static func word(_ span: RawSpan, _ start: Int, _ count: Int) -> UInt64 {
        if start + 8 <= span.byteCount {
            let word = XMLScan.word(span, start)
            return count >= 8 ? word : word & ((1 << UInt64(count * 8)) &- 1)
        }
        var word: UInt64 = 0
        for offset in 0..<min(count, 8) { word |= UInt64(XMLScan.octet(span, start + offset)) << UInt64(offset * 8) }
        return word
    }
}
