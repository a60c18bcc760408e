internal import MailBytes

// RFC 8601 §2.2: pvalue = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS]

extension AuthenticationResultsReader {
    /// The value of a property, with the white space and comments around it.
    mutating func propertyValue() throws(Failure) -> [UInt8] {
        try skipCFWS()
        let value = isTolerant ? try looseValue() : try strictValue()
        try skipCFWS()
        return value
    }

    private mutating func strictValue() throws(Failure) -> [UInt8] {
        let start = cursor.position
        if cursor.peek == UInt8(ascii: "@") { return try atDomain(after: []) }
        let words = try localPartWords()
        let next = cursor.position
        try skipCFWS()
        // RFC 5322 §3.4.1: CFWS may stand between the local part and the at sign.
        if cursor.peek == UInt8(ascii: "@"), words.isLocalPart { return try atDomain(after: words.written) }
        cursor.move(to: next)
        if let quoted = words.quotedAlone { return quoted }
        let range = start..<next
        if !range.isEmpty, !words.hasQuotes, cursor.slice(range).allSatisfy({ $0.isTokenCharacter || $0.isNonASCII }),
            cursor.slice(range).allSatisfy({ !$0.isNonASCII }) || Self.isDomainName(cursor.slice(range))
        {
            return Array(cursor.slice(range))
        }
        throw Failure(.expectedValue, at: start - base)
    }

    /// Words that may turn out to be a local part or a value.
    private struct Words {
        /// The words as a local part is written: quoted strings in quotes, with the escapes they need alone.
        var written: [UInt8] = []
        /// The content of the quoted string, if there is nothing else.
        var quotedAlone: [UInt8]?
        var hasQuotes = false
        var isLocalPart = false
    }

    /// `local-part` of RFC 5322 §3.4.1 with its obsolete form: atoms and quoted strings joined by dots.
    private mutating func localPartWords() throws(Failure) -> Words {
        var words = Words()
        var endsWithWord = false
        var isDotAtom = true
        while let byte = cursor.peek {
            if byte == UInt8(ascii: "\"") {
                guard !endsWithWord else { break }
                let content = try quotedString()
                words.quotedAlone = words.written.isEmpty ? content : nil
                words.written.appendQuoted(content)
                words.hasQuotes = true
                endsWithWord = true
            } else if byte == UInt8(ascii: ".") {
                if !endsWithWord { isDotAtom = false }
                words.quotedAlone = nil
                words.written.append(byte)
                endsWithWord = false
                cursor.advance()
            } else {
                guard !(endsWithWord && words.quotedAlone != nil) else { break }
                let allowsNonASCII = allowsNonASCII
                let range = cursor.skip { $0.isAtext || ($0.isNonASCII && allowsNonASCII) }
                guard !range.isEmpty else { break }
                words.quotedAlone = nil
                words.written.append(contentsOf: cursor.slice(range))
                endsWithWord = true
            }
        }
        words.isLocalPart = isDotAtom && endsWithWord
        return words
    }

    private mutating func atDomain(after localPart: [UInt8]) throws(Failure) -> [UInt8] {
        cursor.advance()
        let allowsNonASCII = allowsNonASCII
        let range = cursor.skip {
            $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                || ($0.isNonASCII && allowsNonASCII)
        }
        guard Self.isDomainName(cursor.slice(range)) else { throw failure(.expectedDomain) }
        return localPart + [UInt8(ascii: "@")] + cursor.slice(range)
    }

    /// `domain-name` of RFC 6376 §3.5: labels of letters, digits and hyphens, no hyphen at either end, and U-labels
    /// (RFC 6531 §3.3).
    static func isDomainName(_ octets: ArraySlice<UInt8>) -> Bool {
        guard !octets.isEmpty else { return false }
        return octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            let hyphen = UInt8(ascii: "-")
            return first != hyphen && last != hyphen
                && label.allSatisfy { $0.isAlphanumeric || $0 == hyphen || $0.isNonASCII }
        }
    }

    /// A tolerant reading: what the grammar has; where that does not end at a space, semicolon or comment, any run of
    /// octets, or a quoted string and a run behind an at sign. Nothing at all is an empty value.
    private mutating func looseValue() throws(Failure) -> [UInt8] {
        let start = cursor.position
        if let value = try? strictValue(), endsWord { return value }
        cursor.move(to: start)
        guard cursor.peek == UInt8(ascii: "\"") else { return Array(cursor.slice(skipLooseRun())) }
        let content = try quotedString()
        guard cursor.peek == UInt8(ascii: "@") else { return content }
        var address: [UInt8] = []
        address.appendQuoted(content)
        return address + cursor.slice(skipLooseRun())
    }

    private var endsWord: Bool {
        guard let byte = cursor.peek else { return true }
        return byte.isWSPOrLineBreak || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "(")
    }
}

extension [UInt8] {
    /// Appends a quoted string with this content: quotes and backslashes escaped, nothing else.
    mutating func appendQuoted(_ content: some Collection<UInt8>) {
        append(UInt8(ascii: "\""))
        for byte in content {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
            append(byte)
        }
        append(UInt8(ascii: "\""))
    }
}
