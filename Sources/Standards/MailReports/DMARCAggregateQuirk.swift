/// Something in an aggregate report that is not as RFC 9990 or RFC 7489 has it, and leaves no doubt.
///
/// What is missing is named where RFC 9990 requires it; a selector only in the form of that RFC.
public enum DMARCAggregateQuirk: UInt8, Hashable, Sendable, CaseIterable {
    // The text
    /// Octets that are not of the character set, or of one that is not converted, or control characters.
    case invalidText
    /// Another character set than the document says, or one that is not converted.
    case wrongEncoding
    /// An XML declaration that is malformed.
    case badDeclaration
    /// Something in front of the report.
    case leadingText
    /// Something behind the report.
    case trailingText
    /// Text between elements.
    case strayText
    /// `<` or tags within a text.
    case markupInText
    /// `&` that begins no reference.
    case badReference
    /// A text that was cut at ``MailReportLimits/textBytesMax``.
    case textCut
    // Elements
    /// The report is within another element, such as a tag of a schema that is never closed, or one around several.
    case wrappedRoot
    /// A `version` other than 1.0 in a report of RFC 9990.
    case badVersion
    /// A namespace that no form has.
    case unknownNamespace
    /// Elements in an order that RFC 9990 does not allow.
    case wrongOrder
    /// Names or words in letters of another case.
    case wrongCase
    /// An element of another form: `pct` in a report of RFC 9990, `np` in one of RFC 7489.
    case mixedForms
    /// An element that no form has; of `extension`, one that is in no namespace of its own.
    case unknownElement
    /// An element in a place where no form has it.
    case misplacedElement
    /// An element twice where one is allowed; the first counts.
    case repeatedElement
    // Metadata
    case metadataMissing
    case organizationMissing
    case emailMissing
    case reportIDMissing
    /// No usable `date_range`, `begin` or `end`.
    case dateMissing
    /// A date that is not a count of seconds, and can be read.
    case dateNotSeconds
    /// A date that cannot be read; left out.
    case badDate
    /// The end is before the beginning.
    case endBeforeBegin
    // Policy
    case policyMissing
    case policyDomainMissing
    /// No `p`.
    case policyActionMissing
    /// A policy that is none of the three; kept as it is.
    case badPolicy
    /// `adkim` or `aspf` that is neither `r` nor `s`; left out.
    case badAlignment
    /// `pct` that is no number from 0 to 100; left out.
    case badPercentage
    /// `testing` that is neither `y` nor `n`, or another `discovery_method`.
    case badPolicyWord
    // Records
    case recordsMissing
    case rowMissing
    case sourceMissing
    /// A source that is no IP address; kept as it is.
    case badSource
    /// No `count`; read as 0.
    case countMissing
    /// A count that cannot be; read as 0.
    case badCount
    case evaluationMissing
    case dispositionMissing
    /// A disposition that no form has; kept as it is.
    case badDisposition
    /// No `dkim` or `spf` in `policy_evaluated`.
    case verdictMissing
    /// A verdict that is neither `pass` nor `fail`; read as `fail`.
    case badVerdict
    /// A reason without a type.
    case reasonTypeMissing
    /// A type of reason that no form has; kept as it is.
    case unknownReason
    case identifiersMissing
    case headerFromMissing
    case resultsMissing
    /// A result of DKIM or SPF without a domain.
    case resultDomainMissing
    /// A signature without a selector in a report of RFC 9990.
    case selectorMissing
    /// No `result`.
    case resultMissing
    /// A result by an old name: `hardfail`, `error`, `unknown`.
    case oldResult
    /// A result that RFC 8601 does not have for the method; kept as it is.
    case unknownResult
    /// A scope that no form has; kept as it is.
    case unknownScope
    /// Several results of SPF in a report of RFC 9990.
    case severalSPF
    /// A domain that is none; kept as it is. One with `;` behind it is read without that.
    case badDomain
    /// A domain that is not in A-labels; they were made of it.
    case unicodeDomain

    /// The quirk as a word: `wrong-order`.
    public var word: String {
        var word = ""
        for character in "\(self)".replacing("ID", with: "Id").replacing("SPF", with: "Spf") {
            if character.isUppercase { word += "-" }
            word += character.lowercased()
        }
        return word
    }
}

/// A set of quirks that costs nothing to add to.
struct DMARCAggregateQuirks {
    private var bits: UInt64 = 0

    @inline(__always)
    mutating func insert(_ quirk: DMARCAggregateQuirk) { bits |= 1 << UInt64(quirk.rawValue) }

    var list: [DMARCAggregateQuirk] { DMARCAggregateQuirk.allCases.filter { bits & (1 << UInt64($0.rawValue)) != 0 } }
}
