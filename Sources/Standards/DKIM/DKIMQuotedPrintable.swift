internal import MailBytes

/// The encoding of `i=`, `n=` and `z=`: RFC 6376 §2.11, with UTF-8 as it is (RFC 8616 §4).
enum DKIMQuotedPrintable {
    /// The octets meant; white space within the text is not part of them. Nil for text of another form.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "=") {
                guard text.endIndex - index >= 2, let high = text[index].hexDigitValue,
                    let low = text[index + 1].hexDigitValue
                else { return nil }
                output.append(high << 4 | low)
                index += 2
            } else if byte.isWSPOrLineBreak {
                continue
            } else {
                guard byte.isVisible || byte.isNonASCII, byte != UInt8(ascii: ";") else { return nil }
                output.append(byte)
            }
        }
        return output
    }

    /// The octets as ASCII text that any tag value may hold. UTF-8 is encoded too: not every way a message may take
    /// carries it.
    static func encode(_ octets: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        output.reserveCapacity(octets.count)
        for byte in octets {
            let isSafe =
                byte.isVisible && byte != UInt8(ascii: "=") && byte != UInt8(ascii: ";")
                && byte != UInt8(ascii: "|")
            if isSafe {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return output
    }
}
