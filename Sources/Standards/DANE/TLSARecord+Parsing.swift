internal import MailBytes

extension TLSARecord {
    /// Reads `usage selector matching-type hex`, the presentation form of RFC 6698 §2.2.
    ///
    /// White space may stand in the hexadecimal part.
    public init(parsing text: String) throws(TLSARecordError) {
        var cursor = ByteCursor(text)
        let usage = try Self.number(&cursor, .usage)
        let selector = try Self.number(&cursor, .selector)
        let matchingType = try Self.number(&cursor, .matchingType)
        var data: [UInt8] = []
        var high: UInt8?
        cursor.skipFWS()
        while let byte = cursor.peek {
            guard let digit = byte.hexDigitValue else { throw TLSARecordError(.data, offset: cursor.position) }
            guard data.count < TLSALimits.dataOctetsMax else {
                throw TLSARecordError(.tooLong, offset: cursor.position)
            }
            cursor.advance()
            cursor.skipFWS()
            if let first = high {
                data.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil, !data.isEmpty else { throw TLSARecordError(.data, offset: cursor.position) }
        self.init(
            usage: TLSAUsage(rawValue: usage), selector: TLSASelector(rawValue: selector),
            matchingType: TLSAMatchingType(rawValue: matchingType), data: data)
    }

    private static func number(
        _ cursor: inout ByteCursor, _ field: TLSARecordError.Problem
    ) throws(TLSARecordError)
        -> UInt8
    {
        cursor.skipFWS()
        let start = cursor.position
        guard let value = cursor.decimal(digits: 3).flatMap({ UInt8(exactly: $0) }),
            cursor.peek?.isWSPOrLineBreak ?? true
        else { throw TLSARecordError(field, offset: start) }
        return value
    }

    /// The records of a file: one a line, as in a zone. Empty lines, and what stands behind `;` or `#`, are left out;
    /// a name and other fields may stand in front if the word `TLSA` ends them; parentheses join lines.
    ///
    /// - Throws: with the number of the line, from 1, on which the record begins.
    public static func list(parsing text: String) throws(TLSARecordError) -> [TLSARecord] {
        var records: [TLSARecord] = []
        var pending = ""
        var first = 1
        var isOpen = false
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if !isOpen {
                first = index + 1
                pending = ""
            }
            for character in line.prefix(while: { $0 != ";" && $0 != "#" }) {
                switch character {
                case "(": isOpen = true
                case ")": isOpen = false
                default: pending.append(character)
                }
            }
            pending.append(" ")
            guard !isOpen, pending.contains(where: { !$0.isWhitespace }) else { continue }
            try add(pending, line: first, to: &records)
        }
        if isOpen { throw TLSARecordError(.parenthesis, line: first, offset: 0) }
        return records
    }

    private static func add(_ text: String, line: Int, to records: inout [TLSARecord]) throws(TLSARecordError) {
        guard records.count < TLSALimits.recordsMax else { throw TLSARecordError(.tooMany, line: line, offset: 0) }
        let words = text.split(whereSeparator: \.isWhitespace)
        let start = words.firstIndex { $0.uppercased() == "TLSA" }.map { $0 + 1 } ?? 0
        do throws(TLSARecordError) {
            records.append(try TLSARecord(parsing: words[start...].joined(separator: " ")))
        } catch {
            throw TLSARecordError(error.problem, line: line, offset: error.offset)
        }
    }
}

/// How much is read.
public enum TLSALimits {
    /// Octets of a record's data: a DNS record's content has 65535, three of which are taken.
    public static let dataOctetsMax = 65_532
    /// Records of one set that count. A DNS message has room for some thousand short ones; honest sets have two to
    /// eight. What is more is not looked at, and the verdict says so.
    public static let recordsMax = 100
    /// Paths and signatures that are checked for one chain; each costs up to a millisecond of our time, at the wish
    /// of whoever runs server and zone. Honest sets need one to four.
    public static let checksMax = 40
}

/// Why a text is no TLSA record.
public struct TLSARecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// The first, second or third field is no number from 0 to 255.
        case usage, selector, matchingType
        /// The data are not pairs of hexadecimal digits, or there are none.
        case data
        /// More data than DNS can carry.
        case tooLong
        /// A parenthesis that is not closed.
        case parenthesis
        /// More than ``TLSALimits/recordsMax`` records.
        case tooMany
    }

    public var problem: Problem
    /// The line, from 1, where the text has several.
    public var line: Int?
    /// Offset of the octet at which it shows, from the first field on.
    public var offset: Int

    public init(_ problem: Problem, line: Int? = nil, offset: Int) {
        self.problem = problem
        self.line = line
        self.offset = offset
    }

    public var description: String {
        let what =
            switch problem {
            case .usage: "certificate usage is no number from 0 to 255"
            case .selector: "selector is no number from 0 to 255"
            case .matchingType: "matching type is no number from 0 to 255"
            case .data: "data are no pairs of hexadecimal digits"
            case .tooLong: "more data than a record can hold"
            case .parenthesis: "parenthesis that is not closed"
            case .tooMany: "more than \(TLSALimits.recordsMax) records"
            }
        return what + (line.map { " in line \($0)" } ?? "") + ", at byte \(offset)"
    }
}
