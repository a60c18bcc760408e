/// Something about an address field that the grammar of RFC 5322 §3 does not have, or has only as obsolete.
public enum AddressDefect: String, Hashable, Sendable, CaseIterable {
    // Obsolete forms that one must still read: RFC 5322 §4.4.
    /// Two commas without an address between them.
    case emptyElement = "empty-element"
    /// `<@relay.example:ann@example.org>`: the route is passed over.
    case route = "route"
    /// White space or comments beside the dots or the `@` of an address.
    case spaceInAddress = "space-in-address"
    /// A dot, or quoted and unquoted words, where the strict form has one atom: `a."b"@example.org`.
    case obsoleteLocalPart = "obsolete-local-part"

    // Breaches of the grammar.
    /// A quotation mark without its partner; it is passed over.
    case unbalancedQuote = "unbalanced-quote"
    /// A parenthesis without its partner; it is passed over.
    case unbalancedComment = "unbalanced-comment"
    case unbalancedAngle = "unbalanced-angle"
    case unbalancedBracket = "unbalanced-bracket"
    /// A group without the semicolon at its end.
    case unclosedGroup = "unclosed-group"
    /// A group within a group, or a semicolon without a group: read as if it were a comma.
    case strayGroupMark = "stray-group-mark"
    /// Words, and no address.
    case missingAddress = "missing-address"
    /// A local part alone.
    case missingDomain = "missing-domain"
    /// `@example.org`.
    case missingLocalPart = "missing-local-part"
    /// `<>`.
    case emptyAngle = "empty-angle"
    /// Name and address without angle brackets between them: `Ann ann@example.org`.
    case nameWithoutAngle = "name-without-angle"
    /// Text behind the address that is no comment: `<ann@example.org> Ann`.
    case trailingText = "trailing-text"
    /// Two addresses without a comma between them: both are read.
    case missingComma = "missing-comma"
    /// An address where a name belongs, in front of an address in angle brackets.
    case addressBeforeAngle = "address-before-angle"
    /// More than one `@` in one address: the last one counts.
    case severalAt = "several-at"
    /// Dots at an end of the local part or next to each other: common, and never allowed.
    case strayDot = "stray-dot"
    /// A dot at an end of the domain.
    case strayDotInDomain = "stray-dot-in-domain"
    /// Neither a domain name nor a domain literal.
    case badDomain = "bad-domain"
    /// A character that must be quoted in a name and is not, such as `[`.
    case specialInName = "special-in-name"
    /// A colon, comma or bracket in an address: `<mailto:ann@example.org>`.
    case specialInAddress = "special-in-address"
    /// A backslash outside quotes and comments.
    case strayBackslash = "stray-backslash"
    /// A control character, NUL among them, outside line folds.
    case controlCharacter = "control-character"
    /// A carriage return or line feed that folds nothing.
    case bareLineBreak = "bare-line-break"
    case notUTF8 = "not-utf8"
    /// An encoded word within an address, where none may be (RFC 2047 §5): it is not decoded.
    case encodedWordInAddress = "encoded-word-in-address"
    /// An encoded word within quotes, where none may be (RFC 2047 §5): decoded all the same, as most programs do.
    case encodedWordInQuotes = "encoded-word-in-quotes"

    // Limits.
    /// More entries than ``AddressLimits/mailboxes``; the rest is not read.
    case tooManyMailboxes = "too-many-mailboxes"
    /// More octets than ``AddressLimits/octets``; the rest is not read.
    case tooLong = "too-long"
    /// Comments nested deeper than ``AddressLimits/commentDepth``.
    case commentsTooDeep = "comments-too-deep"
}

/// Limits of reading an address field.
public struct AddressLimits: Sendable {
    /// Octets that are read of one field; RFC 5322 sets no limit, and the longest lists seen have some 100,000.
    public var octets: Int
    /// Mailboxes that are read of one field.
    public var mailboxes: Int
    /// Comments within comments.
    public var commentDepth: Int

    public init(octets: Int = 1 << 20, mailboxes: Int = 20_000, commentDepth: Int = 100) {
        self.octets = octets
        self.mailboxes = mailboxes
        self.commentDepth = commentDepth
    }
}
