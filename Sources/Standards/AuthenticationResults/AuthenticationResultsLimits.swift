/// Limits of reading and printing `Authentication-Results`. RFC 8601 has none of its own; RFC 8601 §7.8 warns of
/// fields made to break their readers.
public struct AuthenticationResultsLimits: Hashable, Sendable {
    /// Octets of a field's value. Real fields have a few thousand; Postfix keeps 102,400 of a header.
    public var valueOctetsMax: Int
    /// How deep comments may nest. People write two levels.
    public var commentDepthMax: Int
    /// Results in one field.
    public var resultsMax: Int
    /// Properties of one result.
    public var propertiesMax: Int

    /// Octets that one printed value or reason may take, so that no line passes the 998 of RFC 5322 §2.1.1; longer
    /// ones are cut.
    public static let printedValueMax = 900
    /// Octets that one printed comment may take; longer ones are cut.
    public static let printedCommentMax = 400
    /// Octets that a printed keyword may take.
    public static let printedKeywordMax = 64

    /// Fields of a message that ``AuthenticationResultsField/removals(in:authservIDs:)`` reads; all that follow are
    /// removed unread. Honest messages have a handful.
    public static let fieldsReadMax = 500
    /// Names with A-labels or U-labels that may stand in front of a field's first semicolon; a field with more is
    /// taken for a forged one, because comparing them costs time.
    public static let internationalNamesMax = 16

    public init(
        valueOctetsMax: Int = 102_400, commentDepthMax: Int = 32, resultsMax: Int = 200, propertiesMax: Int = 100
    ) {
        self.valueOctetsMax = valueOctetsMax
        self.commentDepthMax = commentDepthMax
        self.resultsMax = resultsMax
        self.propertiesMax = propertiesMax
    }
}
