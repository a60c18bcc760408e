internal import MailBytes

/// The words that an administrator has put in front of the subject of suspicious mail.
///
/// Everything that comes out is the value of one valid field, whatever the old value was (RFC 5322 §2.2, RFC 2047).
struct SubjectPrefix {
    /// As it goes into the field where text follows.
    private let written: [UInt8]
    /// As it goes into the field where an encoded word follows.
    private let writtenBeforeWord: [UInt8]

    /// Limit: so many octets of the text are used.
    static let octetsMax = 200
    /// Limit: where a message has more Subject fields, only so many from the top and as many from the bottom are
    /// changed. One is allowed (RFC 5322 §3.6), and programs show the first or the last.
    static let fieldsMax = 10

    /// - Parameter text: UTF-8. Control characters are dropped. Nil if nothing is left to show.
    init?(_ text: [UInt8]) {
        var plain = String.UnicodeScalarView()
        for scalar in String(lossy: text.prefix(Self.octetsMax)).unicodeScalars {
            if scalar.properties.generalCategory != .control, scalar != "\u{FFFD}" { plain.append(scalar) }
        }
        let octets = Array(Array(String(plain).utf8)[...].trimmingWhitespace)
        guard !octets.isEmpty else { return nil }
        if octets.allSatisfy({ $0.isVisible || $0 == .space }), !Self.hasEncodedWord(octets[...]) {
            written = octets
            writtenBeforeWord = octets
        } else {
            written = Self.encoded(octets)
            // RFC 2047 §6.2: white space between two encoded words is not shown, so it goes into the word.
            writtenBeforeWord = Self.encoded(octets + [.space])
        }
    }

    /// The positions of the fields to change.
    static func chosen(from positions: [Int]) -> [Int] {
        guard positions.count > 2 * fieldsMax else { return positions }
        return Array(positions.prefix(fieldsMax) + positions.suffix(fieldsMax))
    }

    /// The value of a field that was not there.
    var alone: [UInt8] { written }

    /// The new value of a Subject field; nil if it begins with the prefix already.
    ///
    /// - Parameter value: as it came, from behind the colon.
    func value(before value: ArraySlice<UInt8>) -> [UInt8]? {
        let old = Self.cleaned(value.trimmingWhitespace)
        for form in [written, writtenBeforeWord] where old.starts(with: form) {
            if old.count == form.count || old[form.count].isWSPOrLineBreak { return nil }
        }
        guard !old.isEmpty else { return written }
        let opening = Self.beginsWithEncodedWord(old) ? writtenBeforeWord : written
        let firstLine = old.firstIndex(of: .carriageReturn) ?? old.count
        let lastLine = opening.count - (opening.lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0)
        // RFC 5322 §2.1.1: 78 columns, the name among them.
        let fits = "Subject: ".utf8.count + lastLine + 1 + firstLine <= 78
        return opening + (fits ? [.space] : [.carriageReturn, .lineFeed, .space]) + old
    }

    /// The old value as valid lines: what programs take for line breaks becomes a fold or a space, NUL a question mark.
    private static func cleaned(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(value.count)
        var cursor = ByteCursor(Array(value))
        while let byte = cursor.next() {
            switch byte {
            case 0: output.append(UInt8(ascii: "?"))
            case .carriageReturn where cursor.peek == .lineFeed: continue
            case .carriageReturn: output.append(.space)
            case .lineFeed where cursor.peek?.isWSP == true: output += [.carriageReturn, .lineFeed]
            case .lineFeed: output.append(.space)
            default: output.append(byte)
            }
        }
        return output
    }

    private static let wordOpening = Array("=?".utf8)

    private static func beginsWithEncodedWord(_ octets: [UInt8]) -> Bool { octets.starts(with: wordOpening) }

    private static func hasEncodedWord(_ octets: ArraySlice<UInt8>) -> Bool { octets.contains(wordOpening) }

    /// RFC 2047 §2 and §4.2: words of at most 75 characters, none of which ends within a character.
    private static func encoded(_ octets: [UInt8]) -> [UInt8] {
        let opening = Array("=?utf-8?q?".utf8)
        let closing = Array("?=".utf8)
        let room = 75 - opening.count - closing.count
        var output = opening
        var length = 0
        for scalar in String(lossy: octets).unicodeScalars {
            let letters = scalar.utf8.flatMap(quoted)
            if length + letters.count > room {
                output += closing + [.carriageReturn, .lineFeed, .space] + opening
                length = 0
            }
            output += letters
            length += letters.count
        }
        return output + closing
    }

    private static func quoted(_ byte: UInt8) -> [UInt8] {
        if byte.isAlphanumeric { return [byte] }
        if byte == .space { return [UInt8(ascii: "_")] }
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
