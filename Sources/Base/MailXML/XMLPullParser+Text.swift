internal import MailBytes

extension XMLPullParser {
    /// How far behind a `<` that begins no tag the end of the element is looked for.
    private static let strayMarkupMax = 1024
    /// Octets of a reference: `&#x0010FFFF;`.
    private static let referenceBytesMax = 12

    /// A text with references, sections, comments, or `<` that should not be there: made anew in ``decoded``.
    mutating func slowText(from start: Int) throws(XMLSyntaxError) -> XMLText {
        decoded.removeAll(keepingCapacity: true)
        position = start
        while true {
            let next = unsafe XMLScan.first(
                bytes.span.bytes, from: position, of: UInt8(ascii: "<"), or: UInt8(ascii: "&"))
            try append(position..<next, start)
            guard next < bytes.count else { throw error(.unexpectedEnd, at: start) }
            position = next
            if bytes[next] == UInt8(ascii: "&") {
                reference()
            } else if try markupInText(start) {
                break
            }
        }
        var (lower, upper) = (0, decoded.count)
        while lower < upper, decoded[lower] <= 0x20 { lower += 1 }
        while lower < upper, decoded[upper - 1] <= 0x20 { upper -= 1 }
        return XMLText(range: lower..<upper, isDecoded: true)
    }

    private mutating func append(_ range: Range<Int>, _ start: Int) throws(XMLSyntaxError) {
        guard decoded.count + range.count <= limits.textBytes else { throw error(.textTooLong, at: start) }
        decoded.append(contentsOf: bytes[range])
    }

    /// Reads what begins with `<` in a text. Whether it was the end of the element.
    private mutating func markupInText(_ start: Int) throws(XMLSyntaxError) -> Bool {
        if fastEnd(at: position) { return true }
        if isEndTag(open[depth - 1], at: position) {
            try slowEnd(at: position)
            return true
        }
        if matches("<!--", at: position) {
            try passOver(.comment, from: position + 4)
            return false
        }
        if matches("<![CDATA[", at: position) {
            let content = position + 9
            guard let end = end(of: .section, from: content) else { throw error(.unexpectedEnd, at: position) }
            try append(content..<(end - XMLTerminator.section.length), start)
            position = end
            return false
        }
        if matches("<?", at: position) {
            try passOver(.instruction, from: position + 2)
            return false
        }
        try strayMarkup(start)
        return false
    }

    /// `<` that is no markup, such as in `<email><a@b.example></email>`, or tags that are no part of the format:
    /// text up to the end of the element, if that is near and no known element begins before it.
    private mutating func strayMarkup(_ start: Int) throws(XMLSyntaxError) {
        let innermost = open[depth - 1]
        let limit = min(bytes.count, position + Self.strayMarkupMax)
        // Whether it is cut off, or another tag came in between.
        var isCut = limit == bytes.count
        var index = position
        while index < limit {
            let at = unsafe XMLScan.first(bytes.span.bytes, from: index, of: UInt8(ascii: "<"), or: UInt8(ascii: "<"))
            guard at < limit else { break }
            if isEndTag(innermost, at: at) {
                flaws.insert(.markupInText)
                try append(position..<at, start)
                position = at
                return
            }
            if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "/") { isCut = false }
            if isKnownTag(at: at) {
                isCut = false
                break
            }
            index = at + 1
        }
        throw error(isCut ? .unexpectedEnd : .mismatchedTag, at: position)
    }

    /// Whether the end tag of an element stands at a place, in whatever letters.
    private func isEndTag(_ element: OpenElement, at start: Int) -> Bool {
        let nameEnd = start + 2 + element.length
        guard nameEnd < bytes.count, bytes[start + 1] == UInt8(ascii: "/") else { return false }
        let wanted = bytes[element.start..<(element.start + element.length)]
        return bytes[(start + 2)..<nameEnd].equalsIgnoringASCIICase(wanted) && !bytes[nameEnd].isNameCharacter
    }

    private func isKnownTag(at start: Int) -> Bool {
        var end = start + 1
        if end < bytes.count, bytes[end] == UInt8(ascii: "/") { end += 1 }
        let nameStart = end
        while end < bytes.count, end - nameStart <= XMLVocabulary.lengthMax, bytes[end].isNameCharacter { end += 1 }
        return vocabulary.index(of: bytes, in: nameStart..<end).index != XMLVocabulary.unknown
    }

    /// XML 1.0 §4.1, §4.6: a reference to a character or to one of five entities. What is none is text.
    private mutating func reference() {
        let limit = min(bytes.count, position + Self.referenceBytesMax)
        guard let end = bytes[position..<limit].firstIndex(of: UInt8(ascii: ";")),
            let scalar = scalar(bytes[(position + 1)..<end])
        else {
            flaws.insert(.badReference)
            decoded.append(UInt8(ascii: "&"))
            position += 1
            return
        }
        decoded.append(contentsOf: String(scalar).utf8)
        position = end + 1
    }

    /// Whether a range, of attributes, has a `&` that begins no reference.
    func hasBadReference(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while let start = bytes[index..<range.upperBound].firstIndex(of: UInt8(ascii: "&")) {
            let limit = min(range.upperBound, start + Self.referenceBytesMax)
            guard let end = bytes[start..<limit].firstIndex(of: UInt8(ascii: ";")),
                scalar(bytes[(start + 1)..<end]) != nil
            else { return true }
            index = end + 1
        }
        return false
    }

    private func scalar(_ reference: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard reference.first == UInt8(ascii: "#") else {
            return switch String(lossy: reference) {
            case "lt": "<"
            case "gt": ">"
            case "amp": "&"
            case "quot": "\""
            case "apos": "'"
            default: nil
            }
        }
        let digits = reference.dropFirst()
        let isHex = digits.first?.asciiLowercased == UInt8(ascii: "x")
        var value: UInt32 = 0
        let number = isHex ? digits.dropFirst() : digits
        // No more than ten digits: the reference is short.
        for byte in number {
            guard let digit = byte.hexDigitValue, isHex || byte.isDigit else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: isHex ? 16 : 10)
            guard !overflow, product <= 0x10_FFFF else { return nil }
            value = product + UInt32(digit)
        }
        // XML 1.0 §2.2: neither surrogates nor control characters.
        guard !number.isEmpty, value >= 0x20 || value == 0x09 || value == 0x0A || value == 0x0D,
            value != 0xFFFE, value != 0xFFFF
        else { return nil }
        return Unicode.Scalar(value)
    }
}
