internal import MailBytes

/// One lexical token of a structured field: RFC 5322 §3.2.
struct AddressToken {
    enum Kind: Equatable {
        /// Characters that need no quotes; non-ASCII among them (RFC 6532 §3.2).
        case atom
        /// An encoded word with characters in it that would be tokens of their own.
        case encodedWord
        /// Within quotation marks; the range is what stands between them.
        case quoted
        /// Within parentheses; the range is what stands between them.
        case comment
        /// With its brackets.
        case literal
        case dot, at, comma, semicolon, colon, open, close
    }

    var kind: Kind
    var range: Range<Int>
    /// White space or a comment stood in front.
    var isSpaced: Bool
}

/// Cuts the value of an address field into tokens; what is out of place is passed over and named.
struct AddressLexer {
    let bytes: [UInt8]
    let end: Int
    let limits: AddressLimits
    private(set) var position: Int
    private(set) var defects: Set<AddressDefect> = []
    private var encodedWords: EncodedWordReader
    /// A quotation mark from here on has no partner: known after the first that had none.
    private var quotesAreBroken = false
    /// After the first parenthesis without a partner all of them are passed over, so that reading stays linear.
    private var commentsAreBroken = false

    init(bytes: [UInt8], in range: Range<Int>, limits: AddressLimits) {
        self.bytes = bytes
        self.limits = limits
        let clamped = range.clamped(to: 0..<bytes.count)
        position = clamped.lowerBound
        end = min(clamped.upperBound, clamped.lowerBound + max(0, limits.octets))
        if end < clamped.upperBound { defects.insert(.tooLong) }
        encodedWords = EncodedWordReader(bytes: bytes, end: end)
    }

    mutating func next() -> AddressToken? {
        var isSpaced = false
        while position < end {
            let byte = bytes[position]
            switch byte {
            case .space, .tab:
                position += 1
                isSpaced = true
            case .carriageReturn, .lineFeed:
                skipLineBreak()
                isSpaced = true
            case UInt8(ascii: "("):
                if let range = comment() { return AddressToken(kind: .comment, range: range, isSpaced: isSpaced) }
                isSpaced = true
            case UInt8(ascii: ")"):
                defects.insert(.unbalancedComment)
                position += 1
                isSpaced = true
            case UInt8(ascii: "\""):
                if let range = quoted() { return AddressToken(kind: .quoted, range: range, isSpaced: isSpaced) }
            case UInt8(ascii: "["):
                if let range = literal() { return AddressToken(kind: .literal, range: range, isSpaced: isSpaced) }
            case UInt8(ascii: "]"):
                defects.insert(.unbalancedBracket)
                position += 1
            case UInt8(ascii: "\\"):
                defects.insert(.strayBackslash)
                position += 1
            default:
                return special(byte, isSpaced: isSpaced) ?? word(isSpaced: isSpaced)
            }
        }
        return nil
    }

    private mutating func special(_ byte: UInt8, isSpaced: Bool) -> AddressToken? {
        let kind: AddressToken.Kind
        switch byte {
        case UInt8(ascii: "."): kind = .dot
        case UInt8(ascii: "@"): kind = .at
        case UInt8(ascii: ","): kind = .comma
        case UInt8(ascii: ";"): kind = .semicolon
        case UInt8(ascii: ":"): kind = .colon
        case UInt8(ascii: "<"): kind = .open
        case UInt8(ascii: ">"): kind = .close
        default: return nil
        }
        position += 1
        return AddressToken(kind: kind, range: position - 1..<position, isSpaced: isSpaced)
    }

