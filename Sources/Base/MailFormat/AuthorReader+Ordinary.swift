internal import MailBytes
internal import MailNames

// The short way: nearly every From field is `name <address>` on one line of plain ASCII, about which there is nothing
// to doubt. What is taken here has the same meaning by the long way; whatever is the least bit odd is left to that.

extension AuthorReader {
    /// The one mailbox of an ordinary field; nil for a field that has to be looked at closely.
    static func ordinary(_ field: HeaderField, in header: HeaderSection) -> Mailbox? {
        let bytes = header.bytes
        guard field.value.lowerBound - 1 == field.name.upperBound, field.whole.count <= HeaderParser.lineLengthMax
        else { return nil }
        var value = field.value.clamped(to: 0..<bytes.count)
        while let first = value.first, bytes[first].isWSP { value.removeFirst() }
        guard let last = value.last, bytes[value].allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
        guard bytes[last] == UInt8(ascii: ">") else { return address(bytes, value, name: nil) }
        guard let open = bytes[value].firstIndex(of: UInt8(ascii: "<")),
            let name = name(bytes, value.lowerBound..<open)
        else { return nil }
        return address(bytes, open + 1..<last, name: name.isEmpty ? nil : String(decoding: name, as: UTF8.self))
    }

    /// Words with single spaces between them, or one quoted string without escapes; empty where there is nothing.
    private static func name(_ bytes: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8>? {
        var range = range
        while let last = range.last, bytes[last] == .space { range.removeLast() }
        guard let first = range.first else { return bytes[range] }
        let isQuoted = bytes[first] == UInt8(ascii: "\"")
        if isQuoted {
            guard range.count > 2, let last = range.last, bytes[last] == UInt8(ascii: "\"") else { return nil }
            range = first + 1..<last
        }
        var previous = UInt8.space
        for byte in bytes[range] {
            if byte == UInt8(ascii: "?"), previous == UInt8(ascii: "=") { return nil }
            if isQuoted {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "@") { return nil }
            } else if !byte.isAtext, byte != .space || previous == .space {
                return nil
            }
            previous = byte
        }
        return bytes[range]
    }

    /// `dot-atom@host.name`, without the marks of old routes.
    private static func address(_ bytes: [UInt8], _ range: Range<Int>, name: String?) -> Mailbox? {
        guard range.count <= addressLengthMax, let at = bytes[range].firstIndex(of: UInt8(ascii: "@")) else {
            return nil
        }
        var previous = UInt8(ascii: ".")
        for byte in bytes[range.lowerBound..<at] {
            if byte == UInt8(ascii: ".") ? previous == byte : !byte.isAtext { return nil }
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?") { return nil }
            previous = byte
        }
        let text = bytes[(at + 1)..<range.upperBound]
        guard previous != UInt8(ascii: "."), text.last != UInt8(ascii: "."), text.first != UInt8(ascii: "."),
            text.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }),
            let domain = try? DomainName(text), !domain.isRoot
        else { return nil }
        return Mailbox(
            displayName: name, localPart: Array(bytes[range.lowerBound..<at]), domain: domain, domainText: Array(text))
    }
}
