/// What ends markup that is no tag.
enum XMLTerminator: Int, CaseIterable {
    case comment
    case instruction
    /// Of `CDATA`.
    case section

    var text: StaticString {
        switch self {
        case .comment: "-->"
        case .instruction: "?>"
        case .section: "]]>"
        }
    }

    var length: Int { text.utf8CodeUnitCount }
}

extension XMLPullParser {
    /// Where the comment, the instruction or the section ends that begins at a place; nil if none begins there, or if
    /// it does not end.
    mutating func endOfAside(at place: Int) -> Int? {
        if matches("<?", at: place) { return end(of: .instruction, from: place + 2) }
        if matches("<!--", at: place) { return end(of: .comment, from: place + 4) }
        return matches("<![CDATA[", at: place) ? end(of: .section, from: place + 9) : nil
    }

    /// Where the next terminator ends. However often that is asked, the end of the text is reached once for each.
    mutating func end(of terminator: XMLTerminator, from start: Int) -> Int? {
        guard start < absences[terminator.rawValue] else { return nil }
        let text = terminator.text
        let first = unsafe text.utf8Start.pointee
        var index = start
        while index < bytes.count {
            index = unsafe XMLScan.first(bytes.span.bytes, from: index, of: first, or: first)
            if matches(text, at: index) { return index + terminator.length }
            index += 1
        }
        absences[terminator.rawValue] = start
        return nil
    }
}
