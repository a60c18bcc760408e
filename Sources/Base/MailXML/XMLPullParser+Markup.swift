internal import MailBytes

extension XMLPullParser {
    /// Reads what begins with `<` where no known tag stands: a token, or nil if there was something to pass over.
    mutating func markup() throws(XMLSyntaxError) -> XMLToken? {
        let place = position
        let octet = peek(1)
        switch octet {
        case UInt8(ascii: "/")?:
            guard depth > 0 else { throw error(.mismatchedTag, at: place) }
            try slowEnd(at: place)
            return .end
        case UInt8(ascii: "!")?:
            if matches("<!--") {
                try passOver(.comment, from: place + 4)
            } else if matches("<![CDATA["), depth > 0 {
                flaws.insert(.strayText)
                try passOver(.section, from: place + 9)
            } else if matches("<!DOCTYPE") || matches("<!doctype") {
                throw error(.documentType, at: place)
            } else {
                throw error(.badTag, at: place)
            }
            return nil
        case UInt8(ascii: "?")?:
            // Some programs write the declaration behind an empty line, and some write two.
            if place > start, matches("<?xml"), peek(5)?.isWSPOrLineBreak == true { flaws.insert(.leadingText) }
            try passOver(.instruction, from: place + 2)
            if !isInstruction(place..<position) { flaws.insert(.badDeclaration) }
            return nil
        case let octet? where octet.isNameStart: return try slowBegin(at: place)
        case nil: throw error(.unexpectedEnd, at: place)
        default:
            guard hasRoot else {
                position += 1
                flaws.insert(.leadingText)
                return nil
            }
            throw error(.badTag, at: place)
        }
    }

    func peek(_ distance: Int) -> UInt8? {
        let index = position + distance
        return index >= 0 && index < bytes.count ? bytes[index] : nil
    }

    /// Whether this ASCII text comes next.
    private func matches(_ text: StaticString) -> Bool { matches(text, at: position) }

    func matches(_ text: StaticString, at start: Int) -> Bool {
        guard start >= 0, start + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { wanted in
            for index in wanted.indices where unsafe wanted[index] != bytes[start + index] { return false }
            return true
        }
    }

    /// Moves behind the next terminator.
    mutating func passOver(_ terminator: XMLTerminator, from start: Int) throws(XMLSyntaxError) {
        guard let end = end(of: terminator, from: start) else { throw error(.unexpectedEnd, at: position) }
        position = end
    }

    /// Text where elements should be: within an element, or in front of the first one.
    mutating func passOverText() throws(XMLSyntaxError) {
        let end = unsafe XMLScan.first(bytes.span.bytes, from: position, of: UInt8(ascii: "<"), or: UInt8(ascii: "<"))
        guard hasRoot || end < bytes.count else { throw error(.noElement, at: position) }
        flaws.insert(hasRoot ? .strayText : .leadingText)
        position = end
    }

    /// Looks whether anything but white space, comments and instructions follows the document.
    mutating func finish() -> XMLToken {
        while true {
            position = unsafe XMLScan.visible(bytes.span.bytes, from: position)
            guard position < bytes.count else { return .finish }
            guard matches("<!--") || matches("<?"), let end = endOfAside(at: position) else {
                flaws.insert(.trailingText)
                position = bytes.count
                return .finish
            }
            position = end
        }
    }

    // MARK: - Instructions

    /// XML 1.0 §2.6: a name, and white space before anything else. §2.8: a declaration.
    private func isInstruction(_ range: Range<Int>) -> Bool {
        var cursor = ByteCursor(bytes, in: (range.lowerBound + 2)..<(range.upperBound - 2))
        guard cursor.peek?.isNameStart == true else { return false }
        let name = bytes[cursor.skip(while: \.isNameCharacter)]
        guard name.elementsEqual("xml".utf8) else { return cursor.isAtEnd || cursor.peek?.isWSPOrLineBreak == true }
        guard let version = Self.declared("version", &cursor), version.starts(with: "1.".utf8), version.count > 2,
            version.dropFirst(2).allSatisfy(\.isDigit)
        else { return false }
        if let encoding = Self.declared("encoding", &cursor), encoding.first?.isAlpha != true { return false }
        if let alone = Self.declared("standalone", &cursor), !["yes", "no"].contains(String(lossy: alone)) {
            return false
        }
        cursor.skipFWS()
        return cursor.isAtEnd
    }

