internal import MailBytes

/// What comes next in a document.
public enum XMLToken: Hashable, Sendable {
    /// An element begins; the number of its name in the vocabulary, or ``XMLVocabulary/unknown``.
    case begin(Int)
    /// The innermost element ends.
    case end
    /// The first element has ended, and so has the document.
    case finish
}

/// A text: a range over the octets of the document, or over what was decoded of them.
public struct XMLText: Hashable, Sendable {
    /// Without white space at both ends.
    public var range: Range<Int>
    /// Whether the range is over ``XMLPullParser/decoded``; it is over ``XMLPullParser/bytes`` otherwise.
    public var isDecoded: Bool

    /// Part of a text that was read; the range has to be within it.
    public init(range: Range<Int>, isDecoded: Bool) {
        self.range = range
        self.isDecoded = isDecoded
    }
}

/// Reads XML 1.0 piece by piece, as the caller asks for it, over the octets of the document.
///
/// It reads what documents of data are made of: elements, text, CDATA sections, comments, instructions. It knows no
/// document types, and so no entities but the five of XML 1.0 §4.6. Namespaces are left to the caller; a prefix does
/// not count for the vocabulary. What is wrong without leaving doubt is read, and named in ``flaws``. Whatever the
/// octets are, it never traps, and takes memory for the open elements and one text alone.
public struct XMLPullParser: Sendable {
    /// The document in UTF-8, without byte order mark. It is valid UTF-8.
    public let bytes: [UInt8]
    /// The last text that had something to decode.
    public internal(set) var decoded: [UInt8] = []
    /// Offset of the next octet to read.
    public internal(set) var position = 0
    public internal(set) var flaws: XMLFlaws
    /// What is wrong with the octets of the whole.
    let textFlaws: XMLFlaws
    /// Where the document begins that is being read.
    var start = 0
    /// How many elements are open around that document.
    var outerDepth = 0
    /// For each terminator an offset that it does not come behind, which a search has shown: so that none goes to the
    /// end of the text twice.
    var absences = [Int](repeating: .max, count: XMLTerminator.allCases.count)
    /// Where the name of the element that began last stands, where its prefix ends if it has one, and where its
    /// attributes end.
    var tag = Tag()
    /// Whether the element that began last has a prefix.
    public internal(set) var hasPrefix = false
    let vocabulary: XMLVocabulary
    public let limits: XMLLimits
    /// The names of the open elements; as long as the limit of the depth, so that it never grows.
    var open: [OpenElement]
    /// How many elements are open.
    public internal(set) var depth = 0
    /// How many elements have begun so far.
    public internal(set) var elements = 0
    /// Where the text that was read last stands, with the white space around it; nil if it had something to decode.
    public internal(set) var textPlace: Range<Int>?
    /// What began last behind which name in which element: documents of data say the same again and again.
    private var guesses: [Guess]
    /// The number of the name that began last.
    private var lastIndex = XMLVocabulary.unknown
    /// Whether the element that began last is `<name/>`, and its end is still to be told.
    var isEmptyElement = false
    var hasRoot = false

    struct OpenElement {
        var start: Int
        var length: Int
        /// The number of the name.
        var index = XMLVocabulary.unknown
    }

    struct Tag {
        var nameStart = 0
        var prefixEnd = 0
        var nameEnd = 0
        var attributesEnd = 0
    }

    /// A power of two.
    private static let guessesMax = 128

    private struct Guess {
        var start = 0
        var length = 0
        var index = XMLVocabulary.unknown
    }

    /// The full name of the element that began last.
    public var name: Range<Int> { tag.nameStart..<tag.nameEnd }
    /// The prefix of the element that began last, without the colon.
    public var prefix: Range<Int> { tag.nameStart..<tag.prefixEnd }

    /// A reader of these octets, which may be in UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 or windows-1252. Of other
    /// sets that ASCII is a part of, what is not ASCII is read as U+FFFD.
    ///
    /// - Parameter charset: the name of the character set where the document does not say it itself; nil if nobody
    ///   does.
    /// - Throws: for sets that ASCII is no part of.
    public init(
        _ octets: [UInt8], charset: String? = nil, vocabulary: XMLVocabulary, limits: XMLLimits = XMLLimits()
    ) throws(XMLSyntaxError) {
        var decoder = XMLDecoder(limit: limits.convertedBytes, charset: charset)
        bytes = try decoder.text(octets)
        flaws = decoder.flaws
        textFlaws = decoder.flaws
        self.vocabulary = vocabulary
        self.limits = limits
        guesses = [Guess](repeating: Guess(), count: Self.guessesMax)
        open = [OpenElement](repeating: OpenElement(start: 0, length: 0), count: max(1, limits.depth))
    }

