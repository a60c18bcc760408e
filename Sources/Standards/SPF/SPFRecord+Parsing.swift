internal import MailBytes
internal import MailNames

extension SPFRecord {
    /// Reads a record: the strings of one TXT record, joined without anything between them (RFC 7208 §3.3).
    ///
    /// - Throws: the first place where the syntax of RFC 7208 §12 is broken, anywhere in the record.
    public init(parsing bytes: [UInt8], limits: SPFLimits = SPFLimits()) throws(SPFSyntaxError) {
        var parser = SPFRecordParser(bytes)
        try parser.parse(bytes.span, bytesMax: limits.recordBytesMax)
        self.init(parsed: parser)
    }

    /// As ``init(parsing:limits:)-(_,SPFLimits)``, from text.
    public init(parsing text: String, limits: SPFLimits = SPFLimits()) throws(SPFSyntaxError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// Whether the text of a TXT record is meant as an SPF record: begins with `v=spf1` in any case, and a space or
    /// the end behind it (RFC 7208 §4.5).
    public static func isRecord(_ text: [UInt8]) -> Bool {
        guard text.count >= 6, text[0] | 0x20 == UInt8(ascii: "v"), text[1] == UInt8(ascii: "="),
            text[2] | 0x20 == UInt8(ascii: "s"), text[3] | 0x20 == UInt8(ascii: "p"),
            text[4] | 0x20 == UInt8(ascii: "f"), text[5] == UInt8(ascii: "1")
        else { return false }
        return text.count == 6 || text[6] == .space
    }
}

/// Reads one record from its first octet to its last.
///
/// The text goes along as a span: it is the same as `bytes`, but looking at its octets asks nothing of the array.
struct SPFRecordParser {
    let bytes: [UInt8]
    private(set) var entries: [SPFEntry] = []
    private(set) var names: [DomainName] = []
    private(set) var redirect: Int?
    private(set) var explanation: Int?
    private(set) var hasAll = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse(_ text: Span<UInt8>, bytesMax: Int) throws(SPFSyntaxError) {
        // Positions are kept in 32 bits.
        guard text.count <= min(bytesMax, Int(Int32.max)) else { throw SPFSyntaxError(.tooLong, at: bytesMax) }
        guard SPFRecord.isRecord(bytes) else { throw SPFSyntaxError(.version, at: 0) }
        // Terms of real records take some fifteen octets each.
        entries.reserveCapacity(text.count / 12)
        var index = 6
        while index < text.count {
            // RFC 7208 §4.6.1: one or more spaces, and nothing but spaces, stand between terms.
            if text[index] == .space {
                index += 1
            } else {
                index = try term(text, index)
            }
        }
    }

    /// Reads the term at an offset and returns the offset behind it.
    private mutating func term(_ text: Span<UInt8>, _ start: Int) throws(SPFSyntaxError) -> Int {
        let qualifier = SPFQualifier(text[start])
        let nameStart = qualifier == nil ? start : start + 1
        // A name of up to eight letters and digits, in lower case, packed into an integer: `a` is 0x61, `mx` 0x6d78.
        // The bit that makes letters small is set in digits already.
        var packed: UInt64 = 0
        var nameEnd = nameStart
        while nameEnd < text.count, text[nameEnd].isAlphanumeric {
            packed = packed << 8 | UInt64(text[nameEnd] | 0x20)
            nameEnd &+= 1
        }
        if nameEnd &- nameStart > 8 { packed = 0 }
        if nameEnd < text.count, Self.endsNoMechanism(text[nameEnd]) {
            let equals = try modifierNameEnd(text, nameStart, nameEnd)
            guard qualifier == nil else { throw SPFSyntaxError(.modifierName, at: start) }
            return try modifier(text, equals == nameEnd ? packed : 0, start, equals)
        }
        guard let kind = SPFEntry.Kind(mechanism: packed) else { throw SPFSyntaxError(.mechanism, at: nameStart) }
        var entry = SPFEntry(kind: kind, start: start)
        entry.qualifier = qualifier ?? .pass
        let end =
            switch kind {
            case .ip4, .ip6: try network(text, nameEnd, of: &entry)
            default: try argument(text, nameEnd, of: &entry)
            }
        entry.end = UInt32(truncatingIfNeeded: end)
        entries.append(entry)
        return end
    }

    /// Whether an octet behind letters and digits shows that they are not the name of a mechanism.
    private static func endsNoMechanism(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: ":") && byte != .space && byte != UInt8(ascii: "/")
    }

