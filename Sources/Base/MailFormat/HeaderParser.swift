internal import MailBytes

/// Finds the header fields at the start of a message or body part, in one pass over the octets.
struct HeaderParser {
    private let bytes: [UInt8]
    private let limits: MessageLimits
    /// Where reading stops: the end of the part.
    private let end: Int
    private var position: Int
    private(set) var fields: [HeaderField] = []
    /// A hash of each field's name: see ``HeaderSection``.
    private(set) var nameKeys: [UInt64] = []
    private(set) var bodyStart: Int
    private(set) var hasNonASCII = false
    private var flags: Flags = []

    /// RFC 5322 §2.1.1, without the line break.
    static let lineLengthMax = 998

    /// Defects as bits: a set of enumeration cases is too dear for each line.
    struct Flags: OptionSet {
        var rawValue: UInt16
    }

    init(bytes: [UInt8], in range: Range<Int>? = nil, limits: MessageLimits) {
        self.bytes = bytes
        self.limits = limits
        let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        position = range.lowerBound
        end = range.upperBound
        bodyStart = range.upperBound
    }

    mutating func parse(allowingMboxLine: Bool) {
        let octets = bytes
        let span = unsafe octets.span.bytes
        let start = skipMboxLine(span, allowingMboxLine)
        fields.reserveCapacity(32)
        nameKeys.reserveCapacity(32)
        var high: UInt64 = 0
        reading: while true {
            switch readField(span, &high) {
            case .field: continue
            case .emptyLine(let next):
                bodyStart = next
                break reading
            case .noField:
                // A line that is no field ends the header, as it does for Postfix and Sendmail.
                flags.insert(.missingSeparator)
                bodyStart = position
                break reading
            case .end:
                flags.insert(.noBody)
                bodyStart = end
                break reading
            }
        }
        // RFC 6532 §3.1.
        guard high & 0x8080_8080_8080_8080 != 0 else { return }
        let header = octets[start..<bodyStart]
        hasNonASCII = header.contains { $0.isNonASCII }
        if hasNonASCII, String(validating: header, as: UTF8.self) == nil { flags.insert(.headerNotUTF8) }
    }

    /// An mbox file's separator, also where it was quoted once too often, is no part of the message.
    private mutating func skipMboxLine(_ span: RawSpan, _ isAllowed: Bool) -> Int {
        guard isAllowed else { return position }
        let line = bytes[position..<end]
        guard line.starts(with: "From ".utf8) || line.starts(with: ">From ".utf8) else { return position }
        // `From : ann@example.org` is a field, in the obsolete form of RFC 5322 §4.5.8.
        guard line.drop(while: { $0 != .space }).first(where: { !$0.isWSP }) != UInt8(ascii: ":") else {
            return position
        }
        flags.insert(.mboxFromLine)
        while position < end, bytes[position] != .lineFeed { position += 1 }
        position = min(end, position + 1)
        return position
    }

    private enum Line {
        case field, noField, end
        case emptyLine(next: Int)
    }

