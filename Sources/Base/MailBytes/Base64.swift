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
        var output: [UInt8] = []
        output.reserveCapacity(text.count / 4 * 3 + 3)
        let values = Self.values
        var accumulator: UInt32 = 0
        var sextets = 0
        var padding = 0
        var index = text.startIndex
        while index < text.endIndex {
            // Most of a text is groups of four characters with nothing between them.
            while sextets == 0, padding == 0, text.endIndex &- index >= 4 {
                let (first, second) = (values[Int(text[index])], values[Int(text[index &+ 1])])
                let (third, fourth) = (values[Int(text[index &+ 2])], values[Int(text[index &+ 3])])
                guard (first | second | third | fourth) & notInAlphabet == 0 else { break }
                output.append(first << 2 | second >> 4)
                output.append(second << 4 | third >> 2)
                output.append(third << 6 | fourth)
                index &+= 4
            }
            guard index < text.endIndex else { break }
            let byte = text[index]
            index &+= 1
            if byte.isWSPOrLineBreak, strictness == .ignoringWhitespace { continue }
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = values[Int(byte)]
            guard padding == 0, value != notInAlphabet else { return nil }
            accumulator = accumulator << 6 | UInt32(value)
            sextets += 1
            if sextets == 4 {
                output.append(UInt8(truncatingIfNeeded: accumulator >> 16))
                output.append(UInt8(truncatingIfNeeded: accumulator >> 8))
                output.append(UInt8(truncatingIfNeeded: accumulator))
                sextets = 0
                accumulator = 0
            }
        }
        switch sextets {
        case 0:
            return padding == 0 ? output : nil
        case 2:
            guard padding == 2 || (padding == 0 && strictness != .canonical) else { return nil }
            if strictness == .canonical, accumulator & 0xF != 0 { return nil }
            output.append(UInt8(truncatingIfNeeded: accumulator >> 4))
        case 3:
            guard padding == 1 || (padding == 0 && strictness != .canonical) else { return nil }
            if strictness == .canonical, accumulator & 0x3 != 0 { return nil }
            output.append(UInt8(truncatingIfNeeded: accumulator >> 10))
            output.append(UInt8(truncatingIfNeeded: accumulator >> 2))
        default:
            return nil
        }
        return output
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
            output.append(contentsOf: [UInt8(ascii: "="), UInt8(ascii: "=")])
        } else if held == 2 {
            output.append(digit(accumulator >> 10))
            output.append(digit(accumulator >> 4))
            output.append(digit(accumulator << 2))
            output.append(UInt8(ascii: "="))
        }
        return output
    }

    /// Encodes into text.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: encode(bytes), as: UTF8.self)
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        let sextet = UInt8(truncatingIfNeeded: value & 0x3F)
        return switch sextet {
        case 0..<26: sextet + 0x41
        case 26..<52: sextet - 26 + 0x61
        case 52..<62: sextet - 52 + 0x30
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    /// What ``values`` holds for octets outside the alphabet.
    private static let notInAlphabet: UInt8 = 0x80

    /// The value of each octet that is in the alphabet.
    private static let values: [UInt8] = (0...UInt8.max).map { byte in
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: notInAlphabet
        }
    }
}
