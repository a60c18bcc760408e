/// The TXT record at `_smtp._tls.<domain>`: says where reports go (RFC 8460 §3).
public struct TLSRPTRecord: Hashable, Sendable {
    /// Tag `rua`: the destinations; a report is delivered if one of them takes it. At least one.
    public let destinations: [TLSRPTDestination]
    /// What was ignored in reading.
    public let notes: [TLSRPTRecordNote]

    /// A record; nil without a destination.
    public init?(destinations: [TLSRPTDestination], notes: [TLSRPTRecordNote] = []) {
        guard !destinations.isEmpty else { return nil }
        self.destinations = destinations
        self.notes = notes
    }

    /// The record as it is published. ``notes`` are not printed.
    public var text: String { "v=TLSRPTv1; rua=" + destinations.map(\.text).joined(separator: ",") }
}

extension TLSRPTRecord: CustomStringConvertible {
    public var description: String { text }
}

/// Something in a record that was ignored.
public struct TLSRPTRecordNote: Hashable, Sendable, CustomStringConvertible {
    /// What is remarkable.
    public enum Problem: String, Hashable, Sendable, CaseIterable {
        /// A field that RFC 8460 does not have.
        case unknownField = "unknown-field"
        /// A second `rua`; the first one holds.
        case repeatedField = "repeated-field"
        /// A destination that is no URI, or a `mailto:` without a proper address; the others hold.
        case badURI = "bad-uri"
        /// More destinations than are kept.
        case tooMany = "too-many"
    }

    public var problem: Problem
    /// Octets before the place.
    public var offset: Int

    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String {
        switch problem {
        case .unknownField: "the field at column \(offset + 1) is unknown and ignored"
        case .repeatedField: "the second 'rua' at column \(offset + 1) is ignored"
        case .badURI: "the destination at column \(offset + 1) is not usable and ignored"
        case .tooMany: "more destinations at column \(offset + 1) than are kept"
        }
    }
}

/// Why octets are no TLSRPT record, and where.
public struct TLSRPTSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// No TXT record begins with `v=TLSRPTv1;`.
        case noRecord
        /// More than one TXT record begins with `v=TLSRPTv1;`.
        case severalRecords
        /// There is no `rua`.
        case ruaMissing
        /// No destination of `rua` can be used.
        case noDestination
        /// The name of a field is not 1 to 32 letters, digits, `_`, `-` or `.`.
        case fieldName
        /// A name is not followed by `=`.
        case delimiter
        /// A field has no value.
        case emptyValue
        /// A character that no value has.
        case character
        /// Longer than a TXT record can be.
        case tooLong
    }

    public var problem: Problem
    /// The number of the record, from 1.
    public var line: Int
    /// The column in octets, from 1.
    public var column: Int

    public init(_ problem: Problem, line: Int, column: Int) {
        self.problem = problem
        self.line = line
        self.column = column
    }

    public var description: String {
        let clause =
            switch problem {
            case .noRecord: "no record that begins with 'v=TLSRPTv1;'"
            case .severalRecords: "more than one record that begins with 'v=TLSRPTv1;'"
            case .ruaMissing: "no 'rua'"
            case .noDestination: "no destination that can be used"
            case .fieldName: "field name is not 1 to 32 letters, digits, '_', '-' or '.'"
            case .delimiter: "expected '=' behind a field's name"
            case .emptyValue: "field without a value"
            case .character: "character that no value has"
            case .tooLong: "longer than a TXT record can be"
            }
        return "\(clause) at line \(line), column \(column)"
    }
}
