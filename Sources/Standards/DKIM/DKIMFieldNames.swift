internal import MailBytes

/// The header fields under a signature, in the order in which they are hashed: tag `h=`, RFC 6376 §3.5.
public struct DKIMFieldNames: Hashable, Sendable {
    /// The text of the list: names with colons, and white space where it came with some.
    public let text: [UInt8]
    /// Where the names lie in `text`.
    let ranges: [Range<Int>]

    /// How many names there are, repetitions counted.
    public var count: Int { ranges.count }

    /// The octets of a name, in the case it came in.
    public func name(at index: Int) -> ArraySlice<UInt8> { text[ranges[index]] }

    /// Whether a name is in the list, in any case.
    public func contains(_ name: String) -> Bool {
        let name = Array(name.utf8)[...]
        return ranges.contains { text[$0].equalsIgnoringASCIICase(name) }
    }

    /// The names as text.
    public var names: [String] { ranges.map { String(lossy: text[$0]) } }

    /// Whether From is in the list; the case of letters does not count.
    public var containsFrom: Bool { ranges.contains { $0.count == 4 && text[$0].isWord("from") } }

    /// A list of names; nil if it is empty, too long, or holds what is no field name.
    public init?(_ names: [String]) {
        let text = Array(names.joined(separator: ":").utf8)
        guard !names.isEmpty, let list = try? Self(parsing: text[...]), list.count == names.count else { return nil }
        self = list
    }

    /// Reads `hdr-name *( [FWS] ":" [FWS] hdr-name )`; nil for anything else.
    ///
    /// - Parameter allowingGaps: whether names may be missing, between colons and altogether.
    /// - Throws: ``TooMany`` for more names than ``DKIMLimits/fieldNamesMax``.
    init?(parsing value: ArraySlice<UInt8>, allowingGaps: Bool = false) throws(TooMany) {
        let text = Array(value)
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(32)
        var position = 0
        while true {
            while position < text.count, text[position].isWSPOrLineBreak { position += 1 }
            let start = position
            while position < text.count, text[position].isFieldNameCharacter { position += 1 }
            guard position > start || allowingGaps else { return nil }
            guard ranges.count < DKIMLimits.fieldNamesMax else { throw TooMany() }
            if position > start { ranges.append(start..<position) }
            while position < text.count, text[position].isWSPOrLineBreak { position += 1 }
            guard position < text.count else { break }
            guard text[position] == UInt8(ascii: ":") else { return nil }
            position += 1
        }
        self.text = text
        self.ranges = ranges
    }

    struct TooMany: Error {}

    /// White space in the text does not make lists differ.
    public static func == (left: DKIMFieldNames, right: DKIMFieldNames) -> Bool {
        left.count == right.count
            && (0..<left.count).allSatisfy { left.name(at: $0) == right.name(at: $0) }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for index in 0..<count { hasher.combine(name(at: index)) }
    }
}
