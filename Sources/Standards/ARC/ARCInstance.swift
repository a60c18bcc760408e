internal import AuthenticationResults
internal import MailBytes

/// The number of a set, as the fields have it in front.
///
/// RFC 8617 §3.9: `instance = [CFWS] "i" [CFWS] "=" [CFWS] position`, with a position of one or two digits from 1
/// to 50.
enum ARCInstance {
    /// Reads `instance [CFWS] ";"` and moves behind it; nil, with the cursor anywhere, if there is something else.
    static func read(_ cursor: inout ByteCursor) -> Int? {
        AuthenticationResultsField.skipCFWS(&cursor)
        // RFC 8617 §3.9: a small letter.
        guard cursor.skip(UInt8(ascii: "i")) else { return nil }
        AuthenticationResultsField.skipCFWS(&cursor)
        guard cursor.skip(UInt8(ascii: "=")) else { return nil }
        AuthenticationResultsField.skipCFWS(&cursor)
        guard let number = position(&cursor) else { return nil }
        AuthenticationResultsField.skipCFWS(&cursor)
        return cursor.skip(UInt8(ascii: ";")) ? number : nil
    }

    /// The value of a tag `i=` somewhere else in a list.
    static func value(_ text: ArraySlice<UInt8>) -> Int? {
        var cursor = ByteCursor(Array(text.prefix(3)))
        guard let number = position(&cursor), cursor.isAtEnd else { return nil }
        return number
    }

    private static func position(_ cursor: inout ByteCursor) -> Int? {
        guard let number = cursor.decimal(digits: 2), number >= 1, number <= ARCLimits.setsMax else { return nil }
        return number
    }
}