    /// An atom, or an encoded word that a sender wrote without the care of RFC 2047 §5 (3).
    private mutating func word(isSpaced: Bool) -> AddressToken {
        let start = position
        if bytes[start] == UInt8(ascii: "="), let span = encodedWords.span(at: start), isSafe(span.text) {
            position = span.next
            return AddressToken(kind: .encodedWord, range: start..<position, isSpaced: isSpaced)
        }
        while position < end {
            let byte = bytes[position]
            if byte.isControl, !byte.isWSPOrLineBreak {
                defects.insert(.controlCharacter)
            } else if !byte.isAtext,
                !byte.isNonASCII
            {
                break
            }
            position += 1
        }
        return AddressToken(kind: .atom, range: start..<position, isSpaced: isSpaced)
    }

    /// Whether an encoded word may be taken as one, though it holds what are tokens otherwise. Not if that
    /// could hide an address, or the end of a quotation or comment, from a program that reads tokens first.
    private func isSafe(_ text: Range<Int>) -> Bool {
        // RFC 2047 §2 allows 75 octets; what passes a whole line is no mistake that one should put up with.
        guard text.count <= HeaderParser.lineLengthMax else { return false }
        var depth = 0
        for byte in bytes[text] {
            switch byte {
            case UInt8(ascii: "@"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
                return false
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth < 0 { return false }
            default:
                if byte.isControl, !byte.isWSPOrLineBreak { return false }
            }
        }
        return depth == 0
    }

    /// RFC 5322 §2.2.3: a line break belongs to a field only in front of white space.
    private mutating func skipLineBreak() {
        let isPair = bytes[position] == .carriageReturn && position + 1 < end && bytes[position + 1] == .lineFeed
        let isBare = !isPair && bytes[position] == .carriageReturn
        position += isPair ? 2 : 1
        if isBare || (position < end && !bytes[position].isWSP) { defects.insert(.bareLineBreak) }
    }
}

extension AddressLexer {
    /// RFC 5322 §3.2.2: comments nest.
    private mutating func comment() -> Range<Int>? {
        guard !commentsAreBroken else {
            position += 1
            return nil
        }
        var depth = 0
        var index = position
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "("):
                depth += 1
                if depth > limits.commentDepth { defects.insert(.commentsTooDeep) }
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 {
                    let range = position + 1..<index
                    inspect(range)
                    position = index + 1
                    return range
                }
            case UInt8(ascii: "\\"): index += 1
            default: break
            }
            index += 1
        }
        commentsAreBroken = true
        defects.insert(.unbalancedComment)
        position += 1
        return nil
    }

    /// RFC 5322 §3.2.4.
    private mutating func quoted() -> Range<Int>? {
        let start = position + 1
        position = start
        guard !quotesAreBroken else { return nil }
        var index = start
        while index < end, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < end else {
            quotesAreBroken = true
            defects.insert(.unbalancedQuote)
            return nil
        }
        inspect(start..<index)
        position = index + 1
        return start..<index
    }

    /// RFC 5322 §3.4.1.
    private mutating func literal() -> Range<Int>? {
        let start = position
        var index = start + 1
        // A bracket that is not closed soon is none: no literal is longer than a domain name.
        while index < end, index - start <= Self.literalLengthMax {
            let byte = bytes[index]
            if byte == UInt8(ascii: "]") {
                inspect(start..<index)
                position = index + 1
                return start..<position
            }
            // No literal in use has these, and an address must not hide in something that looks like one.
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
                || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "\"")
            {
                break
            }
            index += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        defects.insert(.unbalancedBracket)
        position += 1
        return nil
    }

    private static let literalLengthMax = 255

    /// What stands between marks is not looked at otherwise: control characters are noted here.
    private mutating func inspect(_ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte.isControl, byte != .tab {
                if byte == .lineFeed || byte == .carriageReturn {
                    let isPair = byte == .carriageReturn && index + 1 < end && bytes[index + 1] == .lineFeed
                    if isPair { index += 1 }
                    let isFold = index + 1 < end && bytes[index + 1].isWSP && (isPair || byte == .lineFeed)
                    if !isFold { defects.insert(.bareLineBreak) }
                } else {
                    defects.insert(.controlCharacter)
                }
            }
            index += 1
        }
    }
}
