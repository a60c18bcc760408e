internal import MailBytes

/// A word of another character set in a header field: `=?utf-8?q?Bj=C3=B6rn?=` (RFC 2047 §2, with the language
/// of RFC 2231 §5).
public struct EncodedWord: Hashable, Sendable {
    public var charset: Charset
    /// The octets, out of their transfer encoding.
    public var octets: [UInt8]

    public init(charset: Charset, octets: [UInt8]) {
        self.charset = charset
        self.octets = octets
    }

    /// The text; nil in a character set that is not decoded.
    public var text: String? { charset.text(octets) }

    /// The longest name of a character set that is looked at: the registry's longest have 45 characters.
    static let charsetLengthMax = 60
}

/// Finds encoded words in a stretch of octets, in linear time whatever the octets are.
struct EncodedWordReader {
    let bytes: [UInt8]
    let end: Int
    /// The last search for a `?=`: from where, and where it was found or else the end. Searches that begin in
    /// between have the same answer, which keeps hostile input linear.
    private var searched: Range<Int> = 0..<0

    init(bytes: [UInt8], end: Int) {
        self.bytes = bytes
        self.end = min(end, bytes.count)
    }

    /// Where a word's text lies.
    struct Span {
        var charset: Range<Int>
        var isBase64: Bool
        var text: Range<Int>
        /// Behind the closing `?=`.
        var next: Int
    }

    /// The encoded word that begins at this offset.
    ///
    /// Tolerated: white space and folds in the text, and words that touch others (RFC 2047 §2 and §5 forbid them,
    /// and senders do it), and more than 75 characters.
    mutating func span(at start: Int) -> Span? {
        guard start >= 0, start + 6 <= end, bytes[start] == UInt8(ascii: "="),
            bytes[start + 1] == UInt8(ascii: "?")
        else { return nil }
        var index = start + 2
        var charsetEnd: Int?
        while index < end, bytes[index] != UInt8(ascii: "?") {
            guard bytes[index].isVisible, index - start <= EncodedWord.charsetLengthMax else { return nil }
            // RFC 2231 §5: a language stands behind an asterisk.
            if bytes[index] == UInt8(ascii: "*"), charsetEnd == nil { charsetEnd = index }
            index += 1
        }
        guard index + 2 < end, bytes[index + 2] == UInt8(ascii: "?"), index > start + 2 else { return nil }
        let letter = bytes[index + 1].asciiLowercased
        guard letter == UInt8(ascii: "q") || letter == UInt8(ascii: "b") else { return nil }
        let textStart = index + 3
        guard let textEnd = closing(from: textStart) else { return nil }
        return Span(
            charset: start + 2..<(charsetEnd ?? index), isBase64: letter == UInt8(ascii: "b"),
            text: textStart..<textEnd, next: textEnd + 2)
    }

    private mutating func closing(from start: Int) -> Int? {
        if !searched.contains(start) {
            var index = start
            while index + 1 < end, !(bytes[index] == UInt8(ascii: "?") && bytes[index + 1] == UInt8(ascii: "=")) {
                index += 1
            }
            searched = start..<(index + 1 < end ? index + 1 : Int.max)
        }
        return searched.upperBound == Int.max ? nil : searched.upperBound - 1
    }

    /// The word of a span; nil for base64 that is none.
    func word(_ span: Span) -> EncodedWord? {
        let charset = Charset(label: bytes[span.charset])
        let text = bytes[span.text]
        guard span.isBase64 else {
            return EncodedWord(charset: charset, octets: QuotedPrintable.decodeQ(Self.unfolded(text)))
        }
        guard let octets = Base64.decode(text) ?? Self.shortened(text) else { return nil }
        return EncodedWord(charset: charset, octets: octets)
    }

    /// The text without folds and the white space that they brought: a word may hold neither (RFC 2047 §2).
    private static func unfolded(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard text.contains(.lineFeed) else { return text }
        var output: [UInt8] = []
        var isBehindBreak = false
        for byte in text {
            if byte == .lineFeed || byte == .carriageReturn {
                isBehindBreak = true
            } else if !byte.isWSP || !isBehindBreak {
                isBehindBreak = false
                output.append(byte)
            }
        }
        return output[...]
    }

    /// Base64 with padding in the middle or cut in the last group, as broken senders make it: what can be read.
    private static func shortened(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var digits: [UInt8] = []
        digits.reserveCapacity(text.count)
        for byte in text {
            guard byte != UInt8(ascii: "=") else { break }
            if byte.isWSPOrLineBreak { continue }
            digits.append(byte)
        }
        if digits.count % 4 == 1 { digits.removeLast() }
        return Base64.decode(digits)
    }
}
