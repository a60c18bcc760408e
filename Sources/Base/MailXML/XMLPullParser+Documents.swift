internal import MailBytes

/// Where a document begins behind another one.
public struct XMLPlace: Hashable, Sendable {
    /// Octets before it.
    public let offset: Int
    /// How many elements are open around it.
    public let depth: Int
}

/// Several documents behind each other in one text.
extension XMLPullParser {
    /// Begins anew at a place, where another document stands behind the one that was read. Its flaws are its own, and
    /// those of the octets; the elements of all count for the limit.
    public mutating func restart(at place: XMLPlace) {
        position = min(place.offset, bytes.count)
        start = position
        outerDepth = place.depth
        flaws = textFlaws
        depth = 0
        hasRoot = false
        isEmptyElement = false
        textPlace = nil
    }

    /// Where an element of this number begins, at an offset or behind it, whatever its prefix is and whatever is in
    /// front of it; nil if there is none. What is quoted begins no element: it is in a comment, an instruction, a
    /// section of `CDATA`, or a value of a tag or a declaration. Such a thing that does not end quotes nothing.
    ///
    /// Called again and again from places that it found, it takes time for the length of the text in all.
    public mutating func place(of element: Int, from start: Int) -> XMLPlace? {
        var index = max(start, 0)
        var level = outerDepth + depth
        while true {
            index = unsafe XMLScan.first(bytes.span.bytes, from: index, of: UInt8(ascii: "<"), or: UInt8(ascii: "<"))
            guard index + 1 < bytes.count else { return nil }
            let tag = index
            index += 1
            switch bytes[index] {
            case UInt8(ascii: "!"), UInt8(ascii: "?"):
                if let end = endOfAside(at: tag) {
                    index = end
                } else if index + 1 < bytes.count, bytes[index + 1].isAlpha {
                    passOverValues(&index)
                }
            case UInt8(ascii: "/"):
                passOverValues(&index)
                if isClose(index) { level = max(0, level - 1) }
            case let octet where octet.isNameStart:
                if self.element(at: &index) == element { return XMLPlace(offset: tag, depth: level) }
                passOverValues(&index)
                if isClose(index), bytes[index - 1] != UInt8(ascii: "/") { level += 1 }
            default: break
            }
        }
    }

    /// The number of the name that stands at a place, without its prefix; moves behind it.
    private func element(at index: inout Int) -> Int {
        var nameStart = index
        while index < bytes.count, bytes[index].isNameCharacter {
            if bytes[index] == UInt8(ascii: ":") { nameStart = index + 1 }
            index += 1
        }
        return vocabulary.index(of: bytes, in: nameStart..<index).index
    }

    private func isClose(_ index: Int) -> Bool { index < bytes.count && bytes[index] == UInt8(ascii: ">") }

    /// Moves over a tag or a declaration: to its `>`, or to what else begins or ends within it, that is in no value.
    private func passOverValues(_ index: inout Int) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["): return
            case let quote where quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"):
                let before = bytes[index - 1]
                index += 1
                // XML 1.0 §2.8, §3.1, §4.2: in front of a value there is `=` or white space.
                guard before == UInt8(ascii: "=") || before.isWSPOrLineBreak else { continue }
                // From one such quote to the next alone, so that no octet is looked at again and again.
                let end = unsafe XMLScan.first(bytes.span.bytes, from: index, of: quote, or: quote)
                if end < bytes.count { index = end + 1 }
            default: index += 1
            }
        }
    }
}
