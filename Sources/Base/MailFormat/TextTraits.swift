internal import MailBytes
internal import MailNames

/// Characters of a text that show something else than what programs read.
struct TextTraits {
    /// A full-width or small form of `@`, `<`, `>` or `.`, or the like, within an address.
    private(set) var hasLookAlike = false
    private(set) var hasInvisible = false
    private(set) var hasBidirectional = false

    var isDeceptive: Bool { hasLookAlike || hasInvisible || hasBidirectional }

    /// In a name, marks that scripts and emoji need are ordinary; in an address they are not.
    init(_ text: String, isAddress: Bool) {
        guard text.utf8.contains(where: \.isNonASCII) else { return }
        // Flags of regions such as Scotland are spelled with tag characters behind this one.
        let hasFlag = text.unicodeScalars.contains("\u{1F3F4}")
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x202A...0x202E, 0x2066...0x2069: hasBidirectional = true
            case 0x200E, 0x200F, 0x061C: if isAddress { hasBidirectional = true }
            case 0x200C, 0x200D, 0xFE00...0xFE0F: if isAddress { hasInvisible = true }
            case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180E, 0x200B, 0x2060...0x2064,
                0x206A...0x206F,
                0x3164, 0xFEFF, 0xFFA0:
                hasInvisible = true
            case 0xE0000...0xE007F: if isAddress || !hasFlag { hasInvisible = true }
            default: if isAddress, AddressInText.plain(scalar) != nil { hasLookAlike = true }
            }
        }
    }
}

/// An address that a person would see in a text.
struct AddressInText {
    var domain: DomainName
    /// Written with characters that look like `@` or a dot.
    var isDisguised: Bool

    /// How many are looked for: one foreign address is enough to know.
    private static let foundMax = 20

    static func all(in text: String) -> [AddressInText] {
        let (octets, disguised) = undisguised(text)
        var found: [AddressInText] = []
        var index = 0
        while index < octets.count, found.count < foundMax {
            defer { index += 1 }
            guard octets[index] == UInt8(ascii: "@"), index > 0, isLocal(octets[index - 1]) else { continue }
            var end = index + 1
            while end < octets.count, isDomain(octets[end]), end - index <= 260 { end += 1 }
            var domainText = octets[(index + 1)..<end]
            while let last = domainText.last, last == UInt8(ascii: ".") || last == UInt8(ascii: "-") {
                domainText.removeLast()
            }
            guard let domain = try? DomainName(mailDomain: domainText), isPlausible(domain) else { continue }
            found.append(
                AddressInText(domain: domain, isDisguised: disguised.contains { $0 >= index && $0 < end }))
        }
        return found
    }

    /// Two labels at least, and a last one that could be a top-level domain: `v@1.2` is no address.
    private static func isPlausible(_ domain: DomainName) -> Bool {
        guard domain.labelCount > 1, let last = domain.labels.last, last.count > 1, domain.isHostName else {
            return false
        }
        return last.contains(where: \.isAlpha)
    }

    private static func isLocal(_ byte: UInt8) -> Bool { byte.isAtext || byte.isNonASCII || byte == UInt8(ascii: "\"") }

    private static func isDomain(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte.isNonASCII || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }

    /// The text in UTF-8 with look-alikes replaced, and where that was.
    private static func undisguised(_ text: String) -> (octets: [UInt8], places: [Int]) {
        guard text.utf8.contains(where: \.isNonASCII) else { return (Array(text.utf8), []) }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count)
        var places: [Int] = []
        for scalar in text.unicodeScalars {
            if let plain = plain(scalar) {
                places.append(octets.count)
                octets.append(plain)
            } else {
                octets.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return (octets, places)
    }

    /// The ASCII character of an address that this one looks like.
    static func plain(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar.value {
        case 0xFF20, 0xFE6B: UInt8(ascii: "@")
        case 0xFF0E, 0xFE52, 0x2024, 0x3002, 0xFF61: UInt8(ascii: ".")
        case 0xFF1C, 0xFE64, 0x2039, 0x3008, 0x2329, 0x27E8: UInt8(ascii: "<")
        case 0xFF1E, 0xFE65, 0x203A, 0x3009, 0x232A, 0x27E9: UInt8(ascii: ">")
        default: nil
        }
    }
}
