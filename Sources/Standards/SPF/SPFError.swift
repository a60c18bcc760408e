/// Why a text is not an SPF record, and where (RFC 7208 §12).
public struct SPFSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// The text does not begin with `v=spf1` and a space or the end (RFC 7208 §4.5).
        case version
        /// The text is longer than the limit.
        case tooLong
        /// An octet that is no visible ASCII character and no space (RFC 7208 §3.1).
        case character
        /// A word that is no mechanism, or a qualifier without one (RFC 7208 §4.6.1).
        case mechanism
        /// A mechanism that needs an argument has none, or one that takes none has one.
        case argument
        /// What stands behind `ip4:` or `ip6:` is no such address (RFC 7208 §5.6).
        case address
        /// An IPv4 address where a name has to be: it wants `ip4:`.
        case addressForName
        /// A prefix length that is no number without leading zeros, or is out of range (RFC 7208 §5.6).
        case prefixLength
        /// A domain-spec without any characters.
        case emptyName
        /// A domain-spec that ends neither in a macro nor in a dot and a top-level label (RFC 7208 §7.1).
        case nameEnd
        /// A `%` that begins no macro, or a letter that stands for nothing here (RFC 7208 §7.1, §7.2).
        case macro
        /// The name of a modifier is malformed, or a qualifier stands before it (RFC 7208 §4.6.1).
        case modifierName
        /// `redirect` or `exp` for the second time (RFC 7208 §6).
        case repeatedModifier
    }

    public var problem: Problem
    /// Octets before the place.
    public var offset: Int

    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String { "\(problem.text) at offset \(offset)" }
}

extension SPFSyntaxError.Problem {
    /// The clause of the description.
    var text: String {
        switch self {
        case .version: "no 'v=spf1' with a space or the end behind it"
        case .tooLong: "record too long"
        case .character: "character that no record may have"
        case .mechanism: "unknown mechanism"
        case .argument: "argument that is missing or does not belong there"
        case .address: "malformed address"
        case .addressForName: "address where a name has to be ('ip4:' is for addresses)"
        case .prefixLength: "malformed prefix length"
        case .emptyName: "empty name"
        case .nameEnd: "name that does not end in a dot and a top-level label, or in a macro"
        case .macro: "malformed macro"
        case .modifierName: "malformed modifier"
        case .repeatedModifier: "modifier that may stand only once"
        }
    }
}