    @inline(__always)
    private func byte(_ span: RawSpan, _ index: Int) -> UInt8 {
        unsafe span.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    private mutating func readField(_ span: RawSpan, _ high: inout UInt64) -> Line {
        guard position < end else { return .end }
        let first = byte(span, position)
        if first == .lineFeed {
            flags.insert(.bareLineFeed)
            return .emptyLine(next: position + 1)
        }
        if first == .carriageReturn, position + 1 < end, byte(span, position + 1) == .lineFeed {
            return .emptyLine(next: position + 2)
        }
        // `field-name *WSP ":"`: RFC 5322 §3.6.8, §4.5.8.
        var index = position
        var key = HeaderSection.keySeed
        while index < end {
            let octet = byte(span, index)
            guard octet.isFieldNameCharacter else { break }
            HeaderSection.extend(&key, octet)
            index += 1
        }
        let name = position..<index
        while index < end, byte(span, index).isWSP { index += 1 }
        guard !name.isEmpty, index < end, byte(span, index) == UInt8(ascii: ":") else { return .noField }
        if index > name.upperBound { flags.insert(.spaceBeforeColon) }
        let (content, next) = valueEnd(span, from: index + 1, &high)
        if fields.count < limits.fields {
            fields.append(HeaderField(whole: position..<next, name: name, value: index + 1..<content))
            nameKeys.append(key)
        } else {
            flags.insert(.tooManyFields)
        }
        position = next
        return .field
    }

    /// RFC 5322 §2.2.3: a field runs on over lines that begin with white space.
    private mutating func valueEnd(
        _ span: RawSpan, from start: Int, _ high: inout UInt64
    ) -> (content: Int, next: Int) {
        var lineStart = position
        var index = start
        while true {
            index = OctetScan.control(span, from: index, to: end, &high)
            guard index < end else {
                note(length: end - lineStart)
                return (end, end)
            }
            var content = index
            switch byte(span, index) {
            case .carriageReturn:
                guard index + 1 < end, byte(span, index + 1) == .lineFeed else {
                    flags.insert(.bareCarriageReturn)
                    index += 1
                    continue
                }
                index += 1
            case .lineFeed:
                flags.insert(.bareLineFeed)
                content = index
            case .tab:
                index += 1
                continue
            default:
                flags.insert(byte(span, index) == 0 ? .nulOctet : .controlCharacter)
                index += 1
                continue
            }
            note(length: content - lineStart)
            index += 1
            guard index < end, byte(span, index).isWSP else { return (content, index) }
            lineStart = index
        }
    }

    private mutating func note(length: Int) {
        if length > Self.lineLengthMax { flags.insert(.lineTooLong) }
    }

    /// Whether a field of this name stands in the lines up to the next empty one, whatever the other lines are. White
    /// space, control characters and octets above 127 around the name do not matter: some programs take them away.
    func hasField(named name: StaticString, linesMax: Int) -> Bool {
        var cursor = ByteCursor(bytes, in: position..<end)
        for _ in 0..<linesMax {
            guard let first = cursor.peek, first != .lineFeed else { return false }
            if first == .carriageReturn, cursor.peek(at: 1) == .lineFeed { return false }
            Self.skipNoise(&cursor)
            if cursor.skip(ignoringCase: name) {
                Self.skipNoise(&cursor)
                if cursor.peek == UInt8(ascii: ":") { return true }
            }
            cursor.skip { $0 != .lineFeed }
            cursor.advance()
        }
        return false
    }

    private static func skipNoise(_ cursor: inout ByteCursor) {
        cursor.skip { $0 != .lineFeed && ($0 == .space || $0.isControl || $0.isNonASCII) }
    }
}

extension HeaderParser {
    /// What was odd.
    var defects: Set<MessageDefect> {
        guard !flags.isEmpty else { return [] }
        return Set(Flags.names.lazy.filter { flags.contains($0.flag) }.map(\.defect))
    }
}

extension HeaderParser.Flags {
    static let mboxFromLine = Self(rawValue: 1)
    static let missingSeparator = Self(rawValue: 1 << 1)
    static let noBody = Self(rawValue: 1 << 2)
    static let bareLineFeed = Self(rawValue: 1 << 3)
    static let bareCarriageReturn = Self(rawValue: 1 << 4)
    static let nulOctet = Self(rawValue: 1 << 5)
    static let controlCharacter = Self(rawValue: 1 << 6)
    static let spaceBeforeColon = Self(rawValue: 1 << 7)
    static let headerNotUTF8 = Self(rawValue: 1 << 8)
    static let lineTooLong = Self(rawValue: 1 << 9)
    static let tooManyFields = Self(rawValue: 1 << 10)

    static let names: [(flag: Self, defect: MessageDefect)] = [
        (.mboxFromLine, .mboxFromLine), (.missingSeparator, .missingSeparator), (.noBody, .noBody),
        (.bareLineFeed, .bareLineFeed), (.bareCarriageReturn, .bareCarriageReturn), (.nulOctet, .nulOctet),
        (.controlCharacter, .controlCharacter), (.spaceBeforeColon, .spaceBeforeColon),
        (.headerNotUTF8, .headerNotUTF8), (.lineTooLong, .lineTooLong), (.tooManyFields, .tooManyFields),
    ]
}
