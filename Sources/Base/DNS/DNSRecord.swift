public import MailNames
internal import MailBytes

/// The type of a resource record.
public struct DNSRecordType: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let a = DNSRecordType(rawValue: 1)
    public static let ns = DNSRecordType(rawValue: 2)
    public static let cname = DNSRecordType(rawValue: 5)
    public static let soa = DNSRecordType(rawValue: 6)
    public static let ptr = DNSRecordType(rawValue: 12)
    public static let mx = DNSRecordType(rawValue: 15)
    public static let txt = DNSRecordType(rawValue: 16)
    public static let aaaa = DNSRecordType(rawValue: 28)
    public static let ds = DNSRecordType(rawValue: 43)
    public static let dnskey = DNSRecordType(rawValue: 48)
    public static let tlsa = DNSRecordType(rawValue: 52)
    public static let smimea = DNSRecordType(rawValue: 53)
    public static let caa = DNSRecordType(rawValue: 257)

    private static let mnemonics: [(name: String, type: DNSRecordType)] = [
        ("A", .a), ("NS", .ns), ("CNAME", .cname), ("SOA", .soa), ("PTR", .ptr), ("MX", .mx), ("TXT", .txt),
        ("AAAA", .aaaa), ("DS", .ds), ("DNSKEY", .dnskey), ("TLSA", .tlsa), ("SMIMEA", .smimea), ("CAA", .caa),
    ]

    /// Reads a mnemonic in any case, a number, or `TYPE123` (RFC 3597 §5).
    public init?(text: String) {
        let upper = text.uppercased()
        if let known = Self.mnemonics.first(where: { $0.name == upper }) {
            self = known.type
            return
        }
        let digits = upper.hasPrefix("TYPE") ? String(upper.dropFirst(4)) : upper
        guard let number = UInt16(digits) else { return nil }
        self.init(rawValue: number)
    }

    /// The mnemonic, or `TYPE123`.
    public var description: String {
        Self.mnemonics.first { $0.type == self }?.name ?? "TYPE\(rawValue)"
    }
}

/// The content of a resource record, decoded where Postseal looks inside.
public enum DNSRecordData: Hashable, Sendable {
    /// An A or AAAA record, which one by the address's family.
    case address(IPAddress)
    /// The character-strings of a TXT record, each at most 255 octets.
    case text([[UInt8]])
    case mx(preference: UInt16, exchange: DomainName)
    case ptr(DomainName)
    case cname(DomainName)
    /// A TLSA or SMIMEA record: RFC 6698 §2.1.
    case tlsa(usage: UInt8, selector: UInt8, matchingType: UInt8, data: [UInt8])
    /// Any other type, in wire form and uncompressed.
    case other([UInt8])

    /// The strings of a TXT record joined without anything between them, as SPF (RFC 7208 §3.3), DKIM
    /// (RFC 6376 §3.6.2.2) and DMARC have it; nil for other types.
    public var joinedText: [UInt8]? {
        guard case .text(let strings) = self else { return nil }
        if strings.count == 1, let only = strings.first { return only }
        return strings.reduce(into: []) { $0.append(contentsOf: $1) }
    }
}

/// One resource record of an answer.
public struct DNSRecord: Hashable, Sendable {
    public var name: DomainName
    public var type: DNSRecordType
    public var ttlSeconds: UInt32
    public var data: DNSRecordData

    public init(name: DomainName, type: DNSRecordType, ttlSeconds: UInt32, data: DNSRecordData) {
        self.name = name
        self.type = type
        self.ttlSeconds = ttlSeconds
        self.data = data
    }
}
