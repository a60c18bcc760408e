internal import MailBytes

// Where From fields stand, and what stands around them.

extension AuthorReader {
    /// The octets of one field, before they are tokens.
    mutating func inspectLines(of field: HeaderField) {
        // RFC 5322 §4.5.8: white space in front of the colon is obsolete.
        if field.value.lowerBound - 1 > field.name.upperBound { ambiguities.insert(.spaceBeforeColon) }
        let bytes = header.bytes
        let value = field.value.clamped(to: 0..<bytes.count)
        var lineStart = field.whole.lowerBound
        var isBlank = false
        for index in value.prefix(limits.octets) {
            let byte = bytes[index]
            if byte == .lineFeed {
                if isBlank { ambiguities.insert(.blankContinuation) }
                if index - lineStart > HeaderParser.lineLengthMax { ambiguities.insert(.tooLong) }
                lineStart = index + 1
                isBlank = true
            } else if !byte.isWSPOrLineBreak {
                isBlank = false
            }
        }
        if isBlank, lineStart < value.upperBound { ambiguities.insert(.blankContinuation) }
        if value.upperBound - lineStart > HeaderParser.lineLengthMax { ambiguities.insert(.tooLong) }
    }

    /// What only the whole message shows. Says whether there was anything to look at.
    mutating func inspectSurroundings(of message: MailMessage) -> Bool {
        guard !message.defects.isEmpty || message.headerHasNonASCII else { return false }
        let headerEnd = message.body.lowerBound
        if message.defects.contains(.tooManyFields) { ambiguities.insert(.unreadFields) }
        if message.defects.contains(.bareLineFeed), hasMixedLineEnds(message) { ambiguities.insert(.mixedLineEnds) }
        if message.defects.contains(.missingSeparator), hasFieldInBody(message) { ambiguities.insert(.hiddenField) }
        let isOdd = !message.defects.isDisjoint(with: [.bareCarriageReturn, .controlCharacter, .nulOctet])
        if isOdd || message.headerHasNonASCII,
            hasHiddenField(message.bytes, in: 0..<headerEnd)
        {
            ambiguities.insert(.hiddenField)
        }
        return true
    }

    /// A file has LF throughout; a message off the wire has CR LF throughout. Of one that has both, programs differ on
    /// where its fields begin.
    private func hasMixedLineEnds(_ message: MailMessage) -> Bool {
        var pairs = 0
        var bare = 0
        var previous: UInt8 = 0
        for byte in message.bytes[..<message.body.lowerBound] {
            if byte == .lineFeed { if previous == .carriageReturn { pairs += 1 } else { bare += 1 } }
            previous = byte
        }
        return pairs > 0 && bare > 0
    }

    /// The header ended without an empty line: whether a From field follows up to the next empty line, which other
    /// programs read.
    private func hasFieldInBody(_ message: MailMessage) -> Bool {
        let parser = HeaderParser(bytes: message.bytes, in: message.body, limits: MessageLimits(fields: 1))
        return parser.hasField(named: "From", linesMax: Self.linesMax)
    }

    /// Lines behind a broken header that are searched: a header has fewer.
    private static let linesMax = 1000

    /// Whether some octet or character that some programs take for a line break is followed by `From:`.
    private func hasHiddenField(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            let length = Self.falseLineBreak(bytes, at: index, end: range.upperBound)
            if length > 0, Self.isFromField(bytes, at: index + length, end: range.upperBound) { return true }
            index += max(1, length)
        }
        return false
    }

    /// The length of something that is no line break in mail and is one elsewhere: CR, VT, FF, FS, GS, RS, NUL, NEL
    /// (in UTF-8 and ISO-8859-1), LS, PS.
    private static func falseLineBreak(_ bytes: [UInt8], at index: Int, end: Int) -> Int {
        switch bytes[index] {
        case .carriageReturn: return index + 1 < end && bytes[index + 1] == .lineFeed ? 0 : 1
        case 0, 0x0B, 0x0C, 0x1C...0x1E, 0x85: return 1
        case 0xC2 where index + 1 < end && bytes[index + 1] == 0x85: return 2
        case 0xE2 where index + 2 < end && bytes[index + 1] == 0x80 && (bytes[index + 2] | 1) == 0xA9: return 3
        default: return 0
        }
    }

    private static func isFromField(_ bytes: [UInt8], at start: Int, end: Int) -> Bool {
        var cursor = ByteCursor(bytes, in: min(start, end)..<end)
        guard cursor.skip(ignoringCase: "from") else { return false }
        cursor.skipWSP()
        return cursor.peek == UInt8(ascii: ":")
    }
}
