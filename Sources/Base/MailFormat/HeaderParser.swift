internal import MailBytes

/// Finds the header fields at the start of a message or body part.
struct HeaderParser {
    let bytes: [UInt8]
    let limits: MessageLimits
    /// Where reading stops: the end of the part.
    let end: Int
    private(set) var position: Int
    private(set) var fields: [HeaderField] = []
    private(set) var defects: Set<MessageDefect> = []
    private(set) var bodyStart: Int

    static let lineLengthMax = 998

    init(bytes: [UInt8], in range: Range<Int>? = nil, limits: MessageLimits) {
        self.bytes = bytes
        self.limits = limits
        let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        position = range.lowerBound
        end = range.upperBound
        bodyStart = range.upperBound
    }

    mutating func parse(allowingMboxLine: Bool) {
        let start = position
        if allowingMboxLine, bytes[position..<end].starts(with: "From ".utf8) {
            defects.insert(.mboxFromLine)
            position = lineEnd(from: position).next
        }
        while position < end {
            let line = lineEnd(from: position)
            if line.content == position {
                bodyStart = line.next
                inspectOctets(start..<position)
                return
            }
            guard let colon = colon(from: position, to: line.content) else {
                // A line that is no field ends the header, as it does for Postfix and Sendmail.
                defects.insert(.missingSeparator)
                bodyStart = position
                inspectOctets(start..<position)
                return
            }
            readField(colon: colon, firstLine: line)
        }
        defects.insert(.noBody)
        bodyStart = end
        inspectOctets(start..<end)
    }

    /// RFC 5322 §2.2: a field runs on over lines that begin with white space.
    private mutating func readField(colon: Int, firstLine: (content: Int, next: Int)) {
        var line = firstLine
        while line.next < end, bytes[line.next].isWSP { line = lineEnd(from: line.next) }
        var nameEnd = colon
        while nameEnd > position, bytes[nameEnd - 1].isWSP { nameEnd -= 1 }
        if nameEnd < colon { defects.insert(.spaceBeforeColon) }
        if fields.count < limits.fields {
            fields.append(
                HeaderField(whole: position..<line.next, name: position..<nameEnd, value: colon + 1..<line.content))
        } else {
            defects.insert(.tooManyFields)
        }
        position = line.next
    }

    /// The colon of a line that begins a field: `field-name *WSP ":"`.
    private func colon(from start: Int, to lineEnd: Int) -> Int? {
        var index = start
        while index < lineEnd, bytes[index].isFieldNameCharacter { index += 1 }
        guard index > start else { return nil }
        while index < lineEnd, bytes[index].isWSP { index += 1 }
        return index < lineEnd && bytes[index] == UInt8(ascii: ":") ? index : nil
    }

    /// Where the line's content ends and where the next line begins.
    private mutating func lineEnd(from start: Int) -> (content: Int, next: Int) {
        var index = start
        while index < end, bytes[index] != .lineFeed { index += 1 }
        guard index < end else { return noteLength(start, (end, end)) }
        if index > start, bytes[index - 1] == .carriageReturn { return noteLength(start, (index - 1, index + 1)) }
        defects.insert(.bareLineFeed)
        return noteLength(start, (index, index + 1))
    }

    private mutating func noteLength(_ start: Int, _ line: (content: Int, next: Int)) -> (content: Int, next: Int) {
        if line.content - start > Self.lineLengthMax { defects.insert(.lineTooLong) }
        return line
    }

    private mutating func inspectOctets(_ range: Range<Int>) {
        var hasNonASCII = false
        for index in range {
            let byte = bytes[index]
            if byte == 0 { defects.insert(.nulOctet) }
            if byte == .carriageReturn, index + 1 >= range.upperBound || bytes[index + 1] != .lineFeed {
                defects.insert(.bareCarriageReturn)
            }
            if byte.isNonASCII { hasNonASCII = true }
        }
        if hasNonASCII, String(validating: bytes[range], as: UTF8.self) == nil { defects.insert(.headerNotUTF8) }
    }
}
