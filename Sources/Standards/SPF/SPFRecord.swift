internal import MailBytes
public import MailNames

/// An SPF record whose syntax is good from end to end (RFC 7208 §4.6).
///
/// It keeps the octets it was read from, and beside them an array of plain values, an entry a term, from which
/// the evaluation works. Two records are equal if they say the same: case, superfluous qualifiers and prefix lengths,
/// and spaces do not count.
public struct SPFRecord: Sendable {
    /// All of it behind one reference, because an evaluation hands records about.
    private let storage: Storage

    private final class Storage: Sendable {
        let bytes: [UInt8]
        let entries: [SPFEntry]
        let names: [DomainName]
        let redirect: Int?
        let explanation: Int?
        let hasAll: Bool

        init(_ parser: SPFRecordParser) {
            bytes = parser.bytes
            entries = parser.entries
            names = parser.names
            redirect = parser.redirect
            explanation = parser.explanation
            hasAll = parser.hasAll
        }
    }

    init(parsed parser: SPFRecordParser) { storage = Storage(parser) }

    /// A record without terms.
    static let empty = SPFRecord(parsed: SPFRecordParser([]))

    /// The record as published.
    public var bytes: [UInt8] { storage.bytes }
    /// The terms in their order.
    var entries: [SPFEntry] { storage.entries }
    /// The names of domain-specs without macros, which the entries point to.
    var names: [DomainName] { storage.names }
    /// Where in `entries` the modifiers are.
    var redirect: Int? { storage.redirect }
    var explanation: Int? { storage.explanation }
    /// Whether there is an `all`: then no redirect takes place (RFC 7208 §5.1).
    var hasAll: Bool { storage.hasAll }

    /// How many terms ask the DNS, without those of records that this one includes or redirects to
    /// (RFC 7208 §4.6.4 allows ten in all).
    public var lookupTermCount: Int {
        entries.count { entry in
            switch entry.kind {
            case .include, .a, .mx, .ptr, .exists: true
            case .redirect: !hasAll
            case .all, .ip4, .ip6, .explanation, .modifier: false
            }
        }
    }
}

/// A directive or a modifier (RFC 7208 §4.6.1).
public enum SPFTerm: Hashable, Sendable {
    case directive(SPFQualifier, SPFMechanism)
    /// `redirect=`: the record to go on with where no mechanism matches (RFC 7208 §6.1).
    case redirect(SPFDomainSpec)
    /// `exp=`: where the explanation of a fail is (RFC 7208 §6.2).
    case explanation(SPFDomainSpec)
    /// Any other modifier, which has no meaning here (RFC 7208 §6): its name in lower case and its macro-string.
    case modifier(name: String, value: String)
}

/// What a directive holds the client against (RFC 7208 §5).
public enum SPFMechanism: Hashable, Sendable {
    case all
    case include(SPFDomainSpec)
    /// The addresses of a name, by default of the domain; how many leading bits count.
    case a(SPFDomainSpec? = nil, v4Length: Int = 32, v6Length: Int = 128)
    /// The addresses of the mail exchangers of a name.
    case mx(SPFDomainSpec? = nil, v4Length: Int = 32, v6Length: Int = 128)
    /// The names of the client's address.
    case ptr(SPFDomainSpec? = nil)
    /// `ip4` or `ip6`, by the family of the network.
    case network(IPPrefix)
    case exists(SPFDomainSpec)
}

/// A name with or without macros (RFC 7208 §7.1).
public struct SPFDomainSpec: Hashable, Sendable, CustomStringConvertible {
    /// As published.
    public let text: String

    /// Takes text whose syntax has been checked.
    init(checked text: String) { self.text = text }

    /// Reads a domain-spec.
    ///
    /// - Throws: where it is none; the offset counts from its start.
    public init(_ text: String) throws(SPFSyntaxError) {
        let bytes = Array(text.utf8)
        if let index = bytes.firstIndex(where: { !$0.isVisible }) { throw SPFSyntaxError(.character, at: index) }
        _ = try SPFDomainSpecCheck(visible: bytes.span, in: 0..<bytes.count)
        self.text = text
    }

    public var description: String { text }
}
