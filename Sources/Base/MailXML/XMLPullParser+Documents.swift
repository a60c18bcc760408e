internal import MailBytes

/// Several documents behind each other in one text.
extension XMLPullParser {
    /// Begins anew at a place, where another document stands behind the one that was read. Its flaws are its own, and
    /// those of the octets; the elements of all count for the limit.
    public mutating func restart(at place: Int) {
        position = min(max(place, 0), bytes.count)
        start = position
        flaws = textFlaws
        depth = 0
        hasRoot = false
        isEmptyElement = false
        textPlace = nil
    }

    /// Where an element of this number begins, at a place or behind it, whatever its prefix is and whatever is in front
    /// of it, if that is no comment; nil if there is none.
    public func place(of element: Int, from start: Int) -> Int? {
        var index = max(start, 0)
        // One that does not end is none, and neither is any behind it.
        var endsComments = true
        while true {
            index = unsafe XMLScan.first(bytes.span.bytes, from: index, of: UInt8(ascii: "<"), or: UInt8(ascii: "<"))
            guard index < bytes.count else { return nil }
            if endsComments, matches("<!--", at: index) {
                let end = offset(of: "-->", from: index + 4)
                endsComments = end != nil
                index = end.map { $0 + 3 } ?? index + 4
                continue
            }
            let tag = index
            var nameStart = tag + 1
            index = nameStart
            while index < bytes.count, bytes[index].isNameCharacter {
                if bytes[index] == UInt8(ascii: ":") { nameStart = index + 1 }
                index += 1
            }
            if vocabulary.index(of: bytes, in: nameStart..<index).index == element { return tag }
        }
    }
}
