internal import MailBytes

/// A parameter of a field such as Content-Type: RFC 2045 §5.1, RFC 2231.
public struct HeaderParameter: Hashable, Sendable {
    /// In lower case, without the marks of RFC 2231.
    public var name: String
    /// The value: quotes resolved, pieces joined, characters decoded.
    public var value: String
    /// The value's octets, quotes and percent signs resolved but no character set applied: what a boundary is
    /// compared by.
    public var octets: [UInt8]
    /// The language of an extended value (RFC 2231 §5), as written.
    public var language: String?

    /// A parameter; its octets are the value's UTF-8 if none are given.
    public init(name: String, value: String, octets: [UInt8]? = nil, language: String? = nil) {
        self.name = name
        self.value = value
        self.octets = octets ?? Array(value.utf8)
        self.language = language
    }
}

/// Something about parameters that programs read differently.
public enum ParameterDefect: String, Hashable, Sendable, CaseIterable {
    /// One name twice: the first counts.
    case duplicate
    /// A parameter without name, `=` or value: passed over.
    case malformed
    /// White space or characters in a value that should have been quoted.
    case unquoted
    case unbalancedQuote = "unbalanced-quote"
    /// No semicolon between two parameters.
    case missingSemicolon = "missing-semicolon"
    /// An encoded word in a value, where RFC 2231 has another form: decoded, as most programs do.
    case encodedWord = "encoded-word"
    /// A value in several pieces lacks one of them, or has one twice: the pieces up to there count.
    case brokenContinuation = "broken-continuation"
    /// More parameters or pieces than ``ParameterLimits/parameters``: the rest is not read.
    case tooMany = "too-many"
}

/// Limits of reading parameters.
public struct ParameterLimits: Sendable {
    /// Parameters, and pieces of parameters, of one field.
    public var parameters: Int

    public init(parameters: Int = 1000) { self.parameters = parameters }
}

/// The value of a field with parameters: a first word or two, then `; name=value`.
struct ParameterizedValue {
    /// What stands in front of the first semicolon, comments and white space out.
    var head: [UInt8] = []
    var parameters: [HeaderParameter] = []
    var defects: Set<ParameterDefect> = []

    init(_ cursor: ByteCursor, limits: ParameterLimits) {
        var reader = ParameterReader(cursor: cursor, limits: limits)
        head = reader.head()
        reader.readAll()
        (parameters, defects) = ParameterAssembly.joined(reader.pieces, reader.defects)
    }
}

/// One parameter as written, perhaps a piece of one.
struct ParameterPiece {
    var name: [UInt8]
    var value: [UInt8]
    /// The piece's number: `name*1=`.
    var section: Int?
    /// `name*=` or `name*1*=`: percent signs count.
    var isExtended = false
}
