internal import MailBytes

extension MTASTSRecord {
    private static let version = Array("v=STSv1".utf8)

    /// Reads what was found at `_mta-sts`: the texts of all TXT records, the strings of each joined.
    ///
    /// - Throws: if there is not exactly one record, or it is against the grammar of RFC 8461 §3.1. Then the domain
    ///   has no policy as far as DNS says. The line of the error is the number of the record.
    public init(selectingFrom texts: [[UInt8]]) throws(MTASTSSyntaxError) {
        // RFC 8461 §3.1: of several records, those that do not begin with the version and a semicolon are no MTA-STS
        // records; exactly one has to be left. The grammar allows blanks between the two, which a record that stands
        // alone may have.
        let begins = Self.version + [UInt8(ascii: ";")]
        let candidates = texts.enumerated().filter { texts.count == 1 || $1.starts(with: begins) }
        guard let (index, text) = candidates.first else { throw MTASTSSyntaxError(.noRecord, at: 0) }
        guard candidates.count == 1 else {
            throw MTASTSSyntaxError(.severalRecords, at: 0, number: candidates[1].offset + 1)
        }
        try self.init(parsing: text, number: index + 1)
    }

    /// Reads one record: the strings of one TXT record, joined without anything between them.
    ///
    /// - Throws: the first place that is against the grammar of RFC 8461 §3.1.
    public init(parsing octets: [UInt8]) throws(MTASTSSyntaxError) { try self.init(parsing: octets, number: 1) }

    /// As ``init(parsing:)-([UInt8])``, from text.
    public init(parsing text: String) throws(MTASTSSyntaxError) { try self.init(parsing: Array(text.utf8)) }

    private init(parsing octets: [UInt8], number: Int) throws(MTASTSSyntaxError) {
        func failure(_ problem: MTASTSSyntaxError.Problem, _ offset: Int) -> MTASTSSyntaxError {
            MTASTSSyntaxError(problem, at: offset, number: number)
        }
        guard octets.count <= MTASTSLimits.recordBytesMax else { throw failure(.tooLong, MTASTSLimits.recordBytesMax) }
        let agreed = zip(octets, Self.version).prefix { $0 == $1 }.count
        guard agreed == Self.version.count else { throw failure(.noRecord, agreed) }
        var cursor = ByteCursor(octets)
        cursor.advance(by: agreed)
        var id: ArraySlice<UInt8>?
        // RFC 8461 §3.1: sts-version 1*(sts-field-delim sts-field) [sts-field-delim]
        repeat {
            cursor.skipWSP()
            guard cursor.skip(UInt8(ascii: ";")) else {
                throw failure(cursor.position == agreed ? .noRecord : .character, cursor.position)
            }
            cursor.skipWSP()
            if cursor.isAtEnd { break }
            let start = cursor.position
            let name = cursor.slice(cursor.skip { MTASTSFieldName.allows($0) })
            guard MTASTSFieldName.isName(name) else { throw failure(.fieldName, start) }
            guard cursor.skip(UInt8(ascii: "=")) else { throw failure(.delimiter, cursor.position) }
            let valueStart = cursor.position
            // RFC 8461 §3.1: visible characters without `=` and `;`.
            let value = cursor.slice(
                cursor.skip { $0.isVisible && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") })
            // RFC 8461 §3.2: of a field that is there more than once, the first one counts.
            if name.elementsEqual("id".utf8), id == nil {
                guard Self.isID(value) else { throw failure(.id, valueStart) }
                id = value
            }
            guard !value.isEmpty else { throw failure(.emptyValue, valueStart) }
        } while !cursor.isAtEnd
        guard let id else { throw failure(.idMissing, octets.count) }
        self.init(checkedID: id)
    }
}

/// The names of fields in records and policies (RFC 8461 §3.1, §3.2): a letter or digit, then up to 31 of those,
/// `_`, `-` and `.`.
enum MTASTSFieldName {
    static func allows(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    static func isName(_ octets: ArraySlice<UInt8>) -> Bool {
        guard let first = octets.first, octets.count <= MTASTSLimits.extensionNameLengthMax else { return false }
        return first.isAlphanumeric && octets.allSatisfy(allows)
    }
}
