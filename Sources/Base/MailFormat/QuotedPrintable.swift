internal import MailBytes

/// Quoted-printable, and the `Q` encoding of header fields that is close to it.
public enum QuotedPrintable {
    /// Decodes a body: RFC 2045 §6.7. The second value says whether the text was well-formed.
    ///
    /// What is not of the form is kept as it stands, which §6.7 recommends: nothing is lost.
    public static func decode(_ text: ArraySlice<UInt8>) -> (octets: [UInt8], isWellFormed: Bool) {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var isWellFormed = true
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "=") {
                if let octet = octet(text, at: index + 1) {
                    output.append(octet)
                    index += 3
                } else if let next = softBreak(text, at: index + 1) {
                    index = next
                } else {
                    isWellFormed = false
                    output.append(byte)
                    index += 1
                }
            } else if byte.isWSP {
                // RFC 2045 §6.7 (3): white space at the end of a line was added on the way.
                let end = endOfWhitespace(text, at: index)
                if end < text.endIndex, !isLineBreak(text, at: end) { output.append(contentsOf: text[index..<end]) }
                index = end
            } else {
                if byte.isNonASCII { isWellFormed = false }
                output.append(byte)
                index += 1
            }
        }
        return (output, isWellFormed)
    }

    /// Decodes the text of an encoded word: RFC 2047 §4.2. What is not of the form is kept.
    static func decodeQ(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "_") {
                output.append(.space)
            } else if byte == UInt8(ascii: "="), let octet = octet(text, at: index) {
                output.append(octet)
                index += 2
            } else {
                output.append(byte)
            }
        }
        return output
    }

    /// Two hexadecimal digits; small letters are tolerated.
    private static func octet(_ text: ArraySlice<UInt8>, at index: Int) -> UInt8? {
        guard index + 1 < text.endIndex, let high = text[index].hexDigitValue, let low = text[index + 1].hexDigitValue
        else { return nil }
        return high << 4 | low
    }

    /// Where the next line begins, if only white space stands between here and the line's end.
    private static func softBreak(_ text: ArraySlice<UInt8>, at start: Int) -> Int? {
        let end = endOfWhitespace(text, at: start)
        guard end < text.endIndex else { return end }
        guard isLineBreak(text, at: end) else { return nil }
        return text[end] == .lineFeed ? end + 1 : end + 2
    }

    private static func endOfWhitespace(_ text: ArraySlice<UInt8>, at start: Int) -> Int {
        var index = start
        while index < text.endIndex, text[index].isWSP { index += 1 }
        return index
    }

    private static func isLineBreak(_ text: ArraySlice<UInt8>, at index: Int) -> Bool {
        if text[index] == .lineFeed { return true }
        return text[index] == .carriageReturn && index + 1 < text.endIndex && text[index + 1] == .lineFeed
    }
}
