internal import MailBytes
internal import MailNames

/// One macro-expand of RFC 7208 §7.1: `%{d2r}`, `%%`, `%_` or `%-`.
struct SPFMacro {
    /// The letter in lower case; `%`, `_` or `-` for the three short forms.
    var letter: UInt8
    /// An upper-case letter: the value is URL-escaped (RFC 7208 §7.3).
    var escapes = false
    /// How many parts from the right remain; 0 for all of them.
    var parts = 0
    var reverses = false
    var delimiters = SPFDelimiters()
    /// Behind the macro.
    var end: Int

    /// Whether the value is taken to parts (RFC 7208 §7.3: only if a transformer or a delimiter is given).
    var transforms: Bool { parts > 0 || reverses || !delimiters.isEmpty }

    /// Reads the macro at a `%`; nil if there is none.
    init?(_ bytes: Span<UInt8>, at start: Int, before limit: Int) {
        guard start + 1 < limit else { return nil }
        let first = bytes[start + 1]
        guard first == UInt8(ascii: "{") else {
            guard first == UInt8(ascii: "%") || first == UInt8(ascii: "_") || first == UInt8(ascii: "-") else {
                return nil
            }
            letter = first
            end = start + 2
            return
        }
        guard start + 2 < limit, bytes[start + 2].isAlpha else { return nil }
        letter = bytes[start + 2].asciiLowercased
        escapes = letter != bytes[start + 2]
        var index = start + 3
        let digits = index
        while index < limit, bytes[index].isDigit {
            // No value has so many parts; the digits behind make no difference.
            parts = min(parts * 10 + Int(bytes[index] - 0x30), 1_000_000)
            index += 1
        }
        // RFC 7208 §7.3: the number is not zero.
        if index > digits, parts == 0 { return nil }
        if index < limit, bytes[index].asciiLowercased == UInt8(ascii: "r") {
            reverses = true
            index += 1
        }
        while index < limit, let delimiter = SPFDelimiters(bytes[index]) {
            delimiters.formUnion(delimiter)
            index += 1
        }
        guard index < limit, bytes[index] == UInt8(ascii: "}") else { return nil }
        end = index + 1
    }
}

/// The characters that part a macro's value (RFC 7208 §7.1), as a set.
struct SPFDelimiters: OptionSet {
    var rawValue: UInt8 = 0

    static let dot = SPFDelimiters(rawValue: 1)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init() {}

    init?(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "."): rawValue = 1
        case UInt8(ascii: "-"): rawValue = 2
        case UInt8(ascii: "+"): rawValue = 4
        case UInt8(ascii: ","): rawValue = 8
        case UInt8(ascii: "/"): rawValue = 16
        case UInt8(ascii: "_"): rawValue = 32
        case UInt8(ascii: "="): rawValue = 64
        default: return nil
        }
    }

    func contains(byte: UInt8) -> Bool { SPFDelimiters(byte).map { contains($0) } ?? false }
}

extension SPFMacro {
    /// Which letters stand for something.
    enum Letters { case domainLetters, explanationLetters }

    /// Checks a macro-string; says which macros it has and where the text behind the last one begins.
    static func check(
        _ bytes: Span<UInt8>, in range: Range<Int>, allowing letters: Letters
    ) throws(SPFSyntaxError) -> (macros: SPFMacroUse, tail: Int) {
        var macros = SPFMacroUse()
        var tail = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "%") else {
                index += 1
                continue
            }
            guard let macro = SPFMacro(bytes, at: index, before: range.upperBound) else {
                throw SPFSyntaxError(.macro, at: index)
            }
            switch macro.letter {
            case UInt8(ascii: "%"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "o"), UInt8(ascii: "d"),
                UInt8(ascii: "i"), UInt8(ascii: "v"), UInt8(ascii: "h"):
                macros.insert(.any)
            case UInt8(ascii: "s"), UInt8(ascii: "l"): macros.formUnion([.any, .localPart])
            case UInt8(ascii: "p"): macros.formUnion([.any, .validatedName])
            case UInt8(ascii: "c"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                // RFC 7208 §7.2: these three only in the text of an explanation.
                guard letters == .explanationLetters else { throw SPFSyntaxError(.macro, at: index) }
                macros.insert(.any)
            default: throw SPFSyntaxError(.macro, at: index)
            }
            index = macro.end
            tail = index
        }
        return (macros, tail)
    }
}

/// The syntax of a domain-spec (RFC 7208 §7.1), checked.
struct SPFDomainSpecCheck {
    let macros: SPFMacroUse

    /// Checks text that is known to be visible ASCII.
    init(visible bytes: Span<UInt8>, in range: Range<Int>) throws(SPFSyntaxError) {
        guard !range.isEmpty else { throw SPFSyntaxError(.emptyName, at: range.lowerBound) }
        let (macros, tail) = try SPFMacro.check(bytes, in: range, allowing: .domainLetters)
        self.macros = macros
        // RFC 7208 §7.1: the end is a macro, or a dot, a top-level label, and perhaps another dot.
        if tail == range.upperBound { return }
        guard !Self.endsInTopLabel(bytes, tail..<range.upperBound) else { return }
        let isAddress = IPAddress(bytes: range.map { bytes[$0] }[...])?.isV4 == true
        throw SPFSyntaxError(isAddress ? .addressForName : .nameEnd, at: range.lowerBound)
    }

    private static func endsInTopLabel(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var end = range.upperBound
        if bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        var start = end
        var isNumber = true
        while start > range.lowerBound, bytes[start - 1] != UInt8(ascii: ".") {
            start -= 1
            let byte = bytes[start]
            guard byte.isAlphanumeric || byte == UInt8(ascii: "-") else { return false }
            if !byte.isDigit { isNumber = false }
        }
        return start > range.lowerBound && start < end && !isNumber && bytes[start].isAlphanumeric
            && bytes[end - 1].isAlphanumeric
    }
}
