internal import MailBytes

/// A domain name, held in the one form in which names are compared and asked for: lower case, A-labels,
/// no dot at the end.
///
/// Two spellings of one name are equal: `EXAMPLE.org.`, `example.org`; and with
/// ``init(mailDomain:)`` also `bücher.example` and `xn--bcher-kva.example` (RFC 8616 §3).
///
/// Limits: 63 octets a label, 253 octets in all (RFC 1035 §2.3.4). Labels may hold any octet but the dot,
/// because SPF macros and service labels (`_dmarc`) make names that are no host names; ask ``isHostName``
/// where that matters.
public struct DomainName: Sendable {
    /// The canonical octets: labels joined by dots. Empty for the root.
    public let bytes: [UInt8]

    /// The name above all others.
    public static let root = DomainName(canonical: [])
    static let lengthMax = 253
    static let labelLengthMax = 63

    /// For callers who hold octets that are canonical and within the limits already.
    init(canonical bytes: [UInt8]) { self.bytes = bytes }

    /// A name as DNS data and macros have it: ASCII capitals are made small, nothing else is changed.
    public init(_ octets: ArraySlice<UInt8>) throws(DomainNameError) {
        var octets = octets
        if octets.last == UInt8(ascii: ".") { octets = octets.dropLast() }
        guard octets.count <= Self.lengthMax else { throw .nameTooLong }
        var labelStart = 0
        var canonical = Array(octets)
        for index in canonical.indices {
            let byte = canonical[index]
            if byte == UInt8(ascii: ".") {
                guard index > labelStart else { throw .emptyLabel }
                guard index - labelStart <= Self.labelLengthMax else { throw .labelTooLong }
                labelStart = index + 1
            } else if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") {
                canonical[index] = byte | 0x20
            }
        }
        guard canonical.count > labelStart || canonical.isEmpty else { throw .emptyLabel }
        guard canonical.count - labelStart <= Self.labelLengthMax else { throw .labelTooLong }
        bytes = canonical
    }

    /// As ``init(_:)-(ArraySlice<UInt8>)``.
    public init(_ octets: [UInt8]) throws(DomainNameError) { try self.init(octets[...]) }

    /// As ``init(_:)-(ArraySlice<UInt8>)``, from text.
    public init(_ text: String) throws(DomainNameError) { try self.init(Array(text.utf8)[...]) }

    /// A name in presentation form, with the escapes `\DDD` and `\X` (RFC 1035 §5.1); `.` is the root.
    public init(presentation text: String) throws(DomainNameError) {
        guard text.utf8.contains(UInt8(ascii: "\\")) else {
            try self.init(text == "." ? "" : text)
            return
        }
        var cursor = ByteCursor(text)
        var octets: [UInt8] = []
        while let byte = cursor.next() {
            guard byte == UInt8(ascii: "\\") else {
                octets.append(byte)
                continue
            }
            guard let escaped = cursor.presentationEscape(), escaped != UInt8(ascii: ".") else { throw .badCharacter }
            octets.append(escaped)
        }
        try self.init(octets)
    }

    /// A domain of an address, a signature or an envelope: U-labels become A-labels (RFC 8616, RFC 5891 lookup
    /// with the mapping of UTS 46), so that both spellings are one name. The root is refused.
    public init(mailDomain octets: ArraySlice<UInt8>) throws(DomainNameError) {
        if octets.contains(where: \.isNonASCII) {
            try self.init(try InternationalisedName.toASCII(octets)[...])
            // The mapping of UTS 46 makes `a/c` of U+2100 and `@` of U+FF20: a name must not become such a thing.
            guard isHostName else { throw .notInternationalised }
        } else {
            try self.init(octets)
        }
        if bytes.isEmpty { throw .emptyLabel }
        // A space, control character or the like never was a mail domain.
        if bytes.contains(where: { !$0.isVisible }) { throw .badCharacter }
    }

    /// As ``init(mailDomain:)-(ArraySlice<UInt8>)``.
    public init(mailDomain octets: [UInt8]) throws(DomainNameError) { try self.init(mailDomain: octets[...]) }

    /// As ``init(mailDomain:)-(ArraySlice<UInt8>)``, from text.
    public init(mailDomain text: String) throws(DomainNameError) {
        try self.init(mailDomain: Array(text.utf8)[...])
    }

    /// The name in DNS wire form, length octets and all (RFC 1035 §3.1), without compression; nil if that is
    /// malformed, does not end with the root's octet, or a label holds a dot.
    public init?(wire: ArraySlice<UInt8>) {
        var canonical: [UInt8] = []
        var index = wire.startIndex
        while index < wire.endIndex {
            let length = Int(wire[index])
            index += 1
            if length == 0 {
                guard index == wire.endIndex, canonical.count <= Self.lengthMax else { return nil }
                bytes = canonical
                return
            }
            guard length <= Self.labelLengthMax, length <= wire.endIndex - index else { return nil }
            if !canonical.isEmpty { canonical.append(UInt8(ascii: ".")) }
            for byte in wire[index..<index + length] {
                guard byte != UInt8(ascii: ".") else { return nil }
                canonical.append(byte.asciiLowercased)
            }
            index += length
        }
        return nil
    }
}

