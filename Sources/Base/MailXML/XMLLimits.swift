/// What a document may ask of the reader. Each limit is an error of its own when it is passed.
public struct XMLLimits: Hashable, Sendable {
    /// Elements within each other.
    public var depth: Int
    /// Elements in all.
    public var elements: Int
    /// Octets of one tag with its attributes.
    public var tagBytes: Int
    /// Octets of the text of one element.
    public var textBytes: Int
    /// Octets of a document that has to be converted or mended first: it takes several times its size meanwhile.
    public var convertedBytes: Int

    /// The defaults fit reports by mail: 32 levels, 8 million elements, 16 kB for a tag, 1 MB for a text, 16 MB to be
    /// converted.
    public init(
        depth: Int = 32, elements: Int = 8_000_000, tagBytes: Int = 16 << 10, textBytes: Int = 1 << 20,
        convertedBytes: Int = 16 << 20
    ) {
        self.depth = depth
        self.elements = elements
        self.tagBytes = tagBytes
        self.textBytes = textBytes
        self.convertedBytes = convertedBytes
    }
}

/// What is wrong with a document so that it is not read.
public enum XMLProblem: String, Hashable, Sendable, CaseIterable {
    /// There is no element: the text is no XML.
    case noElement = "no-element"
    /// A document type declaration. It is refused whatever it says: nothing here resolves entities.
    case documentType = "document-type"
    /// The text ends within an element or a tag.
    case unexpectedEnd = "unexpected-end"
    /// An end tag that does not belong to the element that is open.
    case mismatchedTag = "mismatched-tag"
    /// A tag, comment or instruction that is not of the form.
    case badTag = "bad-tag"
    /// A character set that is not read.
    case unsupportedEncoding = "unsupported-encoding"
    /// More than ``XMLLimits/depth``.
    case tooDeep = "too-deep"
    /// More than ``XMLLimits/elements``.
    case tooManyElements = "too-many-elements"
    /// More than ``XMLLimits/tagBytes``.
    case tagTooLong = "tag-too-long"
    /// More than ``XMLLimits/textBytes``.
    case textTooLong = "text-too-long"
    /// More than ``XMLLimits/convertedBytes``, and not plain UTF-8.
    case conversionTooLong = "conversion-too-long"

    /// The problem as a clause.
    public var sentence: String {
        switch self {
        case .noElement: "there is no XML element"
        case .documentType: "document type declarations are not read"
        case .unexpectedEnd: "the text ends within an element"
        case .mismatchedTag: "the end tag belongs to another element"
        case .badTag: "the tag is malformed"
        case .unsupportedEncoding: "the character set is not read"
        case .tooDeep: "elements within each other beyond the limit"
        case .tooManyElements: "more elements than the limit"
        case .tagTooLong: "a tag longer than the limit"
        case .textTooLong: "a text longer than the limit"
        case .conversionTooLong: "a document that is not plain UTF-8 and longer than the limit for that"
        }
    }
}

/// Why a text is not read as XML, and where.
public struct XMLSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    public var problem: XMLProblem
    /// Octets before the place, in UTF-8.
    public var offset: Int
    /// The line, from 1.
    public var line: Int
    /// The column in octets, from 1.
    public var column: Int

    public var description: String { "\(problem.sentence) at line \(line), column \(column)" }

    init(_ problem: XMLProblem, at offset: Int, in bytes: [UInt8]) {
        self.problem = problem
        self.offset = offset
        line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        column = offset - lineStart + 1
    }
}

/// What is wrong with a document, and is read all the same. A strict reader refuses a document that has any.
public struct XMLFlaws: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Octets that are not of the character set, or of one that is not converted; they are read as U+FFFD.
    public static let invalidText = XMLFlaws(rawValue: 1 << 0)
    /// The document is in another character set than it says, or in one that is not converted.
    public static let wrongEncoding = XMLFlaws(rawValue: 1 << 1)
    /// A control character, which XML 1.0 §2.2 forbids; it is read as U+FFFD.
    public static let controlCharacter = XMLFlaws(rawValue: 1 << 2)
    /// Something other than white space, or white space before the XML declaration, in front of the first element.
    public static let leadingText = XMLFlaws(rawValue: 1 << 3)
    /// Something behind the end of the first element.
    public static let trailingText = XMLFlaws(rawValue: 1 << 4)
    /// Text between elements where there should be none; it is passed over.
    public static let strayText = XMLFlaws(rawValue: 1 << 5)
    /// `<` or a tag within a text; it is read as text.
    public static let markupInText = XMLFlaws(rawValue: 1 << 6)
    /// `&` that begins none of the five entities and no reference to a character; it is read as text.
    public static let badReference = XMLFlaws(rawValue: 1 << 7)
    /// A name that is known, in letters of another case.
    public static let wrongCase = XMLFlaws(rawValue: 1 << 8)
    /// An XML declaration or an instruction that is not of the form of XML 1.0 §2.8, §2.6.
    public static let badDeclaration = XMLFlaws(rawValue: 1 << 9)
}
