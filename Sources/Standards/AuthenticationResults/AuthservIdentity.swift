internal import MailBytes
internal import MailNames

/// An authentication service identifier in the form in which identifiers are compared.
struct AuthservIdentity: Hashable {
    private let canonical: [UInt8]
    /// Only a name of two labels or more has names below it that anybody would trust.
    private let hasNamesBelow: Bool

    init(_ text: String) {
        canonical = Self.canonical(Array(text.utf8)[...])
        hasNamesBelow = canonical.contains(UInt8(ascii: "."))
    }

    /// Whether an identifier, its quotes and escapes undone, is this one, below it, or holds it beside other signs.
    func isClaimed(by identifier: ArraySlice<UInt8>) -> Bool {
        isEqualOrAbove(identifier) || isMentioned(in: identifier)
            || isEqualOrAbove(identifier.filter { Self.isNameOctet($0) }[...])
    }

    /// Whether any run of the octets that names are made of is this identifier or below it: for readers who know no
    /// comments, quotes or sub-structures.
    func isMentioned(in text: ArraySlice<UInt8>) -> Bool {
        text.split { !Self.isNameOctet($0) }.contains { isEqualOrAbove($0) }
    }

    private func isEqualOrAbove(_ octets: ArraySlice<UInt8>) -> Bool {
        // No name is as long as that; and what stays here costs nothing.
        guard octets.count <= Self.lengthMax else { return false }
        let other = Self.canonical(octets)
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
    /// domain name; going to U-labels and back brings together A-labels that were encoded in an odd way.
    private static func canonical(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var octets = octets.trimmingWhitespace
        while octets.last == UInt8(ascii: ".") { octets.removeLast() }
        while octets.first == UInt8(ascii: ".") { octets.removeFirst() }
        let lowered = octets.map(\.asciiLowercased)
        let isPlain = !lowered.contains(where: \.isNonASCII) && !containsALabel(lowered)
        guard !isPlain, let name = try? DomainName(mailDomain: lowered) else { return lowered }
        return (try? DomainName(mailDomain: name.unicodeText))?.bytes ?? name.bytes
    }

    private static func containsALabel(_ octets: [UInt8]) -> Bool {
        octets.split(separator: UInt8(ascii: ".")).contains { $0.starts(with: "xn--".utf8) }
    }
}
