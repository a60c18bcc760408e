internal import MailBytes

extension DMARCRecord {
    /// Reads a record: the strings of one TXT record, joined (RFC 9989 §4.5).
    ///
    /// Only the version is required. What else is wrong is ignored, or replaced by its default, and noted in
    /// ``notes`` (RFC 9989 §4.8).
    ///
    /// - Throws: if the octets do not start with `v=DMARC1`: then they are not a DMARC record at all.
    public init(parsing octets: [UInt8]) throws(DMARCRecordError) {
        guard octets.count <= DMARCLimits.recordBytesMax else { throw DMARCRecordError(.tooLong, at: octets.count) }
        var cursor = ByteCursor(octets)
        try Self.skipVersion(&cursor)
        self.init(policy: nil)
        var seen = ["v"]
        var tags = 0
        // RFC 9989 §4.8: *(dmarc-sep dmarc-tag) [dmarc-sep]
        while cursor.skip(UInt8(ascii: ";")) {
            cursor.skipWSP()
            if cursor.isAtEnd { break }
            tags += 1
            guard tags <= DMARCLimits.tagsMax else {
                notes.append(DMARCRecordNote(.tooMany, at: cursor.position))
                break
            }
            let start = cursor.position
            let name = cursor.skip { $0.isAlpha }
            cursor.skipWSP()
            let hasEquals = cursor.skip(UInt8(ascii: "="))
            let value = cursor.upToSemicolon()
            guard hasEquals, !name.isEmpty else {
                notes.append(DMARCRecordNote(.noTag, at: start))
                continue
            }
            // RFC 5234 §2.3: names given in quotes, as the registry's are, have no case.
            let shown = cursor.slice(name).prefix(Self.tagNameShown).map(\.asciiLowercased)
            let tag = String(decoding: shown, as: UTF8.self)
            guard !seen.contains(tag) else {
                // Unspecified: RFC 6376 §3.2 voids a list with a name in it twice, RFC 9989 §4.8 discards the error.
                // The first one is kept, as the rest of the record is.
                notes.append(DMARCRecordNote(.duplicateTag, tag: tag, at: start))
                continue
            }
            seen.append(tag)
            take(tag, value, at: start)
        }
    }

    /// Longer names are unknown in any case and shortened in notes.
    private static let tagNameShown = 16

    /// RFC 9989 §4.7: `v` is the first tag and its value is exactly `DMARC1`; otherwise the record is ignored whole.
    private static func skipVersion(_ cursor: inout ByteCursor) throws(DMARCRecordError) {
        guard cursor.skip(ignoringCase: "v") else { throw DMARCRecordError(.versionNotFirst, at: cursor.position) }
        cursor.skipWSP()
        guard cursor.skip(UInt8(ascii: "=")) else { throw DMARCRecordError(.versionNotFirst, at: cursor.position) }
        cursor.skipWSP()
        let start = cursor.position
        let value = cursor.upToSemicolon()
        guard value.elementsEqual("DMARC1".utf8) else { throw DMARCRecordError(.unknownVersion, at: start) }
    }

    private mutating func take(_ tag: String, _ value: ArraySlice<UInt8>, at offset: Int) {
        // RFC 9989 §4.8: a value is of printing characters.
        guard value.allSatisfy({ $0.isVisible || $0 == .space }) else {
            notes.append(DMARCRecordNote(.badValue, tag: tag, at: offset))
            return
        }
        var isGood = true
        switch tag {
        case "p": isGood = Self.set(&policy, value)
        case "sp": isGood = Self.set(&subdomainPolicy, value)
        case "np": isGood = Self.set(&nonexistentPolicy, value)
        case "adkim": isGood = Self.set(&dkimAlignment, value)
        case "aspf": isGood = Self.set(&spfAlignment, value)
        case "psd": isGood = Self.set(&publicSuffix, value)
        case "t":
            isGood = value.equalsText("y") || value.equalsText("n")
            isTesting = value.equalsText("y")
        case "fo":
            let options = DMARCFailureOptions(value)
            isGood = options != nil
            failureOptions = options ?? .allFail
        case "rua": aggregateReports = uris(value, tag)
        case "ruf": failureReports = uris(value, tag)
        // RFC 9989 §9.3: historic tags are ignored as unknown ones are.
        case "pct", "rf", "ri": notes.append(DMARCRecordNote(.historicTag, tag: tag, at: offset))
        default: notes.append(DMARCRecordNote(.unknownTag, tag: tag, at: offset))
        }
        if !isGood { notes.append(DMARCRecordNote(.badValue, tag: tag, at: offset)) }
    }

