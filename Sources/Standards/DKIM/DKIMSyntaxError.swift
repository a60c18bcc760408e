/// What is wrong with the text of a signature field or a key record, and where.
public struct DKIMSyntaxError: Error, Hashable, Sendable {
    /// Equality of errors is that of code and offset.
    public enum Code: Hashable, Sendable {
        // The tag list, RFC 6376 §3.2.
        case expectedTagName, expectedEquals, badCharacter, duplicateTag(String), tooManyTags, tooLong
        // Values.
        case missingTag(String), badValue(tag: String, expected: String)
        case unknownVersion, versionNotFirst
        case unknownAlgorithm, historicAlgorithm, unknownCanonicalization, unknownQueryMethod
        case singleLabelDomain, identityOutsideDomain, fromNotSigned, expiresBeforeSigned, tooManyFieldNames
    }

    public var code: Code
    /// Where, in octets from the start of the text that was read.
    public var offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }
}

extension DKIMSyntaxError: CustomStringConvertible {
    public var description: String {
        switch code {
        case .expectedTagName: "expected a tag name at octet \(offset)"
        case .expectedEquals: "expected '=' behind a tag name at octet \(offset)"
        case .badCharacter: "character that no tag value has at octet \(offset)"
        case .duplicateTag(let tag): "tag \(tag)= is there twice, again at octet \(offset)"
        case .tooManyTags: "more than \(DKIMLimits.tagsMax) tags"
        case .tooLong: "more than \(offset) octets"
        case .missingTag(let tag): "required tag \(tag)= is missing"
        case .badValue(let tag, let expected): "\(tag)= at octet \(offset) is not \(expected)"
        case .unknownVersion: "v= at octet \(offset) is a version that is not known"
        case .versionNotFirst: "v= at octet \(offset) is not the first tag"
        case .unknownAlgorithm: "a= names an algorithm that is not known"
        case .historicAlgorithm: "rsa-sha1 is no longer accepted"
        case .unknownCanonicalization: "c= names a canonicalization that is not known"
        case .unknownQueryMethod: "q= names no known way to get the key"
        case .singleLabelDomain: "d= is a domain of a single label"
        case .identityOutsideDomain: "i= is not within the domain of d="
        case .fromNotSigned: "h= does not have From"
        case .expiresBeforeSigned: "x= is not later than t="
        case .tooManyFieldNames: "h= has more than \(DKIMLimits.fieldNamesMax) names"
        }
    }

    /// How a signature with this fault counts.
    public var result: DKIMResult {
        switch code {
        // RFC 8601 §2.7.1: "neutral" is for signatures with syntax errors.
        case .expectedTagName, .expectedEquals, .badCharacter, .duplicateTag, .badValue, .versionNotFirst: .neutral
        case .tooManyTags, .tooLong, .tooManyFieldNames: .policy
        // RFC 6376 §6.1.1: PERMFAIL. RFC 8301 §3.1 for the historic algorithm.
        case .missingTag, .unknownVersion, .unknownAlgorithm, .historicAlgorithm, .unknownCanonicalization,
            .unknownQueryMethod, .singleLabelDomain, .identityOutsideDomain, .fromNotSigned, .expiresBeforeSigned:
            .permerror
        }
    }
}
