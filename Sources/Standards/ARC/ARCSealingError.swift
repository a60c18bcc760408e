internal import DKIM
public import MailCrypto
public import MailFormat

/// Why a message was not sealed.
public enum ARCSealingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The newest seal says already that the chain is broken: RFC 8617 §5.1, step 2.
    case chainDeclaredBroken
    /// The chain has all the sets that it may have: RFC 8617 §4.2.1.
    case chainFull
    /// The outcome is that of another message: this one has other sets.
    case chainOfAnotherMessage
    /// The list of fields to sign holds a name that an ARC-Message-Signature must not cover (RFC 8617 §4.1.2), or
    /// what is no field name.
    case fieldNotSignable(String)
    /// The domain or the selector of the key is none that a signature can name: `DKIMSigningKey.hasUsableNames`.
    case unusableNames
    /// The header has something that programs read differently, or that fields put on top would run into.
    case malformedHeader(MessageDefect)
    /// A CR or LF by itself at this octet of the message: RFC 6376 §5.3 wants it converted before signing, because
    /// some relay will.
    case bareLineBreak(offset: Int)
    /// The fields to sign are more, or larger, than validators accept.
    case headerTooLarge
    /// The body was hashed in another form than the signature will name.
    case bodyInAnotherForm
    /// The key cannot sign.
    case key(KeyError)

    public var description: String {
        switch self {
        case .chainDeclaredBroken: "the newest seal already says that the chain is broken"
        case .chainFull: "the chain has \(ARCLimits.setsMax) sets, which is the most there may be"
        case .chainOfAnotherMessage: "the message has other ARC sets than the ones that were validated"
        case .fieldNotSignable(let name): "an ARC-Message-Signature must not cover \(name)"
        case .unusableNames: "domain and selector must be host names, the domain one of two labels or more"
        case .malformedHeader(let defect): "the header is malformed: \(defect.rawValue)"
        case .bareLineBreak(let offset):
            "CR or LF by itself at octet \(offset) of the message; lines must end in CR LF"
        case .headerTooLarge:
            "more than \(DKIMLimits.fieldNamesMax) fields to sign, or too many octets in them"
        case .bodyInAnotherForm: "the body was hashed in another form than the signature names"
        case .key(let error): "\(error)"
        }
    }
}