    /// Sets a word of the tag's own, in any case (RFC 5234 §2.3); false if the value is no such word.
    private static func set<Word: RawRepresentable<String> & CaseIterable>(
        _ property: inout Word?, _ value: ArraySlice<UInt8>
    ) -> Bool {
        guard let word = Word.allCases.first(where: { value.equalsText($0.rawValue) }) else { return false }
        property = word
        return true
    }

    private static func set<Word: RawRepresentable<String> & CaseIterable>(
        _ property: inout Word, _ value: ArraySlice<UInt8>
    ) -> Bool {
        guard let word = Word.allCases.first(where: { value.equalsText($0.rawValue) }) else { return false }
        property = word
        return true
    }

    /// RFC 9989 §4.8: `dmarc-urilist`. What is no URI is left out, the rest holds.
    private mutating func uris(_ value: ArraySlice<UInt8>, _ tag: String) -> [DMARCReportURI] {
        var uris: [DMARCReportURI] = []
        var rest = value
        var isLast = false
        while !isLast {
            let comma = rest.firstIndex(of: UInt8(ascii: ","))
            let item = rest[..<(comma ?? rest.endIndex)].trimmingBlanks
            isLast = comma == nil
            rest = rest[(comma.map { $0 + 1 } ?? rest.endIndex)...]
            let offset = item.startIndex
            guard uris.count < DMARCLimits.reportURIsMax else {
                notes.append(DMARCRecordNote(.tooMany, tag: tag, at: offset))
                break
            }
            let plain = item.withoutReportSize
            guard let uri = DMARCReportURI(plain) else {
                notes.append(DMARCRecordNote(.badURI, tag: tag, at: offset))
                continue
            }
            if plain.count != item.count { notes.append(DMARCRecordNote(.reportSize, tag: tag, at: offset)) }
            uris.append(uri)
        }
        return uris
    }
}

extension DMARCFailureOptions {
    /// RFC 9989 §4.8: `dmarc-fo`, each option once, `0` and `1` not together; nil for anything else.
    init?(_ value: ArraySlice<UInt8>) {
        self = []
        for part in value.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard part.count == 1, let byte = part.first else { return nil }
            let option: DMARCFailureOptions
            switch byte.asciiLowercased {
            case UInt8(ascii: "0"): option = .allFail
            case UInt8(ascii: "1"): option = .anyFails
            case UInt8(ascii: "d"): option = .dkim
            case UInt8(ascii: "s"): option = .spf
            default: return nil
            }
            guard insert(option).inserted else { return nil }
        }
        guard !contains([.allFail, .anyFails]) else { return nil }
    }
}

extension ByteCursor {
    /// Moves to the next semicolon or the end; returns what is passed, without blanks at its two ends.
    fileprivate mutating func upToSemicolon() -> ArraySlice<UInt8> {
        let rest = rest
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        move(to: end)
        return rest[..<end].trimmingBlanks
    }
}

extension ArraySlice<UInt8> {
    /// The slice without spaces and tabs at its two ends.
    fileprivate var trimmingBlanks: ArraySlice<UInt8> {
        var lower = startIndex
        var upper = endIndex
        while lower < upper, self[lower].isWSP { lower += 1 }
        while lower < upper, self[upper - 1].isWSP { upper -= 1 }
        return self[lower..<upper]
    }

    /// Whether the octets are this text, in any case.
    fileprivate func equalsText(_ text: String) -> Bool {
        count == text.utf8.count && elementsEqual(text.utf8) { $0.asciiLowercased == $1 }
    }

    /// RFC 9989 §4.8: a URI without the obsolete size behind it, `!` with digits and perhaps a unit.
    fileprivate var withoutReportSize: ArraySlice<UInt8> {
        guard let mark = lastIndex(of: UInt8(ascii: "!")) else { return self }
        var size = self[(mark + 1)...]
        if let unit = size.last, "kmgt".utf8.contains(unit.asciiLowercased) { size = size.dropLast() }
        return !size.isEmpty && size.allSatisfy(\.isDigit) ? self[..<mark] : self
    }
}
