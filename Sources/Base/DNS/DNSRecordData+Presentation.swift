internal import MailBytes
internal import MailNames

extension DNSRecordData {
    /// Reads the presentation format of a record's content (RFC 1035 §5.1, RFC 3597 §5 for types not known here).
    ///
    /// Tolerated: TXT content without quotes is one string, and strings may pass 255 octets, because people
    /// write such files by hand.
    public init?(presentation text: String, type: DNSRecordType) {
        switch type {
        case .a, .aaaa:
            guard let address = IPAddress(text), address.isV4 == (type == .a) else { return nil }
            self = .address(address)
        case .txt:
            guard let strings = Self.characterStrings(text) else { return nil }
            self = .text(strings)
        case .mx:
            // RFC 7505 §3: `0 .` is a null MX; its dot is the root and easily lost.
            let parts = Self.words(text) + (Self.words(text) == ["0"] ? ["."] : [])
            guard parts.count == 2, let preference = UInt16(parts[0]),
                let exchange = try? DomainName(written: parts[1])
            else { return nil }
            self = .mx(preference: preference, exchange: exchange)
        case .ptr, .cname:
            guard let name = try? DomainName(written: text) else { return nil }
            self = type == .ptr ? .ptr(name) : .cname(name)
        case .tlsa, .smimea:
            guard let parsed = Self.certificateAssociation(text) else { return nil }
            self = parsed
        default:
            let parts = Self.words(text)
            guard parts.first == "\\#" else {
                self = .other(Array(text.utf8))
                return
            }
            guard let octets = Self.generic(parts) else { return nil }
            self = .other(octets)
        }
    }

    /// The presentation format of the content.
    public var presentation: String {
        switch self {
        case .address(let address): address.text
        case .text(let strings): strings.map(Self.quoted).joined(separator: " ")
        case .mx(let preference, let exchange): "\(preference) \(Self.absolute(exchange))"
        case .ptr(let name), .cname(let name): Self.absolute(name)
        case .tlsa(let usage, let selector, let matchingType, let data) where data.isEmpty:
            // There is no other form for it; nobody honest has such a record, but what came has to be shown.
            "\\# 3 \(Self.hexText([usage, selector, matchingType]))"
        case .tlsa(let usage, let selector, let matchingType, let data):
            "\(usage) \(selector) \(matchingType) \(Self.hexText(data))"
        case .other(let octets): "\\# \(octets.count) \(Self.hexText(octets))"
        }
    }

    /// A name with the dot at its end.
    static func absolute(_ name: DomainName) -> String { name.isRoot ? "." : name.text + "." }

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    }

    /// The octets of the generic form, `\# LENGTH HEX`; nil if it is another form, or wrong.
    private static func generic(_ parts: [String]) -> [UInt8]? {
        guard parts.count >= 2, parts[0] == "\\#", let length = Int(parts[1]),
            let octets = hex(parts.dropFirst(2).joined()), octets.count == length
        else { return nil }
        return octets
    }

    private static func certificateAssociation(_ text: String) -> DNSRecordData? {
        let parts = words(text)
        // RFC 3597 §5: the generic form is allowed for every type.
        if let octets = generic(parts) {
            guard octets.count >= 3 else { return nil }
            return .tlsa(usage: octets[0], selector: octets[1], matchingType: octets[2], data: Array(octets[3...]))
        }
        guard parts.count >= 4, let usage = UInt8(parts[0]), let selector = UInt8(parts[1]),
            let matchingType = UInt8(parts[2]), let data = hex(parts.dropFirst(3).joined())
        else { return nil }
        return .tlsa(usage: usage, selector: selector, matchingType: matchingType, data: data)
    }

    private static func characterStrings(_ text: String) -> [[UInt8]]? {
        var cursor = ByteCursor(text)
        cursor.skipWSP()
        guard cursor.peek == UInt8(ascii: "\"") else {
            return unescaped(ByteCursor(text)).map { [$0] }
        }
        var strings: [[UInt8]] = []
        while cursor.skip(UInt8(ascii: "\"")) {
            var string: [UInt8] = []
            var isClosed = false
            while let byte = cursor.next() {
                if byte == UInt8(ascii: "\"") {
                    isClosed = true
                    break
                }
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = cursor.presentationEscape() else { return nil }
                    string.append(escaped)
                } else {
                    string.append(byte)
                }
            }
            guard isClosed else { return nil }
            strings.append(string)
            cursor.skipWSP()
        }
        return cursor.isAtEnd ? strings : nil
    }

    private static func unescaped(_ cursor: ByteCursor) -> [UInt8]? {
        var cursor = cursor
        var output: [UInt8] = []
        while let byte = cursor.next() {
            if byte == UInt8(ascii: "\\") {
                guard let escaped = cursor.presentationEscape() else { return nil }
                output.append(escaped)
            } else {
                output.append(byte)
            }
        }
        return output
    }

    private static func quoted(_ string: [UInt8]) -> String {
        var output: [UInt8] = [UInt8(ascii: "\"")]
        for byte in string {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            } else if byte.isVisible || byte == .space {
                output.append(byte)
            } else {
                output.appendDecimalEscape(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
        return String(decoding: output, as: UTF8.self)
    }

    private static func hex(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap(\.hexDigitValue)
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func hexText(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension DomainName {
    /// A name as people write it in a file: in presentation form, or with U-labels.
    init(written text: String) throws(DomainNameError) {
        if text.utf8.contains(where: \.isNonASCII), let name = try? DomainName(mailDomain: text) {
            self = name
        } else {
            try self.init(presentation: text)
        }
    }
}