/// Why octets are not a domain name.
public enum DomainNameError: Error, Hashable, Sendable, CustomStringConvertible {
    case emptyLabel, labelTooLong, nameTooLong, badCharacter
    /// The name has non-ASCII letters that IDNA does not allow, or is not UTF-8.
    case notInternationalised

    public var description: String {
        switch self {
        case .emptyLabel: "empty label in a domain name"
        case .labelTooLong: "label of more than 63 octets in a domain name"
        case .nameTooLong: "domain name of more than 253 octets"
        case .badCharacter: "character that no domain name has"
        case .notInternationalised: "domain name with letters that IDNA does not allow"
        }
    }
}

extension DomainName: Hashable, Comparable {
    public static func == (left: DomainName, right: DomainName) -> Bool { left.bytes == right.bytes }

    public func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { buffer in unsafe hasher.combine(bytes: buffer) }
    }

    public static func < (left: DomainName, right: DomainName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension DomainName {
    /// Whether this is the name above all others.
    public var isRoot: Bool { bytes.isEmpty }

    /// The labels from the left.
    public var labels: [ArraySlice<UInt8>] { isRoot ? [] : bytes.split(separator: UInt8(ascii: ".")) }

    /// How many labels there are; 0 for the root.
    public var labelCount: Int {
        isRoot ? 0 : bytes.reduce(1) { $1 == UInt8(ascii: ".") ? $0 + 1 : $0 }
    }

    /// The name without its leftmost label; nil for the root.
    public var parent: DomainName? {
        guard !isRoot else { return nil }
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return .root }
        return DomainName(canonical: Array(bytes[(dot + 1)...]))
    }

    /// The name that keeps at most this many labels, from the right.
    public func suffix(labels count: Int) -> DomainName {
        var left = count
        guard left > 0 else { return .root }
        for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: ".") {
            left -= 1
            if left == 0 { return DomainName(canonical: Array(bytes[(index + 1)...])) }
        }
        return self
    }

    /// Whether this is `ancestor` or below it; compares whole labels.
    public func isEqualOrSubdomain(of ancestor: DomainName) -> Bool {
        let theirs = ancestor.bytes
        if theirs.isEmpty || bytes == theirs { return true }
        guard bytes.count > theirs.count else { return false }
        return bytes[bytes.count - theirs.count - 1] == UInt8(ascii: ".")
            && bytes[(bytes.count - theirs.count)...] == theirs[...]
    }

    /// The name one label or more below this one, such as `_dmarc` below `example.org`.
    public func prepending(_ labels: String) throws(DomainNameError) -> DomainName {
        var octets = Array(labels.utf8)
        if !isRoot {
            octets.append(UInt8(ascii: "."))
            octets.append(contentsOf: bytes)
        }
        return try DomainName(octets)
    }

    /// Whether each label is letters, digits, hyphens (RFC 1123 §2.1) or underscores.
    public var isHostName: Bool {
        !isRoot
            && bytes.allSatisfy {
                $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
    }
}

extension DomainName: CustomStringConvertible {
    /// The name with A-labels; `.` for the root. Octets that are not visible ASCII, and the backslash, are
    /// written `\DDD` (RFC 1035 §5.1), so the text is safe to print.
    public var text: String {
        if isRoot { return "." }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for byte in bytes {
            if byte.isVisible, byte != UInt8(ascii: "\\") {
                output.append(byte)
            } else {
                output.appendDecimalEscape(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    public var description: String { text }

    /// The name with U-labels where it has any, to show to people. Not for comparing.
    public var unicodeText: String { InternationalisedName.toUnicode(self) ?? text }
}
