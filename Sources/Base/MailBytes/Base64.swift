/// Base64 as RFC 4648 §4 has it.
public enum Base64 {
    /// How tolerant decoding is.
    public enum Strictness: Sendable {
        /// The alphabet and correct padding alone.
        case canonical
        /// White space and line breaks anywhere are passed over; padding may be missing
        /// (RFC 6376 §3.5 allows FWS in `b=` and `bh=`).
        case ignoringWhitespace
    }

    /// Decodes, or gives nil for text that is not base64.
    public static func decode(
        _ text: ArraySlice<UInt8>, _ strictness: Strictness = .ignoringWhitespace
    ) -> [UInt8]? {
        var isRight = true
        // Four characters give three octets, and nothing gives more.
        let octets = [UInt8](capacity: text.count / 4 * 3 + 3) { output in
            isRight = decode(text.span, strictness, into: &output)
        }
        return isRight ? octets : nil
    }

    private static func decode(
        _ text: Span<UInt8>, _ strictness: Strictness, into output: inout OutputSpan<UInt8>
    ) -> Bool {
        var accumulator: UInt32 = 0
        var sextets = 0
        var padding = 0
        var index = 0
        while index < text.count {
            // Most of a text is groups of four characters with nothing between them.
            if sextets == 0, padding == 0 {
                index = decodeGroups(text, from: index, into: &output)
                guard index < text.count else { break }
            }
            let byte = text[index]
            index &+= 1
            if byte.isWSPOrLineBreak, strictness == .ignoringWhitespace { continue }
            if byte == padder {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: byte) else { return false }
            accumulator = accumulator << 6 | UInt32(value)
            sextets += 1
            if sextets == 4 {
                for shift in [16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: accumulator >> shift)) }
                sextets = 0
                accumulator = 0
            }
        }
        switch sextets {
        case 0:
            return padding == 0
        case 2:
            guard padding == 2 || (padding == 0 && strictness != .canonical) else { return false }
            if strictness == .canonical, accumulator & 0xF != 0 { return false }
            output.append(UInt8(truncatingIfNeeded: accumulator >> 4))
        case 3:
            guard padding == 1 || (padding == 0 && strictness != .canonical) else { return false }
            if strictness == .canonical, accumulator & 0x3 != 0 { return false }
            output.append(UInt8(truncatingIfNeeded: accumulator >> 10))
            output.append(UInt8(truncatingIfNeeded: accumulator >> 2))
        default:
            return false
        }
        return true
    }

    /// Decodes groups of four characters of the alphabet from a place on, as far as there is nothing else: three octets
    /// for each.
    ///
    /// - Returns: the place behind the last of them.
    package static func decodeGroups(
        _ text: Span<UInt8>, from start: Int = 0, into output: inout OutputSpan<UInt8>
    ) -> Int {
        let values = values.span
        var index = start
        while text.count &- index >= 4 {
            let (first, second) = (values[Int(text[index])], values[Int(text[index &+ 1])])
            let (third, fourth) = (values[Int(text[index &+ 2])], values[Int(text[index &+ 3])])
            guard (first | second | third | fourth) & notInAlphabet == 0 else { break }
            output.append(first << 2 | second >> 4)
            output.append(second << 4 | third >> 2)
            output.append(third << 6 | fourth)
            index &+= 4
        }
        return index
    }

    /// The value of a character, below 64; nil for one that is not in the alphabet.
    package static func value(of character: UInt8) -> UInt8? {
        let value = values[Int(character)]
        return value == notInAlphabet ? nil : value
    }

    /// As ``decode(_:_:)-(ArraySlice<UInt8>,_)``.
    public static func decode(_ text: [UInt8], _ strictness: Strictness = .ignoringWhitespace) -> [UInt8]? {
        decode(text[...], strictness)
    }

    /// Encodes with padding and without line breaks.
    public static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var accumulator: UInt32 = 0
        var held = 0
        for byte in bytes {
            accumulator = accumulator << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                for shift in [18, 12, 6, 0] as [UInt32] { output.append(digit(accumulator >> shift)) }
                held = 0
                accumulator = 0
            }
        }
        if held == 1 {
            output.append(digit(accumulator >> 2))
            output.append(digit(accumulator << 4))
            output.append(contentsOf: [padder, padder])
        } else if held == 2 {
            output.append(digit(accumulator >> 10))
            output.append(digit(accumulator >> 4))
            output.append(digit(accumulator << 2))
            output.append(padder)
        }
        return output
    }

    /// Encodes into text.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: encode(bytes), as: UTF8.self)
    }

    private static func digit(_ value: UInt32) -> UInt8 { alphabet[Int(value & 0x3F)] }

    /// What fills the last group up.
    package static let padder = UInt8(ascii: "=")

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// What ``values`` holds for octets outside the alphabet.
    private static let notInAlphabet: UInt8 = 0x80

    /// The value of each octet that is in the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: notInAlphabet, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
