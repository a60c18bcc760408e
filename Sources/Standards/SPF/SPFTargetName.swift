internal import MailBytes
internal import MailNames

/// From an expanded domain-spec to the name that is asked for: the target-name of RFC 7208 §4.8.
enum SPFTargetName {
    /// RFC 7208 §7.3.
    static let lengthMax = 253

    /// The name; nil where the text is none (RFC 7208 §4.8), such as one with an empty label.
    static func name(_ text: ArraySlice<UInt8>) -> DomainName? {
        // What the client and the sender gave may have got in by macros. RFC 7208 §4.3, RFC 8616 §4: names are ASCII.
        text.contains(where: \.isNonASCII) ? nil : name(ascii: text)
    }

    /// As ``name(_:)``, of text that is known to be ASCII.
    static func name(ascii text: ArraySlice<UInt8>) -> DomainName? {
        var text = text
        // RFC 7208 §7.3: a dot at the end has to be accepted.
        if text.last == UInt8(ascii: ".") { text = text.dropLast() }
        if text.count > lengthMax {
            // RFC 7208 §7.3: labels go from the left, with their dots, until the rest fits.
            guard let dot = text[(text.endIndex - lengthMax - 1)...].firstIndex(of: UInt8(ascii: ".")) else {
                return nil
            }
            text = text[(dot + 1)...]
        }
        return text.isEmpty ? nil : try? DomainName(text)
    }

    static func hasSeveralLabels(_ name: DomainName) -> Bool { name.bytes.contains(UInt8(ascii: ".")) }

    /// Whether the domain of a HELO or a reverse-path can have a record at all (RFC 7208 §2.3, §4.3): several labels
    /// of letters, digits, hyphens and underscores, of which the last is no number, as it is in an address.
    static func canBeChecked(_ name: DomainName) -> Bool {
        var hasDot = false
        var isNumber = true
        for byte in name.bytes {
            if byte == UInt8(ascii: ".") {
                (hasDot, isNumber) = (true, true)
            } else if !byte.isDigit {
                guard byte.isAlpha || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else { return false }
                isNumber = false
            }
        }
        return hasDot && !isNumber
    }
}
