internal import MailBytes

/// The part of YAML that a configuration may use, held before the YAML library sees the text.
///
/// Refused is what no configuration needs and what costs time, memory or stack beyond the length of the file, or hides
/// mistakes: anchors and aliases, tags, directives, keys that are lists, text over several lines, deep nesting. What is
/// left is read alike by people and by the library; where a text could be read in two ways, it is refused.
struct YAMLSubset {
    /// What is not allowed, and where.
    struct Violation: Error, Hashable {
        var line: Int
        var column: Int
        var text: String
    }

    /// Limit: a longer file is refused.
    static let octetsMax = 1 << 20
    /// Limit: lists and sections in brackets within each other.
    static let flowDepthMax = 16
    /// Limit: blanks in front of a line; so deep can sections be nested.
    static let indentationMax = 64
    /// Limit: `- - - x`, lists within lists on one line.
    static let dashesMax = 8

    private var flowDepth = 0
    /// Whether the line before ended within text that has no quotes, and so might go on.
    private var endedInPlainText = false
    private var line: ArraySlice<UInt8> = []
    private var lineNumber = 0
    private var index = 0

    /// Looks at a whole text.
    static func check(_ text: [UInt8]) throws(Violation) {
        var subset = YAMLSubset()
        var rest = text[...]
        var number = 1
        while !rest.isEmpty {
            let end = rest.firstIndex(of: .lineFeed) ?? rest.endIndex
            var line = rest[rest.startIndex..<end]
            if line.last == .carriageReturn, end < rest.endIndex { line.removeLast() }
            try subset.check(line, number: number)
            rest = end < rest.endIndex ? rest[(end + 1)...] : []
            number += 1
        }
    }

    private func violation(_ text: String) -> Violation {
        Violation(line: lineNumber, column: index - line.startIndex + 1, text: text)
    }

    private func isBlank(at position: Int) -> Bool {
        guard position < line.endIndex else { return true }
        return line[position] == .space || line[position] == .tab
    }

    private mutating func check(_ text: ArraySlice<UInt8>, number: Int) throws(Violation) {
        (line, lineNumber, index) = (text, number, text.startIndex)
        try checkCharacters()
        while index < line.endIndex, line[index] == .space { index += 1 }
        guard index < line.endIndex, line[index] != UInt8(ascii: "#") else { return }
        if line[index] == .tab { throw violation("a tab in front of a line; YAML wants blanks there") }
        guard index - line.startIndex <= Self.indentationMax else {
            throw violation("sections nested deeper than anything here")
        }
        if flowDepth > 0, endedInPlainText, Self.isQuote(line[index]) {
            throw violation("a comma is missing at the end of the line before, or its text must be in quotes")
        }
        if index == line.startIndex, try skipDocumentMark() { endedInPlainText = false }
        try checkTokens()
    }

    /// Line ends that only some programs take for such, and control characters.
    private mutating func checkCharacters() throws(Violation) {
        for position in line.indices {
            let byte = line[position]
            let isControl = byte < 0x20 && byte != .tab || byte == 0x7F
            guard isControl || Self.leads.contains(byte) && Self.isForeign(line[position...]) else { continue }
            index = position
            throw violation("a character that is no text; save the file as plain UTF-8 with ordinary line ends")
        }
    }

    /// The first octets of what ``isForeign(_:)`` looks for.
    private static let leads: Set<UInt8> = [0xC2, 0xE2, 0xEF]

    /// Whether UTF-8 begins with a C1 control (U+0085 is a line end), a line or paragraph separator, or a byte order
    /// mark, which the library passes over at the beginning of a line.
    private static func isForeign(_ octets: ArraySlice<UInt8>) -> Bool {
        let next = Array(octets.prefix(3))
        if next.count >= 2, next[0] == 0xC2 { return next[1] < 0xA0 }
        return next == [0xE2, 0x80, 0xA8] || next == [0xE2, 0x80, 0xA9] || next == [0xEF, 0xBB, 0xBF]
    }

