internal import MailBytes

/// Reads parameters as written: RFC 2045 §5.1 with comments (RFC 822 allows them between all tokens), and with what
/// senders do instead.
struct ParameterReader {
    var cursor: ByteCursor
    let limits: ParameterLimits
    var pieces: [ParameterPiece] = []
    var defects: Set<ParameterDefect> = []

    init(cursor: ByteCursor, limits: ParameterLimits) {
        self.cursor = cursor
        self.limits = limits
    }

    /// What stands in front of the first parameter.
    mutating func head() -> [UInt8] {
        var output: [UInt8] = []
        while true {
            let hadSpace = skipCFWS()
            guard let byte = cursor.peek, byte != UInt8(ascii: ";") else { break }
            // `type/subtype name=value`: a semicolon is missing.
            if hadSpace, !output.isEmpty, output.last != UInt8(ascii: "/"), byte != UInt8(ascii: "/"), isParameterNext {
                defects.insert(.missingSemicolon)
                break
            }
            cursor.advance()
            if !byte.isControl { output.append(byte) }
        }
        return output
    }

    mutating func readAll() {
        while !cursor.isAtEnd {
            skipCFWS()
            if cursor.skip(UInt8(ascii: ";")) { continue }
            guard !cursor.isAtEnd else { return }
            guard pieces.count < limits.parameters else {
                defects.insert(.tooMany)
                return
            }
            readOne()
        }
    }

    private mutating func readOne() {
        let start = cursor.position
        let name = cursor.skip {
            !$0.isWSPOrLineBreak && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(")
        }
        skipCFWS()
        guard cursor.skip(UInt8(ascii: "=")) else {
            defects.insert(.malformed)
            // A word without a value; a stray parenthesis or the like must not stop the reading.
            if cursor.position == start { cursor.advance() }
            return
        }
        skipCFWS()
        guard var piece = Self.piece(Array(cursor.slice(name)).asciiLowercased) else {
            defects.insert(.malformed)
            _ = value()
            return
        }
        guard let byte = cursor.peek, byte != UInt8(ascii: ";") else {
            defects.insert(.malformed)
            return
        }
        piece.value = value()
        pieces.append(piece)
    }

    /// The name's parts: RFC 2231 §3, §4.1. Nil for no name.
    private static func piece(_ raw: [UInt8]) -> ParameterPiece? {
        let star = UInt8(ascii: "*")
        guard let first = raw.firstIndex(of: star) else {
            return raw.isEmpty ? nil : ParameterPiece(name: raw, value: [])
        }
        guard first > 0 else { return nil }
        var piece = ParameterPiece(name: Array(raw[..<first]), value: [])
        var marks = ByteCursor(raw, in: first + 1..<raw.count)
        guard !marks.isAtEnd else {
            piece.isExtended = true
            return piece
        }
        // RFC 2231 §3: no leading zeros, and no more pieces than anyone needs.
        guard let section = marks.decimal(digits: 9) else { return ParameterPiece(name: raw, value: []) }
        piece.section = section
        piece.isExtended = marks.skip(star)
        return marks.isAtEnd ? piece : ParameterPiece(name: raw, value: [])
    }

    private mutating func value() -> [UInt8] {
        cursor.peek == UInt8(ascii: "\"") ? quoted() : unquoted()
    }

    private mutating func quoted() -> [UInt8] {
        cursor.advance()
        var output: [UInt8] = []
        while let byte = cursor.next() {
            switch byte {
            case UInt8(ascii: "\""): return output
            case UInt8(ascii: "\\"): if let escaped = cursor.next() { output.append(escaped) }
            case .carriageReturn, .lineFeed: break
            default: output.append(byte)
            }
        }
        defects.insert(.unbalancedQuote)
        return output
    }

    /// A token, or what should have been quoted: up to the semicolon, or to what looks like the next parameter.
    private mutating func unquoted() -> [UInt8] {
        var output: [UInt8] = []
        while let byte = cursor.peek, byte != UInt8(ascii: ";") {
            if byte.isWSPOrLineBreak || byte == UInt8(ascii: "(") {
                let start = cursor.position
                skipCFWS()
                guard let next = cursor.peek, next != UInt8(ascii: ";") else { break }
                if isParameterNext {
                    defects.insert(.missingSemicolon)
                    break
                }
                defects.insert(.unquoted)
                let space = cursor.slice(start..<cursor.position)
                if space.contains(UInt8(ascii: "(")) {
                    output.append(.space)
                } else {
                    output.append(contentsOf: space.filter { $0.isWSP })
                }
                // A parenthesis without a partner.
                if cursor.position == start {
                    output.append(next)
                    cursor.advance()
                }
                continue
            }
            if !byte.isTokenCharacter, !byte.isNonASCII { defects.insert(.unquoted) }
            output.append(byte)
            cursor.advance()
        }
        return output
    }

    /// Whether `token=` comes next, and is no encoded word.
    private var isParameterNext: Bool {
        var ahead = cursor
        let name = ahead.skip(while: \.isTokenCharacter)
        ahead.skipFWS()
        return !name.isEmpty && name.count <= Self.nameLengthMax && ahead.peek == UInt8(ascii: "=")
            && ahead.peek(at: 1) != UInt8(ascii: "?")
    }

    private static let nameLengthMax = 60

    /// RFC 5322 §3.2.2. Says whether there was anything.
    @discardableResult
    private mutating func skipCFWS() -> Bool {
        let start = cursor.position
        while let byte = cursor.peek {
            if byte.isWSPOrLineBreak {
                cursor.skipFWS()
            } else if byte != UInt8(ascii: "(") || !skipComment() {
                break
            }
        }
        return cursor.position > start
    }

    /// False, without moving, for a comment that has no end.
    private mutating func skipComment() -> Bool {
        guard !commentsAreBroken else { return false }
        let start = cursor.position
        var depth = 0
        while let byte = cursor.next() {
            switch byte {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return true }
            case UInt8(ascii: "\\"): cursor.advance()
            default: break
            }
        }
        cursor.move(to: start)
        commentsAreBroken = true
        return false
    }

    /// After the first comment without an end, parentheses mean nothing: reading stays linear.
    private var commentsAreBroken = false
}
