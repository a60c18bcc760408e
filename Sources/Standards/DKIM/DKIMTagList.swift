internal import MailBytes

/// A list `name=value; name=value`, as signature fields and key records are: RFC 6376 §3.2.
///
/// Read strictly, as §6.1.1 asks: anything but a tag list is refused as a whole, and so is a list that has a tag
/// twice. Unknown tags are kept and do no harm.
public struct DKIMTagList: Sendable {
    /// A name and its value.
    public struct Tag: Hashable, Sendable {
        /// The octets of the name.
        public var name: Range<Int>
        /// The octets of the value, without white space around it.
        public var value: Range<Int>
        /// Everything between `=` and `;`, white space included: what is taken away to blank a value.
        public var extent: Range<Int>
    }

    /// The octets that the ranges refer to.
    public let bytes: [UInt8]
    public let tags: [Tag]
    /// Where the list starts in `bytes`: errors count from here.
    public let start: Int

    /// Reads the list in a part of `bytes`.
    public init(
        _ bytes: [UInt8], in range: Range<Int>, octetsMax: Int = DKIMLimits.signatureOctetsMax
    )
        throws(DKIMSyntaxError)
    {
        let range = range.clamped(to: 0..<bytes.count)
        guard range.count <= octetsMax else { throw DKIMSyntaxError(.tooLong, at: octetsMax) }
        self.bytes = bytes
        start = range.lowerBound
        var reader = TagReader(bytes: bytes, position: range.lowerBound, start: range.lowerBound, end: range.upperBound)
        tags = try reader.read()
    }

    /// The tag of this name, which is compared exactly.
    public func tag(_ name: StaticString) -> Tag? {
        tags.first { matches($0, name) }
    }

    /// The value of a tag, without white space around it.
    public func value(_ name: StaticString) -> ArraySlice<UInt8>? { tag(name).map { bytes[$0.value] } }

    /// The value of a tag that must be there.
    public func required(_ name: StaticString) throws(DKIMSyntaxError) -> Tag {
        guard let tag = tag(name) else { throw DKIMSyntaxError(.missingTag("\(name)"), at: 0) }
        return tag
    }

    /// An error about a tag's value, at its place.
    public func bad(_ tag: Tag, expected: String) -> DKIMSyntaxError {
        DKIMSyntaxError(
            .badValue(tag: String(lossy: bytes[tag.name]), expected: expected), at: tag.value.lowerBound - start)
    }

    private func matches(_ tag: Tag, _ name: StaticString) -> Bool {
        guard tag.name.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { wanted in
            for index in 0..<wanted.count where unsafe bytes[tag.name.lowerBound + index] != wanted[index] {
                return false
            }
            return true
        }
    }
}

/// Splits the text of a tag list.
private struct TagReader {
    let bytes: [UInt8]
    var position: Int
    let start: Int
    let end: Int

    /// `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]`
    mutating func read() throws(DKIMSyntaxError) -> [DKIMTagList.Tag] {
        var tags: [DKIMTagList.Tag] = []
        tags.reserveCapacity(16)
        repeat {
            try skipFWS()
            // A semicolon may end the list.
            if position == end, !tags.isEmpty { break }
            guard tags.count < DKIMLimits.tagsMax else { throw error(.tooManyTags) }
            let tag = try readTag()
            // RFC 6376 §3.2: a name that is there twice makes the whole list invalid.
            for earlier in tags where earlier.name.count == tag.name.count && bytes[earlier.name] == bytes[tag.name] {
                throw DKIMSyntaxError(
                    .duplicateTag(String(lossy: bytes[tag.name].prefix(32))), at: tag.name.lowerBound - start)
            }
            tags.append(tag)
        } while skipSemicolon()
        return tags
    }

    /// `tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]`
    private mutating func readTag() throws(DKIMSyntaxError) -> DKIMTagList.Tag {
        let nameStart = position
        guard position < end, bytes[position].isAlpha else { throw error(.expectedTagName) }
        while position < end, bytes[position].isAlphanumeric || bytes[position] == UInt8(ascii: "_") { position += 1 }
        let name = nameStart..<position
        try skipFWS()
        guard position < end, bytes[position] == UInt8(ascii: "=") else { throw error(.expectedEquals) }
        position += 1
        let extentStart = position
        try skipFWS()
        let valueStart = position
        var valueEnd = position
        while position < end {
            let byte = bytes[position]
            if byte > .space, byte != 0x7F {
                // RFC 8616 §4 lets UTF-8 stand in values; whether a value may have it is for its own grammar to say.
                if byte == UInt8(ascii: ";") { break }
                position += 1
                valueEnd = position
            } else {
                try skipFWS()
                if position < end, bytes[position] < .space || bytes[position] == 0x7F { throw error(.badCharacter) }
            }
        }
        return DKIMTagList.Tag(name: name, value: valueStart..<valueEnd, extent: extentStart..<position)
    }

    private mutating func skipSemicolon() -> Bool {
        guard position < end else { return false }
        position += 1
        return true
    }

    /// White space and line breaks. The header's own rules see to it that each break is followed by white space.
    private mutating func skipFWS() throws(DKIMSyntaxError) {
        while position < end {
            switch bytes[position] {
            case .space, .tab, .lineFeed: position += 1
            case .carriageReturn:
                guard position + 1 < end, bytes[position + 1] == .lineFeed else { throw error(.badCharacter) }
                position += 2
            default: return
            }
        }
    }

    private func error(_ code: DKIMSyntaxError.Code) -> DKIMSyntaxError { DKIMSyntaxError(code, at: position - start) }
}
