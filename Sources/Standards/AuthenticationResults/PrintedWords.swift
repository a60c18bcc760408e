internal import MailBytes
internal import MailNames

/// The words of a field as they may be printed: whatever comes in, what goes out is one word of the grammar.
struct PrintedWords {
    let encoding: AuthenticationResultsField.Encoding

    private static let replacement = UInt8(ascii: "?")

    // MARK: Keywords

    /// `Keyword` of RFC 5321 §4.1.2 in lower case. Keywords come from programs, not from mail; should one hold
    /// something else, each such octet becomes a hyphen.
    func keyword(_ text: String) -> [UInt8] {
        let hyphen = UInt8(ascii: "-")
        var keyword = text.utf8.prefix(AuthenticationResultsLimits.printedKeywordMax)
            .map { $0.isAlphanumeric ? $0.asciiLowercased : hyphen }
        while keyword.last == hyphen { keyword.removeLast() }
        return keyword.isEmpty ? Array("unknown".utf8) : keyword
    }

    // MARK: Values

    /// `authserv-id`.
    func identifier(_ text: String) -> [UInt8] {
        value(domain(Array(text.utf8)[...]))
    }

    /// `value` of RFC 2045 §5.1: a token if it is one, else a quoted string.
    func value(_ octets: [UInt8]) -> [UInt8] {
        let octets = sanitized(octets)
        if !octets.isEmpty, octets.count <= AuthenticationResultsLimits.printedValueMax,
            octets.allSatisfy(\.isTokenCharacter)
        {
            return octets
        }
        return quoted(octets)
    }

    /// `pvalue`: as it is where the grammar reads it so, which RFC 8601 §2.2 demands for mail addresses; else a
    /// quoted string.
    func propertyValue(_ octets: [UInt8]) -> [UInt8] {
        let octets = sanitized(address(octets))
        guard octets.count <= AuthenticationResultsLimits.printedValueMax else { return quoted(octets) }
        let strictness: AuthenticationResultsField.Strictness = encoding == .utf8 ? .strictInternational : .strict
        var reader = AuthenticationResultsReader(ByteCursor(octets), strictness, .init())
        if let read = try? reader.propertyValue(), read == octets, reader.cursor.isAtEnd { return octets }
        return quoted(octets)
    }

    /// A quoted string of one line that is no longer than the limit; what is too long is cut.
    private func quoted(_ octets: [UInt8]) -> [UInt8] {
        var room = AuthenticationResultsLimits.printedValueMax - 2
        var kept = 0
        for byte in octets {
            room -= byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 2 : 1
            guard room >= 0 else { break }
            kept += 1
        }
        // Not within a character of UTF-8.
        while kept > 0, kept < octets.count, octets[kept] & 0xC0 == 0x80 { kept -= 1 }
        var output: [UInt8] = []
        output.appendQuoted(octets[..<kept])
        return output
    }

    /// In ASCII, a domain or the domain of an address with its U-labels made A-labels (RFC 8616 §3).
    private func address(_ octets: [UInt8]) -> [UInt8] {
        guard encoding == .ascii, octets.contains(where: \.isNonASCII) else { return octets }
        guard let at = octets.lastIndex(of: UInt8(ascii: "@")) else { return domain(octets[...]) }
        return octets[...at] + domain(octets[(at + 1)...])
    }

    private func domain(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        guard encoding == .ascii, octets.contains(where: \.isNonASCII), let name = try? DomainName(mailDomain: octets)
        else { return Array(octets) }
        return name.bytes
    }

    /// Without control characters but the tab, and without what the encoding lacks.
    private func sanitized(_ octets: [UInt8]) -> [UInt8] {
        guard octets.contains(where: { ($0.isControl && $0 != .tab) || $0.isNonASCII }) else { return octets }
        var output: [UInt8] = []
        // Decoding makes octets that are no UTF-8 U+FFFD.
        for scalar in String(lossy: octets).unicodeScalars {
            if scalar.value == UInt32(UInt8.tab) {
                output.append(.tab)
            } else if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                output.append(byte.isControl ? Self.replacement : byte)
            } else if encoding == .ascii || scalar.value == 0xFFFD || scalar.isHarmful {
                output.append(Self.replacement)
            } else {
                output.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            }
        }
        return output
    }

    // MARK: Comments

    /// A comment as pieces between which a line may end. A comment has no meaning, so what could confuse a careless
    /// reader is replaced instead of escaped: parentheses, quotes, backslashes and semicolons.
    func comment(_ text: String) -> [[UInt8]] {
        var octets = sanitized(Array(text.utf8.prefix(AuthenticationResultsLimits.printedCommentMax)))
        for index in octets.indices {
            switch octets[index] {
            case UInt8(ascii: "("): octets[index] = UInt8(ascii: "[")
            case UInt8(ascii: ")"): octets[index] = UInt8(ascii: "]")
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets[index] = UInt8(ascii: "'")
            case UInt8(ascii: ";"): octets[index] = UInt8(ascii: ",")
            case .tab: octets[index] = .space
            default: break
            }
        }
        var pieces = octets.split(separator: .space).map { Array($0) }
        guard !pieces.isEmpty else { return [] }
        pieces[0].insert(UInt8(ascii: "("), at: 0)
        pieces[pieces.count - 1].append(UInt8(ascii: ")"))
        return pieces
    }
}

extension Unicode.Scalar {
    /// Line and paragraph separators, C1 controls, and the marks that change the direction of what follows: none
    /// belongs into a header field, and all of them mislead whoever reads it.
    fileprivate var isHarmful: Bool {
        switch value {
        case 0x80...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
