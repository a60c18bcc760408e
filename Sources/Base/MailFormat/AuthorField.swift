internal import MailBytes
public import MailNames

/// The authors of a message: what the From fields say, all of them.
public struct Authors: Hashable, Sendable {
    /// Every mailbox of every From field, in order. An entry that is only a name is not among them.
    public var mailboxes: [Mailbox]
    /// The distinct domains of the mailboxes, in order.
    public var domains: [DomainName]
    /// Why another program or a person may read another author; sorted, empty for ordinary mail.
    public var ambiguities: [AuthorAmbiguity]
    /// How many From fields there are.
    public var fieldCount: Int

    public init(
        mailboxes: [Mailbox] = [], domains: [DomainName] = [], ambiguities: [AuthorAmbiguity] = [], fieldCount: Int = 0
    ) {
        self.mailboxes = mailboxes
        self.domains = domains
        self.ambiguities = ambiguities
        self.fieldCount = fieldCount
    }

    /// Whether any program may read another author: see ``AuthorAmbiguity/misleads``.
    public var isAmbiguous: Bool { ambiguities.contains { $0.misleads == .programs } }
}

/// Limits of reading the authors of a message.
public struct AuthorLimits: Sendable {
    /// From fields that are read; RFC 5322 §3.6 allows one.
    public var fields: Int
    /// Octets of one From field that are read: more than any honest one has.
    public var octets: Int
    /// Mailboxes of one From field that are read.
    public var mailboxes: Int

    public init(fields: Int = 10, octets: Int = 65_536, mailboxes: Int = 100) {
        self.fields = fields
        self.octets = octets
        self.mailboxes = mailboxes
    }
}

/// Reads the authors out of the From fields of a message.
public enum AuthorField {
    /// The authors of a message, with every reason to doubt that all programs read the same ones.
    public static func read(_ message: MailMessage, limits: AuthorLimits = AuthorLimits()) -> Authors {
        var reader = AuthorReader(header: message.header, limits: limits)
        var authors = reader.read()
        if reader.inspectSurroundings(of: message) { authors.ambiguities = reader.ambiguities.sorted() }
        return authors
    }

    /// As ``read(_:limits:)-(MailMessage,_)``, from the fields alone: a From that hides outside the listed fields is
    /// not noticed.
    public static func read(_ header: HeaderSection, limits: AuthorLimits = AuthorLimits()) -> Authors {
        var reader = AuthorReader(header: header, limits: limits)
        return reader.read()
    }
}

/// Gathers mailboxes and ambiguities.
struct AuthorReader {
    let header: HeaderSection
    let limits: AuthorLimits
    let fields: [HeaderField]
    var mailboxes: [Mailbox] = []
    var ambiguities: Set<AuthorAmbiguity> = []

    init(header: HeaderSection, limits: AuthorLimits) {
        self.header = header
        self.limits = limits
        fields = header.fields(named: "From")
    }

    mutating func read() -> Authors {
        if fields.count == 1, limits.mailboxes > 0, let mailbox = Self.ordinary(fields[0], in: header) {
            return Authors(mailboxes: [mailbox], domains: mailbox.domain.map { [$0] } ?? [], fieldCount: 1)
        }
        readFields()
        return authors
    }

    private var authors: Authors {
        var domains: [DomainName] = []
        for mailbox in mailboxes {
            if let domain = mailbox.domain, !domains.contains(domain) { domains.append(domain) }
        }
        return Authors(
            mailboxes: mailboxes, domains: domains, ambiguities: ambiguities.isEmpty ? [] : ambiguities.sorted(),
            fieldCount: fields.count)
    }

    private mutating func readFields() {
        if fields.isEmpty { ambiguities.insert(.noField) }
        if fields.count > 1 { ambiguities.insert(.severalFields) }
        if fields.count > limits.fields { ambiguities.insert(.tooLong) }
        var names = AddressNames()
        for field in fields.prefix(limits.fields) {
            let parsed = read(field)
            names.merge(parsed)
        }
        if !fields.isEmpty, !mailboxes.contains(where: \.hasAddress) { ambiguities.insert(.noAddress) }
        inspectMailboxes()
        inspect(names)
    }

    private mutating func read(_ field: HeaderField) -> AddressNames {
        inspectLines(of: field)
        let addressLimits = AddressLimits(octets: limits.octets, mailboxes: limits.mailboxes)
        var parser = AddressParser(bytes: header.bytes, in: field.value, limits: addressLimits, keepingNames: true)
        parser.parse()
        for address in parser.addresses {
            if case .group = address { ambiguities.insert(.group) }
            mailboxes += address.mailboxes.filter { $0.hasAddress || !$0.localPart.isEmpty }
        }
        for defect in parser.defects { if let ambiguity = Self.ambiguity(of: defect) { ambiguities.insert(ambiguity) } }
        return parser.names
    }

    /// What a defect of the address list means for who the author is; nil where every program reads the same one.
    static func ambiguity(of defect: AddressDefect) -> AuthorAmbiguity? {
        switch defect {
        case .emptyElement, .strayDot, .obsoleteLocalPart, .specialInName, .encodedWordInQuotes, .addressBeforeAngle,
            .notUTF8:
            nil
        case .route: .route
        case .spaceInAddress: .spaceInAddress
        case .unbalancedQuote: .unbalancedQuote
        case .unbalancedComment, .commentsTooDeep: .unbalancedComment
        case .unbalancedAngle: .unbalancedAngle
        case .unbalancedBracket: .unbalancedBracket
        case .unclosedGroup, .strayGroupMark: .group
        case .missingAddress, .missingLocalPart, .emptyAngle: .incompleteAddress
        case .missingDomain, .badDomain: .noDomain
        case .nameWithoutAngle, .missingComma: .missingPunctuation
        case .trailingText: .trailingText
        case .severalAt: .severalAt
        case .strayDotInDomain: .strayDotInDomain
        case .specialInAddress: .specialInAddress
        case .strayBackslash: .strayBackslash
        case .controlCharacter: .controlCharacter
        case .bareLineBreak: .bareLineBreak
        case .encodedWordInAddress: .encodedWordInAddress
        case .tooManyMailboxes, .tooLong: .tooLong
        }
    }
}

extension AddressNames {
    mutating func merge(_ other: AddressNames) {
        names += other.names
        comments += other.comments
        addressesBeforeAngle += other.addressesBeforeAngle
        opaque += other.opaque
        if other.hasEncodedControl { hasEncodedControl = true }
    }
}
