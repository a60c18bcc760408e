internal import MailBytes

/// Puts text together out of plain octets and encoded words.
///
/// White space between two encoded words is no text (RFC 2047 §6.2), and a character may be split over words of one
/// character set, as broken senders do; so words are gathered before they are decoded.
struct TextAssembler {
    private var output: [UInt8] = []
    private var gathered: [UInt8] = []
    private var charset: Charset?
    /// The raw form of the gathered words, for a character set that is not decoded.
    private var raw: [UInt8] = []
    /// White space that stood behind an encoded word: text only if no encoded word follows.
    private var heldSpace: [UInt8] = []
    /// The octets of words in character sets that are not decoded.
    private(set) var opaque: [UInt8] = []
    /// Whether an encoded word held a control character other than the tab.
    private(set) var hasEncodedControl = false
    private(set) var hasEncodedWord = false

    mutating func append(_ octets: ArraySlice<UInt8>) {
        flushWords()
        output.append(contentsOf: octets)
    }

    mutating func append(byte: UInt8) {
        flushWords()
        output.append(byte)
    }

    /// White space: kept between words, dropped between two encoded words.
    mutating func appendSpace(_ byte: UInt8 = .space) {
        if charset != nil { heldSpace.append(byte) } else { output.append(byte) }
    }

    mutating func append(_ word: EncodedWord, raw rawWord: ArraySlice<UInt8>) {
        hasEncodedWord = true
        if charset == word.charset {
            if case .other = word.charset { raw.append(contentsOf: heldSpace) }
            heldSpace.removeAll(keepingCapacity: true)
        } else {
            let space = heldSpace
            heldSpace.removeAll(keepingCapacity: true)
            let wasOpaque = if case .other? = charset { true } else { false }
            flushWords()
            // What is shown in its raw form keeps the space that its raw form had.
            if case .other = word.charset {
                output.append(contentsOf: space)
            } else if wasOpaque {
                output.append(contentsOf: space)
            }
            charset = word.charset
        }
        gathered.append(contentsOf: word.octets)
        raw.append(contentsOf: rawWord)
    }

    private mutating func flushWords() {
        guard let charset else { return }
        if let text = charset.text(gathered) {
            output.append(contentsOf: text.utf8)
            if gathered.contains(where: { $0.isControl && $0 != .tab }) { hasEncodedControl = true }
        } else {
            output.append(contentsOf: raw)
            opaque.append(contentsOf: gathered)
            opaque.append(.space)
            if gathered.contains(where: { $0 == 0 || $0 == .lineFeed || $0 == .carriageReturn }) {
                hasEncodedControl = true
            }
        }
        gathered.removeAll(keepingCapacity: true)
        raw.removeAll(keepingCapacity: true)
        self.charset = nil
        output.append(contentsOf: heldSpace)
        heldSpace.removeAll(keepingCapacity: true)
    }

    /// What was put together, in UTF-8 where the octets were that.
    mutating func finish() -> [UInt8] {
        flushWords()
        return output
    }
}

extension TextAssembler {
    /// Appends a stretch with folds in it, encoded words decoded. `isEscaped` says that a backslash takes the
    /// meaning from the octet behind it, as within quotes and comments.
    mutating func append(
        text range: Range<Int>, of bytes: [UInt8], isEscaped: Bool = false
    ) {
        var reader = EncodedWordReader(bytes: bytes, end: range.upperBound)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "="), let span = reader.span(at: index), let word = reader.word(span) {
                append(word, raw: bytes[index..<span.next])
                index = span.next
                continue
            }
            if isEscaped, byte == UInt8(ascii: "\\"), index + 1 < range.upperBound {
                append(byte: bytes[index + 1])
                index += 2
                continue
            }
            // RFC 5322 §2.2.3: unfolding takes the line break out and leaves the white space.
            if byte.isWSP {
                appendSpace(byte)
            } else if byte != .carriageReturn, byte != .lineFeed {
                append(byte: byte)
            }
            index += 1
        }
    }

    /// An unstructured field such as `Subject`, as people read it: RFC 2047 §5 (1).
    static func unstructured(_ value: ArraySlice<UInt8>) -> String {
        let trimmed = Array(value.trimmingWhitespace)
        var assembler = TextAssembler()
        assembler.append(text: 0..<trimmed.count, of: trimmed)
        return String(lossy: assembler.finish())
    }
}

extension HeaderSection {
    /// The value as people read it: unfolded, encoded words decoded (RFC 2047). For showing, never for comparing.
    public func decodedText(_ field: HeaderField) -> String { TextAssembler.unstructured(value(of: field)) }
}