    /// The next beginning or end of an element. Text in between is passed over; if it is more than white space, that
    /// is a flaw.
    public mutating func next() throws(XMLSyntaxError) -> XMLToken {
        if isEmptyElement {
            isEmptyElement = false
            depth -= 1
            return .end
        }
        while true {
            if hasRoot, depth == 0 { return finish() }
            position = unsafe XMLScan.visible(bytes.span.bytes, from: position)
            guard position < bytes.count else {
                throw error(hasRoot ? .unexpectedEnd : .noElement, at: position)
            }
            guard bytes[position] == UInt8(ascii: "<") else {
                try passOverText()
                continue
            }
            if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "/") {
                if depth > 0, fastEnd(at: position) { return .end }
            } else {
                let known = fastBegin()
                if known != XMLVocabulary.unknown { return try begun(known) }
            }
            if let token = try markup() { return token }
        }
    }

    /// The text of the element that began last, up to and with its end: ``next()`` does not tell that end.
    public mutating func text() throws(XMLSyntaxError) -> XMLText {
        guard !isEmptyElement, depth > 0 else {
            if isEmptyElement { depth -= 1 }
            isEmptyElement = false
            textPlace = position..<position
            return XMLText(range: position..<position, isDecoded: false)
        }
        let start = position
        let end = unsafe XMLScan.first(bytes.span.bytes, from: start, of: UInt8(ascii: "<"), or: UInt8(ascii: "&"))
        guard end - start <= limits.textBytes else { throw error(.textTooLong, at: start) }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "<"), fastEnd(at: end) else {
            textPlace = nil
            return try slowText(from: start)
        }
        textPlace = start..<end
        return XMLText(range: unsafe XMLScan.trimmed(bytes.span.bytes, start, end), isDecoded: false)
    }

    /// Passes over the content of the element that began last, and its end.
    public mutating func skip() throws(XMLSyntaxError) {
        guard depth > 0 else { return }
        let outer = depth - 1
        // What stands in there is nobody's business.
        let before = flaws
        while depth > outer { _ = try next() }
        flaws = before
    }

    /// A text as a string.
    public func string(_ text: XMLText) -> String {
        let source = text.isDecoded ? decoded : bytes
        return String(decoding: source[text.range.clamped(to: 0..<source.count)], as: UTF8.self)
    }

    /// The error for a place, with line and column.
    public func error(_ problem: XMLProblem, at offset: Int) -> XMLSyntaxError {
        XMLSyntaxError(problem, at: offset, in: bytes)
    }

    // MARK: - The usual

    /// A tag of a known name without prefix and attributes: moves behind it. Anything else: the number is `unknown`,
    /// and nothing has moved.
    @inline(__always)
    private mutating func fastBegin() -> Int {
        let start = position + 1
        let parent = depth > 0 ? open[depth - 1].index : XMLVocabulary.unknown
        let place = (lastIndex &* 13 &+ parent) & (Self.guessesMax - 1)
        let guess = guesses[place]
        if isTag(guess, start) {
            began(guess.index, start, start + guess.length)
            return guess.index
        }
        let (index, isExact, end) = known(at: start)
        guard index != XMLVocabulary.unknown else { return index }
        if !isExact { flaws.insert(.wrongCase) }
        guesses[place] = Guess(start: start, length: end - start, index: index)
        began(index, start, end)
        return index
    }

    @inline(__always)
    private mutating func began(_ index: Int, _ start: Int, _ end: Int) {
        lastIndex = index
        tag = Tag(nameStart: start, prefixEnd: start, nameEnd: end, attributesEnd: end)
        hasPrefix = false
        position = end + 1
    }

    /// Whether the name that came here last time stands here again.
    @inline(__always)
    private func isTag(_ guess: Guess, _ start: Int) -> Bool {
        let end = start + guess.length
        guard guess.length > 0, end < bytes.count, bytes[end] == UInt8(ascii: ">") else { return false }
        return unsafe XMLScan.areEqual(bytes.span.bytes, guess.start, start, count: guess.length)
    }

    /// The known name that stands at a place with `>` behind it, whether its letters are right, and where it ends.
    @inline(__always)
    private func known(at start: Int) -> (index: Int, isExact: Bool, end: Int) {
        // So that all loads are within the document.
        guard start + 32 <= bytes.count else { return (XMLVocabulary.unknown, false, start) }
        let span = unsafe bytes.span.bytes
        let end = XMLScan.close(span, from: start)
        guard let key = XMLNameKey(span, start, end - start) else { return (XMLVocabulary.unknown, false, start) }
        let (index, isExact) = vocabulary.find(key)
        return (index, isExact, end)
    }

    /// Notes an element that has begun, whose name and place are known.
    @inline(__always)
    mutating func begun(_ index: Int) throws(XMLSyntaxError) -> XMLToken {
        hasRoot = true
        elements += 1
        guard depth < open.count else { throw error(.tooDeep, at: tag.nameStart) }
        guard elements <= limits.elements else { throw error(.tooManyElements, at: tag.nameStart) }
        open[depth] = OpenElement(start: tag.nameStart, length: tag.nameEnd - tag.nameStart, index: index)
        depth += 1
        return .begin(index)
    }

    /// The end tag of the innermost element, without white space in it: moves behind it. Nothing moves otherwise.
    @inline(__always)
    mutating func fastEnd(at start: Int) -> Bool {
        let innermost = open[depth - 1]
        let end = start + 2 + innermost.length
        guard closes(innermost, start, end) else { return false }
        depth -= 1
        position = end + 1
        return true
    }

    @inline(__always)
    private func closes(_ element: OpenElement, _ start: Int, _ end: Int) -> Bool {
        guard end < bytes.count, bytes[start + 1] == UInt8(ascii: "/") else { return false }
        let span = unsafe bytes.span.bytes
        return XMLScan.octet(span, end) == UInt8(ascii: ">")
            && XMLScan.areEqual(span, start + 2, element.start, count: element.length)
    }

    // MARK: - Moving

    /// Moves on to a place on the same level, behind this many elements; false, and nothing moves, where that is beyond
    /// the limit.
    public mutating func pass(to place: Int, elements count: Int) -> Bool {
        guard !isEmptyElement, place >= position, place <= bytes.count, elements + count <= limits.elements else {
            return false
        }
        position = place
        elements += count
        return true
    }
}