    /// The value of a part of a declaration; nil, without moving, if it does not come next.
    private static func declared(_ name: StaticString, _ cursor: inout ByteCursor) -> ArraySlice<UInt8>? {
        var ahead = cursor
        guard !ahead.skip(while: \.isWSPOrLineBreak).isEmpty, ahead.skip(ignoringCase: name) else { return nil }
        ahead.skipFWS()
        guard ahead.skip(UInt8(ascii: "=")) else { return nil }
        ahead.skipFWS()
        guard let quote = ahead.next(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let value = ahead.skip { $0 != quote }
        guard ahead.skip(quote) else { return nil }
        cursor = ahead
        return ahead.slice(value)
    }

    // MARK: - Tags with attributes, prefixes or white space

    mutating func slowEnd(at start: Int) throws(XMLSyntaxError) {
        let innermost = open[depth - 1]
        let wanted = bytes[innermost.start..<(innermost.start + innermost.length)]
        var end = start + 2
        while end < bytes.count, bytes[end].isNameCharacter { end += 1 }
        let name = bytes[(start + 2)..<end]
        guard name.elementsEqual(wanted) || name.equalsIgnoringASCIICase(wanted) else {
            throw error(end < bytes.count ? .mismatchedTag : .unexpectedEnd, at: start)
        }
        if !name.elementsEqual(wanted) { flaws.insert(.wrongCase) }
        while end < bytes.count, bytes[end].isWSPOrLineBreak { end += 1 }
        guard end < bytes.count else { throw error(.unexpectedEnd, at: start) }
        guard bytes[end] == UInt8(ascii: ">") else { throw error(.badTag, at: start) }
        depth -= 1
        position = end + 1
    }

    private mutating func slowBegin(at start: Int) throws(XMLSyntaxError) -> XMLToken {
        var end = start + 1
        let limit = min(bytes.count, start + limits.tagBytes)
        while end < limit, bytes[end].isNameCharacter { end += 1 }
        let name = (start + 1)..<end
        let colon = bytes[name].firstIndex(of: UInt8(ascii: ":"))
        // Up to the `>` that is in no value.
        while end < limit, bytes[end] != UInt8(ascii: ">"), bytes[end] != UInt8(ascii: "/") {
            try attribute(&end, limit: limit, tag: start)
        }
        guard end < limit else {
            throw error(limit == bytes.count ? .unexpectedEnd : .tagTooLong, at: start)
        }
        hasPrefix = colon != nil
        if hasBadReference(name.upperBound..<end) { flaws.insert(.badReference) }
        tag = Tag(
            nameStart: name.lowerBound, prefixEnd: colon ?? name.lowerBound, nameEnd: name.upperBound,
            attributesEnd: end)
        let isEmpty = bytes[end] == UInt8(ascii: "/")
        if isEmpty { end += 1 }
        guard end < bytes.count else { throw error(.unexpectedEnd, at: start) }
        guard bytes[end] == UInt8(ascii: ">") else { throw error(.badTag, at: start) }
        let local = colon.map { ($0 + 1)..<name.upperBound } ?? name
        let (index, isExact) = vocabulary.index(of: bytes, in: local)
        if index != XMLVocabulary.unknown, !isExact { flaws.insert(.wrongCase) }
        position = end + 1
        let token = try begun(index)
        isEmptyElement = isEmpty
        return token
    }

    /// Moves over white space, or over one attribute: XML 1.0 §3.1.
    private func attribute(_ end: inout Int, limit: Int, tag: Int) throws(XMLSyntaxError) {
        guard !bytes[end].isWSPOrLineBreak else {
            end += 1
            return
        }
        let nameStart = end
        while end < limit, bytes[end].isNameCharacter { end += 1 }
        guard end > nameStart else { throw error(.badTag, at: tag) }
        skipSpace(&end, limit)
        guard end < limit, bytes[end] == UInt8(ascii: "=") else {
            throw error(end < bytes.count ? .badTag : .unexpectedEnd, at: tag)
        }
        end += 1
        skipSpace(&end, limit)
        guard end < limit else { return }
        let quote = bytes[end]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw error(.badTag, at: tag) }
        end += 1
        while end < limit, bytes[end] != quote {
            guard bytes[end] != UInt8(ascii: "<") else { throw error(.badTag, at: tag) }
            end += 1
        }
        if end < limit { end += 1 }
    }

    private func skipSpace(_ end: inout Int, _ limit: Int) {
        while end < limit, bytes[end].isWSPOrLineBreak { end += 1 }
    }
}

extension UInt8 {
    /// What a name begins with, as far as programs write them: XML 1.0 §2.3 has more outside of ASCII than this
    /// leaves out.
    var isNameStart: Bool { isAlpha || self == UInt8(ascii: "_") || self == UInt8(ascii: ":") || isNonASCII }

    /// What a name goes on with.
    var isNameCharacter: Bool { isNameStart || isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") }
}
