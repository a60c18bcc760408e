/// Why octets are not the value of an `Authentication-Results` field.
public struct AuthenticationResultsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected, or must not be.
    public enum Code: Hashable, Sendable {
        case expectedAuthservID
        case expectedSemicolon
        case expectedMethod
        case expectedEquals
        case expectedResult
        case expectedVersion
        case expectedProperty
        case expectedDot
        case expectedValue
        case expectedDomain
        /// The version is none that exists (RFC 8601 §2.6): what follows has an unknown format.
        case unsupportedVersion
        /// The method is registered, and the result is none of its own (RFC 8601 §2.2 on `Keyword`).
        case unregisteredResult
        case unterminatedComment
        case unterminatedQuotedString
        /// A control character, or a line break that is no fold.
        case badCharacter
        /// An octet above 127, and the reading was not an internationalised one.
        case nonASCII
        case notUTF8
        case commentTooDeep
        case tooLong
        case tooManyResults
        case tooManyProperties
    }

    public var code: Code
    /// The octet where it stopped, counted from the start of the value.
    public var offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { "\(clause) at byte \(offset)" }

    private var clause: String {
        switch code {
        case .expectedAuthservID: "expected an authentication service identifier"
        case .expectedSemicolon: "expected a semicolon"
        case .expectedMethod: "expected a method"
        case .expectedEquals: "expected an equals sign"
        case .expectedResult: "expected a result"
        case .expectedVersion: "expected a version number"
        case .expectedProperty: "expected a property"
        case .expectedDot: "expected a dot between property type and property"
        case .expectedValue: "expected a value"
        case .expectedDomain: "expected a domain name after the at sign"
        case .unsupportedVersion: "version other than 1"
        case .unregisteredResult: "result that the method does not have"
        case .unterminatedComment: "comment without end"
        case .unterminatedQuotedString: "quoted string without end"
        case .badCharacter: "control character or line break"
        case .nonASCII: "octet above 127"
        case .notUTF8: "text that is not UTF-8"
        case .commentTooDeep: "comment nested too deep"
        case .tooLong: "value too long"
        case .tooManyResults: "too many results"
        case .tooManyProperties: "too many properties"
        }
    }

    /// Whether a tolerant reading gives up, too: where the parts of the field begin and end is not known any more.
    var isFatal: Bool {
        switch code {
        case .unterminatedComment, .unterminatedQuotedString, .commentTooDeep, .tooLong, .tooManyResults,
            .tooManyProperties, .unsupportedVersion:
            true
        default: false
        }
    }
}