    /// Passes `---` or `...` at the beginning of a line.
    private mutating func skipDocumentMark() throws(Violation) -> Bool {
        if line.first == UInt8(ascii: "%") { throw violation("YAML directives (%) are not used here") }
        let mark = line.prefix(3)
        guard mark.elementsEqual("---".utf8) || mark.elementsEqual("...".utf8), isBlank(at: line.startIndex + 3)
        else { return false }
        index += 3
        return true
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private mutating func checkTokens() throws(Violation) {
        var isInPlainText = false
        var dashes = 0
        while index < line.endIndex {
            let byte = line[index]
            if isBlank(at: index) {
                index += 1
            } else if byte == UInt8(ascii: "#"), index == line.startIndex || isBlank(at: index - 1) {
                break
            } else if isInPlainText {
                isInPlainText = try passPlainText(byte)
            } else if Self.isQuote(byte) {
                try skipQuoted(byte)
                endedInPlainText = false
            } else if byte == UInt8(ascii: "-"), isBlank(at: index + 1) {
                dashes += 1
                guard dashes <= Self.dashesMax else { throw violation("lists nested deeper than anything here") }
                index += 1
            } else {
                isInPlainText = try passToken(byte)
            }
        }
    }

    /// Passes an octet of text without quotes, or what ends it; says whether the text goes on.
    private mutating func passPlainText(_ byte: UInt8) throws(Violation) -> Bool {
        let endsInFlow = flowDepth > 0 && ",[]{}".utf8.contains(byte)
        guard endsInFlow || byte == UInt8(ascii: ":") && isBlank(at: index + 1) else {
            index += 1
            return true
        }
        endedInPlainText = false
        return try passToken(byte)
    }

    /// Passes the first octet of a token; says whether it begins a text without quotes.
    private mutating func passToken(_ byte: UInt8) throws(Violation) -> Bool {
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            flowDepth += 1
            guard flowDepth <= Self.flowDepthMax else { throw violation("brackets nested deeper than anything here") }
            endedInPlainText = false
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            flowDepth = max(0, flowDepth - 1)
            endedInPlainText = false
        case UInt8(ascii: ",") where flowDepth > 0: endedInPlainText = false
        case UInt8(ascii: ":") where isBlank(at: index + 1): endedInPlainText = false
        case UInt8(ascii: ":") where flowDepth > 0:
            // Behind a key in quotes the value may follow at once.
            guard endsKey(at: index - 1) else {
                throw violation("text with colons must be in quotes here, such as \"::1\" or \"tcp:[::1]:8891\"")
            }
            endedInPlainText = false
        case UInt8(ascii: "*"):
            throw violation("text that begins with * must be in quotes, such as \"*.example.org\"")
        case UInt8(ascii: "&"):
            throw violation("text that begins with & must be in quotes; YAML's anchors are not used here")
        case UInt8(ascii: "!"):
            throw violation("text that begins with ! must be in quotes; YAML's tags are not used here")
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            throw violation("text over several lines is not used here; put text that begins with | or > in quotes")
        case UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            throw violation("text that begins with \(String(decoding: [byte], as: UTF8.self)) must be in quotes")
        case UInt8(ascii: "?") where flowDepth > 0 || isBlank(at: index + 1):
            throw violation("text that begins with ? must be in quotes")
        default:
            index += 1
            endedInPlainText = true
            return true
        }
        index += 1
        return false
    }

    /// Whether an octet ends text in quotes, or something in brackets.
    private func endsKey(at position: Int) -> Bool {
        guard position >= line.startIndex else { return false }
        return Self.isQuote(line[position]) || line[position] == UInt8(ascii: "]")
            || line[position] == UInt8(ascii: "}")
    }

    /// Passes text in quotes, which ends on its line.
    private mutating func skipQuoted(_ quote: UInt8) throws(Violation) {
        let start = index
        index += 1
        while index < line.endIndex {
            let byte = line[index]
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                index += 2
            } else if byte == quote {
                index += 1
                // Within single quotes, two of them are one.
                guard quote == UInt8(ascii: "'"), index < line.endIndex, line[index] == quote else { return }
                index += 1
            } else {
                index += 1
            }
        }
        index = start
        throw violation("the quote is not closed on this line")
    }
}
