internal import MailBytes
internal import MailFormat

/// Makes UTF-8 of a document: XML 1.0 §4.3.3 and appendix F.
struct XMLDecoder {
    private(set) var flaws: XMLFlaws = []
    /// See ``XMLLimits/convertedBytes``.
    private let limit: Int
    /// The character set, where the document does not say it and this is one that is converted.
    private let charset: Charset?
    /// How far the declaration is looked for. It has to stand at the beginning.
    private static let declarationBytesMax = 256

    /// - Parameter charset: the name of the character set, as it is said outside of the document.
    init(limit: Int, charset: String? = nil) {
        self.limit = limit
        // Deviation: RFC 7303 §3.2 lets what is said outside count before the declaration. Programs that make mails
        // put a set there without looking; whoever wrote the declaration wrote the text, too.
        let set = charset.map { Charset(label: $0.utf8) }
        if case .other? = set { self.charset = nil } else { self.charset = set }
    }

    mutating func text(_ octets: [UInt8]) throws(XMLSyntaxError) -> [UInt8] {
        if octets.starts(with: [0xFF, 0xFE, 0, 0]) || octets.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw XMLSyntaxError(.unsupportedEncoding, at: 0, in: octets)
        }
        if octets.starts(with: [0xFF, 0xFE]) { return try utf16(octets.dropFirst(2), isLittleEndian: true) }
        if octets.starts(with: [0xFE, 0xFF]) { return try utf16(octets.dropFirst(2), isLittleEndian: false) }
        if octets.count > 3, octets[0] != 0 || octets[1] != 0 {
            // `<` in UTF-16 without a byte order mark.
            if octets[0] == UInt8(ascii: "<"), octets[1] == 0 { return try utf16(octets[...], isLittleEndian: true) }
            if octets[0] == 0, octets[1] == UInt8(ascii: "<") { return try utf16(octets[...], isLittleEndian: false) }
        }
        let text = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(octets.dropFirst(3)) : octets
        if XMLScan.isPlain(text) {
            // A set of which ASCII is a part; of others nothing is known.
            if let label = Self.label(text), Charset(label: label).text([] as [UInt8]) == nil {
                flaws.insert(.wrongEncoding)
            }
            return text
        }
        return try eightBit(text)
    }

    private func checkLength(_ octets: some Collection<UInt8>) throws(XMLSyntaxError) {
        guard octets.count <= limit else { throw XMLSyntaxError(.conversionTooLong, at: 0, in: []) }
    }

    private mutating func eightBit(_ text: [UInt8]) throws(XMLSyntaxError) -> [UInt8] {
        let label = Self.label(text)
        let charset = label.map { Charset(label: $0) } ?? self.charset ?? .utf8
        let isUTF8 = String(validating: text, as: UTF8.self) != nil
        switch charset {
        case .utf8, .ascii:
            if !isUTF8 {
                try checkLength(text)
                flaws.insert(.invalidText)
            }
            if charset == .ascii, text.contains(where: \.isNonASCII) { flaws.insert(.wrongEncoding) }
            return try withoutControls(isUTF8 ? text : Array(String(lossy: text).utf8))
        default:
            // Text that is UTF-8 by chance does not happen: whoever wrote it did not know what he said.
            if isUTF8 {
                if text.contains(where: \.isNonASCII) { flaws.insert(.wrongEncoding) }
                return try withoutControls(text)
            }
            try checkLength(text)
            if let converted = charset.text(text) { return try withoutControls(Array(converted.utf8)) }
            return try withoutControls(try asciiPart(text, of: label ?? []))
        }
    }

    /// How the names of sets begin in which ASCII octets mean other characters, too.
    private static let switchingSets = ["iso-2022", "csiso2022", "hz", "utf-7", "utf7"]
    private static let escape: UInt8 = 0x1B

    /// The text of a set that is not converted, with U+FFFD for what is not ASCII: that is names and comments at most.
    /// The declaration could be read, so ASCII is a part of the set. Where characters have several octets the second
    /// one may be ASCII, but none that is markup (Shift_JIS and Big5 from 0x40 on, GB 18030 digits as well).
    private mutating func asciiPart(_ text: [UInt8], of label: [UInt8]) throws(XMLSyntaxError) -> [UInt8] {
        guard !Self.switchingSets.contains(where: { label.starts(with: $0.utf8) }), !text.contains(Self.escape) else {
            throw XMLSyntaxError(.unsupportedEncoding, at: 0, in: text)
        }
        flaws.formUnion([.invalidText, .wrongEncoding])
        var output: [UInt8] = []
        output.reserveCapacity(text.count + 64)
        for byte in text {
            if byte.isNonASCII { output.append(contentsOf: [0xEF, 0xBF, 0xBD]) } else { output.append(byte) }
        }
        return output
    }

    private mutating func utf16(
        _ octets: ArraySlice<UInt8>, isLittleEndian: Bool
    ) throws(XMLSyntaxError) -> [UInt8] {
        try checkLength(octets)
        var units: [UInt16] = []
        units.reserveCapacity(octets.count / 2)
        var index = octets.startIndex
        while index + 1 < octets.endIndex {
            let (low, high) = isLittleEndian ? (octets[index], octets[index + 1]) : (octets[index + 1], octets[index])
            units.append(UInt16(high) << 8 | UInt16(low))
            index += 2
        }
        if index < octets.endIndex { flaws.insert(.invalidText) }
        if String(validating: units, as: UTF16.self) == nil { flaws.insert(.invalidText) }
        let text = Array(String(decoding: units, as: UTF16.self).utf8)
        if let label = Self.label(text), !String(lossy: label).hasPrefix("utf-16") { flaws.insert(.wrongEncoding) }
        return XMLScan.isPlain(text) ? text : try withoutControls(text)
    }

    /// U+FFFD for the control characters that XML 1.0 §2.2 forbids.
    private mutating func withoutControls(_ text: [UInt8]) throws(XMLSyntaxError) -> [UInt8] {
        func isForbidden(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D }
        guard text.contains(where: isForbidden) else { return text }
        guard text.count <= limit else { throw XMLSyntaxError(.conversionTooLong, at: 0, in: []) }
        flaws.insert(.controlCharacter)
        var output: [UInt8] = []
        output.reserveCapacity(text.count + 16)
        for byte in text {
            if isForbidden(byte) { output.append(contentsOf: [0xEF, 0xBF, 0xBD]) } else { output.append(byte) }
        }
        return output
    }

    /// The character set that the XML declaration names, in small letters; nil if there is none.
    private static func label(_ text: [UInt8]) -> [UInt8]? {
        let start = text.prefix(declarationBytesMax).drop { $0.isWSPOrLineBreak }
        guard start.starts(with: "<?xml".utf8), let end = start.firstIndex(of: UInt8(ascii: ">")) else { return nil }
        var cursor = ByteCursor(text, in: start.startIndex..<end)
        while !cursor.skip(ignoringCase: "encoding") { guard cursor.next() != nil else { return nil } }
        cursor.skipFWS()
        guard cursor.skip(UInt8(ascii: "=")) else { return nil }
        cursor.skipFWS()
        guard let quote = cursor.next(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let label = cursor.skip { $0 != quote }
        return text[label].trimmingWhitespace.map(\.asciiLowercased)
    }
}
