internal import MailBytes

/// Why a text is no MTA-STS record, policy or pattern, and where.
public struct MTASTSSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        // Of records
        /// No TXT record begins with `v=STSv1;`.
        case noRecord
        /// More than one TXT record begins with `v=STSv1;`.
        case severalRecords
        /// There is no `id`.
        case idMissing
        /// The `id` is not 1 to 32 letters and digits.
        case id

        // Of policies
        /// There is no `version`.
        case versionMissing
        /// The version is not exactly `STSv1`.
        case version
        /// There is no `mode`.
        case modeMissing
        /// The mode is not `enforce`, `testing` or `none`.
        case mode
        /// There is no `max_age`.
        case maxAgeMissing
        /// `max_age` is not one to ten digits.
        case maxAge
        /// `max_age` is more than a year.
        case maxAgeTooLarge
        /// There is no `mx`, and the mode is not `none`.
        case mxMissing
        /// An `mx` is neither a host name nor `*.` in front of one.
        case mx
        /// An `mx` has letters that are not ASCII: A-labels are asked for.
        case mxNotALabels

        // Of both
        /// The name of a field is not 1 to 32 letters, digits, `_`, `-` or `.`.
        case fieldName
        /// The name of a field is not followed by its sign.
        case delimiter
        /// A field has no value.
        case emptyValue
        /// A character that no value has, such as a control character.
        case character
        /// Octets that are not UTF-8.
        case notUTF8
        /// Longer than a record or policy may be.
        case tooLong
    }

    public var problem: Problem
    /// Octets before the place. In a set of records: before the place in its record.
    public var offset: Int
    /// The line, from 1. In a set of records or patterns: the number of the record or pattern.
    public var line: Int
    /// The column in octets, from 1.
    public var column: Int

    public init(_ problem: Problem, offset: Int, line: Int, column: Int) {
        self.problem = problem
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// A place in a text of several lines.
    init(_ problem: Problem, at offset: Int, in text: [UInt8]) {
        var line = 1
        var lineStart = 0
        let place = min(max(0, offset), text.count)
        for index in 0..<place where text[index] == .lineFeed {
            line += 1
            lineStart = index + 1
        }
        self.init(problem, offset: place, line: line, column: place - lineStart + 1)
    }

    /// A place in the record or pattern of a number.
    init(_ problem: Problem, at offset: Int, number: Int = 1) {
        self.init(problem, offset: offset, line: number, column: offset + 1)
    }

    /// What is wrong, as a clause without the place.
    public var clause: String {
        switch problem {
        case .noRecord: "no record that begins with 'v=STSv1;'"
        case .severalRecords: "more than one record that begins with 'v=STSv1;'"
        case .idMissing: "no 'id'"
        case .id: "'id' is not 1 to 32 letters and digits"
        case .versionMissing: "no 'version'"
        case .version: "version is not exactly 'STSv1'"
        case .modeMissing: "no 'mode'"
        case .mode: "mode is not 'enforce', 'testing' or 'none'"
        case .maxAgeMissing: "no 'max_age'"
        case .maxAge: "max_age is not one to ten digits"
        case .maxAgeTooLarge: "max_age is more than \(MTASTSLimits.maxAgeSecondsMax)"
        case .mxMissing: "no 'mx', which only mode 'none' can do without"
        case .mx: "mx is neither a host name nor '*.' and a host name"
        case .mxNotALabels: "mx has letters that are not ASCII instead of A-labels"
        case .fieldName: "field name is not 1 to 32 letters, digits, '_', '-' or '.'"
        case .delimiter: "expected a field's name and value"
        case .emptyValue: "field without a value"
        case .character: "character that no value has"
        case .notUTF8: "not UTF-8"
        case .tooLong: "longer than \(MTASTSLimits.policyBytesMax) octets"
        }
    }

    public var description: String { "\(clause) at line \(line), column \(column)" }
}
