public import DNS

/// A DNS message as it goes over the wire, as far as an asker needs it: header, question, answer and authority.
///
/// Read from octets with ``init(parsing:)``, written with ``wire``. Any octets whatever are either read or
/// refused; nothing traps, and memory is bounded by ``DNSMessageLimits``.
///
/// Left out on reading: records of other classes than IN, the additional section (but for the upper bits of the
/// RCODE), and records whose owner or content has a label with a dot in it, which ``DomainName`` can't hold.
public struct DNSMessage: Hashable, Sendable {
    /// The number that pairs an answer with its question (RFC 1035 §4.1.1).
    public var id: UInt16
    public var flags: DNSMessageFlags
    /// 0 for an ordinary query, up to 15.
    public var opcode: UInt8
    /// Twelve bits: four of the header and eight of the OPT record (RFC 6891 §6.1.3).
    public var code: UInt16
    /// Nil where there is none, or its class is not IN.
    public var question: DNSQuestion?
    public var answer: [DNSRecord]
    /// The authority section: for an answer of absence the zone's SOA record.
    public var authority: [DNSRecord]

    public init(
        id: UInt16 = 0, flags: DNSMessageFlags = [], opcode: UInt8 = 0, code: UInt16 = 0,
        question: DNSQuestion? = nil, answer: [DNSRecord] = [], authority: [DNSRecord] = []
    ) {
        self.id = id
        self.flags = flags
        self.opcode = opcode
        self.code = code
        self.question = question
        self.answer = answer
        self.authority = authority
    }
}

/// The single bits of a message's header, at the places they have in its second sixteen bits
/// (RFC 1035 §4.1.1, RFC 4035 §3).
public struct DNSMessageFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// QR: the message is a response.
    public static let response = DNSMessageFlags(rawValue: 0x8000)
    /// AA: the server is an authority for the name.
    public static let authoritative = DNSMessageFlags(rawValue: 0x0400)
    /// TC: more than fitted.
    public static let truncated = DNSMessageFlags(rawValue: 0x0200)
    /// RD: recursion desired.
    public static let recursionDesired = DNSMessageFlags(rawValue: 0x0100)
    /// RA: recursion available.
    public static let recursionAvailable = DNSMessageFlags(rawValue: 0x0080)
    /// AD: the server says that DNSSEC proves the data.
    public static let authenticData = DNSMessageFlags(rawValue: 0x0020)
    /// CD: the asker checks DNSSEC itself.
    public static let checkingDisabled = DNSMessageFlags(rawValue: 0x0010)

    /// All bits that are flags; the rest of the sixteen are opcode, RCODE and a bit that must be zero.
    static let known = DNSMessageFlags(rawValue: 0x87B0)
}

/// How much of a message is read.
public enum DNSMessageLimits {
    /// RFC 1035 §4.2.2: the length prefix over TCP has sixteen bits.
    public static let octetsMax = 65_535
    /// RFC 1035 §2.3.4: 255 octets a name, which is 127 labels and the root.
    public static let labelsMax = 127
    /// CNAMEs that are followed for one question, as in recorded answers; libunbound stops at 11.
    public static let aliasesMax = 16
}

/// Why octets are not a DNS message, and where.
public struct DNSMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the octets lack to be a message.
    public enum Code: Hashable, Sendable {
        /// More than ``DNSMessageLimits/octetsMax``.
        case tooLong
        /// The octets end inside the header, a name or a record.
        case truncated
        /// A label's length octet has one of the two reserved forms.
        case badLabel
        /// A compression pointer does not go back.
        case badPointer
        /// A name of more than 255 octets.
        case nameTooLong
        /// More than one question.
        case severalQuestions
        /// Content that is not of its type's form.
        case badContent
        /// Octets behind the last record.
        case trailingOctets
    }

    public var code: Code
    /// Where, in octets from the start of the message.
    public var offset: Int

    public init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String {
        let what =
            switch code {
            case .tooLong: "DNS message of more than \(DNSMessageLimits.octetsMax) octets"
            case .truncated: "DNS message ends early"
            case .badLabel: "label of an unknown kind"
            case .badPointer: "compression pointer that does not go back"
            case .nameTooLong: "domain name of more than 255 octets"
            case .severalQuestions: "more than one question"
            case .badContent: "record content that is not of its type"
            case .trailingOctets: "octets behind the last record"
            }
        return "\(what) at octet \(offset)"
    }
}
