internal import MailBytes
public import MailNames

/// Where reports go: a URI of the tag `rua` (RFC 8460 §3).
public struct TLSRPTDestination: Hashable, Sendable {
    /// What the URI asks for.
    public enum Way: Hashable, Sendable {
        /// A mail to this address, with its percent-encoding undone: local part and domain (RFC 8460 §5.3).
        case mail(localPart: [UInt8], domain: DomainName)
        /// A POST to the URI (RFC 8460 §5.4).
        case https
        /// A scheme that RFC 8460 does not have: kept, not served.
        case other
    }

    /// The URI as published.
    public let text: String
    /// How a report gets there.
    public let way: Way

    /// Reads a URI.
    ///
    /// Nil if it is no URI (RFC 3986 §3), has a comma, semicolon or exclamation mark that is not percent-encoded
    /// (RFC 8460 §3), or is a `mailto:` without exactly one address (RFC 6068 §2). Fields behind a `?` of a `mailto:`
    /// are not looked at.
    public init?(_ octets: ArraySlice<UInt8>) {
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = octets[..<colon]
        let rest = octets[(colon + 1)...]
        guard let first = scheme.first, first.isAlpha, scheme.allSatisfy(Self.isSchemeCharacter),
            Self.isURIText(rest)
        else { return nil }
        text = String(lossy: octets)
        switch String(lossy: scheme.map(\.asciiLowercased)) {
        case "mailto":
            guard let mail = Self.mail(rest) else { return nil }
            way = mail
        case "https":
            guard rest.starts(with: "//".utf8), let next = rest.dropFirst(2).first, next.isAlphanumeric || next == 0x5B
            else { return nil }
            way = .https
        default: way = .other
        }
    }

    /// As ``init(_:)-(ArraySlice<UInt8>)``, from text.
    public init?(_ text: String) { self.init(Array(text.utf8)[...]) }

    /// Whether a report can be sent there.
    public var isServed: Bool { way != .other }

    /// `scheme` of RFC 3986 §3.1 behind its first letter.
    private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// The characters of RFC 3986 §2 but for comma, semicolon and exclamation mark, with complete escapes.
    private static func isURIText(_ octets: ArraySlice<UInt8>) -> Bool {
        let others = Array("-._~:/?#[]@$&'()*+=%".utf8)
        guard !octets.isEmpty, octets.allSatisfy({ $0.isAlphanumeric || others.contains($0) }) else { return false }
        for index in octets.indices where octets[index] == UInt8(ascii: "%") {
            guard octets.endIndex - index > 2, octets[index + 1].isHexDigit, octets[index + 2].isHexDigit else {
                return false
            }
        }
        return true
    }

    /// The address of a `mailto:` URI: what stands before fields, decoded.
    private static func mail(_ rest: ArraySlice<UInt8>) -> Way? {
        let address = decoded(rest.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let localPart = Array(address[..<at])
        guard isLocalPart(localPart), let domain = try? DomainName(mailDomain: address[(at + 1)...]),
            domain.isHostName
        else { return nil }
        return .mail(localPart: localPart, domain: domain)
    }

    private static func decoded(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        var cursor = ByteCursor(Array(octets))
        while let byte = cursor.next() {
            if byte == UInt8(ascii: "%"), let high = cursor.next()?.hexDigitValue,
                let low = cursor.next()?.hexDigitValue
            {
                output.append(high << 4 | low)
            } else {
                output.append(byte)
            }
        }
        return output
    }

    /// A dot-atom of RFC 5322 §3.2.3 with the letters of RFC 6532 §3.2, or a quoted string of RFC 5321 §4.1.2.
    private static func isLocalPart(_ octets: [UInt8]) -> Bool {
        let quote = UInt8(ascii: "\"")
        guard octets.first == quote else {
            return octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.allSatisfy { $0.isAtext || $0.isNonASCII }
            }
        }
        guard octets.count >= 2, octets.last == quote else { return false }
        var isEscaped = false
        for byte in octets[1..<octets.count - 1] {
            if byte.isControl || (byte == quote && !isEscaped) { return false }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return !isEscaped
    }
}
