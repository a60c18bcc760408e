internal import MailBytes
public import MailNames

/// A destination of reports: a URI of the tags `rua` and `ruf` (RFC 9989 §4.6).
public struct DMARCReportURI: Hashable, Sendable {
    /// The mailbox of a `mailto:` URI, with its percent-encoding undone.
    public struct Mailbox: Hashable, Sendable {
        /// The local part as an envelope has it: a dot-atom or a quoted string.
        public var localPart: [UInt8]
        public var domain: DomainName
    }

    /// The URI as published, without an obsolete report size.
    public let text: String
    /// The scheme in small letters, such as `mailto`.
    public let scheme: String
    /// Where to send, for `mailto:`. Nil for every other scheme: such a destination is kept, not served.
    public let mailbox: Mailbox?

    /// Reads a URI.
    ///
    /// Nil if it is no URI (RFC 3986 §3), has a comma or exclamation mark that is not percent-encoded (RFC 9989 §4.8),
    /// or is a `mailto:` without exactly one address (RFC 6068 §2). Fields behind a `?` are not looked at.
    public init?(_ octets: ArraySlice<UInt8>) {
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = octets[..<colon]
        let rest = octets[(colon + 1)...]
        guard let first = scheme.first, first.isAlpha, scheme.allSatisfy(Self.isSchemeCharacter), !rest.isEmpty,
            Self.isURIText(rest)
        else { return nil }
        text = String(decoding: octets, as: UTF8.self)
        self.scheme = String(decoding: scheme.map(\.asciiLowercased), as: UTF8.self)
        guard self.scheme == "mailto" else {
            mailbox = nil
            return
        }
        guard let mailbox = Self.mailbox(rest) else { return nil }
        self.mailbox = mailbox
    }

    /// As ``init(_:)-(ArraySlice<UInt8>)``, from text.
    public init?(_ text: String) { self.init(Array(text.utf8)[...]) }

    /// A `mailto:` URI, percent-encoded where needed; nil if the local part is no dot-atom and no quoted string.
    public init?(localPart: [UInt8], domain: DomainName) {
        var octets = Array("mailto:".utf8)
        for byte in localPart + [UInt8(ascii: "@")] + domain.bytes {
            if Self.isUnreserved(byte) || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "+") {
                octets.append(byte)
            } else {
                octets.append(contentsOf: [UInt8(ascii: "%"), Self.hexDigit(byte >> 4), Self.hexDigit(byte & 15)])
            }
        }
        self.init(octets[...])
    }
}

extension DMARCReportURI {
    /// `scheme` of RFC 3986 §3.1 behind its first letter.
    private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// `unreserved` of RFC 3986 §2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        if byte.isAlphanumeric { return true }
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): return true
        default: return false
        }
    }

    /// Whether octets may stand behind a scheme's colon: the characters of RFC 3986 §2 without comma and exclamation
    /// mark, complete escapes, and one `#` at most.
    private static func isURIText(_ octets: ArraySlice<UInt8>) -> Bool {
        var index = octets.startIndex
        var fragments = 0
        while index < octets.endIndex {
            let byte = octets[index]
            switch byte {
            case UInt8(ascii: "%"):
                guard octets.endIndex - index > 2, octets[index + 1].isHexDigit, octets[index + 2].isHexDigit else {
                    return false
                }
                index += 2
            case UInt8(ascii: "#"):
                fragments += 1
                guard fragments == 1 else { return false }
            case UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "@"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "="):
                break
            default:
                guard isUnreserved(byte) else { return false }
            }
            index += 1
        }
        return true
    }

    /// The address of a `mailto:` URI: what stands before fields, decoded.
    private static func mailbox(_ rest: ArraySlice<UInt8>) -> Mailbox? {
        let end = rest.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? rest.endIndex
        let address = decoded(rest[..<end])
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let localPart = Array(address[..<at])
        guard isDotAtom(localPart) || isQuotedString(localPart),
            let domain = try? DomainName(mailDomain: address[(at + 1)...]), domain.isHostName
        else { return nil }
        return Mailbox(localPart: localPart, domain: domain)
    }

    /// The octets with complete escapes undone (RFC 3986 §2.1).
    private static func decoded(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(octets.count)
        var index = octets.startIndex
        while index < octets.endIndex {
            if octets[index] == UInt8(ascii: "%"), octets.endIndex - index > 2,
                let high = octets[index + 1].hexDigitValue, let low = octets[index + 2].hexDigitValue
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(octets[index])
                index += 1
            }
        }
        return output
    }

    /// `dot-atom-text` of RFC 5322 §3.2.3, with the letters of RFC 6532 §3.2.
    private static func isDotAtom(_ octets: [UInt8]) -> Bool {
        var afterDot = true
        for byte in octets {
            if byte == UInt8(ascii: ".") {
                guard !afterDot else { return false }
                afterDot = true
            } else {
                guard byte.isAtext || byte.isNonASCII else { return false }
                afterDot = false
            }
        }
        return !afterDot
    }

    /// A quoted string of RFC 5321 §4.1.2: no control characters, every quote and backslash inside escaped.
    private static func isQuotedString(_ octets: [UInt8]) -> Bool {
        let quote = UInt8(ascii: "\"")
        guard octets.count >= 2, octets.first == quote, octets.last == quote else { return false }
        var isEscaped = false
        for byte in octets[1..<octets.count - 1] {
            guard !byte.isControl else { return false }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == quote {
                return false
            }
        }
        return !isEscaped
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ (value &- 10)
    }
}
