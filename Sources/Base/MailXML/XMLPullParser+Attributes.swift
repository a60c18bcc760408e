internal import MailBytes

extension XMLPullParser {
    /// Whether the element that began last has anything behind its name.
    @inline(__always)
    public var hasAttributes: Bool { tag.nameEnd < tag.attributesEnd }

    /// The attributes of the element that began last: where their names stand, and their values as they are there.
    public var attributes: [(name: Range<Int>, value: Range<Int>)] {
        var attributes: [(name: Range<Int>, value: Range<Int>)] = []
        var index = tag.nameEnd
        while let attribute = nextAttribute(&index) { attributes.append(attribute) }
        return attributes
    }

    /// The value of an attribute of the element that began last, as it stands there; nil if there is none of that name.
    public func attribute(_ wanted: String) -> String? {
        var index = tag.nameEnd
        while let (name, value) = nextAttribute(&index) {
            if bytes[name].elementsEqual(wanted.utf8) { return String(decoding: bytes[value], as: UTF8.self) }
        }
        return nil
    }

    private func nextAttribute(_ index: inout Int) -> (name: Range<Int>, value: Range<Int>)? {
        let end = tag.attributesEnd
        while index < end, !bytes[index].isNameCharacter { index += 1 }
        let nameStart = index
        while index < end, bytes[index].isNameCharacter { index += 1 }
        let name = nameStart..<index
        while index < end, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "'") { index += 1 }
        guard index < end else { return nil }
        let quote = bytes[index]
        let valueStart = index + 1
        index = valueStart
        while index < end, bytes[index] != quote { index += 1 }
        defer { index += 1 }
        return (name, valueStart..<index)
    }
}