    /// The offset of the equals sign behind the name of a modifier, of which the beginning has been read.
    private func modifierNameEnd(_ text: Span<UInt8>, _ start: Int, _ at: Int) throws(SPFSyntaxError) -> Int {
        var index = at
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "=") { return index }
            guard
                byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: ".")
            else { throw SPFSyntaxError(byte.isVisible || byte == .space ? .mechanism : .character, at: index) }
            index += 1
        }
        throw SPFSyntaxError(.mechanism, at: start)
    }

    /// The offset of the space behind a term, or of the end.
    private func termEnd(_ text: Span<UInt8>, _ start: Int) throws(SPFSyntaxError) -> Int {
        var end = start
        while end < text.count, text[end] != .space {
            // RFC 7208 §3.1: US-ASCII. No rule of the grammar has control characters either.
            guard text[end].isVisible else { throw SPFSyntaxError(.character, at: end) }
            end += 1
        }
        return end
    }

    /// Reads what stands behind the name of a mechanism other than `ip4` and `ip6`.
    private mutating func argument(
        _ text: Span<UInt8>, _ at: Int, of entry: inout SPFEntry
    ) throws(SPFSyntaxError) -> Int {
        let end = try termEnd(text, at)
        let hasColon = at < end && text[at] == UInt8(ascii: ":")
        switch entry.kind {
        case .include, .exists:
            guard hasColon else { throw SPFSyntaxError(.argument, at: at) }
            try domainSpec(text, at + 1, end, of: &entry)
        case .ptr:
            guard at < end else { break }
            guard hasColon else { throw SPFSyntaxError(.argument, at: at) }
            try domainSpec(text, at + 1, end, of: &entry)
        case .a, .mx:
            guard at < end else { break }
            let specEnd = try prefixLengths(text, at, end, of: &entry)
            guard specEnd > at else { break }
            guard hasColon else { throw SPFSyntaxError(.prefixLength, at: at) }
            try domainSpec(text, at + 1, specEnd, of: &entry)
        default:
            // `all`
            guard at == end else { throw SPFSyntaxError(.argument, at: at) }
            hasAll = true
        }
        return end
    }

    private mutating func domainSpec(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, of entry: inout SPFEntry
    ) throws(SPFSyntaxError) {
        let check = try SPFDomainSpecCheck(visible: text, in: start..<max(start, end))
        entry.specStart = UInt32(truncatingIfNeeded: start)
        entry.specEnd = UInt32(truncatingIfNeeded: end)
        entry.macros = check.macros
        if check.macros.isEmpty, let name = SPFTargetName.name(ascii: bytes[start..<end]) {
            entry.name = Int32(truncatingIfNeeded: names.count)
            if names.isEmpty { names.reserveCapacity(4) }
            names.append(name)
        }
    }

    /// RFC 7208 §4.6.1: the name begins with a letter.
    private mutating func modifier(
        _ text: Span<UInt8>, _ packed: UInt64, _ start: Int, _ equals: Int
    ) throws(SPFSyntaxError) -> Int {
        guard text[start].isAlpha else { throw SPFSyntaxError(.modifierName, at: start) }
        let end = try termEnd(text, equals)
        var entry = SPFEntry(kind: SPFEntry.Kind(modifier: packed), start: start)
        entry.end = UInt32(truncatingIfNeeded: end)
        switch entry.kind {
        case .redirect:
            // RFC 7208 §6: either may stand once.
            guard redirect == nil else { throw SPFSyntaxError(.repeatedModifier, at: start) }
            try domainSpec(text, equals + 1, end, of: &entry)
            redirect = entries.count
        case .explanation:
            guard explanation == nil else { throw SPFSyntaxError(.repeatedModifier, at: start) }
            try domainSpec(text, equals + 1, end, of: &entry)
            explanation = entries.count
        default:
            // Unspecified: the grammar of RFC 7208 §7.1 has the letters c, r and t in every macro-string, and §7.2
            // allows them in explanations alone. An unknown modifier is not expanded, so they do no harm in one.
            _ = try SPFMacro.check(text, in: (equals + 1)..<end, allowing: .explanationLetters)
            entry.specStart = UInt32(truncatingIfNeeded: equals + 1)
            entry.specEnd = UInt32(truncatingIfNeeded: end)
        }
        entries.append(entry)
        return end
    }
}

extension SPFEntry.Kind {
    /// The mechanism of a packed name in lower case (RFC 7208 §4.6.1: case does not count).
    init?(mechanism packed: UInt64) {
        switch packed {
        case 0x61_6C6C: self = .all
        case 0x69_6E63_6C75_6465: self = .include
        case 0x61: self = .a
        case 0x6D78: self = .mx
        case 0x70_7472: self = .ptr
        case 0x69_7034: self = .ip4
        case 0x69_7036: self = .ip6
        case 0x6578_6973_7473: self = .exists
        default: return nil
        }
    }

    /// The modifier of a packed name in lower case.
    init(modifier packed: UInt64) {
        switch packed {
        case 0x7265_6469_7265_6374: self = .redirect
        case 0x65_7870: self = .explanation
        default: self = .modifier
        }
    }
}
