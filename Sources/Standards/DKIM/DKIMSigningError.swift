public import MailFormat

/// Why a message was not signed.
public enum DKIMSigningError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No key was given.
    case noKeys
    /// The domain or the selector of a key is none that a signature can name:
    /// ``DKIMSigningKey/hasUsableNames``.
    case unusableNames
    /// RFC 6376 §5.4: From must be signed, so there must be one.
    case noFromField
    /// RFC 5322 §3.6: From may be there once. Receivers differ in which they show, so none is vouched for.
    case severalFromFields(Int)
    /// The header has something that programs read differently.
    case malformedHeader(MessageDefect)
    /// A CR or LF by itself at this octet of the message: RFC 6376 §5.3 wants it converted before signing, because
    /// some relay will.
    case bareLineBreak(offset: Int)
    /// The fields to sign do not have From among them.
    case fromNotAmongFields
    /// The fields to sign are none, too many, or hold what is no field name.
    case unusableFieldNames
    /// `i=` is no address, or `@` and a domain.
    case malformedIdentity
    /// RFC 6376 §3.5: `i=` must be within `d=`.
    case identityOutsideDomain
    /// The life time is not above 0.
    case badLifetime
    /// The signed header fields are too large for verifiers.
    case headerTooLarge
    /// The body was hashed in another form than the signature will name.
    case bodyInAnotherForm
    /// The key did not sign.
    case keyFailed

    public var description: String {
        switch self {
        case .noKeys: "no key to sign with"
        case .unusableNames: "domain and selector must be host names, the domain one of two labels or more"
        case .noFromField: "the message has no From field"
        case .severalFromFields(let count): "the message has \(count) From fields"
        case .malformedHeader(let defect): "the header is malformed: \(defect.rawValue)"
        case .bareLineBreak(let offset):
            "CR or LF by itself at octet \(offset) of the message; lines must end in CR LF"
        case .fromNotAmongFields: "From is not among the fields to sign"
        case .unusableFieldNames: "the fields to sign are no list of field names"
        case .malformedIdentity: "the identity is no address, or '@' and a domain"
        case .identityOutsideDomain: "the identity is not within the signing domain"
        case .badLifetime: "the life time must be above 0 seconds"
        case .headerTooLarge: "the fields to sign have more than \(DKIMLimits.signedHeaderOctetsMax) octets"
        case .bodyInAnotherForm: "the body was hashed in another form than the signature names"
        case .keyFailed: "the key did not sign"
        }
    }
}
