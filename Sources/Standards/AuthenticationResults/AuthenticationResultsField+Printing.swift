internal import MailBytes

extension AuthenticationResultsField {
    /// Where a printed field is broken into lines.
    public struct Folding: Hashable, Sendable {
        /// What ends a line.
        public enum LineBreak: Hashable, Sendable {
            /// One long line, for callers who fold by themselves.
            case none
            /// As on the wire.
            case carriageReturnLineFeed
            /// As the milter protocol has header values.
            case lineFeed
        }

        public var lineBreak: LineBreak
        /// How many columns stand in front of the value: the field's name, the colon, the space.
        public var startColumn: Int

        public init(_ lineBreak: LineBreak, startColumn: Int = fieldName.utf8.count + 2) {
            self.lineBreak = lineBreak
            self.startColumn = startColumn
        }

        /// Everything on one line.
        public static let none = Folding(.none)
        /// At 78 columns (RFC 5322 §2.1.1) with CR LF, behind `Authentication-Results: `.
        public static let wire = Folding(.carriageReturnLineFeed)
        /// At 78 columns with LF alone, behind `Authentication-Results: `.
        public static let milter = Folding(.lineFeed)

        /// RFC 5322 §2.1.1: lines should have no more columns.
        static let columnsMax = 78
        /// What begins a folded line; counts as eight columns.
        static let tabColumns = 8
    }

    /// Which octets a printed field may hold.
    public enum Encoding: Hashable, Sendable {
        /// ASCII alone, for every message. U-labels become A-labels; other letters become question marks.
        case ascii
        /// UTF-8, for messages that have it in their header (RFC 6532) and travel with SMTPUTF8.
        case utf8
    }

    /// The value of the field, without its name.
    ///
    /// Whatever the field holds, what comes out is one value in the grammar of RFC 8601 §2.2: nothing in it can
    /// begin a field, a result or a property of its own. Values are quoted and escaped where they need it; control
    /// characters and octets that the encoding lacks become question marks; parentheses, quotes and semicolons of
    /// comments are replaced; what is too long for a line is cut (``AuthenticationResultsLimits``).
    ///
    /// Reading it gives the field back, apart from what had to be replaced or cut.
    public func fieldValue(folding: Folding = .wire, encoding: Encoding = .ascii) -> [UInt8] {
        var printer = AuthenticationResultsPrinter(folding, encoding)
        printer.print(self)
        return printer.output
    }

    /// The whole field, `Authentication-Results: …`, with CR LF at its end.
    public func field(encoding: Encoding = .ascii) -> [UInt8] {
        Array("\(Self.fieldName): ".utf8) + fieldValue(folding: .wire, encoding: encoding) + [
            .carriageReturn, .lineFeed,
        ]
    }
}

/// Puts the parts of a field one after the other, with line breaks between them.
struct AuthenticationResultsPrinter {
    private(set) var output: [UInt8] = []
    private let folding: AuthenticationResultsField.Folding
    private let words: PrintedWords
    private var column: Int

    init(_ folding: AuthenticationResultsField.Folding, _ encoding: AuthenticationResultsField.Encoding) {
        self.folding = folding
        words = PrintedWords(encoding: encoding)
        column = folding.startColumn
    }

    mutating func print(_ field: AuthenticationResultsField) {
        var id = words.identifier(field.authservID)
        if field.version != 1 { id += Array(" \(max(0, field.version))".utf8) }
        append(id + [UInt8(ascii: ";")])
        guard !field.results.isEmpty else {
            append(Array("none".utf8))
            return
        }
        let results = field.results.prefix(AuthenticationResultsLimits().resultsMax)
        for (index, result) in results.enumerated() {
            var parts = parts(of: result)
            if index < results.count - 1, let last = parts.indices.last { parts[last].append(UInt8(ascii: ";")) }
            for (place, part) in parts.enumerated() { append(part, onNewLine: place == 0) }
        }
    }

    /// The pieces of a result between which a line may end.
    private func parts(of result: MethodResult) -> [[UInt8]] {
        var first = words.keyword(result.method)
        if result.methodVersion != 1 { first += Array("/\(max(0, result.methodVersion))".utf8) }
        first.append(UInt8(ascii: "="))
        first += words.keyword(result.result)
        var parts = [first]
        if let comment = result.comment { parts += words.comment(comment) }
        if let reason = result.reason { parts.append(Array("reason=".utf8) + words.value(Array(reason.utf8))) }
        for property in result.properties.prefix(AuthenticationResultsLimits().propertiesMax) {
            var part = words.keyword(property.type.text)
            part.append(UInt8(ascii: "."))
            part += words.keyword(property.name)
            part.append(UInt8(ascii: "="))
            part += words.propertyValue(property.value)
            parts.append(part)
        }
        return parts
    }

    private mutating func append(_ part: [UInt8], onNewLine: Bool = false) {
        defer {
            output.append(contentsOf: part)
            column += part.count
        }
        guard !output.isEmpty else { return }
        let fits = column + 1 + part.count <= AuthenticationResultsField.Folding.columnsMax
        guard folding.lineBreak != .none, onNewLine || !fits else {
            output.append(.space)
            column += 1
            return
        }
        if folding.lineBreak == .carriageReturnLineFeed { output.append(.carriageReturn) }
        output.append(.lineFeed)
        output.append(.tab)
        column = AuthenticationResultsField.Folding.tabColumns
    }
}
