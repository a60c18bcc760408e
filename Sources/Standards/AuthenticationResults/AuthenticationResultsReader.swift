internal import MailBytes

/// The lexical half of reading: comments and folding white space, tokens, quoted strings, keywords.
///
/// Nothing recurses; every loop moves the cursor.
struct AuthenticationResultsReader {
    typealias Failure = AuthenticationResultsError

    var cursor: ByteCursor
    let strictness: AuthenticationResultsField.Strictness
    let limits: AuthenticationResultsLimits
    /// Where the value begins in the cursor's array: offsets of errors count from there.
    let base: Int
    /// The inside of the first comment since ``takeComment()``.
    private var firstComment: Range<Int>?

    init(
        _ cursor: ByteCursor, _ strictness: AuthenticationResultsField.Strictness,
        _ limits: AuthenticationResultsLimits
    ) {
        self.cursor = cursor
        self.strictness = strictness
        self.limits = limits
        base = cursor.position
    }

    var isTolerant: Bool { strictness == .tolerant }
    var allowsNonASCII: Bool { strictness != .strict }

    func failure(_ code: Failure.Code) -> Failure { Failure(code, at: cursor.position - base) }

    // MARK: Comments and folding white space

    /// Skips `[CFWS]` of RFC 5322 §3.2.2, and says whether there was any.
    @discardableResult
    mutating func skipCFWS() throws(Failure) -> Bool {
        let start = cursor.position
        while let byte = cursor.peek {
            if byte.isWSP {
                cursor.advance()
            } else if byte == UInt8(ascii: "(") {
                let open = cursor.position
                try skipComment()
                firstComment = firstComment ?? open + 1..<cursor.position - 1
            } else if byte == .carriageReturn || byte == .lineFeed {
                try skipLineBreak()
            } else {
                break
            }
        }
        return cursor.position > start
    }

    /// The text of the first comment that was skipped since this was asked before: escapes undone, folds removed;
    /// nil if there was none.
    mutating func takeComment() -> String? {
        guard let range = firstComment else { return nil }
        firstComment = nil
        var text: [UInt8] = []
        var isEscaped = false
        for byte in cursor.slice(range) where isEscaped || (byte != .carriageReturn && byte != .lineFeed) {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                text.append(byte)
                isEscaped = false
            }
        }
        let trimmed = text[...].trimmingWhitespace
        return trimmed.isEmpty ? nil : String(lossy: trimmed)
    }

    /// The line break of a fold: CR LF and then white space, which stays. A tolerant reading takes any break.
    private mutating func skipLineBreak() throws(Failure) {
        if isTolerant {
            cursor.advance()
            return
        }
        guard cursor.peek == .carriageReturn, cursor.peek(at: 1) == .lineFeed, cursor.peek(at: 2)?.isWSP == true else {
            throw failure(.badCharacter)
        }
        cursor.advance(by: 2)
    }

    /// `comment` of RFC 5322 §3.2.2, which nests. The cursor is at its opening parenthesis.
    private mutating func skipComment() throws(Failure) {
        let start = cursor.position
        var depth = 0
        while let byte = cursor.peek {
            switch byte {
            case UInt8(ascii: "("):
                depth += 1
                guard depth <= limits.commentDepthMax else { throw failure(.commentTooDeep) }
                cursor.advance()
            case UInt8(ascii: ")"):
                depth -= 1
                cursor.advance()
                if depth == 0 { return }
            case UInt8(ascii: "\\"):
                cursor.advance()
                _ = try character()
            case .carriageReturn, .lineFeed:
                try skipLineBreak()
            default:
                _ = try character()
            }
        }
        throw Failure(.unterminatedComment, at: start - base)
    }

    /// One octet of text inside a comment or quoted string: visible, WSP, or part of UTF-8 where that is allowed.
    private mutating func character() throws(Failure) -> UInt8? {
        guard let byte = cursor.peek else { return nil }
        if byte.isNonASCII {
            // RFC 6532 §3.2: UTF-8 may stand wherever visible ASCII may, in an internationalised message.
            guard allowsNonASCII else { throw failure(.nonASCII) }
        } else if byte.isControl, byte != .tab, !isTolerant {
            throw failure(.badCharacter)
        }
        cursor.advance()
        return byte
    }

    // MARK: Words

    /// The content of a `quoted-string` (RFC 5322 §3.2.4): escapes undone, line breaks of folds removed.
    mutating func quotedString() throws(Failure) -> [UInt8] {
        let start = cursor.position
        cursor.advance()
        var content: [UInt8] = []
        while let byte = cursor.peek {
            switch byte {
            case UInt8(ascii: "\""):
                cursor.advance()
                return content
            case UInt8(ascii: "\\"):
                cursor.advance()
                if let escaped = try character() { content.append(escaped) }
            case .carriageReturn, .lineFeed:
                try skipLineBreak()
            default:
                if let byte = try character() { content.append(byte) }
            }
        }
        throw Failure(.unterminatedQuotedString, at: start - base)
    }

    /// `value` of RFC 2045 §5.1: a token or a quoted string; nil if neither comes next.
    mutating func value() throws(Failure) -> [UInt8]? {
        if cursor.peek == UInt8(ascii: "\"") { return try quotedString() }
        let range = isTolerant ? skipLooseRun() : cursor.skip(while: \.isTokenCharacter)
        return range.isEmpty ? nil : Array(cursor.slice(range))
    }

    /// What tolerant readings take as an unquoted word: everything up to white space, a semicolon, a comment or a
    /// quote. Real fields have unquoted base64, URIs and addresses in angle brackets.
    mutating func skipLooseRun() -> Range<Int> {
        cursor.skip {
            !$0.isWSPOrLineBreak && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: "\"")
                && $0 != 0
        }
    }

    /// `Keyword` of RFC 5321 §4.1.2 in lower case: letters, digits and hyphens, no hyphen at the end; nil if none
    /// comes next. A tolerant reading takes the underscore, too.
    mutating func keyword() -> String? {
        let start = cursor.position
        let tolerant = isTolerant
        let range = cursor.skip {
            $0.isAlphanumeric || $0 == UInt8(ascii: "-") || (tolerant && $0 == UInt8(ascii: "_"))
        }
        guard let last = cursor.slice(range).last, last != UInt8(ascii: "-") || tolerant else {
            cursor.move(to: start)
            return nil
        }
        return String(decoding: cursor.slice(range).map(\.asciiLowercased), as: UTF8.self)
    }

    /// `1*DIGIT`. More than nine digits are a version that nobody knows.
    mutating func version() throws(Failure) -> Int {
        let start = failure(.unsupportedVersion)
        if let number = cursor.decimal(digits: 9) { return number }
        throw cursor.peek?.isDigit == true ? start : failure(.expectedVersion)
    }

    /// Moves to the next semicolon that is in no comment and no quoted string, or to the end.
    mutating func skipSegment() throws(Failure) {
        while let byte = cursor.peek, byte != UInt8(ascii: ";") {
            if byte == UInt8(ascii: "\"") {
                _ = try quotedString()
            } else if try !skipCFWS() {
                cursor.advance()
            }
        }
    }
}
