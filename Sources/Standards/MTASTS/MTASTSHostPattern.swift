internal import MailBytes
public import MailNames

/// An `mx` of a policy: a host name, or `*.` in front of one (RFC 8461 §3.2).
public struct MTASTSHostPattern: Hashable, Sendable {
    /// The name, without the wildcard.
    public let name: DomainName
    /// Whether it stands for the names one label below ``name`` instead of for the name itself.
    public let isWildcard: Bool

    /// The pattern of one host, or of all hosts right below a name; nil if the name is not that of a host.
    public init?(_ name: DomainName, isWildcard: Bool = false) {
        guard Self.isDomain(name.bytes[...]) else { return nil }
        self.name = name
        self.isWildcard = isWildcard
    }

    /// Reads a pattern.
    ///
    /// - Throws: if it is against `sts-policy-mx-value` of RFC 8461 §3.2: only letters, digits and hyphens between
    ///   dots, no hyphen at the ends of a label, no dot at the end, no U-labels, `*` nowhere but in front.
    public init(parsing octets: [UInt8]) throws(MTASTSSyntaxError) { try self.init(octets[...], at: 0, in: octets) }

    /// As ``init(parsing:)-([UInt8])``, from text.
    public init(parsing text: String) throws(MTASTSSyntaxError) { try self.init(parsing: Array(text.utf8)) }

    init(_ octets: ArraySlice<UInt8>, at offset: Int, in text: [UInt8]) throws(MTASTSSyntaxError) {
        // RFC 8461 §3.2: A-labels, not U-labels.
        if let index = octets.firstIndex(where: \.isNonASCII) {
            throw MTASTSSyntaxError(.mxNotALabels, at: offset + index - octets.startIndex, in: text)
        }
        isWildcard = octets.starts(with: "*.".utf8)
        let plain = isWildcard ? octets.dropFirst(2) : octets
        guard Self.isDomain(plain), let name = try? DomainName(plain) else {
            throw MTASTSSyntaxError(.mx, at: offset, in: text)
        }
        self.name = name
    }

    /// `Domain` of RFC 5321 §4.1.2.
    private static func isDomain(_ octets: ArraySlice<UInt8>) -> Bool {
        guard !octets.isEmpty else { return false }
        return octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            return first.isAlphanumeric && last.isAlphanumeric
                && label.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
        }
    }

    /// Whether a host is one that the pattern stands for.
    public func matches(_ host: DomainName) -> Bool {
        guard isWildcard else { return host == name }
        // RFC 8461 §4.1: the wildcard is the whole leftmost label, and exactly one.
        return !host.isRoot && host.parent == name
    }

    /// The pattern as a policy has it.
    public var text: String { (isWildcard ? "*." : "") + name.text }
}

extension MTASTSHostPattern: CustomStringConvertible {
    public var description: String { text }
}
