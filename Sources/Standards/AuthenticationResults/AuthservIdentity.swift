internal import MailBytes
internal import MailNames

/// An authentication service identifier in the form in which identifiers are compared.
struct AuthservIdentity: Hashable {
    private let canonical: [UInt8]
    /// Only a name of two labels or more has names below it that anybody would trust.
    private let hasNamesBelow: Bool

    init(_ text: String) {
        canonical = Self.canonical(Array(text.utf8)[...]) ?? Array(text.utf8).asciiLowercased
        hasNamesBelow = canonical.contains(UInt8(ascii: "."))
    }

    /// Whether an identifier, its quotes and escapes undone, is this one, below it, or holds it beside other signs.
    func isClaimed(by identifier: ArraySlice<UInt8>) -> Bool {
        isEqualOrAbove(identifier) || isMentioned(in: identifier)
            || isEqualOrAbove(identifier.filter { Self.isNameOctet($0) }[...])
    }

    /// Whether any run of the octets that names are made of is this identifier or below it: for readers who know no
    /// comments, quotes or sub-structures.
    ///
    /// Runs that need IDNA cost time; where there are more of them than anybody writes, the answer is yes.
    func isMentioned(in text: ArraySlice<UInt8>) -> Bool {
        var costly = 0
        for run in text.split(whereSeparator: { !Self.isNameOctet($0) }) {
            if Self.needsIDNA(run) {
                costly += 1
                guard costly <= AuthenticationResultsLimits.internationalNamesMax else { return true }
            }
            if isEqualOrAbove(run) { return true }
        }
        return false
    }

    private func isEqualOrAbove(_ octets: ArraySlice<UInt8>) -> Bool {
        // No name is as long as that; and what stays here costs nothing.
        guard octets.count <= Self.lengthMax else { return false }
        // What pretends to be an A-label and is none may be decoded to anything.
        guard let other = Self.canonical(octets) else { return true }
        guard other.count >= canonical.count, !canonical.isEmpty else { return other == canonical }
        if other.count == canonical.count { return other == canonical }
        return hasNamesBelow && other[(other.count - canonical.count)...] == canonical[...]
            && other[other.count - canonical.count - 1] == UInt8(ascii: ".")
    }

    private static let lengthMax = 1024

    private static func isNameOctet(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte.isNonASCII || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    /// Small letters, no dots at either end, and A-labels as IDNA makes them.
    ///
    /// RFC 8601 §5 compares U-labels. A-labels of U-labels are as good, and stay comparable where something is no
    /// domain name; going to U-labels and back brings together A-labels that were encoded in an odd way. Nil for
    /// what looks like an A-label and cannot be decoded.
    private static func canonical(_ octets: ArraySlice<UInt8>) -> [UInt8]? {
        var octets = octets.trimmingWhitespace
        while octets.last == UInt8(ascii: ".") { octets.removeLast() }
        while octets.first == UInt8(ascii: ".") { octets.removeFirst() }
        let lowered = octets.map(\.asciiLowercased)
        guard needsIDNA(octets) else { return lowered }
        guard let name = try? DomainName(mailDomain: lowered) else {
            return Array(String(lossy: lowered).lowercased().utf8)
        }
        guard needsIDNA(name.bytes[...]) else { return name.bytes }
        let decoded = name.unicodeText
        guard decoded != name.text else { return nil }
        return (try? DomainName(mailDomain: decoded))?.bytes
    }

    private static func needsIDNA(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.contains(where: \.isNonASCII)
            || octets.split(separator: UInt8(ascii: ".")).contains {
                $0.count > 4 && $0.prefix(4).equalsIgnoringASCIICase(aLabelPrefix[...])
            }
    }

    private static let aLabelPrefix = Array("xn--".utf8)
}
