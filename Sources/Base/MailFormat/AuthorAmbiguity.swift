/// Why two programs, or a program and a person, may read different authors out of one message.
public enum AuthorAmbiguity: String, Hashable, Sendable, CaseIterable {
    // The fields.
    /// No From field (RFC 5322 §3.6 wants exactly one).
    case noField = "no-from-field"
    case severalFields = "several-from-fields"
    /// White space between `From` and the colon: some programs do not take this for a From field.
    case spaceBeforeColon = "space-before-colon"
    /// Another `From:` stands where some programs read a field: behind a bare CR or other control character, or
    /// behind a line that ends the header for some programs and not for others.
    case hiddenField = "hidden-from-field"
    /// A From field may be among the fields that were over the limit.
    case unreadFields = "unread-fields"
    /// Lines that end with LF alone among lines that end with CR LF, around the field.
    case mixedLineEnds = "mixed-line-ends"
    /// A continuation line of nothing but white space: some programs end the header there.
    case blankContinuation = "blank-continuation"

    // The addresses.
    /// A From field without an address in it.
    case noAddress = "no-address"
    /// An entry that is no whole address: a name alone, empty angle brackets, no local part.
    case incompleteAddress = "incomplete-address"
    /// An address without a usable domain: a local part alone, a domain literal, a malformed domain.
    case noDomain = "no-domain"
    case severalMailboxes = "several-mailboxes"
    /// One mailbox several times, in the same spelling or another.
    case repeatedMailbox = "repeated-mailbox"
    /// Group syntax (RFC 6854 allows it, older programs do not know it).
    case group = "group"
    /// A source route.
    case route = "route"
    /// More than one `@`.
    case severalAt = "several-at"
    /// White space or comments within the domain: `ann@example .org`.
    case spaceInAddress = "space-in-address"
    /// A dot at an end of the domain.
    case strayDotInDomain = "stray-dot-in-domain"
    /// A colon, comma or bracket in an address: `<mailto:ann@example.org>`.
    case specialInAddress = "special-in-address"
    /// A local part that holds an address or a domain: `"a@x"@y`, `a%x.example@y`, `x.example!a@y`.
    case addressInLocalPart = "address-in-local-part"
    /// An address of another domain in front of the angle brackets, without quotes.
    case addressBeforeAngle = "address-before-angle"
    /// Text behind the address: `<a@x> b@y`.
    case trailingText = "trailing-text"
    /// Words beside an address without angle brackets, or several addresses without commas.
    case missingPunctuation = "missing-punctuation"
    case unbalancedQuote = "unbalanced-quote"
    case unbalancedComment = "unbalanced-comment"
    case unbalancedAngle = "unbalanced-angle"
    case unbalancedBracket = "unbalanced-bracket"
    /// A backslash outside quotes: for some programs it takes the meaning from the next character.
    case strayBackslash = "stray-backslash"
    /// NUL or another control character.
    case controlCharacter = "control-character"
    /// CR or LF that folds nothing.
    case bareLineBreak = "bare-line-break"
    /// An encoded word in an address, which some programs decode.
    case encodedWordInAddress = "encoded-word-in-address"
    case notUTF8 = "not-utf8"
    /// A character in the address that looks like another, cannot be seen, or changes the direction of text; or a
    /// domain that becomes another by the mapping of internationalised names.
    case disguisedAddress = "disguised-address"
    /// Longer than programs read: a line of more than 998 octets, an address of more than 254, or a limit here.
    case tooLong = "too-long"

    // The name that people see.
    /// The name holds an address of another domain.
    case addressInName = "address-in-name"
    /// The same, in a comment.
    case addressInComment = "address-in-comment"
    /// The name is an encoded word that holds line breaks, NUL or other control characters.
    case encodedControlCharacter = "encoded-control-character"
    /// A character that looks like `@`, `<`, `>` or `.` in an address or in what looks like one.
    case lookAlike = "look-alike"
    /// Characters that change the direction of text.
    case bidirectionalControl = "bidirectional-control"
    /// Characters that cannot be seen.
    case invisibleCharacter = "invisible-character"
}

extension AuthorAmbiguity: Comparable {
    public static func < (left: AuthorAmbiguity, right: AuthorAmbiguity) -> Bool { left.rawValue < right.rawValue }

    /// Whom it misleads.
    public enum Audience: Hashable, Sendable {
        /// Two programs may come to different authors: the verdict of one says nothing about what another shows.
        case programs
        /// The author is the same for every program that follows the standards; what is shown says another.
        case people
    }

    /// Who may take another author than the one that is checked.
    public var misleads: Audience {
        switch self {
        case .addressInName, .addressInComment, .encodedControlCharacter, .lookAlike, .bidirectionalControl,
            .invisibleCharacter:
            .people
        default: .programs
        }
    }
}
