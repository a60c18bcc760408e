internal import MailBytes
public import MailNames

/// The type of a resource record.
public struct DNSRecordType: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An IPv4 address.
    public static let a = DNSRecordType(rawValue: 1)
    /// A name server of the zone.
    public static let ns = DNSRecordType(rawValue: 2)
    /// Another name for the same.
    public static let cname = DNSRecordType(rawValue: 5)
    /// The zone's own data; its times say how long absence may be kept.
    public static let soa = DNSRecordType(rawValue: 6)
    /// A name, mostly that of an address.
    public static let ptr = DNSRecordType(rawValue: 12)
    /// A host that takes a domain's mail.
    public static let mx = DNSRecordType(rawValue: 15)
    /// Text: SPF, DKIM and DMARC records.
    public static let txt = DNSRecordType(rawValue: 16)
    /// An IPv6 address.
    public static let aaaa = DNSRecordType(rawValue: 28)
    /// What the parent zone says of a signed zone's keys.
    public static let ds = DNSRecordType(rawValue: 43)
    /// A signed zone's key.
    public static let dnskey = DNSRecordType(rawValue: 48)
    /// What a TLS server's certificate must be (RFC 6698).
    public static let tlsa = DNSRecordType(rawValue: 52)
    /// What a correspondent's certificate must be (RFC 8162).
    public static let smimea = DNSRecordType(rawValue: 53)
    /// Who may issue certificates for a domain.
    public static let caa = DNSRecordType(rawValue: 257)

    /// Reads a mnemonic in any case, a number, or `TYPE123` (RFC 3597 §5).
    public init?(text: String) {
        let upper = text.uppercased()
        if let known = DNSRecordMnemonics.all.first(where: { $0.name == upper }) {
            self = known.type
            return
        }
        let digits = upper.hasPrefix("TYPE") ? String(upper.dropFirst(4)) : upper
        guard let number = UInt16(digits) else { return nil }
        self.init(rawValue: number)
    }

    /// The mnemonic, or `TYPE123`.
    public var description: String {
        DNSRecordMnemonics.all.first { $0.type == self }?.name ?? "TYPE\(rawValue)"
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
    /// For how long the record may be kept.
    public var ttlSeconds: UInt32
    public var data: DNSRecordData

    public init(name: DomainName, type: DNSRecordType, ttlSeconds: UInt32, data: DNSRecordData) {
        self.name = name
        self.type = type
        self.ttlSeconds = ttlSeconds
        self.data = data
    }
}
