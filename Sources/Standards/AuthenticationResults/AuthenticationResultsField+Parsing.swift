public import MailBytes

extension AuthenticationResultsField {
    /// How closely a field must follow the grammar.
    public enum Strictness: Hashable, Sendable {
        /// RFC 8601 §2.2 to the letter, in ASCII. Results that a registered method does not have are refused.
        case strict
        /// As ``strict``, with UTF-8 where RFC 8601 §2.2 and RFC 6532 allow it: for messages with SMTPUTF8.
        case strictInternational
        /// What real fields look like: a missing identifier, semicolons at the end, values that lack their quotes,
        /// `action=none`, any octets above 127. A part that makes no sense is left out, and the rest is read.
        case tolerant
    }

    /// Reads the value of a field: what follows the colon, folds and all.
    ///
    /// - Throws: where the text does not follow the grammar, within `strictness`, or passes a limit. A version other
    ///   than 1 is always an error (RFC 8601 §2.6).
    public init(
        parsing value: ArraySlice<UInt8>, _ strictness: Strictness = .strict,
        limits: AuthenticationResultsLimits = .init()
    ) throws(AuthenticationResultsError) {
        try self.init(parsing: ByteCursor(Array(value)), strictness, limits: limits)
    }

    /// As ``init(parsing:_:limits:)-(ArraySlice<UInt8>,_,_)``, from where the cursor stands to its end.
    public init(
        parsing cursor: ByteCursor, _ strictness: Strictness = .strict, limits: AuthenticationResultsLimits = .init()
    ) throws(AuthenticationResultsError) {
        guard cursor.remaining <= limits.valueOctetsMax else {
            throw AuthenticationResultsError(.tooLong, at: limits.valueOctetsMax)
        }
        if strictness == .strictInternational, String(validating: cursor.rest, as: UTF8.self) == nil {
            throw AuthenticationResultsError(.notUTF8, at: 0)
        }
        var reader = AuthenticationResultsReader(cursor, strictness, limits)
        let head = try reader.head()
        let results = try reader.results(isWithoutID: head.isWithoutID)
        self.init(authservID: String(lossy: head.id), version: head.version, results: results)
    }
}

extension AuthenticationResultsReader {
    /// The part in front of the results.
    struct Head {
        var id: [UInt8]
        var version = 1
        /// A tolerant reading found a result where the identifier belongs.
        var isWithoutID = false
    }

    /// `[CFWS] authserv-id [ CFWS authres-version ] [CFWS]`; the cursor ends at the semicolon or the end.
    mutating func head() throws(Failure) -> Head {
        try skipCFWS()
        let start = cursor.position
        if isTolerant {
            if try beginsWithMethod() { return Head(id: [], isWithoutID: true) }
            cursor.move(to: start)
        }
        guard let id = try value() else {
            if isTolerant, cursor.isAtEnd || cursor.peek == UInt8(ascii: ";") { return Head(id: []) }
            throw failure(.expectedAuthservID)
        }
        var head = Head(id: id)
        if try skipCFWS(), cursor.peek?.isDigit == true {
            let place = failure(.unsupportedVersion)
            head.version = try version()
            try skipCFWS()
            // RFC 8601 §2.6: what follows an unknown version may have any format.
            guard head.version == 1 else { throw place }
        }
        guard cursor.isAtEnd || cursor.peek == UInt8(ascii: ";") else {
            guard isTolerant else { throw failure(.expectedSemicolon) }
            try skipSegment()
            return head
        }
        return head
    }

    /// Whether `method=` or `method/1=` comes where an identifier should: Exchange Online writes such fields.
    private mutating func beginsWithMethod() throws(Failure) -> Bool {
        guard keyword() != nil else { return false }
        try skipCFWS()
        if cursor.skip(UInt8(ascii: "/")) {
            try skipCFWS()
            guard cursor.decimal(digits: 9) != nil else { return false }
            try skipCFWS()
        }
        guard cursor.peek == UInt8(ascii: "=") else { return false }
        cursor.move(to: base)
        try skipCFWS()
        return true
    }

    /// `( no-result / 1*resinfo ) [CFWS]` to the end.
    mutating func results(isWithoutID: Bool) throws(Failure) -> [MethodResult] {
        var results: [MethodResult] = []
        if isWithoutID, let result = try tolerantResult() { results.append(result) }
        if !isTolerant, cursor.isAtEnd { throw failure(.expectedSemicolon) }
        var isFirst = true
        while cursor.skip(UInt8(ascii: ";")) {
            try skipCFWS()
            if isFirst, try skipNone() { return [] }
            isFirst = false
            let place = failure(.tooManyResults)
            if !isTolerant {
                results.append(try result())
            } else if let result = try tolerantResult() {
                results.append(result)
            }
            guard results.count <= limits.resultsMax else { throw place }
        }
        guard cursor.isAtEnd else { throw failure(.expectedSemicolon) }
        return results
    }

    /// `none` as the only thing behind the first semicolon.
    private mutating func skipNone() throws(Failure) -> Bool {
        let start = cursor.position
        if cursor.skip(ignoringCase: "none") {
            try skipCFWS()
            if cursor.isAtEnd { return true }
        }
        cursor.move(to: start)
        return false
    }

    /// A result as far as it makes sense, and then everything up to the next semicolon; nil if there is none.
    private mutating func tolerantResult() throws(Failure) -> MethodResult? {
        var found: MethodResult?
        let start = cursor.position
        do throws(Failure) {
            found = try result()
        } catch {
            guard !error.isFatal else { throw error }
            cursor.move(to: start)
        }
        try skipSegment()
        return found
    }
}

extension AuthenticationResultsField {
    /// Moves past comments and folding white space, for fields that have something in front of the value of an
    /// Authentication-Results field. Stops at a comment that has no end or nests too deep.
    @discardableResult
    package static func skipCFWS(_ cursor: inout ByteCursor) -> Bool {
        var reader = AuthenticationResultsReader(cursor, .tolerant, AuthenticationResultsLimits())
        let found = (try? reader.skipCFWS()) ?? false
        if found { cursor = reader.cursor }
        return found
    }
}
