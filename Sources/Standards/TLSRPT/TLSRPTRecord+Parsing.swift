internal import MailBytes

extension TLSRPTRecord {
    private static let version = Array("v=TLSRPTv1".utf8)

    /// Reads what was found at `_smtp._tls`: the texts of all TXT records, the strings of each joined.
    ///
    /// - Throws: if there is not exactly one record, or it has no destination: then no report is wanted (RFC 8460 §3).
    ///   The line of the error is the number of the record.
    public init(selectingFrom texts: [[UInt8]]) throws(TLSRPTSyntaxError) {
        // RFC 8460 §3: of several records, those that do not begin with the version are discarded; one has to be left.
        let begins = Self.version + [UInt8(ascii: ";")]
        let candidates = texts.enumerated().filter { texts.count == 1 || $1.starts(with: begins) }
        guard let (index, text) = candidates.first else { throw TLSRPTSyntaxError(.noRecord, line: 1, column: 1) }
        guard candidates.count == 1 else {
            throw TLSRPTSyntaxError(.severalRecords, line: candidates[1].offset + 1, column: 1)
        }
        try self.init(parsing: text, number: index + 1)
    }

    /// Reads one record: the strings of one TXT record, joined without anything between them.
    ///
    /// - Throws: the first place that is against the grammar of RFC 8460 §3. Single destinations that are no URIs are
    ///   noted, as long as one can be used.
    public init(parsing octets: [UInt8]) throws(TLSRPTSyntaxError) { try self.init(parsing: octets, number: 1) }

    /// As ``init(parsing:)-([UInt8])``, from text.
    public init(parsing text: String) throws(TLSRPTSyntaxError) { try self.init(parsing: Array(text.utf8)) }

    private init(parsing octets: [UInt8], number: Int) throws(TLSRPTSyntaxError) {
        func failure(_ problem: TLSRPTSyntaxError.Problem, _ offset: Int) -> TLSRPTSyntaxError {
            TLSRPTSyntaxError(problem, line: number, column: offset + 1)
        }
        guard octets.count <= TLSRPTLimits.recordBytesMax else { throw failure(.tooLong, TLSRPTLimits.recordBytesMax) }
        let agreed = zip(octets, Self.version).prefix { $0 == $1 }.count
        guard agreed == Self.version.count else { throw failure(.noRecord, agreed) }
        var cursor = ByteCursor(octets)
        cursor.advance(by: agreed)
        var rua: Range<Int>?
        var notes: [TLSRPTRecordNote] = []
        // RFC 8460 §3: tlsrpt-version 1*(field-delim tlsrpt-field) [field-delim]
        repeat {
            cursor.skipWSP()
            guard cursor.skip(UInt8(ascii: ";")) else {
                throw failure(cursor.position == agreed ? .noRecord : .character, cursor.position)
            }
            cursor.skipWSP()
            if cursor.isAtEnd { break }
            let start = cursor.position
            let name = cursor.slice(cursor.skip(while: Self.isNameCharacter))
            guard Self.isName(name) else { throw failure(.fieldName, start) }
            guard cursor.skip(UInt8(ascii: "=")) else { throw failure(.delimiter, cursor.position) }
            let isRUA = name.elementsEqual("rua".utf8)
            // A URI may have `=` in its query, and blanks may stand around the commas; other values have neither.
            let value = cursor.skip { byte in
                byte != UInt8(ascii: ";")
                    && (isRUA ? byte.isVisible || byte.isWSP : byte.isVisible && byte != UInt8(ascii: "="))
            }
            guard !octets[value].allSatisfy(\.isWSP) else { throw failure(.emptyValue, value.lowerBound) }
            if !isRUA {
                notes.append(contentsOf: notes.count < 100 ? [TLSRPTRecordNote(.unknownField, at: start)] : [])
            } else if rua == nil {
                rua = value
            } else {
                // Unspecified: RFC 8460 does not say which one counts. The first one, as in RFC 8461 §3.2.
                notes.append(contentsOf: notes.count < 100 ? [TLSRPTRecordNote(.repeatedField, at: start)] : [])
            }
        } while !cursor.isAtEnd
        guard let rua else { throw failure(.ruaMissing, octets.count) }
        let destinations = Self.destinations(octets[rua], &notes)
        guard !destinations.isEmpty else { throw failure(.noDestination, rua.lowerBound) }
        self.destinations = destinations
        self.notes = notes
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func isName(_ octets: ArraySlice<UInt8>) -> Bool {
        guard let first = octets.first, octets.count <= TLSRPTLimits.extensionNameLengthMax else { return false }
        return first.isAlphanumeric
    }

    private static func destinations(
        _ value: ArraySlice<UInt8>, _ notes: inout [TLSRPTRecordNote]
    ) -> [TLSRPTDestination] {
        var destinations: [TLSRPTDestination] = []
        for item in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let item = item.trimmingWhitespace
            guard destinations.count < TLSRPTLimits.destinationsMax else {
                notes.append(TLSRPTRecordNote(.tooMany, at: item.startIndex))
                break
            }
            guard let destination = TLSRPTDestination(item) else {
                if notes.count < 100 { notes.append(TLSRPTRecordNote(.badURI, at: item.startIndex)) }
                continue
            }
            destinations.append(destination)
        }
        return destinations
    }
}
