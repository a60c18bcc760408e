internal import MailBytes

extension MTASTSPolicy {
    /// Reads the text of a policy, as it came by HTTPS.
    ///
    /// Unknown fields are ignored; of fields that may stand once, the first one holds; ``notes`` has both.
    ///
    /// - Throws: the first place that is against the grammar of RFC 8461 §3.2, or the end if a field is missing.
    public init(parsing octets: [UInt8]) throws(MTASTSSyntaxError) {
        guard octets.count <= MTASTSLimits.policyBytesMax else {
            throw MTASTSSyntaxError(.tooLong, at: MTASTSLimits.policyBytesMax, in: octets)
        }
        var parser = MTASTSPolicyParser(octets)
        self = try parser.parse()
    }

    /// As ``init(parsing:)-([UInt8])``, from text.
    public init(parsing text: String) throws(MTASTSSyntaxError) { try self.init(parsing: Array(text.utf8)) }
}

/// Reads one policy from its first line to its last.
private struct MTASTSPolicyParser {
    let octets: [UInt8]
    var line = 0
    var hasVersion = false
    var mode: MTASTSMode?
    var maxAgeSeconds: Int?
    var mxPatterns: [MTASTSHostPattern] = []
    var notes: [MTASTSPolicyNote] = []

    init(_ octets: [UInt8]) { self.octets = octets }

    func failure(_ problem: MTASTSSyntaxError.Problem, _ offset: Int) -> MTASTSSyntaxError {
        MTASTSSyntaxError(problem, at: offset, in: octets)
    }

    mutating func note(_ problem: MTASTSPolicyNote.Problem) {
        if notes.count < MTASTSLimits.notesMax { notes.append(MTASTSPolicyNote(problem, line: line)) }
    }

    mutating func parse() throws(MTASTSSyntaxError) -> MTASTSPolicy {
        var cursor = ByteCursor(octets)
        while !cursor.isAtEnd {
            line += 1
            // RFC 8461 §3.2: a line ends with CR LF or with LF alone.
            let whole = cursor.skip { $0 != .lineFeed }
            let endsWithLineFeed = cursor.skip(.lineFeed)
            let hasReturn = endsWithLineFeed && octets[whole].last == .carriageReturn
            try field(whole.lowerBound..<(hasReturn ? whole.upperBound - 1 : whole.upperBound))
        }
        guard hasVersion else { throw failure(.versionMissing, octets.count) }
        guard let mode else { throw failure(.modeMissing, octets.count) }
        guard let maxAgeSeconds else { throw failure(.maxAgeMissing, octets.count) }
        // RFC 8461 §3.2: at least one, except when the mode is "none".
        guard mode == .none || !mxPatterns.isEmpty else { throw failure(.mxMissing, octets.count) }
        return MTASTSPolicy(mode: mode, maxAgeSeconds: maxAgeSeconds, mxPatterns: mxPatterns, notes: notes)
    }

    /// Reads a line: a name, a colon, blanks, a value, and perhaps blanks behind it.
    private mutating func field(_ range: Range<Int>) throws(MTASTSSyntaxError) {
        var end = range.upperBound
        while end > range.lowerBound, octets[end - 1].isWSP { end -= 1 }
        guard end > range.lowerBound else {
            // Deviation: the grammar has no blank lines, but many policies end with one. To drop a policy for it would
            // send the domain's mail unprotected; a blank line cannot change what the others say.
            note(.blankLine)
            return
        }
        var cursor = ByteCursor(octets, in: range.lowerBound..<end)
        let name = cursor.slice(cursor.skip { MTASTSFieldName.allows($0) })
        guard MTASTSFieldName.isName(name) else { throw failure(.fieldName, range.lowerBound) }
        guard cursor.skip(UInt8(ascii: ":")) else { throw failure(.delimiter, cursor.position) }
        cursor.skipWSP()
        let start = cursor.position
        let value = cursor.rest
        guard !value.isEmpty else { throw failure(.emptyValue, start) }
        // RFC 8461 §3.2: visible characters with spaces between them, ASCII or UTF-8.
        if let index = value.firstIndex(where: { $0.isControl }) { throw failure(.character, index) }
        guard String(validating: value, as: UTF8.self) != nil else { throw failure(.notUTF8, start) }
        try take(String(lossy: name), value, at: start)
    }

    private mutating func take(
        _ name: String, _ value: ArraySlice<UInt8>, at start: Int
    ) throws(MTASTSSyntaxError) {
        // The names have a case: RFC 8461 §3.2 writes them with %s.
        switch name {
        case "mx": mxPatterns.append(try MTASTSHostPattern(value, at: start, in: octets))
        case "version":
            if hasVersion { return note(.repeatedField) }
            guard value.elementsEqual("STSv1".utf8) else { throw failure(.version, start) }
            hasVersion = true
        case "mode":
            if mode != nil { return note(.repeatedField) }
            guard let word = MTASTSMode(rawValue: String(lossy: value)) else { throw failure(.mode, start) }
            mode = word
        case "max_age":
            if maxAgeSeconds != nil { return note(.repeatedField) }
            var digits = ByteCursor(octets, in: value.indices)
            guard let seconds = digits.decimal(digits: MTASTSLimits.maxAgeDigitsMax), digits.isAtEnd else {
                throw failure(.maxAge, start)
            }
            guard seconds <= MTASTSLimits.maxAgeSecondsMax else { throw failure(.maxAgeTooLarge, start) }
            maxAgeSeconds = seconds
        default: note(.unknownField)
        }
    }
}
