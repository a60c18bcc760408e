internal import MailBytes
internal import MailNames

extension SPFRecord {
    /// Reads a record: the strings of one TXT record, joined without anything between them (RFC 7208 §3.3).
    ///
    /// - Throws: the first place where the syntax of RFC 7208 §12 is broken, anywhere in the record.
    public init(parsing bytes: [UInt8], limits: SPFLimits = SPFLimits()) throws(SPFSyntaxError) {
        var parser = SPFRecordParser(bytes)
        try parser.parse(bytesMax: limits.recordBytesMax)
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

/// Reads one record from its first octet to its last, in one pass.
struct SPFRecordParser {
    let bytes: [UInt8]
    private(set) var entries: [SPFEntry] = []
    private(set) var names: [DomainName] = []
    private(set) var redirect: Int?
    private(set) var explanation: Int?
    private(set) var hasAll = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse(bytesMax: Int) throws(SPFSyntaxError) {
        // Positions are kept in 32 bits.
        guard bytes.count <= min(bytesMax, Int(Int32.max)) else { throw SPFSyntaxError(.tooLong, at: bytesMax) }
        guard SPFRecord.isRecord(bytes) else { throw SPFSyntaxError(.version, at: 0) }
        // Terms of real records take some fifteen octets each.
        entries.reserveCapacity(bytes.count / 12)
        var index = 6
        while index < bytes.count {
            // RFC 7208 §4.6.1: one or more spaces, and nothing but spaces, stand between terms.
            if bytes[index] == .space {
                index += 1
                continue
            }
            var end = index
            while end < bytes.count, bytes[end] != .space {
                // RFC 7208 §3.1: US-ASCII. No rule of the grammar has control characters either.
                guard bytes[end].isVisible else { throw SPFSyntaxError(.character, at: end) }
                end += 1
            }
            try term(index, end)
            index = end
        }
    }

    private mutating func term(_ start: Int, _ end: Int) throws(SPFSyntaxError) {
        var qualifier: SPFQualifier?
        var nameStart = start
        if let written = SPFQualifier(bytes[start]) {
            qualifier = written
            nameStart += 1
        }
        // A name of up to eight letters, in lower case, packed into an integer: `a` is 0x61, `mx` 0x6d78.
        var packed: UInt64 = 0
        var nameEnd = nameStart
        while nameEnd < end {
            let byte = bytes[nameEnd]
            if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=") { break }
            packed = packed << 8 | UInt64(byte.asciiLowercased)
            nameEnd += 1
        }
        if nameEnd - nameStart > 8 { packed = 0 }
        if nameEnd < end, bytes[nameEnd] == UInt8(ascii: "=") {
            guard qualifier == nil else { throw SPFSyntaxError(.modifierName, at: start) }
            try modifier(packed, start, nameEnd, end)
        } else {
            guard let kind = SPFEntry.Kind(mechanism: packed) else {
                throw SPFSyntaxError(.mechanism, at: nameStart)
            }
            var entry = SPFEntry(kind: kind, start: start, end: end)
            entry.qualifier = qualifier ?? .pass
            try argument(of: &entry, nameEnd, end)
            entries.append(entry)
        }
    }

    private mutating func argument(of entry: inout SPFEntry, _ at: Int, _ end: Int) throws(SPFSyntaxError) {
        switch entry.kind {
        case .all:
            guard at == end else { throw SPFSyntaxError(.argument, at: at) }
            hasAll = true
        case .include, .exists:
            guard at < end, bytes[at] == UInt8(ascii: ":") else { throw SPFSyntaxError(.argument, at: at) }
            try domainSpec(at + 1, end, of: &entry)
        case .ptr:
            guard at < end else { return }
            guard bytes[at] == UInt8(ascii: ":") else { throw SPFSyntaxError(.argument, at: at) }
            try domainSpec(at + 1, end, of: &entry)
        case .a, .mx:
            guard at < end else { return }
            let specEnd = try prefixLengths(at, end, of: &entry)
            guard specEnd > at else { return }
            guard bytes[at] == UInt8(ascii: ":") else { throw SPFSyntaxError(.prefixLength, at: at) }
            try domainSpec(at + 1, specEnd, of: &entry)
        case .ip4, .ip6:
            try network(at, end, of: &entry)
        case .redirect, .explanation, .modifier: break
        }
    }
}

extension SPFRecordParser {
    /// RFC 7208 §5.6: `ip4:` or `ip6:`, an address in full, and a prefix length if not all bits count.
    private func network(_ at: Int, _ end: Int, of entry: inout SPFEntry) throws(SPFSyntaxError) {
        guard at < end, bytes[at] == UInt8(ascii: ":") else { throw SPFSyntaxError(.argument, at: at) }
        var addressEnd = at + 1
        while addressEnd < end, bytes[addressEnd] != UInt8(ascii: "/") { addressEnd += 1 }
        switch (entry.kind, IPAddress(bytes: bytes[(at + 1)..<addressEnd])) {
        case (.ip4, .v4(let value)): entry.low = UInt64(value)
        case (.ip6, .v6(let high, let low)): (entry.high, entry.low) = (high, low)
        default: throw SPFSyntaxError(.address, at: at + 1)
        }
        guard addressEnd < end else { return }
        if entry.kind == .ip4 {
            entry.v4Length = try length(addressEnd + 1, end, max: 32)
        } else {
            entry.v6Length = try length(addressEnd + 1, end, max: 128)
        }
    }

    /// RFC 7208 §5.6: a prefix length without leading zeros.
    private func length(_ start: Int, _ end: Int, max: Int) throws(SPFSyntaxError) -> UInt8 {
        var value = 0
        guard start < end, end - start <= 3, bytes[start] != UInt8(ascii: "0") || end - start == 1 else {
            throw SPFSyntaxError(.prefixLength, at: start)
        }
        for index in start..<end {
            guard bytes[index].isDigit else { throw SPFSyntaxError(.prefixLength, at: index) }
            value = value * 10 + Int(bytes[index] - 0x30)
        }
        guard value <= max else { throw SPFSyntaxError(.prefixLength, at: start) }
        return UInt8(truncatingIfNeeded: value)
    }

    /// Reads `/24`, `//64` or `/24//64` at the end of `a` and `mx`, and says where they begin. A slash may also be
    /// part of a domain-spec, so they are looked for from the end.
    private func prefixLengths(_ lower: Int, _ end: Int, of entry: inout SPFEntry) throws(SPFSyntaxError) -> Int {
        var end = end
        var digits = digitsStart(lower, end)
        guard digits < end, digits > lower, bytes[digits - 1] == UInt8(ascii: "/") else { return end }
        if digits - 1 > lower, bytes[digits - 2] == UInt8(ascii: "/") {
            entry.v6Length = try length(digits, end, max: 128)
            end = digits - 2
            digits = digitsStart(lower, end)
            guard digits < end, digits > lower, bytes[digits - 1] == UInt8(ascii: "/") else { return end }
        }
        entry.v4Length = try length(digits, end, max: 32)
        return digits - 1
    }

    private func digitsStart(_ lower: Int, _ end: Int) -> Int {
        var index = end
        while index > lower, bytes[index - 1].isDigit { index -= 1 }
        return index
    }

    private mutating func domainSpec(_ start: Int, _ end: Int, of entry: inout SPFEntry) throws(SPFSyntaxError) {
        let check = try SPFDomainSpecCheck(bytes, in: start..<max(start, end))
        entry.specStart = UInt32(truncatingIfNeeded: start)
        entry.specEnd = UInt32(truncatingIfNeeded: end)
        entry.macros = check.macros
        if check.macros.isEmpty, let name = SPFTargetName.name(bytes[start..<end]) {
            entry.name = Int32(truncatingIfNeeded: names.count)
            names.append(name)
        }
    }

    /// RFC 7208 §4.6.1: the name begins with a letter.
    private mutating func modifier(
        _ packed: UInt64, _ start: Int, _ equals: Int, _ end: Int
    ) throws(SPFSyntaxError) {
        guard bytes[start].isAlpha else { throw SPFSyntaxError(.modifierName, at: start) }
        for index in start..<equals {
            let byte = bytes[index]
            guard byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".")
            else { throw SPFSyntaxError(.modifierName, at: index) }
        }
        var entry = SPFEntry(kind: SPFEntry.Kind(modifier: packed), start: start, end: end)
        switch entry.kind {
        case .redirect:
            // RFC 7208 §6: either may stand once.
            guard redirect == nil else { throw SPFSyntaxError(.repeatedModifier, at: start) }
            try domainSpec(equals + 1, end, of: &entry)
            redirect = entries.count
        case .explanation:
            guard explanation == nil else { throw SPFSyntaxError(.repeatedModifier, at: start) }
            try domainSpec(equals + 1, end, of: &entry)
            explanation = entries.count
        default:
            // Unspecified: the grammar of RFC 7208 §7.1 has the letters c, r and t in every macro-string, and §7.2
            // allows them in explanations alone. An unknown modifier is not expanded, so they do no harm in one.
            _ = try SPFMacro.check(bytes, in: (equals + 1)..<end, allowing: .explanationLetters)
            entry.specStart = UInt32(truncatingIfNeeded: equals + 1)
            entry.specEnd = UInt32(truncatingIfNeeded: end)
        }
        entries.append(entry)
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
