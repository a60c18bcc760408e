// The character classes that the mail RFCs build their grammars from, over single octets.

extension UInt8 {
    /// Horizontal tab, `HTAB` of RFC 5234.
    public static let tab: UInt8 = 0x09
    /// `LF` of RFC 5234.
    public static let lineFeed: UInt8 = 0x0A
    /// `CR` of RFC 5234.
    public static let carriageReturn: UInt8 = 0x0D
    /// `SP` of RFC 5234.
    public static let space: UInt8 = 0x20

    /// Space or horizontal tab: `WSP` of RFC 5234.
    @inlinable public var isWSP: Bool { self == 0x20 || self == 0x09 }

    /// WSP, CR or LF: what folding white space is made of.
    @inlinable public var isWSPOrLineBreak: Bool {
        self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A
    }

    /// `DIGIT` of RFC 5234.
    @inlinable public var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    /// `ALPHA` of RFC 5234.
    @inlinable public var isAlpha: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }

    /// `ALPHA / DIGIT`.
    @inlinable public var isAlphanumeric: Bool { isAlpha || isDigit }

    /// A hexadecimal digit in either case.
    @inlinable public var isHexDigit: Bool { hexDigitValue != nil }

    /// `VCHAR` of RFC 5234: visible ASCII.
    @inlinable public var isVisible: Bool { self >= 0x21 && self <= 0x7E }

    /// Outside ASCII: part of a UTF-8 sequence, or of some legacy 8-bit text.
    @inlinable public var isNonASCII: Bool { self >= 0x80 }

    /// C0 control characters and DEL.
    @inlinable public var isControl: Bool { self < 0x20 || self == 0x7F }

    /// `atext` of RFC 5322 §3.2.3. RFC 6532 §3.2 adds non-ASCII UTF-8, which the caller decides on.
    @inlinable public var isAtext: Bool {
        if isAlphanumeric { return true }
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            return true
        default:
            return false
        }
    }

    /// `ftext` of RFC 5322 §3.6.8: what a header field name is made of.
    @inlinable public var isFieldNameCharacter: Bool { isVisible && self != UInt8(ascii: ":") }

    /// `token` characters of RFC 2045 §5.1.
    @inlinable public var isTokenCharacter: Bool {
        guard isVisible else { return false }
        switch self {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"),
            UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\\"), UInt8(ascii: "\""),
            UInt8(ascii: "/"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "?"), UInt8(ascii: "="):
            return false
        default:
            return true
        }
    }

    /// The octet with ASCII capitals made small; every other octet as it is.
    @inlinable public var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    /// The value of a hexadecimal digit, or nil.
    @inlinable public var hexDigitValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension [UInt8] {
    /// The octets with ASCII capitals made small.
    public var asciiLowercased: [UInt8] { map(\.asciiLowercased) }

    /// Equality that ignores the case of ASCII letters alone.
    public func equalsIgnoringASCIICase(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return self[...].equalsIgnoringASCIICase(other[...])
    }
}

extension ArraySlice<UInt8> {
    /// Equality that ignores the case of ASCII letters alone.
    public func equalsIgnoringASCIICase(_ other: ArraySlice<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var ours = startIndex
        for byte in other {
            if self[ours].asciiLowercased != byte.asciiLowercased { return false }
            ours += 1
        }
        return true
    }

    /// The slice without white space and line breaks at its two ends.
    public var trimmingWhitespace: ArraySlice<UInt8> {
        var lower = startIndex
        var upper = endIndex
        while lower < upper, self[lower].isWSPOrLineBreak { lower += 1 }
        while lower < upper, self[upper - 1].isWSPOrLineBreak { upper -= 1 }
        return self[lower..<upper]
    }
}

extension String {
    /// The text of octets that should be UTF-8; what is not becomes U+FFFD.
    public init(lossy bytes: some Collection<UInt8>) { self = String(decoding: bytes, as: UTF8.self) }
}

extension [UInt8] {
    /// Appends a number in decimal digits.
    public mutating func append(decimal number: UInt64) {
        // From the last digit on, so that all is divided by what the compiler knows, which takes much less time.
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var (first, rest) = (digits.count, number)
        repeat {
            first -= 1
            digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        append(addingCapacity: digits.count - first) { output in
            for place in first..<digits.count { output.append(digits[place]) }
        }
    }

    /// As ``append(decimal:)-(UInt64)``, with a sign if it is negative.
    public mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: number.magnitude)
    }
}
